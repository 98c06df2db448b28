#include "scheduler/exact/plan_program.h"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

#include "scheduler/problem/kept_outputs.h"

namespace mensa::scheduler {

using models::LayerId;
using models::TensorId;

namespace {

using TensorPlace = std::pair<TensorId, AcceleratorId>;

}  // namespace

class PlanProgramBuilder {
 public:
  explicit PlanProgramBuilder(const SchedulingProblem& problem)
      : problem_(problem),
        graph_(problem.graph()),
        costs_(problem.costs()),
        groups_(unit_groups(problem)),
        reads_(problem.units().size()),
        alone_on_(problem.units().size()),
        occupies_(problem.units().size()),
        made_(problem) {
    for (std::size_t u = 0; u < problem.units().size(); ++u) {
      for (const LayerId id : problem.units()[u]) {
        for (const TensorId input : graph_.activation_inputs(graph_.layer(id))) {
          reads_[u].insert(input);
        }
      }
    }
    for (const UnitGroup& group : groups_) {
      for (const auto& option : group.options) {
        for (std::size_t i = 0; i < option.size(); ++i) {
          if (is_single(option[i])) alone_on_[group.units[i]].insert(option[i].accelerator);
        }
      }
    }
  }

  std::optional<PlanProgram> build() {
    list_stays();
    for (const UnitGroup& group : groups_) {
      if (!add_group(group)) return std::nullopt;
    }
    for (const auto& [place, column] : made_.stays_) {
      if (!add_readers(place, column)) return std::nullopt;
    }
    for (const auto& [accelerator, all] : waiting_) {
      if (!keep_others_away(accelerator, all)) return std::nullopt;
    }
    made_.program_.columns = static_cast<int>(made_.costs_.size());
    return std::move(made_);
  }

 private:
  using Sets = std::vector<std::vector<TensorId>>;
  /// Unit, and the output it may leave.
  using Writer = std::pair<std::size_t, TensorId>;

  /// An output that may wait on an accelerator.
  struct Waiting {
    TensorId tensor;
    std::size_t writer = 0;       ///< unit
    std::size_t last_reader = 0;  ///< unit
    int column = 0;
  };

  static bool is_single(const UnitOption& option) { return !option.joins && !option.fixed; }

  int add_column(double seconds, double picojoules) {
    made_.costs_.push_back({seconds, picojoules});
    return static_cast<int>(made_.costs_.size()) - 1;
  }

  /// False where that makes the program too large.
  bool add_row(ZeroOneProgram::Row row) {
    entries_ += row.plus.size() + row.minus.size();
    made_.program_.rows.push_back(std::move(row));
    return entries_ <= PlanProgram::kMostEntries;
  }

  [[nodiscard]] const models::Layer& layer_of(std::size_t unit) const {
    return graph_.layer(problem_.units()[unit].front());
  }

  [[nodiscard]] bool reads(std::size_t unit, TensorId tensor) const {
    return reads_[unit].count(tensor) > 0;
  }

  /// One of them at least.
  [[nodiscard]] bool reads_any(std::size_t unit, const std::set<TensorId>& tensors) const {
    return std::any_of(reads_[unit].begin(), reads_[unit].end(),
                       [&](TensorId tensor) { return tensors.count(tensor) > 0; });
  }

  void list_stays() {
    for (std::size_t u = 0; u < problem_.units().size(); ++u) {
      if (alone_on_[u].empty()) continue;
      const auto output = keepable_output(graph_, layer_of(u));
      if (!output) continue;
      const std::vector<LayerId>& readers = graph_.consumers(*output);
      std::size_t last = 0;
      for (const LayerId id : readers) last = std::max(last, problem_.unit_of(id));
      for (const AcceleratorId accelerator : alone_on_[u]) {
        if (accelerator == costs_.host()) continue;
        const bool all_find = std::all_of(readers.begin(), readers.end(), [&](LayerId id) {
          const std::size_t reader = problem_.unit_of(id);
          return reader > u && alone_on_[reader].count(accelerator) > 0 &&
                 with_input(graph_, graph_.layer(id), {}, *output).has_value();
        });
        if (!all_find) continue;
        const int column = add_column(0, 0);
        made_.stays_[{*output, accelerator}] = column;
        waiting_[accelerator].push_back({*output, u, last, column});
      }
    }
  }

