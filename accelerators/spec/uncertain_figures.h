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
  /// linear where one of them is 0. Never outside the range.
  [[nodiscard]] double at(double position) const;
};

/// All of a resolved system (resolve_system()) that have a range, in the order of the tree. Throws
/// base::Error with the place of one whose values have different units, or do not ascend.
[[nodiscard]] std::vector<UncertainFigure> uncertain_figures(const base::YamlNode& resolved);

/// Figures of a system that are one and the same, and so can only move together.
struct UncertainConstant {
  /// What tells it from others, in this and in other systems: of a technology's figures the
  /// technology and the path there, as "cmos_22nm.mac.0.energy"; of others the last key of their
  /// paths with low, nominal and high, as "background_power 30/100/500 mW".
  std::string name;
  UncertainFigure figure;           ///< the first of them
  std::vector<std::string> places;  ///< paths of all of them

  /// Makes `value` the nominal one in a tree of that system.
  void set(base::YamlNode& resolved, double value) const;
};

/// The figures of a resolved system, each constant once, in the order of the tree.
[[nodiscard]] std::vector<UncertainConstant> uncertain_constants(const base::YamlNode& resolved);

}  // namespace mensa::accelerators
