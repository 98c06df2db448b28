#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/examples.h"
#include "cli/exit_codes.h"
#include "cli/options/subcommands.h"
#include "models/base/version.h"

namespace mensa::cli {

Command read_arguments(int argc, const char* const* argv) {
  CLI::App app("Schedules and simulates neural networks on heterogeneous edge accelerators",
               "mensa");
  app.set_version_flag("--version", "mensa " + std::string(base::kVersion));
  // Asked for after parsing: CLI11 would ask for it before it says which argument it does not know.
  app.require_subcommand(0, 1);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "mensa: " + std::string(error.what()) + "\nRun with --help for more information.\n";
  });
  app.footer(kMainExamples);
  // In the order of the help text.
  const std::vector<Subcommand> subcommands = {
      add_simulate(app), add_compare(app), add_explain(app), add_workload(app), add_explore(app),
      add_study(app),    add_design(app),  add_inspect(app), add_cluster(app),  add_profile(app),
      add_map(app),      add_check(app),   add_list(app),    add_worker(app)};
  try {
    app.parse(argc, argv);
    for (const Subcommand& subcommand : subcommands) {
      if (subcommand.app->parsed()) return subcommand.command();
    }
    throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::ParseError& stop) {  // help and version too, with an exit code of 0
    return Finished{app.exit(stop) == 0 ? kDone : kUsage};
  }
}

}  // namespace mensa::cli
