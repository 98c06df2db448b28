// What designs take, and what the search is worth: against the best of as many random designs.
//
//   bench_design [NETWORK...]    # without arguments a few of the zoo; "zoo": all of it together

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/program.h"
#include "explore/design/designer.h"
#include "explore/design/moves.h"
#include "models/base/data_path.h"
#include "onnx_import/import.h"

namespace mensa::explore {
namespace {

const base::DataKind kModels{"models/zoo", ".onnx", "model"};
constexpr double kArea = 2.15;  ///< mm2, about that of mensa_g
constexpr std::size_t kMostAccelerators = 3;

std::vector<DesignModel> load(const std::vector<std::string>& names) {
  std::vector<DesignModel> models;
  models.reserve(names.size());
  for (const std::string& name : names) {
    models.push_back({name, onnx_import::import_file(base::find_data_file(kModels, name)), {}, 1});
  }
  return models;
}

SchedulingRules rules() {
  SchedulingRules made;
  made.policy = scheduler::make_policy("mensa");
  made.policy_name = "mensa";
  made.mapper.effort = accelerators::Effort::kFast;
  return made;
}

/// One within the budget, its sizes drawn evenly from the grid of powers of two.
Blueprints random_design(const Platform& platform, const Budget& budget,
                         const std::vector<std::size_t>& places, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return random() % bound; };
  const auto power = [&](std::size_t least, std::size_t most) {
    return std::int64_t{1} << (least + below(most - least + 1));
  };
  while (true) {
    Blueprints design(1 + below(kMostAccelerators));
    for (Blueprint& one : design) {
      one.rows = power(0, 8);
      one.columns = power(0, 8);
      one.dataflow = below(platform.dataflows().size());
      one.place = places[below(places.size())];
      const bool streams = platform.dataflows()[one.dataflow].streams_weights && below(2) == 0;
      one.weights = base::Bytes(streams ? 0 : power(13, 20));
      one.activations = base::Bytes(power(13, 20));
    }
    if (keeps(platform, budget, footprint(platform, design))) return design;
  }
}

struct Row {
  double seconds = 0;
  std::size_t evaluations = 0;  ///< candidates and whole systems
  double merit = 0;
};

Row run(const DesignTask& task) {
  const Parallel parallel(1);
  const double begin = bench::cpu_seconds();
  Designer designer(task, std::make_shared<accelerators::SharedMappings>(), parallel, nullptr);
  const PlatformDesign found = designer.run();
  return {bench::cpu_seconds() - begin, found.candidates + found.systems, found.design->merit};
}

/// The best of so many random designs.
double best_random(const DesignTask& task, std::size_t count) {
  const Parallel parallel(0);
  const Merit merit(task.rules.objective, std::vector<double>(task.models->size(), 1.0));
  WholeSystems systems(*task.platform, *task.models, task.rules, merit,
                       std::make_shared<accelerators::SharedMappings>(), parallel, [] {});
  const std::vector<std::size_t> places = usable_places(*task.platform).places;
  std::mt19937 random(1);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < count; ++i) {
    const Blueprints design = random_design(*task.platform, task.budget, places, random);
    best = std::min(best, systems.of(design).merit);
  }
  return best;
}

void report(const std::string& name, const std::vector<std::string>& networks) {
  const std::vector<DesignModel> models = load(networks);
  for (const bool is_limited : {false, true}) {
    PlatformRequest request;
    request.system = "mensa_g";
    if (is_limited) request.limits = {{"stack.logic_layer", 0.91, std::nullopt}};
    const Platform platform(request);
    DesignTask task;
    task.platform = &platform;
    task.models = &models;
    task.rules = rules();
    task.budget.area = kArea;
    task.most_accelerators = kMostAccelerators;
    task.effort = DesignEffort::kQuick;
    const Row quick = run(task);
    task.effort = DesignEffort::kNormal;
    const Row normal = run(task);
    const double random = best_random(task, normal.evaluations);
    fmt::print("| {} | {} | {:.2f} | {} | {:.2f} | {} | {:.3f} | {:.2f} |\n", name,
               is_limited ? "0.91 mm2" : "no limit", quick.seconds, quick.evaluations,
               normal.seconds, normal.evaluations, std::exp(quick.merit - normal.merit),
               std::exp(random - normal.merit));
    std::fflush(stdout);
  }
}

int run_all(int argc, char** argv) {
  fmt::print(
      "| networks | near memory | quick CPU s | looked at | normal CPU s | looked at | EDP of "
      "quick "
      "/ normal | best random / normal |\n|---|---|--:|--:|--:|--:|--:|--:|\n");
  std::vector<std::string> wanted(argv + 1, argv + argc);
  if (wanted.empty()) wanted = {"ds_cnn", "mobilenet_v2", "resnet50", "lstm_acoustic"};
  for (const std::string& name : wanted) {
    report(name, name == "zoo" ? base::data_names(kModels) : std::vector<std::string>{name});
  }
  return 0;
}

}  // namespace
}  // namespace mensa::explore

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_design",
                                   [&] { return mensa::explore::run_all(argc, argv); });
}
