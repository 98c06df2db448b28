#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// A figure of a resolved system whose sources leave room: a map with nominal, low and high.
struct UncertainFigure {
  std::string path;  ///< in the tree, as of YamlNode::set()
  // In `unit`.
  double nominal = 0;
  double low = 0;
  double high = 0;
  std::string unit;  ///< empty of plain numbers
  std::string source;
  std::string grade;

  /// As a system file has it.
  [[nodiscard]] std::string text(double value) const;
  /// Half of the way from 0 to 1 is nominal: below it logarithmic from `low`, above to `high`;
  /// linear where one of them is 0.
  [[nodiscard]] double at(double position) const;
};

/// All of a resolved system (resolve_system()) that have a range, in the order of the tree. Throws
/// base::Error with the place of one whose values have different units, or do not ascend.
[[nodiscard]] std::vector<UncertainFigure> uncertain_figures(const base::YamlNode& resolved);

/// A figure that several systems share.
struct UncertainConstant {
  std::string name;        ///< the path in the first of its systems, or the technology's
  UncertainFigure figure;  ///< of that system
  /// By system: where it stands there; empty where it does not.
  std::vector<std::vector<std::string>> paths;
};

/// The figures of several systems, each constant once: those of one technology by their paths in
/// it; others that stand under the same key with the same three values.
[[nodiscard]] std::vector<UncertainConstant> uncertain_constants(
    const std::vector<const base::YamlNode*>& resolved);

}  // namespace mensa::accelerators
