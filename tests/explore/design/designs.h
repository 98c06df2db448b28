#pragma once

#include <memory>
#include <string>
#include <vector>

#include "explore/design/designer.h"
#include "onnx_import/import.h"

namespace mensa::explore::test {

/// Networks of the zoo.
inline std::vector<DesignModel> zoo_models(const std::vector<std::string>& names) {
  std::vector<DesignModel> models;
  models.reserve(names.size());
  for (const std::string& name : names) {
    models.push_back(
        {name,
         onnx_import::import_file(std::string(MENSA_SOURCE_DIR) + "/models/zoo/" + name + ".onnx"),
         {},
         1});
  }
  return models;
}

inline PlatformRequest mensa_g_memories() {
  PlatformRequest request;
  request.system = "mensa_g";
  return request;
}

inline SchedulingRules fast_rules(
    accelerators::Objective objective = accelerators::Objective::kEdp) {
  SchedulingRules rules;
  rules.policy = scheduler::make_policy("mensa");
  rules.policy_name = "mensa";
  rules.objective = objective;
  rules.mapper.effort = accelerators::Effort::kFast;
  return rules;
}

/// By its name; the platform has it.
inline std::size_t dataflow(const Platform& platform, const std::string& name) {
  const auto& all = platform.dataflows();
  for (std::size_t d = 0; d < all.size(); ++d) {
    if (all[d].name == name) return d;
  }
  throw std::logic_error("no dataflow " + name);
}

inline Blueprint blueprint(const Platform& platform, std::int64_t rows, std::int64_t columns,
                           const std::string& dataflow_name, std::int64_t weights_kib,
                           std::int64_t activations_kib, std::size_t place = 0) {
  constexpr std::int64_t kKibi = 1024;
  Blueprint made;
  made.rows = rows;
  made.columns = columns;
  made.dataflow = dataflow(platform, dataflow_name);
  made.weights = base::Bytes(weights_kib * kKibi);
  made.activations = base::Bytes(activations_kib * kKibi);
  made.place = place;
  return made;
}

}  // namespace mensa::explore::test
