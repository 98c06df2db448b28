#pragma once

#include <cstddef>
#include <memory>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/bandwidth_shares.h"
#include "accelerators/spec/system.h"
#include "cli/pipeline.h"
#include "models/base/yaml_reader.h"
#include "scheduler/problem/scheduling_problem.h"

namespace mensa::cli {

/// A model on a system, ready to be scheduled by one policy after the other. Stays where it is: its
/// parts refer to one another.
struct Prepared {
  /// Loads both. base::Error as load_model() and read_system() have it, and on an unknown
  /// objective, mapper or concurrency; the policy of `run` is not looked at.
  Prepared(const RunArguments& run, workers::StatusBoard& status);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  accelerators::Objective objective;
  accelerators::MapperOptions mapper;
  base::YamlNode resolved;  ///< the system's tree
  accelerators::System system;
  LoadedModel model;
  std::shared_ptr<accelerators::MappingCache> mappings;
  accelerators::CostTable costs;
  scheduler::SchedulingProblem problem;

  /// The problem as policies are to see it: with the bandwidths of RunArguments::bandwidth_shares.
  /// Their plans are of `problem` too.
  [[nodiscard]] const scheduler::SchedulingProblem& planning() const {
    return seen_ ? seen_->problem : problem;
  }

 private:
  struct Seen {
    Seen(const Prepared& prepared, const accelerators::BandwidthShares& shares);
    accelerators::System system;
    accelerators::CostTable costs;
    scheduler::SchedulingProblem problem;
  };
  std::unique_ptr<Seen> seen_;  ///< null where it is no different
};

/// Maps every layer wherever it may run, by so many threads at once; the cache of mappings
/// remembers. `with_residency`: also with what may stay on chip around it, as who looks for the
/// best schedule will ask. Changes no result: what is not mapped here is mapped when somebody asks
/// for it. base::Error where some layer runs nowhere.
void map_with_threads(Prepared& prepared, std::size_t threads, bool with_residency,
                      workers::StatusBoard& status);

}  // namespace mensa::cli
