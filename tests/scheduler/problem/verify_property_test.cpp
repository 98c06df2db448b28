// A random change of a random schedule is never taken for a valid one, unless it is one.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using models::LayerId;
using test::draw;
using test::Random;

/// A system and its mappings, for all random schedules.
struct Site {
  explicit Site(accelerators::System of)
      : system(std::move(of)), mappings(test::mappings_of(system)) {}
  accelerators::System system;
  std::shared_ptr<accelerators::MappingCache> mappings;
};

const Site& site(std::size_t which) {
  static const Site kFour(test::four_accelerators());
  static const Site kOne(accelerators::load_system("edge_tpu"));
  return which == 0 ? kFour : kOne;
}

models::Graph random_graph(Random& random) {
  switch (draw(random, 4)) {
    case 0:
      return test::random_chain(random, 1 + draw(random, 8));
    case 1: {
      models::test::GraphBuilder build("recurrence");
      const auto steps = static_cast<std::int64_t>(1 + draw(random, 9));
      const models::TensorId x = build.input("input", {steps, 64});
      const models::TensorId y = build.lstm("first", x, 64, 96, steps);
      return build.finish(build.lstm("second", y, 96, 64, steps));
    }
    default:
      return test::random_dag(random, 1 + draw(random, 8));
  }
}

/// Each unit anywhere, in any order that the data allow.
Plan random_plan(const SchedulingProblem& problem, Random& random) {
  Plan plan{Assignment(problem.graph().layers().size()), std::vector<std::size_t>{}};
  std::vector<bool> done(problem.graph().layers().size(), false);
  std::vector<std::size_t> left(problem.units().size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  while (!left.empty()) {
    const auto chosen = left.begin() + static_cast<std::ptrdiff_t>(draw(random, left.size()));
    const SchedulingProblem::Unit& unit = problem.units()[*chosen];
    const bool ready = std::all_of(unit.begin(), unit.end(), [&](LayerId id) {
      const auto before = problem.graph().predecessors(id);
      return std::all_of(before.begin(), before.end(), [&](LayerId other) {
        return done[other.index()] || std::find(unit.begin(), unit.end(), other) != unit.end();
      });
    });
    if (!ready) continue;
    const auto candidates = problem.candidates(unit);
    const AcceleratorId there = candidates[draw(random, candidates.size())];
    for (const LayerId id : unit) {
      plan.assignment[id.index()] = there;
      done[id.index()] = true;
    }
    plan.order->push_back(*chosen);
    left.erase(chosen);
  }
  return plan;
}

template <class T>
T& any_of(std::vector<T>& list, Random& random) {
  return list[draw(random, list.size())];
}

AcceleratorId any_accelerator(const SchedulingProblem& problem, Random& random) {
  return AcceleratorId(draw(random, problem.system().accelerators.size() + 2));
}

/// Up to twice as long, or a part of it: never so near that it might be rounding.
base::Seconds another_time(base::Seconds time, Random& random) {
  constexpr double kFactors[] = {0, 0.5, 0.999, 1.001, 2, -1};
  return time * kFactors[draw(random, std::size(kFactors))];
}

void change_layer(const SchedulingProblem& problem, ScheduledLayer& layer, Random& random) {
  LayerResidency& residency = layer.residency;
  switch (draw(random, 9)) {
    case 0:
      layer.layer = LayerId(draw(random, problem.graph().layers().size()));
      break;
    case 1:
      layer.accelerator = any_accelerator(problem, random);
      break;
    case 2:
      layer.start = another_time(layer.start, random);
      break;
    case 3:
      layer.end = another_time(layer.end, random);
      break;
    case 4:
      residency.inputs ^= std::uint64_t{1} << draw(random, draw(random, 8) == 0 ? 64 : 3);
      break;
    case 5:
      residency.output = !residency.output;
      break;
    case 6:
      residency.kept_parameters += base::Bytes(static_cast<std::int64_t>(draw(random, 99)) - 49);
      break;
    case 7:
      residency.others += base::Bytes(static_cast<std::int64_t>(draw(random, 99)) - 49);
      break;
    default:
      residency.refetches_parameters = !residency.refetches_parameters;
  }
}

void change_block(const SchedulingProblem& problem, Schedule& schedule, Random& random) {
  Block& block = any_of(schedule.blocks, random);
  switch (draw(random, 8)) {
    case 0:
      block.accelerator = any_accelerator(problem, random);
      break;
    case 1:
      block.runs = static_cast<std::int64_t>(draw(random, 12)) - 1;
      break;
    case 2:
      block.layers.erase(block.layers.begin() +
                         static_cast<std::ptrdiff_t>(draw(random, block.layers.size())));
      break;
    case 3:
      block.layers.emplace_back(draw(random, problem.graph().layers().size() + 1));
      break;
    case 4:
      std::swap(any_of(block.layers, random), any_of(block.layers, random));
      break;
    case 5:
      schedule.blocks.erase(schedule.blocks.begin() + (&block - schedule.blocks.data()));
      break;
    case 6:
      schedule.blocks.push_back(block);
      break;
    default:
      std::swap(block, any_of(schedule.blocks, random));
  }
}

void change_transfer(const SchedulingProblem& problem, Schedule& schedule, Random& random) {
  auto& transfers = schedule.transfers;
  const models::TensorId tensor(draw(random, problem.graph().tensors().size() + 1));
  if (transfers.empty() || draw(random, 7) == 0) {
    transfers.push_back({tensor, any_accelerator(problem, random), any_accelerator(problem, random),
                         base::Bytes(64)});
    return;
  }
  Transfer& transfer = any_of(transfers, random);
  switch (draw(random, 6)) {
    case 0:
      transfer.tensor = tensor;
      break;
    case 1:
      transfer.from = any_accelerator(problem, random);
      break;
    case 2:
      transfer.to = any_accelerator(problem, random);
      break;
    case 3:
      transfer.bytes += base::Bytes(static_cast<std::int64_t>(draw(random, 99)) - 49);
      break;
    case 4:
      transfers.erase(transfers.begin() + (&transfer - transfers.data()));
      break;
    default:
      std::swap(transfer, any_of(transfers, random));
  }
}

Schedule changed(const SchedulingProblem& problem, Schedule schedule, Random& random) {
  switch (draw(random, 8)) {
    case 0:
    case 1:
    case 2:
      change_layer(problem, any_of(schedule.layers, random), random);
      break;
    case 3:
    case 4:
      change_block(problem, schedule, random);
      break;
    case 5:
      change_transfer(problem, schedule, random);
      break;
    case 6:
      any_of(schedule.kept_parameters, random) =
          base::Bytes(static_cast<std::int64_t>(draw(random, 3)) * 512);
      break;
    default:
      if (draw(random, 2) == 0) {
        schedule.latency = another_time(schedule.latency, random);
      } else {
        schedule.concurrency = Concurrency(1 - static_cast<int>(schedule.concurrency));
      }
  }
  return schedule;
}

bool same(const Block& a, const Block& b) {
  return a.accelerator == b.accelerator && a.layers == b.layers && a.runs == b.runs;
}
bool same(const ScheduledLayer& a, const ScheduledLayer& b) {
  return a.layer == b.layer && a.accelerator == b.accelerator && a.residency == b.residency &&
         a.start == b.start && a.end == b.end;
}
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& one, const T& other) { return same(one, other); });
}
/// But for their blocks and what they keep.
bool alike(const Schedule& a, const Schedule& b) {
  return a.concurrency == b.concurrency && a.transfers == b.transfers && a.latency == b.latency &&
         same(a.layers, b.layers);
}