  bool add_group(const UnitGroup& group) {
    if (group.options.empty()) throw std::logic_error("no plan runs every unit somewhere");
    PlanProgram::Group made{group.units, {}};
    ZeroOneProgram::Row one_way{{}, {}, 1, 1};
    for (const auto& option : group.options) {
      PlanProgram::Way way;
      for (const UnitOption& unit : option) way.accelerators.push_back(unit.accelerator);
      way.singles.resize(option.size());
      const bool alone = option.size() == 1 && is_single(option.front());
      if (!alone) way.column = add_fixed(group, option);
      if (way.column) one_way.plus.push_back(*way.column);
      for (std::size_t i = 0; i < option.size(); ++i) {
        if (!is_single(option[i])) continue;
        const auto singles = add_singles(group.units[i], option[i], alone);
        if (!singles) return false;
        way.singles[i] = *singles;
        ZeroOneProgram::Row one{{}, {}, 0, 0};
        for (const auto& single : *singles) one.plus.push_back(single.column);
        if (alone) {
          one_way.plus.insert(one_way.plus.end(), one.plus.begin(), one.plus.end());
        } else {
          one.minus.push_back(*way.column);
          if (!add_row(std::move(one))) return false;
        }
      }
      made.ways.push_back(std::move(way));
    }
    made_.groups_.push_back(std::move(made));
    return add_row(std::move(one_way));
  }

  /// Of a way to run a group, with the cost of layers that take turns.
  int add_fixed(const UnitGroup& group, const std::vector<UnitOption>& option) {
    AnalyticCost cost{};
    for (const UnitOption& unit : option) {
      if (!unit.fixed) continue;
      cost.latency += unit.fixed->latency;
      cost.energy += unit.fixed->energy;
    }
    const int column = add_column(cost.latency.value(), cost.energy.value());
    for (std::size_t i = 0; i < option.size(); ++i) {
      if (option[i].joins) continue;
      occupies_[group.units[i]][option[i].accelerator].push_back(column);
    }
    return column;
  }

  /// All that a layer by itself may find and leave; none where that is too much.
  std::optional<std::vector<PlanProgram::Single>> add_singles(std::size_t unit,
                                                              const UnitOption& option,
                                                              bool alone) {
    const models::Layer& layer = layer_of(unit);
    std::vector<Writer> found;
    for (const TensorId tensor : reads_[unit]) {
      if (made_.stays_.count({tensor, option.accelerator}) == 0) continue;
      found.emplace_back(problem_.unit_of(*graph_.producer(tensor)), tensor);
    }
    std::sort(found.begin(), found.end());
    Sets sets;
    std::vector<TensorId> chosen;
    if (!add_sets(found, 0, chosen, sets)) return std::nullopt;
    const auto output = keepable_output(graph_, layer);
    const bool may_stay =
        output && !option.residency.output && made_.stays_.count({*output, option.accelerator}) > 0;
    std::vector<PlanProgram::Single> singles;
    for (const std::vector<TensorId>& set : sets) {
      LayerResidency residency = option.residency;
      for (const TensorId tensor : set) {
        residency = *with_input(graph_, layer, residency, tensor);
      }
      for (const bool stays : {false, true}) {
        if (stays && !may_stay) continue;
        residency.output = stays || option.residency.output;
        const auto* evaluation = costs_.find(layer.id, option.accelerator, residency);
        if (evaluation == nullptr) continue;
        const int column = add_column((evaluation->cost.time + option.overhead).value(),
                                      evaluation->cost.energy.total().value());
        singles.push_back({column, residency});
        for (const TensorId tensor : set) {
          finds_[{tensor, option.accelerator}][unit].push_back(column);
        }
        if (stays) leaves_[{*output, option.accelerator}].push_back(column);
        if (alone) occupies_[unit][option.accelerator].push_back(column);
      }
    }
    return singles;
  }

