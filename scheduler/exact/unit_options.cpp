#include "scheduler/exact/unit_options.h"

#include <algorithm>
#include <map>

#include "scheduler/problem/blocks.h"

namespace mensa::scheduler {

using models::LayerId;

namespace {

class UnitOptions {
 public:
  explicit UnitOptions(const SchedulingProblem& problem)
      : problem_(problem), graph_(problem.graph()), costs_(problem.costs()) {}

  std::vector<UnitGroup> make() {
    collect();
    // Groups know nothing of one another: the n-th choices of all are looked at together.
    std::size_t most = 0;
    for (const auto& choices : choices_) most = std::max(most, choices.size());
    for (std::size_t n = 0; n < most; ++n) add_options(n);
    return std::move(groups_);
  }

 private:
  /// An accelerator for each unit of a group.
  using Choice = std::vector<AcceleratorId>;

  void collect() {
    std::map<models::RecurrenceId, std::size_t> group_of;
    for (std::size_t u = 0; u < problem_.units().size(); ++u) {
      const models::Layer& layer = graph_.layer(problem_.units()[u].front());
      if (!layer.recurrence) {
        groups_.push_back({{u}, {}});
        continue;
      }
      const auto [found, is_new] = group_of.try_emplace(*layer.recurrence, groups_.size());
      if (is_new) groups_.emplace_back();
      groups_[found->second].units.push_back(u);
    }
    for (const UnitGroup& group : groups_) choices_.push_back(choices_of(group));
  }

  [[nodiscard]] std::vector<Choice> choices_of(const UnitGroup& group) const {
    std::vector<Choice> choices = {{}};
    for (const std::size_t u : group.units) {
      std::vector<Choice> longer;
      for (const Choice& choice : choices) {
        for (const AcceleratorId id : problem_.candidates(problem_.units()[u])) {
          longer.push_back(choice);
          longer.back().push_back(id);
        }
      }
      choices = std::move(longer);
    }
    return choices;
  }

  void add_options(std::size_t n) {
    Plan plan;
    plan.assignment.resize(graph_.layers().size());
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (choices_[g].empty()) return;
      const Choice& choice = choices_[g][std::min(n, choices_[g].size() - 1)];
      for (std::size_t i = 0; i < choice.size(); ++i) {
        for (const LayerId id : problem_.units()[groups_[g].units[i]]) {
          plan.assignment[id.index()] = choice[i];
        }
      }
    }
    const Schedule schedule = schedule_of_blocks(problem_, plan);
    std::vector<const Block*> block_of(graph_.layers().size());
    for (const Block& block : schedule.blocks) {
      for (const LayerId id : block.layers) block_of[id.index()] = &block;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (n >= choices_[g].size()) continue;
      std::vector<UnitOption> option;
      bool runs = true;
      for (const std::size_t u : groups_[g].units) {
        const LayerId first = problem_.units()[u].front();
        option.push_back(unit_option(u, *block_of[first.index()], schedule));
        runs = runs && (option.back().joins || is_feasible(option.back()));
      }
      if (runs) groups_[g].options.push_back(std::move(option));
    }
  }

  /// The block stands where the unit stands that is its last: others join it.
  [[nodiscard]] UnitOption unit_option(std::size_t unit, const Block& block,
                                       const Schedule& schedule) const {
    UnitOption option;
    option.accelerator = block.accelerator;
    option.joins = problem_.units()[unit].back() != block.layers.back();
    if (option.joins) return option;
    option.layers = block.layers;
    if (block.accelerator != costs_.host()) {
      option.overhead = problem_.system().accelerator(block.accelerator).launch_overhead;
    }
    if (block.layers.size() == 1) {
      option.residency = schedule.at(block.layers.front()).residency;
      return option;
    }
    AnalyticCost fixed{option.overhead, base::Picojoules(0)};
    for (const LayerId id : block.layers) {
      const auto* evaluation = costs_.find(id, block.accelerator, schedule.at(id).residency);
      if (evaluation == nullptr) return option;
      fixed.latency += evaluation->cost.time;
      fixed.energy += evaluation->cost.energy.total();
    }
    option.fixed = fixed;
    return option;
  }

  [[nodiscard]] bool is_feasible(const UnitOption& option) const {
    if (option.layers.size() > 1) return option.fixed.has_value();
    return costs_.find(option.layers.front(), option.accelerator, option.residency) != nullptr;
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
  std::vector<UnitGroup> groups_;
  std::vector<std::vector<Choice>> choices_;  ///< by group
};

}  // namespace

std::vector<UnitGroup> unit_groups(const SchedulingProblem& problem) {
  return UnitOptions(problem).make();
}

}  // namespace mensa::scheduler
