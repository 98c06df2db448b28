#include "scheduler/exact/decision_graph.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "scheduler/exact/unit_options.h"
#include "scheduler/problem/kept_outputs.h"

namespace mensa::scheduler {

using accelerators::LayerEvaluation;
using models::LayerId;
using models::TensorId;

namespace {

/// An output that stays on an accelerator for readers still to come.
using Waiting = std::pair<AcceleratorId, TensorId>;
/// A group that has begun, and the option it runs by.
using Begun = std::pair<std::size_t, std::size_t>;

/// What units still to come must know; both ascending.
struct StateKey {
  std::vector<Waiting> waiting;
  std::vector<Begun> begun;

  bool operator<(const StateKey& other) const {
    return std::tie(waiting, begun) < std::tie(other.waiting, other.begun);
  }
};

class GraphBuilder {
 public:
  GraphBuilder(const SchedulingProblem& problem, DecisionGraph::Reach reach,
               std::size_t most_states)
      : problem_(problem),
        reach_(reach),
        graph_(problem.graph()),
        costs_(problem.costs()),
        most_states_(most_states),
        groups_(unit_groups(problem)),
        group_of_(problem.units().size()),
        place_in_group_(problem.units().size()),
        last_reader_(graph_.tensors().size()) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      for (std::size_t i = 0; i < groups_[g].units.size(); ++i) {
        group_of_[groups_[g].units[i]] = g;
        place_in_group_[groups_[g].units[i]] = i;
      }
    }
    for (std::size_t u = 0; u < problem.units().size(); ++u) {
      for (const LayerId id : problem.units()[u]) {
        for (const TensorId input : graph_.activation_inputs(graph_.layer(id))) {
          last_reader_[input.index()] = u;
        }
      }
    }
  }

  /// False where there are more states than allowed.
  bool build(std::vector<std::vector<DecisionGraph::State>>& positions) {
    std::vector<StateKey> now = {{}};
    for (std::size_t u = 0; u < problem_.units().size(); ++u) {
      next_.clear();
      std::vector<DecisionGraph::State> states;
      states.reserve(now.size());
      for (const StateKey& key : now) {
        arcs_.clear();
        leave(key, u);
        states.push_back(arcs_);
        if (next_.size() > most_states_) return false;
      }
      positions.push_back(std::move(states));
      now.resize(next_.size());
      for (const auto& [key, index] : next_) now[index] = key;
    }
    positions.emplace_back(now.size());
    return true;
  }

 private:
  void leave(const StateKey& key, std::size_t unit) {
    const std::size_t group = group_of_[unit];
    const auto begun = std::find_if(key.begun.begin(), key.begun.end(),
                                    [&](const Begun& entry) { return entry.first == group; });
    if (begun != key.begun.end()) {
      leave_by(key, unit, begun->second);
      return;
    }
    for (std::size_t o = 0; o < groups_[group].options.size(); ++o) leave_by(key, unit, o);
  }

  void leave_by(const StateKey& key, std::size_t unit, std::size_t option_index) {
    const UnitGroup& group = groups_[group_of_[unit]];
    const UnitOption& option = group.options[option_index][place_in_group_[unit]];
    StateKey after = key;
    remember(after, group, unit, option_index);
    if (option.joins) {
      // Its block comes later; what waits for one of its layers cannot be read there.
      if (reads_any(problem_.units()[unit], key.waiting)) return;
      add(after, option, 0, 0, false);
      return;
    }
    if (option.fixed) {
      const bool occupied =
          std::any_of(key.waiting.begin(), key.waiting.end(),
                      [&](const Waiting& w) { return w.first == option.accelerator; });
      if (occupied || reads_any(option.layers, key.waiting)) return;
      add(after, option, option.fixed->latency.value(), option.fixed->energy.value(), false);
      return;
    }
    run_single(key, after, unit, option);
  }

  /// A block of one layer: it must find on chip all that waits on its accelerator, and nothing that
  /// waits elsewhere.
  void run_single(const StateKey& key, StateKey& after, std::size_t unit,
                  const UnitOption& option) {
    const models::Layer& layer = graph_.layer(option.layers.front());
    const auto inputs = graph_.activation_inputs(layer);
    LayerResidency residency = option.residency;
    for (const auto& [accelerator, tensor] : key.waiting) {
      const bool reads = std::find(inputs.begin(), inputs.end(), tensor) != inputs.end();
      if (reads != (accelerator == option.accelerator)) return;
      if (!reads) continue;
      const auto with = with_input(graph_, layer, residency, tensor);
      if (!with) return;
      residency = *with;
    }
    std::erase_if(after.waiting, [&](const Waiting& waiting) {
      return last_reader_[waiting.second.index()] == unit;
    });
    add_evaluated(after, option, layer, residency);
    const auto output = keepable_output(graph_, layer);
    if (!output || residency.output || option.accelerator == costs_.host()) return;
    if (!all_find(*output) || !in_reach(*output, unit)) return;
    residency.output = true;
    const Waiting waits(option.accelerator, *output);
    after.waiting.insert(std::upper_bound(after.waiting.begin(), after.waiting.end(), waits),
                         waits);
    add_evaluated(after, option, layer, residency);
  }

