#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mensa::sim {

/// What an accelerator, or the host, does at a moment. Every moment is exactly one of these.
enum class Activity : std::uint8_t {
  kBusy,         ///< array or vector lanes at work
  kParameters,   ///< waits for parameters to arrive
  kActivations,  ///< waits for activations or partial sums to arrive
  kWriteBack,    ///< waits for room that results take, or for the last results to be written
  kContention,   ///< waits for data that wait for another accelerator's
  kDependence,   ///< has a layer to run that waits for others, or for its turn
  kLaunch,       ///< the driver prepares a layer
  kIdle,         ///< has nothing to run
};
inline constexpr std::size_t kActivityCount = 8;
inline constexpr std::array<Activity, kActivityCount> kAllActivities = {
    Activity::kBusy,       Activity::kParameters, Activity::kActivations, Activity::kWriteBack,
    Activity::kContention, Activity::kDependence, Activity::kLaunch,      Activity::kIdle};
/// As "busy", "write_back".
[[nodiscard]] std::string_view to_string(Activity activity);

/// Picoseconds by activity.
class ActivityTimes {
 public:
  [[nodiscard]] std::int64_t at(Activity activity) const {
    return times_[static_cast<std::size_t>(activity)];
  }
  void add(Activity activity, std::int64_t picoseconds) {
    times_[static_cast<std::size_t>(activity)] += picoseconds;
  }
  ActivityTimes& operator+=(const ActivityTimes& other) {
    for (std::size_t i = 0; i < kActivityCount; ++i) times_[i] += other.times_[i];
    return *this;
  }
  [[nodiscard]] std::int64_t total() const {
    std::int64_t sum = 0;
    for (const std::int64_t time : times_) sum += time;
    return sum;
  }
  bool operator==(const ActivityTimes&) const = default;

 private:
  std::array<std::int64_t, kActivityCount> times_ = {};
};

}  // namespace mensa::sim