/// Blocks of different accelerators may be listed in another order, and layers that take turns,
/// as long as each stands behind what it reads and each accelerator has its blocks in the same
/// order: nothing runs otherwise, and who takes turns leaves the others room in any order.
bool only_listed_otherwise(const models::Graph& graph, const Schedule& a, const Schedule& b) {
  const auto by_accelerator = [](const Schedule& schedule) {
    std::map<AcceleratorId, std::vector<std::vector<LayerId>>> lists;
    for (const Block& block : schedule.blocks) {
      auto& list = lists[block.accelerator];
      list.push_back(block.layers);
      std::sort(list.back().begin(), list.back().end());
    }
    return lists;
  };
  if (!alike(a, b) || a.kept_parameters != b.kept_parameters ||
      by_accelerator(a) != by_accelerator(b)) {
    return false;
  }
  std::vector<bool> done(graph.layers().size(), false);
  for (const Block& block : b.blocks) {
    for (const LayerId id : block.layers) {
      for (const LayerId before : graph.predecessors(id)) {
        if (!done[before.index()]) return false;
      }
      done[id.index()] = true;
    }
  }
  return true;
}

/// An accelerator need not keep the parameters that it could: every inference loads them.
bool only_keeps_less(const Schedule& a, const Schedule& b) {
  if (!alike(a, b) || !same(a.blocks, b.blocks)) return false;
  return std::equal(a.kept_parameters.begin(), a.kept_parameters.end(), b.kept_parameters.begin(),
                    [](base::Bytes before, base::Bytes after) {
                      return after == before || after == base::Bytes(0);
                    });
}

/// Parameters may be said to come at every step where that takes no longer, as where they do
/// anyway.
bool only_fetches_more(const Schedule& a, const Schedule& b) {
  Schedule back = b;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    back.layers[i].residency.refetches_parameters = a.layers[i].residency.refetches_parameters;
  }
  return alike(a, back) && same(a.blocks, b.blocks) && a.kept_parameters == b.kept_parameters;
}

RC_GTEST_PROP(VerifyProperty, ARandomChangeIsRejectedUnlessItIsHarmless, (unsigned seed)) {
  Random random(seed);
  const models::Graph graph = random_graph(random);
  CostTable costs(graph, accelerators::kAllObjectives[draw(random, 3)],
                  site(draw(random, 2)).mappings);
  const SchedulingProblem problem(
      costs, draw(random, 2) == 0 ? Concurrency::kSequence : Concurrency::kLayers);
  const Schedule valid = build_schedule(problem, random_plan(problem, random), "random");
  RC_ASSERT(violations(problem, valid).empty());
  constexpr int kChanges = 20;
  for (int i = 0; i < kChanges; ++i) {
    const Schedule mutant = changed(problem, valid, random);
    if (!violations(problem, mutant).empty()) continue;
    RC_ASSERT(only_listed_otherwise(graph, valid, mutant) || only_keeps_less(valid, mutant) ||
              only_fetches_more(valid, mutant));
  }
}

}  // namespace
}  // namespace mensa::scheduler
