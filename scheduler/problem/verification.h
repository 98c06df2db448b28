#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// What the parts of verify() share: a schedule in which every layer stands in one block, and what
/// was found to be wrong with it.
class Verification {
 public:
  Verification(const SchedulingProblem& problem, const Schedule& schedule);

  [[nodiscard]] const SchedulingProblem& problem() const { return problem_; }
  [[nodiscard]] const models::Graph& graph() const { return problem_.graph(); }
  [[nodiscard]] CostTable& costs() const { return problem_.costs(); }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  [[nodiscard]] const std::string& name(models::LayerId id) const { return graph().layer(id).name; }
  [[nodiscard]] const std::string& name(models::TensorId id) const {
    return graph().tensor(id).name;
  }

  /// In the order of dispatch.
  [[nodiscard]] std::size_t position(models::LayerId id) const { return position_[id.index()]; }
  [[nodiscard]] std::size_t block_of(models::LayerId id) const { return block_of_[id.index()]; }

  template <class... Args>
  void report(fmt::format_string<Args...> text, Args&&... args) {
    found_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  /// One sentence each.
  [[nodiscard]] const std::vector<std::string>& found() const { return found_; }

 private:
  /// Finds out where each layer stands; reports what stands nowhere, or is not there.
  void place_layers();
  void place(std::size_t block, std::vector<std::size_t>& times_seen);

  const SchedulingProblem& problem_;
  const Schedule& schedule_;
  std::vector<std::size_t> position_;  ///< by layer
  std::vector<std::size_t> block_of_;  ///< by layer
  std::vector<std::string> found_;
};

// The parts; each looks at a schedule of which the constructor above has found nothing wrong.

/// Starts, ends and the latency are those of blocks that run as soon as they may.
void verify_times(Verification& verification);
/// What stays on chip was left there, has room, and nothing else runs there meanwhile.
void verify_residency(Verification& verification);

}  // namespace mensa::scheduler
