#include <fmt/format.h>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "explore/space/realise.h"
#include "explore/space/space_reader.h"
#include "models/base/error.h"

namespace mensa::cli {

void write_system(const explore::StudyStore& study, const StudySystem& arguments) {
  const auto number = static_cast<std::uint64_t>(arguments.point);
  const auto entry = study.find(number);
  if (!entry) {
    throw base::Error(fmt::format("{}: has no point {}; its last one is {}", study.path().string(),
                                  number, study.last_number()));
  }
  const explore::StudyDescription& description = study.description();
  const explore::Space space = explore::read_varied_system(
      description.space_text, description.space_name, description.system_text);
  base::YamlNode system = explore::realise(space, entry->point);
  system.put("name", base::YamlNode::make_scalar(
                         fmt::format("{}_{}", description.space_name, number), system.where()));
  const std::string text = fmt::format("# Point {} of the study {}.\n{}", number,
                                       description.space_name, system.to_yaml());
  if (arguments.out.empty()) return print(text);
  write_file(arguments.out, text);
  tell(fmt::format("wrote {}", arguments.out));
}

}  // namespace mensa::cli
