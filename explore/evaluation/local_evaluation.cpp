#include "explore/evaluation/local_evaluation.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <mutex>

namespace mensa::explore {
namespace {

class LocalEvaluation final : public Evaluation {
 public:
  LocalEvaluation(const Evaluator& evaluator, std::size_t threads)
      : evaluator_(evaluator),
        threads_(std::max<std::size_t>(1, threads)),
        control_(tbb::global_control::max_allowed_parallelism, threads_),
        arena_(static_cast<int>(threads_)) {}

  void run(const std::vector<Point>& points, const Done& done, const Stop& stop) override {
    std::mutex one_at_a_time;
    arena_.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, points.size(), 1),
          [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i != range.end(); ++i) {
              if (stop()) return;
              PointResult result = evaluator_.evaluate(points[i]);
              const std::lock_guard lock(one_at_a_time);
              done(i, std::move(result));
            }
          },
          tbb::simple_partitioner());
    });
  }

  [[nodiscard]] std::size_t width() const override { return threads_; }

 private:
  const Evaluator& evaluator_;
  std::size_t threads_;
  tbb::global_control control_;
  tbb::task_arena arena_;
};

}  // namespace

std::unique_ptr<Evaluation> make_local_evaluation(const Evaluator& evaluator, std::size_t threads) {
  return std::make_unique<LocalEvaluation>(evaluator, threads);
}

}  // namespace mensa::explore
