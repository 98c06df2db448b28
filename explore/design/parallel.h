#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace mensa::explore {

/// Threads that do many independent things. What comes out must not depend on their order.
class Parallel {
 public:
  /// 0: one for each core.
  explicit Parallel(std::size_t threads);
  ~Parallel();
  Parallel(const Parallel&) = delete;
  Parallel& operator=(const Parallel&) = delete;

  /// Calls `work` for 0 to `count` - 1 by any thread; what one throws ends the others.
  void each(std::size_t count, const std::function<void(std::size_t)>& work) const;

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace mensa::explore
