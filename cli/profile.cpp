#include "onnx_import/profiling/profile.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/workers/progress_line.h"
#include "models/base/atomic_file.h"

namespace mensa::cli {

void profile(const ProfileArguments& arguments) {
  const std::filesystem::path model = base::find_data_file(kModelFiles, arguments.model.model);
  const std::filesystem::path output = arguments.output;
  // An output file that cannot be is told before the work, not after it.
  if (output.has_parent_path()) base::make_writable_folder(output.parent_path());
  workers::ProgressLine line(STDERR_FILENO);
  const auto show = [&line](std::size_t set, std::size_t sets, std::string_view tensor) {
    if (line.is_due()) line.show(fmt::format("input {} of {}: {}", set + 1, sets, tensor));
  };
  const onnx_import::ProfileOptions options{arguments.model.options, arguments.inputs,
                                            static_cast<std::uint64_t>(arguments.seed)};
  const std::string text =
      onnx_import::density_file_text(onnx_import::measure_densities(model, options, show));
  line.clear();
  if (output.empty()) {
    print(text);
  } else {
    write_file(output, text);
    tell(fmt::format("wrote {}", output.string()));
  }
}

}  // namespace mensa::cli
