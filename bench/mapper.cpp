// Searches of all layers of two networks, cold: CPU time, evaluations, and what the fast search
// loses against the pruned one. With --random N, the pruned search against N random mappings of
// each layer on Mensa-G's accelerators.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "accelerators/spec/loader.h"
#include "bench/cpu_time.h"
#include "bench/program.h"
#include "tests/accelerators/mapping/random_mapping.h"
#include "tests/support/network_layers.h"

namespace mensa::bench {
namespace {

using accelerators::Accelerator;
using accelerators::Effort;
using accelerators::System;
using accelerators::test::LeastCosts;

constexpr double kPrunedGoal = 0.5;  ///< CPU seconds for ResNet-50 on Mensa-G
constexpr double kFastGoal = 0.1;
constexpr std::uint64_t kSeed = 1;
constexpr double kAsGood = 1 + 1e-9;  ///< a pruned search promises one part in 10^9

struct Network {
  const char* name;
  std::size_t layers;
  std::vector<models::ProblemShape> shapes;  ///< each once, as CostTable maps them
};

std::vector<Network> networks() {
  const auto network = [](const char* name, const std::vector<models::ProblemShape>& layers) {
    return Network{name, layers.size(), test::distinct(layers)};
  };
  return {network("ResNet-50", test::resnet50_layers()),
          network("MobileNetV2", test::mobilenet_v2_layers())};
}

/// All shapes of a network on an accelerator.
struct Searches {
  std::vector<LeastCosts> costs;
  double seconds = 0;  ///< of CPU
  accelerators::SearchStatistics statistics;
};

Searches search(const System& system, const Accelerator& accelerator, const Network& network,
                Effort effort) {
  Searches searches;
  const double begin = cpu_seconds();
  for (const models::ProblemShape& shape : network.shapes) {
    accelerators::SearchStatistics statistics;
    const auto result = accelerators::map_layer(
        system, accelerator, accelerators::test::native_question(shape, accelerator), {effort},
        &statistics);
    searches.costs.push_back(
        accelerators::test::least_costs(std::get<accelerators::ParetoMappings>(result)));
    searches.statistics.evaluations += statistics.evaluations;
    searches.statistics.bounds += statistics.bounds;
  }
  searches.seconds = cpu_seconds() - begin;
  return searches;
}

/// How many times worse one search is than another, layer by layer.
class Loss {
 public:
  void add(double ratio) {
    log_sum_ += std::log(ratio);
    worst_ = std::max(worst_, ratio);
    ++layers_;
  }
  [[nodiscard]] std::string to_string() const {
    const double mean = layers_ == 0 ? 1 : std::exp(log_sum_ / layers_);
    return fmt::format("{:.2f} / {:.1f}", (mean - 1) * 100, (worst_ - 1) * 100);
  }

 private:
  double log_sum_ = 0;
  double worst_ = 1;
  int layers_ = 0;
};

/// A row of the table: an accelerator, or all of a system.
struct Row {
  std::size_t searches = 0;
  std::array<double, 2> seconds{};  ///< pruned, fast
  std::array<accelerators::SearchStatistics, 2> statistics;
  std::array<Loss, 3> loss;  ///< of the fast search: latency, energy, energy-delay product

  void add(const Searches& pruned, const Searches& fast) {
    searches += pruned.costs.size();
    const std::array<const Searches*, 2> both = {&pruned, &fast};
    for (std::size_t i = 0; i < both.size(); ++i) {
      seconds[i] += both[i]->seconds;
      statistics[i].evaluations += both[i]->statistics.evaluations;
      statistics[i].bounds += both[i]->statistics.bounds;
    }
    for (std::size_t i = 0; i < pruned.costs.size(); ++i) {
      loss[0].add(fast.costs[i].cycles / pruned.costs[i].cycles);
      loss[1].add(fast.costs[i].energy / pruned.costs[i].energy);
      loss[2].add(fast.costs[i].product / pruned.costs[i].product);
    }
  }

