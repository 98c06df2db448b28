#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "explore/design/item_clusters.h"
#include "explore/design/polish.h"
#include "explore/design/starting_candidates.h"

namespace mensa::explore {

/// How much work a design takes.
enum class DesignEffort : std::uint8_t { kQuick, kNormal, kThorough };
[[nodiscard]] std::string_view to_string(DesignEffort effort);
/// Throws base::Error listing the known ones.
[[nodiscard]] DesignEffort design_effort_from_string(std::string_view name);

/// How far a design is.
struct DesignProgress {
  std::string_view phase;
  std::size_t done = 0;  ///< parts of the phase, of `all`
  std::size_t all = 0;
};

/// What a designer is asked for, of one platform.
struct DesignTask {
  const Platform* platform = nullptr;
  const std::vector<DesignModel>* models = nullptr;  ///< all have layers with MACs
  SchedulingRules rules;
  Budget budget;
  std::size_t most_accelerators = 3;
  DesignEffort effort = DesignEffort::kNormal;
  std::uint64_t seed = 1;
};

/// The best design found with so many accelerators.
struct DesignOfCount {
  const EvaluatedDesign* design = nullptr;  ///< null: none was found within the budgets
  std::string origin;                       ///< the clusters that it started from
  bool is_local_optimum = false;
};

/// What a designer found on a platform.
struct PlatformDesign {
  const EvaluatedDesign* design = nullptr;
  std::string origin;
  bool is_local_optimum = false;
  std::vector<DesignOfCount> by_count;  ///< 1 accelerator, 2 ...
  std::vector<Alternative> alternatives;
  std::vector<DominatedPlace> dominated;
  std::size_t candidates = 0;  ///< of which the costs were looked at alone
  std::size_t systems = 0;     ///< that were evaluated as a whole
  /// Of these, what went wrong by faults of mensa's own.
  std::vector<std::string> faults;
};

/// How much better a design must be for each accelerator that it has more, as a share.
inline constexpr double kWorthAnAccelerator = 0.01;

/// Designs a system: docs/design.md describes the steps. What it finds does not depend on the
/// number of threads. Holds what it hands out.
class Designer {
 public:
  /// `parallel` must outlive it, and what the task points to. `tell`: called by any thread, one at
  /// a time, before each part of the work; what it throws ends the design.
  Designer(DesignTask task, const std::shared_ptr<accelerators::SharedMappings>& mappings,
           const Parallel& parallel, std::function<void(const DesignProgress&)> tell);
  ~Designer();
  Designer(const Designer&) = delete;
  Designer& operator=(const Designer&) = delete;

  /// To be called once. Throws base::Error where nothing that runs all models keeps the budgets,
  /// saying what would.
  [[nodiscard]] PlatformDesign run();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace mensa::explore
