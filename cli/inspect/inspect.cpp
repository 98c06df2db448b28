#include "cli/inspect/inspect.h"

#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "models/base/error.h"

namespace mensa::cli {

void inspect(const InspectArguments& arguments) {
  const std::vector<std::string> known = {"table", "json", "dot"};
  const std::string& format = arguments.format;
  if (format != known[0] && format != known[1] && format != known[2]) {
    throw base::Error(base::unknown_name_message("format", format, known));
  }
  const LoadedModel model = load_model(arguments.model);
  if (format == "dot") {
    std::ostringstream text;
    model.graph.write_dot(text);
    print(text.str());
    return;
  }
  const scheduler::FamilyTable families = scheduler::FamilyTable::load();
  if (format == "json") {
    print(inspect_json(model, families));
  } else {
    print(arguments.traits ? traits_table(model, families) : inspect_table(model, families));
  }
}

}  // namespace mensa::cli
