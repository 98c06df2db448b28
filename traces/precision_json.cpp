#include "traces/precision_json.h"

#include <utility>

namespace mensa::traces {

nlohmann::ordered_json precision_json(const accelerators::PrecisionRules& rules) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const accelerators::PrecisionRules::Rule& rule : rules.layers) {
    layers.push_back({{"layers", rule.layers}, {"precision", rule.precision}});
  }
  return {{"default", rules.otherwise}, {"layers", std::move(layers)}};
}

}  // namespace mensa::traces
