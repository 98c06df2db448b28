#include <memory>
#include <vector>

#include "cli/examples.h"
#include "cli/options/shared_options.h"
#include "cli/options/subcommands.h"

namespace mensa::cli {
namespace {

/// An action of `mensa study`, and how its arguments are read.
struct ActionReading {
  const CLI::App* app = nullptr;
  std::function<StudyAction()> action;
};

/// Numbers as text, before what CLI11 does not check.
template <class Arguments>
struct WithNumber {
  Arguments arguments;
  std::string number;
};

constexpr const char* kFormats = "table|json";
constexpr const char* kFormatHelp = "How: for people or for programs";

ActionReading add_list_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand("list", "Points in the order they were chosen in");
  const auto reading = std::make_shared<WithNumber<StudyList>>();
  action->add_option("--limit", reading->number, "No more than so many")->type_name("N");
  action->add_option("--status", reading->arguments.status, "Only those that are this")
      ->type_name("feasible|infeasible|failed");
  action
      ->add_option("--sort", reading->arguments.sort,
                   "The best by this metric first, those where it is not known last")
      ->type_name("METRIC");
  add_format_option(*action, reading->arguments.format, kFormats, kFormatHelp);
  return {action, [reading]() -> StudyAction {
            if (!reading->number.empty()) {
              reading->arguments.limit = positive_integer("--limit", reading->number);
            }
            return reading->arguments;
          }};
}

ActionReading add_show_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand(
      "show",
      "What the study is of, what rejects points, what parameters matter, how objectives and both "
      "models of time agree; or everything of one point");
  const auto reading = std::make_shared<WithNumber<StudyShow>>();
  action->add_option("NUMBER", reading->number, "A point, by its number")->type_name("");
  add_format_option(*action, reading->arguments.format, kFormats, kFormatHelp);
  return {action, [reading]() -> StudyAction {
            if (!reading->number.empty()) {
              reading->arguments.point = positive_integer("NUMBER", reading->number);
            }
            return reading->arguments;
          }};
}

ActionReading add_pareto_action(CLI::App& study) {
  CLI::App* const action =
      study.add_subcommand("pareto",
                           "The feasible points that no other one is better than in one objective "
                           "and as good in the others, by the first objective; which is the knee");
  const auto arguments = std::make_shared<StudyPareto>();
  add_format_option(*action, arguments->format, kFormats, kFormatHelp);
  return {action, [arguments]() -> StudyAction { return *arguments; }};
}

ActionReading add_best_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand(
      "best",
      "The best feasible points: those of the front from its knee on, then those of the "
      "front of the rest, and so on");
  const auto reading = std::make_shared<WithNumber<StudyBest>>();
  action->add_option("--by", reading->arguments.by, "By one metric alone")->type_name("METRIC");
  action->add_option("-n", reading->number, "How many, 10 by default")->type_name("N");
  add_format_option(*action, reading->arguments.format, kFormats, kFormatHelp);
  return {action, [reading]() -> StudyAction {
            if (!reading->number.empty()) {
              reading->arguments.count = positive_integer("-n", reading->number);
            }
            return reading->arguments;
          }};
}

ActionReading add_export_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand(
      "export",
      "Every feasible point with its parameters, metrics, models and accelerators, for other "
      "programs. Equal studies give equal bytes");
  const auto arguments = std::make_shared<StudyExport>();
  add_format_option(*action, arguments->format, "csv|json",
                    "A row for each point, or docs/mensa-study.schema.json");
  action->add_option("--out", arguments->out, "Write to this file, not to standard output")
      ->type_name("FILE");
  action->add_flag("--all", arguments->all, "Points that are infeasible or failed, too, and why");
  action->add_flag("--durations", arguments->durations,
                   "How long the evaluation of each took, too: never the same again");
  return {action, [arguments]() -> StudyAction { return *arguments; }};
}

ActionReading add_plot_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand(
      "plot",
      "An SVG picture of the feasible points, the front and its knee by two metrics; of a study "
      "with one objective, that over the points' numbers");
  const auto arguments = std::make_shared<StudyPlot>();
  action->add_option("--x", arguments->x, "To the right; by default the first objective")
      ->type_name("METRIC");
  action->add_option("--y", arguments->y, "Upwards; by default the second objective")
      ->type_name("METRIC");
  action->add_option("--out", arguments->out, "Write to this file, not to standard output")
      ->type_name("FILE");
  return {action, [arguments]() -> StudyAction { return *arguments; }};
}

ActionReading add_system_action(CLI::App& study) {
  CLI::App* const action = study.add_subcommand(
      "system", "YAML of the system at a point, for --system of other commands");
  const auto reading = std::make_shared<WithNumber<StudySystem>>();
  action->add_option("NUMBER", reading->number, "The point, by its number")
      ->required()
      ->type_name("");
  action->add_option("--out", reading->arguments.out, "Write to this file, not to standard output")
      ->type_name("FILE");
  return {action, [reading]() -> StudyAction {
            reading->arguments.point = positive_integer("NUMBER", reading->number);
            return reading->arguments;
          }};
}

}  // namespace

Subcommand add_study(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("study", "Look at what 'mensa explore' found, also while it works");
  command->footer(kStudyExamples);  // before the actions, which inherit it
  const auto path = std::make_shared<std::string>();
  command->add_option("STUDY", *path, "File that 'mensa explore' wrote")->required()->type_name("");
  command->require_subcommand(0, 1);
  const auto actions = std::make_shared<std::vector<ActionReading>>();
  *actions = {add_list_action(*command),  add_show_action(*command),   add_pareto_action(*command),
              add_best_action(*command),  add_export_action(*command), add_plot_action(*command),
              add_system_action(*command)};
  return {command, [path, actions]() -> Command {
            for (const ActionReading& reading : *actions) {
              if (reading.app->parsed()) return StudyArguments{*path, reading.action()};
            }
            throw CLI::RequiredError("list, show, pareto, best, export, plot or system");
          }};
}

}  // namespace mensa::cli
