#include "models/graph/sparsity.h"

#include <numeric>

namespace mensa::models {

std::string_view to_string(DensityOrigin origin) {
  switch (origin) {
    case DensityOrigin::kAssumedDense:
      return "assumed dense";
    case DensityOrigin::kUnknown:
      return "unknown";
    case DensityOrigin::kDefault:
      return "default";
    case DensityOrigin::kWhatIf:
      return "what-if";
    case DensityOrigin::kDeclared:
      return "declared";
    case DensityOrigin::kProfile:
      return "profile";
    case DensityOrigin::kMeasured:
      return "measured";
  }
  return "?";
}

std::string_view to_string(ZeroPlacement placement) {
  switch (placement) {
    case ZeroPlacement::kUniform:
      return "uniform";
    case ZeroPlacement::kClustered:
      return "clustered";
    case ZeroPlacement::kGroups:
      return "groups";
  }
  return "?";
}

ZeroBlocks SparsityStructure::blocks_1x4() const {
  return {std::accumulate(groups_of_4.begin(), groups_of_4.end(), std::int64_t{0}),
          groups_of_4.front()};
}

}  // namespace mensa::models
