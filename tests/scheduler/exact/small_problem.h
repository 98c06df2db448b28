#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"
#include "scheduler/problem/schedule.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler::test {

/// mensa_g, with a fourth accelerator: Pascal with an array of an eighth of the size.
inline accelerators::System four_accelerators() {
  accelerators::System system = accelerators::load_system("mensa_g");
  accelerators::Accelerator small = system.accelerators.front();
  small.id = AcceleratorId(system.accelerators.size());
  small.name = "small";
  small.rows = 8;
  small.columns = 16;
  system.accelerators.push_back(std::move(small));
  return system;
}

/// Mappings of a system, shared by all problems of a test: their layers are of few shapes.
inline std::shared_ptr<accelerators::MappingCache> mappings_of(const accelerators::System& system) {
  return std::make_shared<accelerators::MappingCache>(
      system, accelerators::MapperOptions{accelerators::Effort::kFast});
}

/// Sums of rounded numbers are equal within this share of them.
inline constexpr double kRounding = 1e-9;

struct SmallProblem {
  SmallProblem(models::Graph of, accelerators::Objective objective,
               const std::shared_ptr<accelerators::MappingCache>& mappings)
      : graph(std::move(of)), costs(graph, objective, mappings), problem(costs) {}

  models::Graph graph;
  CostTable costs;
  SchedulingProblem problem;
};

/// What a plan costs as the schedule that is made of it, which must be valid: its score() of the
/// objective.
inline double value_of(const SchedulingProblem& problem, accelerators::Objective objective,
                       const Plan& plan) {
  const Schedule schedule = build_schedule(problem, plan, "test");
  EXPECT_THAT(violations(problem, schedule), testing::IsEmpty());
  const AnalyticCost cost = analytic_cost(problem, schedule);
  return accelerators::score(objective, cost.latency, cost.energy);
}

using Random = std::mt19937_64;

inline std::size_t draw(Random& random, std::size_t below) { return random() % below; }

/// Activations are 8 x 8 pixels of 16, 64 or 1024 channels: the last fill a buffer of Pavlov.
inline std::int64_t draw_channels(Random& random) {
  constexpr std::int64_t kChannels[] = {16, 64, 1024};
  return kChannels[draw(random, 3)];
}

constexpr std::int64_t kSide = 8;

/// Pointwise convolutions and elementwise layers, each fed by the one before.
inline models::Graph random_chain(Random& random, std::size_t layers) {
  models::test::GraphBuilder build("chain");
  std::int64_t channels = draw_channels(random);
  models::TensorId at = build.input("input", {1, channels, kSide, kSide});
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = "layer" + std::to_string(i);
    if (draw(random, 4) == 0) {
      at = build.elementwise(name, {at}, channels * kSide * kSide);
    } else {
      const std::int64_t filters = draw_channels(random);
      at = build.pointwise(name, at, channels, filters, kSide);
      channels = filters;
    }
  }
  return build.finish(at);
}

/// Layers of 64 channels that read one or two of those before.
inline models::Graph random_dag(Random& random, std::size_t layers) {
  constexpr std::int64_t kChannels = 64;
  models::test::GraphBuilder build("dag");
  std::vector<models::TensorId> made = {build.input("input", {1, kChannels, kSide, kSide})};
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = "layer" + std::to_string(i);
    // Those made last are the likeliest, so that something can stay on chip.
    const auto earlier = [&] {
      return made[made.size() - 1 - std::min(draw(random, made.size()), draw(random, made.size()))];
    };
    const models::TensorId first = earlier();
    const models::TensorId second = earlier();
    if (second != first && draw(random, 2) == 0) {
      made.push_back(build.elementwise(name, {first, second}, kChannels * kSide * kSide));
    } else {
      made.push_back(build.pointwise(name, first, kChannels, kChannels, kSide));
    }
  }
  return build.finish(made.back());
}

/// The best of all plans, tried one by one: all accelerators of all layers, all orders or that of
/// units() alone, and all sets of outputs that may stay. Knows nothing of DecisionGraph.
class BruteForce {
 public:
  explicit BruteForce(const SchedulingProblem& problem)
      : problem_(problem), graph_(problem.graph()), costs_(problem.costs()) {
    for (const SchedulingProblem::Unit& unit : problem.units()) order_.push_back(unit.front());
  }

