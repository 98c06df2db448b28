#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

#include "scheduler/exact/unit_options.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"
#include "scheduler/problem/kept_outputs.h"

namespace mensa::scheduler {

using models::LayerId;

namespace {

/// How a unit would run on one accelerator.
struct UnitPlace {
  AcceleratorId accelerator;
  double seconds = 0;
  double picojoules = 0;
  double overhead_seconds = 0;  ///< part of `seconds`
  /// Of a unit that is one layer in a block of its own.
  std::optional<LayerResidency> residency = std::nullopt;
};

/// A unit that has been placed.
struct Task {
  std::size_t unit = 0;
  UnitPlace place;
  double start = 0;
  double end = 0;
};

/// What placing a unit somewhere leads to.
struct Proposal {
  Task task;
  double picojoules = 0;  ///< that the whole plan takes more
  /// The unit's input stays on chip: the writer, as it then runs.
  std::optional<Task> writer;
};

/// List scheduling by upward rank (Topcuoglu, Hariri and Wu, 2002) of one problem.
class ListScheduler {
 public:
  explicit ListScheduler(const SchedulingProblem& problem)
      : problem_(problem),
        graph_(problem.graph()),
        costs_(problem.costs()),
        places_(problem.units().size()),
        rank_(problem.units().size()),
        placed_(problem.units().size()),
        lines_(problem.system().accelerators.size() + 1) {
    list_places();
    rank_units();
  }

  Plan plan() {
    for (const std::size_t unit : by_rank()) place(unit);
    Plan plan;
    plan.assignment.resize(graph_.layers().size());
    for (std::size_t u = 0; u < placed_.size(); ++u) {
      for (const LayerId id : problem_.units()[u]) {
        plan.assignment[id.index()] = placed_[u].place.accelerator;
      }
    }
    // By start, among equals by rank: so no unit is before one that it reads from.
    std::vector<std::size_t> order = by_rank();
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return placed_[a].start < placed_[b].start;
    });
    plan.order = std::move(order);
    return plan;
  }

 private:
  /// Units of a recurrence are taken to be all on one accelerator.
  void list_places() {
    for (const UnitGroup& group : unit_groups(problem_)) {
      for (const std::vector<UnitOption>& options : group.options) {
        const bool together = std::all_of(options.begin(), options.end(), [&](const auto& option) {
          return option.accelerator == options.front().accelerator;
        });
        if (!together) continue;
        for (std::size_t i = 0; i < options.size(); ++i) {
          places_[group.units[i]].push_back(place_of(options[i]));
        }
      }
      for (const std::size_t unit : group.units) {
        if (places_[unit].empty()) throw std::logic_error("a unit runs on no accelerator");
      }
    }
  }

  [[nodiscard]] UnitPlace place_of(const UnitOption& option) const {
    UnitPlace place{option.accelerator};
    place.overhead_seconds = option.overhead.value();
    if (option.joins) return place;
    if (option.fixed) {
      place.seconds = option.fixed->latency.value();
      place.picojoules = option.fixed->energy.value();
      return place;
    }
    place.residency = option.residency;
    const auto& cost =
        costs_.find(option.layers.front(), option.accelerator, option.residency)->cost;
    place.seconds = cost.time.value() + place.overhead_seconds;
    place.picojoules = cost.energy.total().value();
    return place;
  }

  /// The longest way to the end, each unit at its mean over all accelerators. What passes between
  /// units through DRAM is part of their own times.
  void rank_units() {
    for (std::size_t u = rank_.size(); u-- > 0;) {
      double sum = 0;
      for (const UnitPlace& place : places_[u]) sum += place.seconds;
      rank_[u] += sum / static_cast<double>(places_[u].size());
      for (const std::size_t before : problem_.waits_for(u)) {
        rank_[before] = std::max(rank_[before], rank_[u]);
      }
    }
  }

