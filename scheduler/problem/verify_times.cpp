#include <algorithm>
#include <cmath>
#include <map>

#include "scheduler/problem/verification.h"

namespace mensa::scheduler {

using models::LayerId;

namespace {

/// Rounding of sums of doubles, relative; planned times are sums over at most 100 000 layers.
constexpr double kTimeTolerance = 1e-9;

bool earlier(base::Seconds a, base::Seconds b) {
  return a.value() < b.value() * (1 - kTimeTolerance);
}

class TimeCheck {
 public:
  explicit TimeCheck(Verification& verification)
      : verification_(verification), schedule_(verification.schedule()) {}

  void run() {
    if (!finite()) return;
    for (const Block& block : schedule_.blocks) {
      together(block);
      const ScheduledLayer& first = schedule_.at(block.layers.front());
      starts(block, first);
      lasts(block, first);
      busy_until_[block.accelerator] = first.end;
      last_ = std::max(last_, first.end);
    }
    if (earlier(schedule_.latency, last_) || earlier(last_, schedule_.latency)) {
      verification_.report("the planned latency is {} s but the last layer ends at {} s",
                           schedule_.latency.value(), last_.value());
    }
  }

 private:
  /// Comparisons say nothing of what is no number.
  bool finite() {
    bool all = std::isfinite(schedule_.latency.value());
    if (!all) verification_.report("the planned latency is {} s", schedule_.latency.value());
    for (const ScheduledLayer& entry : schedule_.layers) {
      if (std::isfinite(entry.start.value()) && std::isfinite(entry.end.value())) continue;
      verification_.report("layer '{}' is planned from {} s to {} s",
                           verification_.name(entry.layer), entry.start.value(), entry.end.value());
      all = false;
    }
    return all;
  }

  void together(const Block& block) {
    const ScheduledLayer& first = schedule_.at(block.layers.front());
    for (const LayerId id : block.layers) {
      const ScheduledLayer& entry = schedule_.at(id);
      if (entry.start == first.start && entry.end == first.end) continue;
      verification_.report("layer '{}' has other times than its block", verification_.name(id));
    }
  }

  void starts(const Block& block, const ScheduledLayer& first) {
    const std::string& name = verification_.name(first.layer);
    base::Seconds soonest = busy_until_[block.accelerator];
    if (earlier(first.start, soonest) || first.start < base::Seconds(0)) {
      verification_.report("layer '{}' overlaps the layer before it on {}", name,
                           verification_.costs().name(block.accelerator));
    }
    if (schedule_.concurrency == Concurrency::kSequence) {
      if (earlier(first.start, last_)) {
        verification_.report("layer '{}' starts before the layers before it have ended", name);
      }
      soonest = std::max(soonest, last_);
    }
    for (const LayerId id : block.layers) {
      for (const LayerId before : verification_.graph().predecessors(id)) {
        if (verification_.block_of(before) == verification_.block_of(id)) continue;
        const base::Seconds written = schedule_.at(before).end;
        if (earlier(first.start, written)) {
          verification_.report("layer '{}' starts before '{}' ends, which it reads",
                               verification_.name(id), verification_.name(before));
        }
        soonest = std::max(soonest, written);
      }
    }
    if (earlier(soonest, first.start)) {
      verification_.report("layer '{}' starts later than it could", name);
    }
  }

  void lasts(const Block& block, const ScheduledLayer& first) {
    base::Seconds length;
    for (const LayerId id : block.layers) {
      const ScheduledLayer& entry = schedule_.at(id);
      const auto* found = verification_.costs().find(id, entry.accelerator, entry.residency);
      if (found == nullptr) return;  // reported where it runs
      length += found->cost.time;
    }
    if (block.accelerator != verification_.costs().host()) {
      length += verification_.problem().system().accelerator(block.accelerator).launch_overhead;
    }
    // The end against an end: a difference of two late times has too few digits left.
    const base::Seconds end = first.start + length;
    if (earlier(first.end, end)) {
      verification_.report("layer '{}' is planned shorter than it takes",
                           verification_.name(first.layer));
    }
    if (earlier(end, first.end)) {
      verification_.report("layer '{}' is planned longer than it takes",
                           verification_.name(first.layer));
    }
  }

  Verification& verification_;
  const Schedule& schedule_;
  std::map<AcceleratorId, base::Seconds> busy_until_;
  base::Seconds last_;
};

}  // namespace

void verify_times(Verification& verification) { TimeCheck(verification).run(); }

}  // namespace mensa::scheduler