  /// Sets of outputs, by their writers, that can wait on one accelerator at once: each is written
  /// by a reader of all before it. False beyond kMostSets.
  bool add_sets(const std::vector<Writer>& found, std::size_t from, std::vector<TensorId>& chosen,
                Sets& sets) const {
    if (sets.size() >= PlanProgram::kMostSets) return false;
    sets.push_back(chosen);
    for (std::size_t i = from; i < found.size(); ++i) {
      const bool together = std::all_of(chosen.begin(), chosen.end(), [&](TensorId tensor) {
        return reads(found[i].first, tensor);
      });
      if (!together) continue;
      chosen.push_back(found[i].second);
      const bool room = add_sets(found, i + 1, chosen, sets);
      chosen.pop_back();
      if (!room) return false;
    }
    return true;
  }

  /// An output stays where its writer leaves it and every reader finds it.
  bool add_readers(const TensorPlace& place, int column) {
    if (!add_row({leaves_[place], {column}, 0, 0})) return false;
    for (const LayerId reader : graph_.consumers(place.first)) {
      const std::size_t unit = problem_.unit_of(reader);
      if (!add_row({finds_[place][unit], {column}, 0, 0})) return false;
    }
    return true;
  }

  bool keep_others_away(AcceleratorId accelerator, const std::vector<Waiting>& all) {
    std::vector<Waiting> open;
    auto next = all.begin();
    for (std::size_t u = 0; u < problem_.units().size(); ++u) {
      std::erase_if(open, [&](const Waiting& waiting) { return waiting.last_reader <= u; });
      const auto runs = occupies_[u].find(accelerator);
      if (runs != occupies_[u].end() && !keep_away(u, runs->second, open)) return false;
      for (; next != all.end() && next->writer == u; ++next) open.push_back(*next);
    }
    return true;
  }