  /// Of several models, first those of the earliest deadline.
  [[nodiscard]] std::vector<std::size_t> by_rank() const {
    const auto& parts = problem_.parts();
    std::vector<double> deadline(rank_.size());
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const double seconds =
          parts[p].deadline ? parts[p].deadline->value() : std::numeric_limits<double>::infinity();
      for (std::size_t u = parts[p].first_unit; u < problem_.end_of_part(p); ++u) {
        deadline[u] = seconds;
      }
    }
    std::vector<std::size_t> units(rank_.size());
    std::iota(units.begin(), units.end(), std::size_t{0});
    std::stable_sort(units.begin(), units.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(deadline[a], -rank_[a]) < std::pair(deadline[b], -rank_[b]);
    });
    return units;
  }

  void place(std::size_t unit) {
    std::optional<Proposal> best;
    double best_score = std::numeric_limits<double>::infinity();
    for (const UnitPlace& place : places_[unit]) {
      for (auto& proposal : {through_dram(unit, place), on_chip(unit, place)}) {
        if (!proposal) continue;
        const double score =
            accelerators::score(problem_.costs().objective(), base::Seconds(proposal->task.end),
                                base::Picojoules(picojoules_ + proposal->picojoules));
        if (best && score >= best_score) continue;
        best = proposal;
        best_score = score;
      }
    }
    commit(*best);
  }

  /// In the first gap that is long enough.
  [[nodiscard]] std::optional<Proposal> through_dram(std::size_t unit,
                                                     const UnitPlace& place) const {
    double start = 0;
    for (const std::size_t before : problem_.waits_for(unit))
      start = std::max(start, placed_[before].end);
    for (const std::size_t other : line_of(place.accelerator)) {
      if (start + place.seconds <= placed_[other].start) break;
      start = std::max(start, placed_[other].end);
    }
    return Proposal{{unit, place, start, start + place.seconds}, place.picojoules, std::nullopt};
  }

  /// After the unit whose output only this one reads, where that is the last one there.
  [[nodiscard]] std::optional<Proposal> on_chip(std::size_t unit, const UnitPlace& place) const {
    if (!place.residency) return std::nullopt;
    const std::vector<std::size_t>& line = lines_[place.accelerator.index()];
    if (line.empty()) return std::nullopt;
    const models::Layer& reader = graph_.layer(problem_.units()[unit].front());
    Task writer = placed_[line.back()];
    const LayerId writes = problem_.units()[writer.unit].front();
    const auto output = keepable_output(graph_, graph_.layer(writes));
    if (!output || !writer.place.residency || writer.place.residency->output ||
        graph_.consumers(*output).size() != 1) {
      return std::nullopt;
    }
    const auto residency = with_input(graph_, reader, *place.residency, *output);
    if (!residency) return std::nullopt;
    writer.place.residency->output = true;
    const auto* written = costs_.find(writes, place.accelerator, *writer.place.residency);
    const auto* read = costs_.find(reader.id, place.accelerator, *residency);
    if (written == nullptr || read == nullptr) return std::nullopt;

    Task task{unit, place, 0, 0};
    task.place.residency = residency;
    take_cost(*written, writer);
    take_cost(*read, task);
    task.start = writer.end;
    for (const std::size_t before : problem_.waits_for(unit)) {
      if (before != writer.unit) task.start = std::max(task.start, placed_[before].end);
    }
    if (in_sequence() && sequence_.back() != writer.unit) {
      task.start = std::max(task.start, placed_[sequence_.back()].end);
    }
    task.end = task.start + task.place.seconds;
    const double energy =
        task.place.picojoules + writer.place.picojoules - placed_[writer.unit].place.picojoules;
    return Proposal{task, energy, writer};
  }

  static void take_cost(const accelerators::LayerEvaluation& evaluation, Task& task) {
    task.place.seconds = evaluation.cost.time.value() + task.place.overhead_seconds;
    task.place.picojoules = evaluation.cost.energy.total().value();
    task.end = task.start + task.place.seconds;
  }

  void commit(const Proposal& proposal) {
    const Task& task = proposal.task;
    picojoules_ += proposal.picojoules;
    if (proposal.writer) placed_[proposal.writer->unit] = *proposal.writer;
    placed_[task.unit] = task;
    insert(lines_[task.place.accelerator.index()], task);
    if (in_sequence()) insert(sequence_, task);
  }

  void insert(std::vector<std::size_t>& line, const Task& task) {
    const auto at =
        std::upper_bound(line.begin(), line.end(), task.start,
                         [&](double start, std::size_t u) { return start < placed_[u].start; });
    line.insert(at, task.unit);
  }

  [[nodiscard]] bool in_sequence() const {
    return problem_.concurrency() == Concurrency::kSequence;
  }
  /// Units that exclude one on that accelerator, by start.
  [[nodiscard]] const std::vector<std::size_t>& line_of(AcceleratorId accelerator) const {
    return in_sequence() ? sequence_ : lines_[accelerator.index()];
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
  std::vector<std::vector<UnitPlace>> places_;   ///< by unit
  std::vector<double> rank_;                     ///< by unit, s
  std::vector<Task> placed_;                     ///< by unit
  std::vector<std::vector<std::size_t>> lines_;  ///< by accelerator: units by start
  std::vector<std::size_t> sequence_;            ///< all units by start, in sequence
  double picojoules_ = 0;
};

/// Heterogeneous earliest finish time: units by the longest way to the end, each where it ends
/// first; where energy counts, where that makes the score of all placed so far the least. It
/// promises no optimum.
class Heft final : public Policy {
 public:
  Plan plan(const SchedulingProblem& problem) const override {
    return ListScheduler(problem).plan();
  }
};

}  // namespace

std::unique_ptr<Policy> make_heft(const PolicyArguments& arguments) {
  OptionReader("heft", arguments).finish();
  return std::make_unique<Heft>();
}

}  // namespace mensa::scheduler