  void print(const std::string& name) const {
    fmt::print("{:<22} {:>8}  {:>8.4f} {:>10} {:>10}  {:>8.4f} {:>8} {:>8}", name, searches,
               seconds[0], statistics[0].evaluations, statistics[0].bounds, seconds[1],
               statistics[1].evaluations, statistics[1].bounds);
    for (const Loss& of : loss) fmt::print("  {:>12}", of.to_string());
    fmt::print("\n");
  }
};

void print_goal(const char* what, double seconds, double goal) {
  fmt::print("{}: {:.3f} CPU s, goal {} s: {}, {:.2f} of it\n", what, seconds, goal,
             seconds <= goal ? "met" : "missed", seconds / goal);
}

void compare_searches(const std::vector<System>& systems) {
  Row goal_row;  // the first network on the first system
  double goal_peak = 0;
  for (const Network& network : networks()) {
    fmt::print("{}: {} layers, {} of them distinct\n", network.name, network.layers,
               network.shapes.size());
    fmt::print("{:<22} {:>8}  {:>8} {:>10} {:>10}  {:>8} {:>8} {:>8}  {}\n", "", "", "pruned", "",
               "", "fast", "", "", "fast's loss in %: geometric mean / worst layer");
    fmt::print("{:<22} {:>8}  {:>8} {:>10} {:>10}  {:>8} {:>8} {:>8}  {:>12}  {:>12}  {:>12}\n",
               "accelerator", "searches", "CPU s", "evaluated", "bounds", "CPU s", "evaluated",
               "bounds", "latency", "energy", "EDP");
    for (const System& system : systems) {
      Row all;
      for (const Accelerator& accelerator : system.accelerators) {
        const Searches pruned = search(system, accelerator, network, Effort::kPruned);
        const Searches fast = search(system, accelerator, network, Effort::kFast);
        Row row;
        row.add(pruned, fast);
        row.print(accelerator.name);
        all.add(pruned, fast);
      }
      if (system.accelerators.size() > 1) all.print("all of " + system.name);
      if (goal_row.searches == 0) {
        goal_row = all;
        goal_peak = peak_mebibytes();
      }
    }
    fmt::print("\n");
  }
  print_goal("ResNet-50 on Mensa-G, pruned", goal_row.seconds[0], kPrunedGoal);
  print_goal("ResNet-50 on Mensa-G, fast  ", goal_row.seconds[1], kFastGoal);
  fmt::print("Peak memory: {:.1f} MiB for ResNet-50 on Mensa-G, {:.1f} MiB with all the others\n",
             goal_peak, peak_mebibytes());
}

/// False where a random mapping is better than what the pruned search found.
bool compare_with_random(const System& system, std::int64_t count) {
  fmt::print("\nPruned search against {} random mappings of each layer; best random / pruned\n",
             count);
  fmt::print("{:<12} {:<42} {:>9}  {:>9} {:>9} {:>9}\n", "accelerator", "layer", "fitted",
             "latency", "energy", "EDP");
  int worse = 0;
  for (const Network& network : networks()) {
    for (const Accelerator& accelerator : system.accelerators) {
      const Searches pruned = search(system, accelerator, network, Effort::kPruned);
      std::int64_t fitted = 0;
      const double begin = cpu_seconds();
      for (std::size_t i = 0; i < network.shapes.size(); ++i) {
        const models::ProblemShape& shape = network.shapes[i];
        accelerators::MacCostModel model(system, accelerator,
                                         accelerators::test::native_question(shape, accelerator));
        const LeastCosts random = accelerators::test::least_random_costs(model, count, kSeed);
        const LeastCosts& best = pruned.costs[i];
        fmt::print("{:<12} {:<42} {:>9}  {:>9.4f} {:>9.4f} {:>9.4f}\n", accelerator.name,
                   shape.to_string(), random.fitted, random.cycles / best.cycles,
                   random.energy / best.energy, random.product / best.product);
        fitted += random.fitted;
        if (best.cycles > random.cycles * kAsGood || best.energy > random.energy * kAsGood ||
            best.product > random.product * kAsGood) {
          ++worse;
        }
      }
      const auto all = count * static_cast<std::int64_t>(network.shapes.size());
      fmt::print("{}, {}: {} of {} fitted, drawn and evaluated in {:.1f} CPU s\n", accelerator.name,
                 network.name, fitted, all, cpu_seconds() - begin);
    }
  }
  fmt::print("Layers where a random mapping is better than the pruned search: {}\n", worse);
  return worse == 0;
}

int run(int argc, char** argv) {
  std::int64_t random = 0;
  if (argc == 3 && std::strcmp(argv[1], "--random") == 0) {
    const char* end = argv[2] + std::strlen(argv[2]);
    const auto read = std::from_chars(argv[2], end, random);
    if (read.ec != std::errc() || read.ptr != end || random < 1) random = -1;
  } else if (argc != 1) {
    random = -1;
  }
  if (random < 0) {
    fmt::print(stderr, "usage: {} [--random MAPPINGS_PER_LAYER]\n", argv[0]);
    return 2;
  }
  std::vector<System> systems;
  for (const char* name : {"mensa_g", "edge_tpu", "eyeriss_v2", "nvdla"}) {
    systems.push_back(accelerators::load_system(name));
  }
  compare_searches(systems);
  return random == 0 || compare_with_random(systems.front(), random) ? 0 : 1;
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_mapper", [&] { return mensa::bench::run(argc, argv); });
}