  /// All readers of an output can find it on chip, as far as they are asked alone.
  [[nodiscard]] bool all_find(TensorId output) const {
    const auto& readers = graph_.consumers(output);
    return std::all_of(readers.begin(), readers.end(), [&](LayerId reader) {
      return with_input(graph_, graph_.layer(reader), {}, output).has_value();
    });
  }

  void add_evaluated(const StateKey& after, const UnitOption& option, const models::Layer& layer,
                     const LayerResidency& residency) {
    const LayerEvaluation* found = costs_.find(layer.id, option.accelerator, residency);
    if (found == nullptr) return;
    add(after, option, (found->cost.time + option.overhead).value(),
        found->cost.energy.total().value(), residency.output && !option.residency.output);
  }

  void add(const StateKey& after, const UnitOption& option, double seconds, double picojoules,
           bool keeps) {
    const auto [found, is_new] = next_.try_emplace(after, static_cast<std::uint32_t>(next_.size()));
    arcs_.push_back({found->second, seconds, picojoules, option.accelerator, keeps});
  }

  void remember(StateKey& key, const UnitGroup& group, std::size_t unit, std::size_t option) const {
    const Begun begun(group_of_[unit], option);
    const auto at = std::lower_bound(key.begun.begin(), key.begun.end(), begun);
    const bool known = at != key.begun.end() && *at == begun;
    if (unit == group.units.back()) {
      if (known) key.begun.erase(at);
    } else if (!known) {
      key.begun.insert(at, begun);
    }
  }

  [[nodiscard]] bool reads_any(const std::vector<LayerId>& layers,
                               const std::vector<Waiting>& waiting) const {
    return std::any_of(layers.begin(), layers.end(), [&](LayerId id) {
      const auto inputs = graph_.activation_inputs(graph_.layer(id));
      return std::any_of(waiting.begin(), waiting.end(), [&](const Waiting& entry) {
        return std::find(inputs.begin(), inputs.end(), entry.second) != inputs.end();
      });
    });
  }

  [[nodiscard]] bool in_reach(TensorId output, std::size_t unit) const {
    return reach_ == DecisionGraph::Reach::kAll ||
           (graph_.consumers(output).size() == 1 && last_reader_[output.index()] == unit + 1);
  }

  const SchedulingProblem& problem_;
  DecisionGraph::Reach reach_;
  const models::Graph& graph_;
  CostTable& costs_;
  std::size_t most_states_;
  std::vector<UnitGroup> groups_;
  std::vector<std::size_t> group_of_;        ///< by unit
  std::vector<std::size_t> place_in_group_;  ///< by unit
  std::vector<std::size_t> last_reader_;     ///< unit, by tensor
  std::map<StateKey, std::uint32_t> next_;   ///< states at the position that is being made
  DecisionGraph::State arcs_;
};

}  // namespace

DecisionGraph::DecisionGraph(const SchedulingProblem& problem, Reach reach,
                             std::size_t most_states) {
  complete_ = GraphBuilder(problem, reach, most_states).build(positions_);
  if (!complete_) positions_.clear();
}

Plan DecisionGraph::plan(const SchedulingProblem& problem,
                         const std::vector<std::uint32_t>& path) const {
  Plan plan;
  plan.assignment.resize(problem.graph().layers().size());
  plan.kept.emplace();
  std::uint32_t state = 0;
  for (std::size_t u = 0; u < path.size(); ++u) {
    const Arc& arc = positions_[u][state][path[u]];
    for (const LayerId id : problem.units()[u]) plan.assignment[id.index()] = arc.accelerator;
    if (arc.keeps) {
      const LayerId layer = problem.units()[u].front();
      plan.kept->push_back(problem.graph().layer(layer).outputs.front());
    }
    state = arc.to;
  }
  return plan;
}

DecisionGraph all_decisions(const SchedulingProblem& problem) {
  DecisionGraph graph(problem, DecisionGraph::Reach::kAll, kMostStates);
  if (graph.complete()) return graph;
  return {problem, DecisionGraph::Reach::kNextUnit, kMostStates};
}

}  // namespace mensa::scheduler
