#include "scheduler/exact/decision_graph.h"

#include <algorithm>
#include <map>
#include <set>
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

/// Units that have run, a bit for each.
class Done {
 public:
  explicit Done(std::size_t units) : words_((units + kBits - 1) / kBits) {}

  [[nodiscard]] bool has(std::size_t unit) const {
    return ((words_[unit / kBits] >> (unit % kBits)) & 1U) != 0;
  }
  [[nodiscard]] Done with(std::size_t unit) const {
    Done more = *this;
    more.words_[unit / kBits] |= std::uint64_t{1} << (unit % kBits);
    return more;
  }
  bool operator<(const Done& other) const { return words_ < other.words_; }

 private:
  static constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> words_;
};

/// A unit that may run next, and the set of those that have run then, among those of the next
/// position.
struct Step {
  std::size_t unit = 0;
  std::uint32_t done = 0;
};

/// What units still to come must know; lists ascend.
struct StateKey {
  std::uint32_t done = 0;  ///< which set, among those of its position
  std::vector<Waiting> waiting;
  std::vector<Begun> begun;

  bool operator<(const StateKey& other) const {
    return std::tie(done, waiting, begun) < std::tie(other.done, other.waiting, other.begun);
  }
};

class GraphBuilder {
 public:
  GraphBuilder(const SchedulingProblem& problem, DecisionGraph::Reach reach,
               const DecisionGraph::Limits& limits)
      : problem_(problem),
        reach_(reach),
        graph_(problem.graph()),
        costs_(problem.costs()),
        limits_(limits),
        groups_(unit_groups(problem)),
        group_of_(problem.units().size()),
        place_in_group_(problem.units().size()),
        readers_(graph_.tensors().size()),
        waits_for_(problem.units().size()) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      for (std::size_t i = 0; i < groups_[g].units.size(); ++i) {
        group_of_[groups_[g].units[i]] = g;
        place_in_group_[groups_[g].units[i]] = i;
      }
    }
    for (const UnitGroup& group : groups_) {
      for (std::size_t i = 1; i < group.units.size(); ++i) {
        waits_for_[group.units[i]].insert(group.units[i - 1]);
      }
    }
    for (std::size_t u = 0; u < problem.units().size(); ++u) list_neighbours(u);
  }

  /// False where there are more states than allowed.
  bool build(std::vector<std::vector<DecisionGraph::State>>& positions) {
    const std::size_t units = problem_.units().size();
    std::vector<StateKey> now = {{}};
    done_ = {Done(units)};
    std::size_t arcs = 0;
    for (std::size_t position = 0; position < units; ++position) {
      next_.clear();
      if (!list_steps(position)) return false;
      std::vector<DecisionGraph::State> states;
      states.reserve(now.size());
      for (const StateKey& key : now) {
        arcs_.clear();
        for (const Step& step : steps_[key.done]) leave(key, step);
        arcs += arcs_.size();
        states.push_back(arcs_);
        if (next_.size() > limits_.states || arcs > limits_.arcs) return false;
      }
      positions.push_back(std::move(states));
      now.resize(next_.size());
      for (const auto& [key, index] : next_) now[index] = key;
      done_ = std::move(next_done_);
    }
    positions.emplace_back(now.size());
    return true;
  }

 private:
  void list_neighbours(std::size_t unit) {
    const std::vector<std::size_t>& before = problem_.waits_for(unit);
    waits_for_[unit].insert(before.begin(), before.end());
    for (const LayerId id : problem_.units()[unit]) {
      for (const TensorId input : graph_.activation_inputs(graph_.layer(id))) {
        readers_[input.index()].insert(unit);
      }
    }
  }

  /// What may run next, by the set of those that have run. False where there are too many sets.
  bool list_steps(std::size_t position) {
    std::map<Done, std::uint32_t> index_of;
    steps_.clear();
    next_done_.clear();
    for (const Done& done : done_) {
      std::vector<Step>& steps = steps_.emplace_back();
      const bool one_order = reach_ != DecisionGraph::Reach::kAllOrders;
      const std::size_t last = one_order ? position + 1 : problem_.units().size();
      for (std::size_t u = one_order ? position : 0; u < last; ++u) {
        const bool ready = !done.has(u) && std::all_of(waits_for_[u].begin(), waits_for_[u].end(),
                                                       [&](std::size_t b) { return done.has(b); });
        if (!ready) continue;
        Done after = done.with(u);
        const auto index = static_cast<std::uint32_t>(next_done_.size());
        const auto [found, is_new] = index_of.try_emplace(after, index);
        if (is_new) next_done_.push_back(std::move(after));
        steps.push_back({u, found->second});
      }
      if (next_done_.size() > limits_.states) return false;
    }
    return true;
  }

  void leave(const StateKey& key, const Step& step) {
    const std::size_t group = group_of_[step.unit];
    const auto begun = std::find_if(key.begun.begin(), key.begun.end(),
                                    [&](const Begun& entry) { return entry.first == group; });
    if (begun != key.begun.end()) {
      leave_by(key, step, begun->second);
      return;
    }
    for (std::size_t o = 0; o < groups_[group].options.size(); ++o) leave_by(key, step, o);
  }

  void leave_by(const StateKey& key, const Step& step, std::size_t option_index) {
    const std::size_t unit = step.unit;
    const UnitGroup& group = groups_[group_of_[unit]];
    const UnitOption& option = group.options[option_index][place_in_group_[unit]];
    StateKey after = key;
    after.done = step.done;
    remember(after, group, unit, option_index);
    if (option.joins) {
      // Its block comes later; what waits for one of its layers cannot be read there.
      if (reads_any(problem_.units()[unit], key.waiting)) return;
      add(after, unit, option, 0, 0, false);
      return;
    }
    if (option.fixed) {
      const bool occupied =
          std::any_of(key.waiting.begin(), key.waiting.end(),
                      [&](const Waiting& w) { return w.first == option.accelerator; });
      if (occupied || reads_any(option.layers, key.waiting)) return;
      add(after, unit, option, option.fixed->latency.value(), option.fixed->energy.value(), false);
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
      return is_last_reader(waiting.second, unit, done_[key.done]);
    });
    add_evaluated(after, unit, option, layer, residency);
    const auto output = keepable_output(graph_, layer);
    if (!output || residency.output || option.accelerator == costs_.host()) return;
    if (!all_find(*output) || !in_reach(*output, unit)) return;
    residency.output = true;
    const Waiting waits(option.accelerator, *output);
    after.waiting.insert(std::upper_bound(after.waiting.begin(), after.waiting.end(), waits),
                         waits);
    add_evaluated(after, unit, option, layer, residency);
  }

  [[nodiscard]] bool is_last_reader(TensorId tensor, std::size_t unit, const Done& done) const {
    const std::set<std::size_t>& readers = readers_[tensor.index()];
    return readers.count(unit) > 0 &&
           std::all_of(readers.begin(), readers.end(),
                       [&](std::size_t reader) { return reader == unit || done.has(reader); });
  }

  /// All readers of an output can find it on chip, as far as they are asked alone.
  [[nodiscard]] bool all_find(TensorId output) const {
    const auto& readers = graph_.consumers(output);
    return std::all_of(readers.begin(), readers.end(), [&](LayerId reader) {
      return with_input(graph_, graph_.layer(reader), {}, output).has_value();
    });
  }

  void add_evaluated(const StateKey& after, std::size_t unit, const UnitOption& option,
                     const models::Layer& layer, const LayerResidency& residency) {
    const LayerEvaluation* found = costs_.find(layer.id, option.accelerator, residency);
    if (found == nullptr) return;
    add(after, unit, option, (found->cost.time + option.overhead).value(),
        found->cost.energy.total().value(), residency.output && !option.residency.output);
  }

  void add(const StateKey& after, std::size_t unit, const UnitOption& option, double seconds,
           double picojoules, bool keeps) {
    const auto [found, is_new] = next_.try_emplace(after, static_cast<std::uint32_t>(next_.size()));
    arcs_.push_back({found->second, static_cast<std::uint32_t>(unit), seconds, picojoules,
                     option.accelerator, keeps});
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
    return reach_ != DecisionGraph::Reach::kNextUnit ||
           (graph_.consumers(output).size() == 1 && readers_[output.index()].count(unit + 1) > 0);
  }

  const SchedulingProblem& problem_;
  DecisionGraph::Reach reach_;
  const models::Graph& graph_;
  CostTable& costs_;
  DecisionGraph::Limits limits_;
  std::vector<UnitGroup> groups_;
  std::vector<std::size_t> group_of_;             ///< by unit
  std::vector<std::size_t> place_in_group_;       ///< by unit
  std::vector<std::set<std::size_t>> readers_;    ///< units, by tensor
  std::vector<std::set<std::size_t>> waits_for_;  ///< units that must have run, by unit
  std::vector<Done> done_;                        ///< sets at the position that is left
  std::vector<std::vector<Step>> steps_;          ///< by these
  /// States and sets at the position that is being made.
  std::map<StateKey, std::uint32_t> next_;
  std::vector<Done> next_done_;
  DecisionGraph::State arcs_;
};

}  // namespace

DecisionGraph::DecisionGraph(const SchedulingProblem& problem, Reach reach, const Limits& limits)
    : reach_(reach) {
  complete_ = GraphBuilder(problem, reach, limits).build(positions_);
  if (!complete_) positions_.clear();
}

Plan DecisionGraph::plan(const SchedulingProblem& problem,
                         const std::vector<std::uint32_t>& path) const {
  Plan plan;
  plan.assignment.resize(problem.graph().layers().size());
  plan.order.emplace();
  plan.kept.emplace();
  std::uint32_t state = 0;
  for (std::size_t p = 0; p < path.size(); ++p) {
    const Arc& arc = positions_[p][state][path[p]];
    const SchedulingProblem::Unit& unit = problem.units()[arc.unit];
    plan.order->push_back(arc.unit);
    for (const LayerId id : unit) plan.assignment[id.index()] = arc.accelerator;
    if (arc.keeps) {
      const LayerId layer = unit.front();
      plan.kept->push_back(problem.graph().layer(layer).outputs.front());
    }
    state = arc.to;
  }
  return plan;
}

}  // namespace mensa::scheduler