  /// Where a unit that does not read them runs, no outputs wait. Of those that cannot wait together
  /// one row is said at once, which leaves less to fractions.
  bool keep_away(std::size_t unit, const std::vector<int>& runs, const std::vector<Waiting>& open) {
    struct Apart {
      std::set<TensorId> tensors;
      std::vector<int> columns;
    };
    std::vector<Apart> rows;
    for (const Waiting& waiting : open) {
      if (reads(unit, waiting.tensor)) continue;
      auto row = std::find_if(rows.begin(), rows.end(), [&](const Apart& each) {
        return !reads_any(waiting.writer, each.tensors);
      });
      if (row == rows.end()) row = rows.insert(rows.end(), {{}, runs});
      row->tensors.insert(waiting.tensor);
      row->columns.push_back(waiting.column);
    }
    return std::all_of(rows.begin(), rows.end(), [&](Apart& row) {
      return add_row({std::move(row.columns), {}, 0, 1});
    });
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
  std::vector<UnitGroup> groups_;
  std::vector<std::set<TensorId>> reads_;  ///< by unit
  /// By unit: where it can be a block of one layer.
  std::vector<std::set<AcceleratorId>> alone_on_;
  /// By unit: columns that say that it runs there.
  std::vector<std::map<AcceleratorId, std::vector<int>>> occupies_;
  std::map<AcceleratorId, std::vector<Waiting>> waiting_;  ///< by their writers
  std::map<TensorPlace, std::vector<int>> leaves_;
  std::map<TensorPlace, std::map<std::size_t, std::vector<int>>> finds_;  ///< by unit
  std::size_t entries_ = 0;
  PlanProgram made_;
};

std::optional<PlanProgram> PlanProgram::of(const SchedulingProblem& problem) {
  return PlanProgramBuilder(problem).build();
}

std::vector<double> PlanProgram::costs(double time, double energy) const {
  std::vector<double> sums;
  sums.reserve(costs_.size());
  for (const Cost& cost : costs_) {
    sums.push_back(time * cost.seconds + energy * cost.picojoules);
  }
  return sums;
}

PlanProgram::Cheapest PlanProgram::cheapest(double time, double energy) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> cost = costs(time, energy);
  Cheapest answer{{time, energy, 0}, {}};
  answer.plan.assignment.resize(problem_->graph().layers().size());
  for (const Group& group : groups_) {
    double least = kInfinity;
    const Way* best = &group.ways.front();
    for (const Way& way : group.ways) {
      double sum = way.column ? cost[static_cast<std::size_t>(*way.column)] : 0.0;
      for (const std::vector<Single>& singles : way.singles) {
        double cheapest = singles.empty() ? 0.0 : kInfinity;
        for (const Single& single : singles) {
          cheapest = std::min(cheapest, cost[static_cast<std::size_t>(single.column)]);
        }
        sum += cheapest;
      }
      if (sum >= least) continue;
      least = sum;
      best = &way;
    }
    answer.bound.least += least;
    assign(group, *best, answer.plan.assignment);
  }
  return answer;
}

void PlanProgram::assign(const Group& group, const Way& way, Assignment& assignment) const {
  for (std::size_t i = 0; i < group.units.size(); ++i) {
    for (const LayerId id : problem_->units()[group.units[i]]) {
      assignment[id.index()] = way.accelerators[i];
    }
  }
}

Plan PlanProgram::plan(const ZeroOnes& columns) const {
  const auto set = [&](int column) { return columns[static_cast<std::size_t>(column)]; };
  Plan plan;
  plan.assignment.resize(problem_->graph().layers().size());
  for (const Group& group : groups_) {
    for (const Way& way : group.ways) {
      const bool taken = way.column
                             ? set(*way.column)
                             : std::any_of(way.singles.front().begin(), way.singles.front().end(),
                                           [&](const Single& s) { return set(s.column); });
      if (taken) assign(group, way, plan.assignment);
    }
  }
  plan.kept.emplace();
  for (const auto& [place, column] : stays_) {
    if (set(column)) plan.kept->push_back(place.first);
  }
  return plan;
}

ZeroOnes PlanProgram::columns(const Schedule& schedule) const {
  ZeroOnes columns(costs_.size(), false);
  const auto set = [&](int column) { columns[static_cast<std::size_t>(column)] = true; };
  const auto first = [&](const Group& group, std::size_t i) -> const ScheduledLayer& {
    return schedule.at(problem_->units()[group.units[i]].front());
  };
  for (const Group& group : groups_) {
    const auto way = std::find_if(group.ways.begin(), group.ways.end(), [&](const Way& each) {
      for (std::size_t i = 0; i < group.units.size(); ++i) {
        if (first(group, i).accelerator != each.accelerators[i]) return false;
      }
      return true;
    });
    if (way == group.ways.end()) throw std::logic_error("a schedule that no option has");
    if (way->column) set(*way->column);
    for (std::size_t i = 0; i < group.units.size(); ++i) {
      const std::vector<Single>& singles = way->singles[i];
      if (singles.empty()) continue;
      const LayerResidency& residency = first(group, i).residency;
      const auto single = std::find_if(singles.begin(), singles.end(), [&](const Single& each) {
        return each.residency == residency;
      });
      if (single == singles.end()) throw std::logic_error("a schedule with unknown residency");
      set(single->column);
    }
  }
  for (const auto& [place, column] : stays_) {
    const auto writer = problem_->graph().producer(place.first);
    const ScheduledLayer& entry = schedule.at(*writer);
    if (entry.accelerator == place.second && entry.residency.output) set(column);
  }
  return columns;
}

}  // namespace mensa::scheduler
