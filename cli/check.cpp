#include "accelerators/spec/loader.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace mensa::cli {

void check(const CheckArguments& arguments) {
  const base::YamlNode resolved =
      accelerators::resolve_system(arguments.system, arguments.parameters);
  const accelerators::System system = accelerators::read_system(resolved);
  for (const std::string& warning : system.warnings) warn(warning);
  print(resolved.to_yaml());
}

}  // namespace mensa::cli
