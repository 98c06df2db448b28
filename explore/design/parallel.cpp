#include "explore/design/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace mensa::explore {
namespace {

std::size_t count_of(std::size_t threads) {
  return threads > 0 ? threads : static_cast<std::size_t>(tbb::info::default_concurrency());
}

}  // namespace

struct Parallel::Threads {
  explicit Threads(std::size_t count)
      : control(tbb::global_control::max_allowed_parallelism, count),
        arena(static_cast<int>(count)) {}

  tbb::global_control control;
  tbb::task_arena arena;
};

Parallel::Parallel(std::size_t threads) : threads_(std::make_unique<Threads>(count_of(threads))) {}

Parallel::~Parallel() = default;

void Parallel::each(std::size_t count, const std::function<void(std::size_t)>& work) const {
  threads_->arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, count, 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
          for (std::size_t i = range.begin(); i != range.end(); ++i) work(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace mensa::explore
