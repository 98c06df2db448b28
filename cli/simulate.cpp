#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"
#include "traces/report_writer.h"

namespace mensa::cli {
namespace {

std::vector<std::string> chosen_formats(const SimulateArguments& arguments) {
  if (!arguments.formats.empty()) return arguments.formats;
  if (arguments.out.empty()) return {"table"};
  std::vector<std::string> all;
  for (const traces::WriterEntry& entry : traces::writers()) {
    if (!entry.needs_events) all.push_back(entry.name);
  }
  return all;
}

std::string text_of(const traces::Report& report, const std::string& format) {
  std::ostringstream text;
  traces::make_writer(format)->write(report, text);
  return text.str();
}

/// A part of a file name: dots, which part the parts, and what a shell or a file system may not
/// like become '-'. Letters beyond ASCII stay.
std::string file_name_part(std::string text) {
  constexpr std::string_view kKept = "_-+=";
  const auto harmless = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool ascii_alphanumeric = byte < 0x80 && std::isalnum(byte) != 0;
    return ascii_alphanumeric || byte >= 0x80 || kKept.find(c) != std::string_view::npos;
  };
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return !harmless(c); }, '-');
  return text;
}

}  // namespace

void simulate(const SimulateArguments& arguments) {
  const std::vector<std::string> formats = chosen_formats(arguments);
  bool log_events = false;
  for (const std::string& format : formats) {
    log_events = traces::find_writer(format).needs_events || log_events;
  }
  // An output folder that cannot be is told before the work, not after it.
  const std::filesystem::path folder = arguments.out;
  if (!folder.empty()) base::make_writable_folder(folder);

  const traces::Report report = run_pipeline(arguments, log_events);
  for (const std::string& warning : report.system.warnings) warn(warning);
  if (folder.empty()) {
    print(text_of(report, formats.front()));
    return;
  }
  const std::string name = fmt::format(
      "{}.{}.{}",
      file_name_part(std::filesystem::path(report.provenance.model_file).stem().string()),
      file_name_part(report.system.name), file_name_part(report.policy.name));
  for (const std::string& format : formats) {
    const std::filesystem::path path = folder / (name + traces::find_writer(format).extension);
    base::write_file_atomically(path, text_of(report, format));
    tell(fmt::format("wrote {}", path.string()));
  }
}

}  // namespace mensa::cli