  double best() {
    best_ = -1;
    assignment_.assign(graph_.layers().size(), AcceleratorId(0));
    assign(0);
    return best_;
  }
  double best_of_all_orders() {
    std::vector<models::LayerId> all = order_;
    order_.clear();
    double least = -1;
    extend_order(all, least);
    order_ = std::move(all);
    return least;
  }
  /// Orders that best_of_all_orders() has tried.
  [[nodiscard]] std::size_t orders() const { return orders_; }

 private:
  void extend_order(const std::vector<models::LayerId>& all, double& least) {
    if (order_.size() == all.size()) {
      ++orders_;
      const double value = best();
      if (least < 0 || value < least) least = value;
      return;
    }
    const std::set<models::LayerId> done(order_.begin(), order_.end());
    for (const models::LayerId id : all) {
      const auto before = graph_.predecessors(id);
      const bool ready = std::all_of(before.begin(), before.end(),
                                     [&](models::LayerId b) { return done.count(b) > 0; });
      if (done.count(id) > 0 || !ready) continue;
      order_.push_back(id);
      extend_order(all, least);
      order_.pop_back();
    }
  }

  void assign(std::size_t unit) {
    if (unit == order_.size()) {
      std::vector<models::TensorId> kept;
      choose_kept(0, kept);
      return;
    }
    for (const AcceleratorId id : problem_.candidates({order_[unit]})) {
      assignment_[order_[unit].index()] = id;
      assign(unit + 1);
    }
  }

  void choose_kept(std::size_t unit, std::vector<models::TensorId>& kept) {
    if (unit == order_.size()) {
      evaluate(kept);
      return;
    }
    choose_kept(unit + 1, kept);
    const models::Layer& layer = graph_.layer(order_[unit]);
    if (!may_stay(unit, layer)) return;
    kept.push_back(layer.outputs.front());
    choose_kept(unit + 1, kept);
    kept.pop_back();
  }

  /// Its readers are exactly the next layers on the accelerator.
  [[nodiscard]] bool may_stay(std::size_t unit, const models::Layer& layer) const {
    const models::TensorId output = layer.outputs.front();
    const auto& readers = graph_.consumers(output);
    if (readers.empty() || output == graph_.outputs().front()) return false;
    std::vector<models::LayerId> next;
    for (std::size_t u = unit + 1; u < order_.size(); ++u) {
      const models::LayerId id = order_[u];
      if (assignment_[id.index()] == assignment_[layer.id.index()]) next.push_back(id);
    }
    if (next.size() < readers.size()) return false;
    next.resize(readers.size());
    return std::set<models::LayerId>(next.begin(), next.end()) ==
           std::set<models::LayerId>(readers.begin(), readers.end());
  }

  void evaluate(const std::vector<models::TensorId>& kept) {
    base::Seconds time;
    base::Picojoules energy;
    for (const models::Layer& layer : graph_.layers()) {
      LayerResidency residency;
      const auto inputs = graph_.activation_inputs(layer);
      for (const models::TensorId tensor : kept) {
        const auto at = std::find(inputs.begin(), inputs.end(), tensor);
        if (at != inputs.end()) {
          residency.add_input(static_cast<std::size_t>(at - inputs.begin()));
        }
        if (layer.outputs.front() == tensor) residency.output = true;
      }
      const AcceleratorId id = assignment_[layer.id.index()];
      const auto* found = costs_.find(layer.id, id, residency);
      if (found == nullptr) return;
      time += found->cost.time;
      if (id != costs_.host()) time += problem_.system().accelerator(id).launch_overhead;
      energy += found->cost.energy.total();
    }
    const double value = accelerators::score(costs_.objective(), time, energy);
    if (best_ < 0 || value < best_) best_ = value;
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
  std::vector<models::LayerId> order_;
  std::size_t orders_ = 0;
  Assignment assignment_;
  double best_ = -1;
};

}  // namespace mensa::scheduler::test
