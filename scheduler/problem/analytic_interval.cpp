#include "scheduler/problem/analytic_interval.h"

#include <algorithm>
#include <map>
#include <vector>

namespace mensa::scheduler {

using models::LayerId;

namespace {

/// Blocks on one accelerator between which something stays there.
struct Stretch {
  std::vector<const Block*> blocks;
  base::Seconds start;
  base::Seconds end;
};

class Interval {
 public:
  Interval(const SchedulingProblem& problem, const Schedule& schedule)
      : graph_(problem.graph()), schedule_(schedule), block_of_(graph_.layers().size()) {
    for (const Block& block : schedule.blocks) {
      for (const LayerId id : block.layers) block_of_[id.index()] = &block;
    }
  }

  base::Seconds find() {
    std::map<AcceleratorId, Stretch> open;
    for (const Block& block : schedule_.blocks) {
      Stretch& stretch = open[block.accelerator];
      const ScheduledLayer& first = schedule_.at(block.layers.front());
      if (stretch.blocks.empty()) stretch.start = first.start;
      stretch.end = first.end;
      stretch.blocks.push_back(&block);
      if (leaves_something(block)) continue;
      close(block.accelerator, stretch);
      stretch = {};
    }
    return std::max(longest_, early());
  }

 private:
  /// Something that it wrote is read by a later block.
  [[nodiscard]] bool leaves_something(const Block& block) const {
    return std::any_of(block.layers.begin(), block.layers.end(), [&](LayerId id) {
      if (!schedule_.at(id).residency.output) return false;
      const auto& readers = graph_.consumers(graph_.layer(id).outputs.front());
      return std::any_of(readers.begin(), readers.end(),
                         [&](LayerId reader) { return block_of_[reader.index()] != &block; });
    });
  }

  void close(AcceleratorId accelerator, const Stretch& stretch) {
    occupied_[accelerator] += stretch.end - stretch.start;
    longest_ = std::max(longest_, occupied_[accelerator]);
    if (begins_early(stretch)) early_.emplace_back(stretch.start, stretch.end);
  }

  /// Some of its blocks wait for others that are not done when it begins.
  [[nodiscard]] bool begins_early(const Stretch& stretch) const {
    const auto waits = [&](LayerId id) {
      const auto before = graph_.predecessors(id);
      return std::any_of(before.begin(), before.end(), [&](LayerId other) {
        const auto& own = stretch.blocks;
        return std::find(own.begin(), own.end(), block_of_[other.index()]) == own.end() &&
               schedule_.at(other).end > stretch.start;
      });
    };
    return std::any_of(stretch.blocks.begin(), stretch.blocks.end(), [&](const Block* block) {
      return std::any_of(block->layers.begin(), block->layers.end(), waits);
    });
  }

  /// How long some stretch that began early goes on.
  [[nodiscard]] base::Seconds early() {
    std::sort(early_.begin(), early_.end());
    base::Seconds sum;
    base::Seconds until;
    for (const auto& [start, end] : early_) {
      if (end > until) sum += end - std::max(start, until);
      until = std::max(until, end);
    }
    return sum;
  }

  const models::Graph& graph_;
  const Schedule& schedule_;
  std::vector<const Block*> block_of_;  ///< by layer
  std::map<AcceleratorId, base::Seconds> occupied_;
  base::Seconds longest_;
  std::vector<std::pair<base::Seconds, base::Seconds>> early_;
};

}  // namespace

base::Seconds analytic_interval(const SchedulingProblem& problem, const Schedule& schedule) {
  if (schedule.concurrency == Concurrency::kSequence) return schedule.latency;
  return Interval(problem, schedule).find();
}

}  // namespace mensa::scheduler
