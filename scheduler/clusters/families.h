#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {

/// One layer family of the papers as a box in trait space, bounds included.
struct Family {
  int number = 0;
  std::string description;
  double parameter_bytes_low = 0, parameter_bytes_high = 0;
  double parameter_reuse_low = 0, parameter_reuse_high = 0;
  double macs_low = 0, macs_high = 0;
};

struct FamilyMatch {
  int number = 0;
  /// False where no box holds the layer and the nearest one was taken.
  bool inside = false;
};

/// The rule table of the five families, read from scheduler/clusters/families.yaml.
class FamilyTable {
 public:
  explicit FamilyTable(std::vector<Family> families);
  [[nodiscard]] static FamilyTable load();

  /// The family whose box holds the traits (the first of several), else the nearest by Euclidean
  /// distance in log10(parameter bytes), log10(reuse), log10(MACs); none for layers without MACs or
  /// parameters.
  [[nodiscard]] std::optional<FamilyMatch> classify(const LayerTraits& traits) const;
  [[nodiscard]] const std::vector<Family>& families() const { return families_; }

 private:
  std::vector<Family> families_;
};

}  // namespace mensa::scheduler
