#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/arguments.h"

namespace mensa::cli {

/// A subcommand as CLI11 knows it, and what it asks for once it has been parsed: `command` throws
/// CLI::ValidationError where a text is not what its option takes.
struct Subcommand {
  const CLI::App* app = nullptr;
  std::function<Command()> command;
};

// What runs schedules.
[[nodiscard]] Subcommand add_simulate(CLI::App& app);
[[nodiscard]] Subcommand add_compare(CLI::App& app);
[[nodiscard]] Subcommand add_explain(CLI::App& app);
[[nodiscard]] Subcommand add_workload(CLI::App& app);

// What looks for systems.
[[nodiscard]] Subcommand add_explore(CLI::App& app);
[[nodiscard]] Subcommand add_study(CLI::App& app);
[[nodiscard]] Subcommand add_design(CLI::App& app);

// What looks at models, systems and layers.
[[nodiscard]] Subcommand add_inspect(CLI::App& app);
[[nodiscard]] Subcommand add_cluster(CLI::App& app);
[[nodiscard]] Subcommand add_profile(CLI::App& app);
[[nodiscard]] Subcommand add_map(CLI::App& app);
[[nodiscard]] Subcommand add_check(CLI::App& app);
[[nodiscard]] Subcommand add_list(CLI::App& app);

/// For mensa itself, and not shown in help texts.
[[nodiscard]] Subcommand add_worker(CLI::App& app);

}  // namespace mensa::cli
