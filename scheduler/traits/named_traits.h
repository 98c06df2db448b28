#pragma once

#include <string_view>
#include <vector>

#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {

/// A trait that is a number, as tables and files name it.
struct NamedTrait {
  std::string_view name;     ///< "parameter_reuse"
  std::string_view heading;  ///< of a column, with the unit: "param reuse"
  std::string_view unit;     ///< "MAC/B"; empty for a count
  std::string_view meaning;  ///< one line
  double (*value)(const LayerTraits&);
};

/// All of them, in the order of LayerTraits.
[[nodiscard]] const std::vector<NamedTrait>& named_traits();

/// Throws base::Error listing the known ones.
[[nodiscard]] const NamedTrait& find_trait(std::string_view name);

}  // namespace mensa::scheduler
