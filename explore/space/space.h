#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "accelerators/mapping/mapper.h"
#include "accelerators/precision/precision_request.h"
#include "explore/evaluation/metrics.h"
#include "explore/evaluation/point_result.h"
#include "explore/space/expression.h"
#include "models/base/units.h"
#include "models/base/yaml_reader.h"
#include "onnx_import/import.h"
#include "scheduler/problem/concurrency.h"

namespace mensa::explore {

/// One value that a parameter may have.
struct Choice {
  std::string text;  ///< as a system file has it
  Value value;       ///< what expressions see
};

/// What is varied. A value of the system at one or several places, or how many there are of an
/// accelerator.
struct Parameter {
  std::string name;
  std::vector<std::string> paths;   ///< into the resolved system; empty of a count
  std::string counted_accelerator;  ///< of a count; else empty
  std::vector<Choice> choices;      ///< at least one, each once, in the order of the file
  base::SourceLocation where;
};

/// A value of the system that follows from parameters.
struct Link {
  std::string path;
  Expression value;
  base::SourceLocation where;
};

/// What must hold of a point. Where it speaks of systems alone, points that break it are not
/// evaluated.
struct Constraint {
  Expression expression;
  bool needs_models = false;
  base::SourceLocation where;
};

/// A network that every point is evaluated with.
struct ExploredModel {
  std::string name;  ///< unique in the space: that of the file, or the user's own
  std::filesystem::path file;
  onnx_import::ImportOptions options;
  double weight = 1;  ///< of an inference of it in the mix, > 0
  std::optional<base::Seconds> deadline;
};

/// How points are chosen. Of one seed they are the same wherever and however many at a time they
/// are evaluated.
struct SearchSettings {
  std::string method = "nsga2";
  std::uint64_t seed = 1;
  std::size_t population = 64;  ///< of nsga2, moead and anneal (chains)
};

/// When an exploration ends; the first that comes. None: when its search has no more points.
struct StopRules {
  std::optional<std::uint64_t> points;      ///< different ones that were evaluated
  std::optional<base::Seconds> time;        ///< of this run of the program
  std::optional<std::uint64_t> stagnation;  ///< points in a row that did not change the front
};

/// A design space: a system, what is varied in it, and how a point of it is judged. Immutable once
/// read.
struct Space {
  std::string name;
  std::string description;
  std::string text;         ///< of the file
  base::YamlNode system;    ///< the base system's resolved tree
  std::string system_name;  ///< as the file has it
  std::vector<Parameter> parameters;
  std::vector<Link> links;
  std::vector<Constraint> constraints;
  std::vector<ExploredModel> models;
  std::string policy = "mensa";
  accelerators::Objective objective = accelerators::Objective::kEdp;  ///< of mapper and policy
  accelerators::MapperOptions mapper{accelerators::Effort::kFast};
  scheduler::Concurrency concurrency = scheduler::Concurrency::kSequence;
  accelerators::PrecisionRules precisions;
  std::vector<Metric> objectives;  ///< at least one
  SearchSettings search;
  StopRules stop;
  /// The whole file as one text in a fixed form, but for search and stop: spaces with the same one
  /// have the same points, judged in the same way, where the files they name are the same.
  std::string identity;

  /// Of all parameters; none beyond 2^63.
  [[nodiscard]] std::optional<std::uint64_t> size() const;
  /// A position in the list of all parameters; none where there is no such.
  [[nodiscard]] std::optional<std::size_t> find_parameter(std::string_view parameter) const;
  /// Value of a parameter at a point.
  [[nodiscard]] const Choice& choice(const Point& point, std::size_t parameter) const {
    return parameters[parameter].choices[point[parameter]];
  }
};

}  // namespace mensa::explore
