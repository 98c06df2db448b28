// What scheduling policies take and how far their schedules are from the best, on Mensa-G: the
// networks of the zoo and, with --model-dir, those of ONNX's test data (light_*.onnx).
//
// All figures are of the analytic model, one layer at a time, by default mappings.

#include "scheduler/problem/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "bench/cpu_time.h"
#include "bench/program.h"
#include "models/base/data_path.h"
#include "onnx_import/import.h"
#include "scheduler/exact/sequential_optimum.h"
#include "scheduler/policies/mensa_phases.h"
#include "scheduler/policies/policy.h"

namespace mensa::bench {
namespace {

using accelerators::Objective;
using scheduler::Schedule;
using scheduler::SchedulingProblem;

constexpr int kRounds = 3;
constexpr std::size_t kWorstLayers = 3;
constexpr double kLeastGain = 1e-4;
constexpr std::array<double, 7> kComputeRatios = {1, 1.25, 1.5, 2, 3, 4, 8};
constexpr std::array<double, 8> kReuses = {0, 4, 16, 32, 64, 128, 256, 1024};
/// On average, by Boroumand et al. (arXiv 2109.14320).
constexpr const char* kTransfersOfThePaper = "4 to 5";

struct TimedPolicy {
  const char* name;
  double goal;  ///< CPU seconds beyond the cost table; 0: none
};
constexpr std::array<TimedPolicy, 5> kPolicies = {
    TimedPolicy{"mensa", 0.005}, TimedPolicy{"greedy", 0}, TimedPolicy{"chain_dp", 0.020},
    TimedPolicy{"heft", 0}, TimedPolicy{"optimal", 10}};
constexpr std::size_t kEdp = 2;  ///< in kAllObjectives
static_assert(accelerators::kAllObjectives[kEdp] == Objective::kEdp);
constexpr std::size_t kCompared = 4;  ///< the first of them, with the optimum

/// Of one unit, to where the optimum has it.
struct Move {
  std::string text;
  double gain = 0;  ///< of the whole schedule's energy-delay product
};

/// Everything that the tables say of one network.
struct Network {
  std::string name;
  std::size_t layers = 0;
  std::array<double, kPolicies.size()> seconds{};
  /// By objective and policy: how many times the optimum.
  std::array<std::array<double, kCompared>, accelerators::kAllObjectives.size()> ratios{};
  std::array<scheduler::BoundKind, accelerators::kAllObjectives.size()> kinds{};
  std::vector<Move> moves;
  double with_vector_moves = 0;  ///< of layers without MACs; how many times the optimum
  double with_all_moves = 0;     ///< what the rule lets stay then; how many times the optimum
  std::array<std::array<double, kReuses.size()>, kComputeRatios.size()> sweep{};
  std::size_t transfers = 0;
  std::size_t changes = 0;  ///< of the accelerator, from a block to the next
  double table_seconds = 0;
};

Schedule schedule_by(const SchedulingProblem& problem, const std::string& policy) {
  return scheduler::build_schedule(problem, scheduler::make_policy(policy)->plan(problem), policy);
}

double value_of(const SchedulingProblem& problem, const Schedule& schedule) {
  const scheduler::AnalyticCost cost = scheduler::analytic_cost(problem, schedule);
  return accelerators::score(problem.costs().objective(), cost.latency, cost.energy);
}

/// With a cost table that knows all answers.
double seconds_of(const SchedulingProblem& problem, const char* policy) {
  static_cast<void>(schedule_by(problem, policy));
  double least = HUGE_VAL;
  for (int i = 0; i < kRounds; ++i) {
    const double begin = cpu_seconds();
    static_cast<void>(schedule_by(problem, policy));
    least = std::min(least, cpu_seconds() - begin);
  }
  return least;
}

/// What keeps mensa's plan from the optimum: units that alone, on the accelerator that the optimum
/// gives them, gain most, and what is left with all of them there.
void look_for_losses(const SchedulingProblem& problem, const scheduler::Plan& optimum, double least,
                     Network& network) {
  const auto value_with = [&](const scheduler::Plan& plan) {
    return value_of(problem, scheduler::build_schedule(problem, plan, "changed"));
  };
  const scheduler::Plan plan = scheduler::make_policy("mensa")->plan(problem);
  const double before = value_with(plan);
  network.with_all_moves = value_with({optimum.assignment}) / least;
  scheduler::Plan followers = plan;
  for (const SchedulingProblem::Unit& unit : problem.units()) {
    if (problem.has_mac_work(unit)) continue;
    for (const models::LayerId id : unit) {
      followers.assignment[id.index()] = optimum.assignment[id.index()];
    }
  }
  network.with_vector_moves = value_with(followers) / least;
  for (const SchedulingProblem::Unit& unit : problem.units()) {
    const auto here = plan.assignment[unit.front().index()];
    const auto there = optimum.assignment[unit.front().index()];
    if (here == there) continue;
    scheduler::Plan moved = plan;
    for (const models::LayerId id : unit) moved.assignment[id.index()] = there;
    const double gain = 1 - value_with(moved) / before;
    if (gain < kLeastGain) continue;
    const models::Layer& layer = problem.graph().layer(unit.front());
    network.moves.push_back({fmt::format("{} ({}) from {} to {}", layer.name, layer.op,
                                         problem.costs().name(here), problem.costs().name(there)),
                             gain});
  }
  std::stable_sort(network.moves.begin(), network.moves.end(),
                   [](const Move& a, const Move& b) { return a.gain > b.gain; });
  if (network.moves.size() > kWorstLayers) network.moves.resize(kWorstLayers);
}

void sweep_thresholds(const SchedulingProblem& problem, double optimum, Network& network) {
  for (std::size_t c = 0; c < kComputeRatios.size(); ++c) {
    for (std::size_t r = 0; r < kReuses.size(); ++r) {
      const std::string policy =
          fmt::format("mensa:compute_ratio={},reuse={}", kComputeRatios[c], kReuses[r]);
      network.sweep[c][r] = value_of(problem, schedule_by(problem, policy)) / optimum;
    }
  }
}

void count_transfers(const SchedulingProblem& problem, Network& network) {
  const Schedule schedule = schedule_by(problem, "mensa");
  network.transfers = schedule.transfers.size();
  for (std::size_t b = 1; b < schedule.blocks.size(); ++b) {
    if (schedule.blocks[b].accelerator != schedule.blocks[b - 1].accelerator) ++network.changes;
  }
}

Network measure(const std::filesystem::path& file, const accelerators::System& system) {
  const models::Graph graph = onnx_import::import_file(file);
  const auto mappings = std::make_shared<accelerators::MappingCache>(system);
  Network network;
  network.name = file.stem().string();
  network.layers = graph.layers().size();
  const double begin = cpu_seconds();
  for (std::size_t o = 0; o < accelerators::kAllObjectives.size(); ++o) {
    const Objective objective = accelerators::kAllObjectives[o];
    accelerators::CostTable costs(graph, objective, mappings);
    const SchedulingProblem problem(costs);
    problem.check();
    const auto best = scheduler::SequentialOptimum(problem).find(objective);
    if (o == 0) network.table_seconds = cpu_seconds() - begin;
    network.kinds[o] = best.bound.kind;
    for (std::size_t p = 0; p < kCompared; ++p) {
      network.ratios[o][p] =
          value_of(problem, schedule_by(problem, kPolicies[p].name)) / best.bound.value;
    }
    if (objective != Objective::kEdp) continue;
    for (std::size_t p = 0; p < kPolicies.size(); ++p) {
      network.seconds[p] = seconds_of(problem, kPolicies[p].name);
    }
    look_for_losses(problem, best.plan, best.bound.value, network);
    sweep_thresholds(problem, best.bound.value, network);
    count_transfers(problem, network);
  }
  return network;
}

/// Of `figure`, over all networks.
template <class Figure>
double geometric_mean(const std::vector<Network>& networks, const Figure& figure) {
  double logs = 0;
  for (const Network& network : networks) logs += std::log(figure(network));
  return std::exp(logs / static_cast<double>(networks.size()));
}

std::string per_cent(double ratio) {
  const double gap = (ratio - 1) * 100;
  return fmt::format("{:.1f}", std::abs(gap) < 0.05 ? 0.0 : gap);
}

void print_times(const std::vector<Network>& networks) {
  fmt::print("CPU ms beyond the cost table (goal / measured), best of {}\n\n", kRounds);
  fmt::print("| network | layers | cost table s |");
  for (const TimedPolicy& policy : kPolicies) fmt::print(" {} |", policy.name);
  fmt::print("\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
  std::array<double, kPolicies.size()> worst{};
  for (const Network& network : networks) {
    fmt::print("| {} | {} | {:.2f} |", network.name, network.layers, network.table_seconds);
    for (std::size_t p = 0; p < kPolicies.size(); ++p) {
      const double seconds = network.seconds[p];
      worst[p] = std::max(worst[p], seconds);
      fmt::print(" {:.2f}", seconds * 1e3);
      if (kPolicies[p].goal > 0) fmt::print(" ({:.0f})", kPolicies[p].goal / seconds);
      fmt::print(" |");
    }
    fmt::print("\n");
  }
  fmt::print("\n");
  for (std::size_t p = 0; p < kPolicies.size(); ++p) {
    const double goal = kPolicies[p].goal;
    if (goal == 0) continue;
    fmt::print("{}: {:.2f} ms at most, goal {:.0f} ms: {}, goal / measured {:.1f}\n",
               kPolicies[p].name, worst[p] * 1e3, goal * 1e3, worst[p] <= goal ? "met" : "missed",
               goal / worst[p]);
  }
}

void print_gaps(const std::vector<Network>& networks, std::size_t objective) {
  fmt::print("\n{} above the optimum in per cent\n\n",
             accelerators::to_string(accelerators::kAllObjectives[objective]));
  fmt::print("| network | mensa | greedy | chain_dp | heft | bound |\n|---|--:|--:|--:|--:|---|\n");
  for (const Network& network : networks) {
    fmt::print("| {} |", network.name);
    for (const double ratio : network.ratios[objective]) fmt::print(" {} |", per_cent(ratio));
    fmt::print(" {} |\n", scheduler::to_string(network.kinds[objective]));
  }
  fmt::print("| geometric mean |");
  for (std::size_t p = 0; p < kCompared; ++p) {
    fmt::print(" {} |", per_cent(geometric_mean(networks, [&](const Network& network) {
                 return network.ratios[objective][p];
               })));
  }
  fmt::print(" |\n");
}

void print_moves(const std::vector<Network>& networks) {
  fmt::print("\nLayers that alone, where the optimum has them, lower mensa's EDP most\n\n");
  fmt::print(
      "| network | gap % | gap % with vector layers moved | gap % with all moved | layer | lower "
      "by % |\n|---|--:|--:|--:|---|--:|\n");
  for (const Network& network : networks) {
    const std::string row =
        fmt::format("| {} | {} | {} | {} |", network.name, per_cent(network.ratios[kEdp][0]),
                    per_cent(network.with_vector_moves), per_cent(network.with_all_moves));
    if (network.moves.empty()) fmt::print("{} none | |\n", row);
    for (std::size_t m = 0; m < network.moves.size(); ++m) {
      fmt::print("{} {} | {:.2f} |\n", m == 0 ? row : "| | | | |", network.moves[m].text,
                 network.moves[m].gain * 100);
    }
  }
}

void print_sweep(const std::vector<Network>& networks) {
  fmt::print("\nEDP of mensa above the optimum, geometric mean of {} networks, per cent\n\n",
             networks.size());
  fmt::print("| compute_ratio \\ reuse |");
  for (const double reuse : kReuses) fmt::print(" {} |", reuse);
  fmt::print("\n|--:|");
  for (std::size_t r = 0; r < kReuses.size(); ++r) fmt::print("--:|");
  fmt::print("\n");
  // The default, unless another is better by what the table shows.
  constexpr double kBetter = 5e-5;
  const scheduler::MensaThresholds defaults;
  const double by_default =
      geometric_mean(networks, [](const Network& network) { return network.ratios[kEdp][0]; });
  double best = by_default;
  scheduler::MensaThresholds best_pair;
  for (std::size_t c = 0; c < kComputeRatios.size(); ++c) {
    fmt::print("| {} |", kComputeRatios[c]);
    for (std::size_t r = 0; r < kReuses.size(); ++r) {
      const double mean =
          geometric_mean(networks, [&](const Network& network) { return network.sweep[c][r]; });
      fmt::print(" {:.2f} |", (mean - 1) * 100);
      if (mean > best - kBetter) continue;
      best = mean;
      best_pair = {kComputeRatios[c], kReuses[r]};
    }
    fmt::print("\n");
  }
  fmt::print("\nBest: compute_ratio {}, reuse {}: {:.2f} % above; default {}, {}: {:.2f} %\n",
             best_pair.compute_ratio, best_pair.reuse, (best - 1) * 100, defaults.compute_ratio,
             defaults.reuse, (by_default - 1) * 100);
}

void print_transfers(const std::vector<Network>& networks) {
  fmt::print("\nTransfers between accelerators in an inference by mensa\n\n");
  fmt::print("| network | activations passed | changes of accelerator |\n|---|--:|--:|\n");
  double transfers = 0;
  double changes = 0;
  for (const Network& network : networks) {
    fmt::print("| {} | {} | {} |\n", network.name, network.transfers, network.changes);
    transfers += static_cast<double>(network.transfers);
    changes += static_cast<double>(network.changes);
  }
  const auto count = static_cast<double>(networks.size());
  fmt::print("| arithmetic mean | {:.1f} | {:.1f} |\n\nThe paper says {} on average.\n",
             transfers / count, changes / count, kTransfersOfThePaper);
}

int run(int argc, char** argv) {
  const bool light = argc == 3 && std::strcmp(argv[1], "--model-dir") == 0;
  if (argc != 1 && !light) {
    fmt::print(stderr, "usage: {} [--model-dir FOLDER_OF_light_*.onnx]\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const char* name : {"ds_cnn", "mobilenet_v2", "resnet50", "lstm_acoustic", "rnnt"}) {
    files.push_back(base::find_data_file({"models/zoo", ".onnx", "model"}, name));
  }
  if (light) {
    std::vector<std::filesystem::path> more;
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
      const std::string name = entry.path().filename().string();
      if (name.rfind("light_", 0) == 0 && entry.path().extension() == ".onnx") {
        more.push_back(entry.path());
      }
    }
    std::sort(more.begin(), more.end());
    files.insert(files.end(), more.begin(), more.end());
  }
  const accelerators::System system = accelerators::load_system("mensa_g");
  std::vector<Network> networks;
  networks.reserve(files.size());
  for (const auto& file : files) networks.push_back(measure(file, system));
  print_times(networks);
  for (std::size_t o = 0; o < accelerators::kAllObjectives.size(); ++o) print_gaps(networks, o);
  print_moves(networks);
  print_sweep(networks);
  print_transfers(networks);
  return 0;
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_schedule", [&] { return mensa::bench::run(argc, argv); });
}
