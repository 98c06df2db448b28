#include "scheduler/exact/sequential_optimum.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

/// The best schedule there is under sequential execution: every order, every accelerator for each
/// unit, every output that may stay on chip. SequentialOptimum says what is left of that promise in
/// models with more states than it looks at.
class Optimal final : public Policy {
 public:
  explicit Optimal(base::Seconds time_limit) { limits_.program.time = time_limit; }

  Plan plan(const SchedulingProblem& problem) const override {
    return SequentialOptimum(problem, limits_).find(problem.costs().objective()).plan;
  }

 private:
  SequentialOptimum::Limits limits_;
};

}  // namespace

std::unique_ptr<Policy> make_optimal(const PolicyArguments& arguments) {
  constexpr double kMostSeconds = 86'400;
  OptionReader options("optimal", arguments);
  const double seconds = options.number(
      "time_limit", SequentialOptimum::Limits{}.program.time.value(), 0, kMostSeconds);
  options.finish();
  return std::make_unique<Optimal>(base::Seconds(seconds));
}

}  // namespace mensa::scheduler
