#include <algorithm>
#include <optional>

#include "scheduler/policies/builtins.h"
#include "scheduler/policies/follow_producer.h"
#include "scheduler/policies/option_reader.h"
#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {
namespace {

/// The run-time scheduler of Boroumand et al. (arXiv 2103.00768, 2109.14320; its form recalled,
/// grade C, its thresholds grade D).
///
/// Phase I finds the ideal accelerator of each unit alone; without a driver table that is the one
/// with the best score. Phase II walks the units in topological order and stays on the accelerator
/// of the unit before unless the ideal one is needed: because (a) the array of the one before takes
/// more than `compute_ratio` times as long, or (b) the parameters do not fit its parameter storage
/// and are reused less than `reuse` times. It promises nothing about the optimum.
class Mensa final : public Policy {
 public:
  Mensa(double compute_ratio, double reuse) : compute_ratio_(compute_ratio), reuse_(reuse) {}

  Assignment assign(const SchedulingProblem& problem) const override {
    Assignment assignment(problem.graph().layers().size());
    std::optional<AcceleratorId> before;
    for (const SchedulingProblem::Unit& unit : problem.units()) {
      AcceleratorId chosen;
      if (problem.has_mac_work(unit)) {
        const AcceleratorId ideal = best_in_isolation(problem, unit);
        chosen = before.has_value() && may_stay(problem, unit, *before, ideal) ? *before : ideal;
        before = chosen;
      } else {
        chosen = follow_producer(problem, unit, assignment);
      }
      for (const models::LayerId id : unit) assignment[id.index()] = chosen;
    }
    return assignment;
  }

 private:
  [[nodiscard]] bool may_stay(const SchedulingProblem& problem, const SchedulingProblem::Unit& unit,
                              AcceleratorId before, AcceleratorId ideal) const {
    if (before == ideal) return true;
    const std::vector<AcceleratorId> candidates = problem.candidates(unit);
    if (std::find(candidates.begin(), candidates.end(), before) == candidates.end()) return false;

    const auto compute_time = [&](AcceleratorId id) {
      base::Seconds time;
      for (const models::LayerId layer : unit) {
        time += problem.costs().find(layer, id)->cost.compute_cycles /
                problem.system().accelerator(id).clock;
      }
      return time;
    };
    if (compute_time(before) > compute_time(ideal) * compute_ratio_) return false;

    base::Bytes parameters;
    std::int64_t macs = 0;
    std::int64_t parameter_bytes = 0;
    for (const models::LayerId id : unit) {
      const models::Layer& layer = problem.graph().layer(id);
      const LayerTraits traits = layer_traits(problem.graph(), layer);
      parameters += problem.costs().parameter_bytes(layer, before);
      macs += traits.macs;
      parameter_bytes += traits.parameter_bytes;
    }
    const bool fits = parameters <= problem.system().accelerator(before).parameter_capacity();
    const double reuse =
        parameter_bytes > 0 ? static_cast<double>(macs) / static_cast<double>(parameter_bytes) : 0;
    return fits || parameter_bytes == 0 || reuse >= reuse_;
  }

  double compute_ratio_;
  double reuse_;
};

}  // namespace

std::unique_ptr<Policy> make_mensa(const PolicyArguments& arguments) {
  OptionReader options("mensa", arguments);
  const double compute_ratio = options.number("compute_ratio", 2.0, 1.0, 1e6);
  const double reuse = options.number("reuse", 64.0, 0.0, 1e9);
  options.finish();
  return std::make_unique<Mensa>(compute_ratio, reuse);
}

}  // namespace mensa::scheduler
