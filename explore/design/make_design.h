#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "explore/design/design_report.h"

namespace mensa::explore {

/// What is to be designed.
struct DesignRequest {
  std::string name;                  ///< of the system that comes out
  std::string command;               ///< how it was asked for, for the head of its file
  std::vector<std::string> systems;  ///< whose memories, technology and host are on offer
  accelerators::ParameterOverrides parameters;  ///< of each of them
  std::vector<std::string> places;              ///< ports; empty: all
  std::vector<PortLimit> limits;
  std::optional<base::Hertz> clock;
  Budget budget;
  std::size_t most_accelerators = 3;
  SchedulingRules rules;
  DesignEffort effort = DesignEffort::kNormal;
  std::uint64_t seed = 1;
  std::vector<std::string> against;  ///< systems that the design is compared with
  std::size_t threads = 0;           ///< 0: one for each core
};

/// How far it is, and on which system.
using DesignListener = std::function<void(const std::string& system, const DesignProgress&)>;

/// Designs a system for the models on each of the systems on offer and reports on the best one.
/// `tell`: called by any thread, one at a time, before each part of the work; what it throws ends
/// the design. Throws base::Error where a name is wrong, a model has no MACs, or no design keeps
/// the budgets on any of the systems. docs/design.md says how it works.
[[nodiscard]] DesignReport make_design(const DesignRequest& request,
                                       const std::vector<DesignModel>& models,
                                       const DesignListener& tell);

}  // namespace mensa::explore
