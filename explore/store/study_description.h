#pragma once

#include <string>
#include <utility>
#include <vector>

#include "explore/evaluation/metrics.h"

namespace mensa::explore {

/// A parameter of the space as a study keeps it.
struct StudyParameter {
  std::string name;
  std::vector<std::string> choices;  ///< as a system file has them, in the order of the space
  bool operator==(const StudyParameter&) const = default;
};

/// A network that every point is evaluated with, and the weight of an inference of it in the mix.
struct StudyModel {
  std::string name;
  double weight = 1;
  bool operator==(const StudyModel&) const = default;
};

/// What a study is of: enough to read its points without the files that it was made from.
struct StudyDescription {
  std::string space_name;
  std::string space_text;     ///< the YAML file as it was read
  std::string system_name;    ///< of the base system, as the space has it
  std::string system_text;    ///< YAML of the base system's resolved tree
  std::string search_method;  ///< as "nsga2": how its points were chosen
  /// What must be the same for points to mean the same, each part by its name: {"mensa version",
  /// "0.1.0"}, {"space", "<sha256>"}, {"model mobilenet_v2", "<sha256>"}, {"search", "nsga2, seed
  /// 1, population 64"}. No name twice.
  std::vector<std::pair<std::string, std::string>> identity;
  std::vector<StudyParameter> parameters;  ///< in the order of the space
  std::vector<Metric> objectives;          ///< at least one
  std::vector<StudyModel> models;          ///< in the order of the space
  std::vector<std::string> constraints;    ///< as PointResult::cause has them
  bool operator==(const StudyDescription&) const = default;
};

}  // namespace mensa::explore
