#include <memory>
#include <string>
#include <string_view>

#include "cli/examples.h"
#include "cli/options/shared_options.h"
#include "cli/options/subcommands.h"
#include "explore/space/expression.h"

namespace mensa::cli {
namespace {

/// What CLI11 does not check, as text.
struct ExploreTexts {
  ExploreArguments arguments;
  std::string seed;
  std::string points;
  std::string time;
  std::string threads;
  std::string verified;
};

/// "10 min" is none of the units of system files.
double seconds_from(const std::string& text) {
  constexpr double kMinute = 60;
  const explore::Value value = explore::Value::from_yaml(text);
  if (value.kind == explore::Value::Kind::kNumber &&
      value.dimension == explore::dimensions::kSeconds && value.number > 0) {
    return value.number;
  }
  constexpr std::string_view kMinutes = "min";
  if (value.kind == explore::Value::Kind::kText && text.ends_with(kMinutes)) {
    std::string_view number = std::string_view(text).substr(0, text.size() - kMinutes.size());
    number = number.substr(0, number.find_last_not_of(' ') + 1);  // npos + 1 is 0
    const explore::Value minutes = explore::Value::from_yaml(number);
    if (minutes.kind == explore::Value::Kind::kNumber && minutes.dimension.is_plain() &&
        minutes.number > 0) {
      return minutes.number * kMinute;
    }
  }
  throw CLI::ValidationError("--time", "'" + text + "' is no time, as '90 s' or '10 min'");
}

std::int64_t threads_from(const std::string& text) {
  constexpr std::int64_t kMostThreads = 1024;
  const std::int64_t threads = positive_integer("--threads", text);
  if (threads <= kMostThreads) return threads;
  throw CLI::ValidationError("--threads",
                             "'" + text + "' is more than " + std::to_string(kMostThreads));
}

}  // namespace

Subcommand add_explore(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("explore", "Search a design space for the systems that suit models best");
  const auto texts = std::make_shared<ExploreTexts>();
  ExploreArguments& arguments = texts->arguments;
  command->add_option("SPACE", arguments.space, "YAML file of the space: see docs/explore.md")
      ->required()
      ->type_name("");
  command
      ->add_option("--study", arguments.study,
                   "File that every point is stored in as it is done; by default NAME.study here, "
                   "by the space's name")
      ->type_name("FILE");
  command->add_flag("--resume", arguments.resume,
                    "Go on with a study: what it has is not evaluated again");
  command
      ->add_option("--search", arguments.search,
                   "How points are chosen, instead of what the space says")
      ->type_name("grid|random|sobol|nsga2|moead|anneal");
  command->add_option("--seed", texts->seed, "Of the search, instead of what the space says")
      ->type_name("K");
  command->add_option("--points", texts->points, "Stop after so many different points")
      ->type_name("N");
  command->add_option("--time", texts->time, "Stop after this time")->type_name("'10 min'");
  command
      ->add_option("--mapper", arguments.mapper,
                   "How mappings are searched for, instead of what the space says (fast, where it "
                   "says nothing): see 'mensa simulate --help'")
      ->type_name("exhaustive|pruned|fast");
  command
      ->add_option("--threads", texts->threads,
                   "Points at a time; by default one for each core. Changes no result")
      ->type_name("N");
  command
      ->add_option("--verify-top", texts->verified,
                   "At the end simulate the N best points with SystemC, and say how far the "
                   "simulation ranks them alike")
      ->type_name("N");
  command->add_flag("--check", arguments.only_check,
                    "Check the space, say how large it is and how long it takes, and stop");
  add_format_option(*command, arguments.format, "table|json",
                    "How the summary at the end is printed: for people or for programs");
  command->footer(kExploreExamples);
  return {command, [texts]() -> Command {
            ExploreArguments& read = texts->arguments;
            if (!texts->seed.empty()) read.seed = non_negative_integer("--seed", texts->seed);
            if (!texts->points.empty()) read.points = positive_integer("--points", texts->points);
            if (!texts->time.empty()) read.seconds = seconds_from(texts->time);
            if (!texts->threads.empty()) read.threads = threads_from(texts->threads);
            if (!texts->verified.empty()) {
              read.verified = positive_integer("--verify-top", texts->verified);
            }
            return read;
          }};
}

}  // namespace mensa::cli
