#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/design/designer.h"

namespace mensa::explore {

/// What an accelerator of a design does. Shares by model are of one inference; their means weigh
/// models as the figure of merit does.
struct AcceleratorWork {
  std::size_t layers = 0;   ///< with MACs
  std::int64_t macs = 0;    ///< of all models
  double mac_share = 0;     ///< of all MACs of all models
  double time_share = 0;    ///< mean over the models of the share of their latency
  double energy_share = 0;  ///< mean over the models of the share of their dynamic energy
  /// What kinds of layers take its time, most first: "pointwise" 0.7, "depthwise" 0.2 ...
  std::vector<std::pair<std::string, double>> kinds;
  /// Medians over its layers with MACs (by trait; see docs/clustering.md).
  double parameter_bytes = 0;
  double parameter_reuse = 0;
  double mac_intensity = 0;
};

/// What a change would make of the design, for people and programs.
struct DescribedAlternative {
  Aspect aspect = Aspect::kArray;
  std::string what;     ///< "64x32", "128 KiB", "pascal", "stack.external"
  double worse = 0;     ///< share by which the figure of merit is larger; below 0: better
  std::string broken;   ///< the budget that it breaks; empty: none
  std::string failure;  ///< why some model does not run then; empty: all do
};

struct DesignedAccelerator {
  std::string name;
  Blueprint blueprint;
  std::string dataflow;
  std::string port;
  bool near_data = false;
  std::int64_t lanes = 0;
  BlueprintFigures figures;
  AcceleratorWork work;
  std::vector<DescribedAlternative> alternatives;
  std::vector<std::string> reasons;  ///< sentences
};

/// A model on some system.
struct ModelOnSystem {
  ModelFigures figures;
  [[nodiscard]] double edp() const { return figures.latency * figures.energy; }
  [[nodiscard]] double throughput() const { return 1 / figures.interval; }
};

/// Means over the models, of figures or of ratios.
struct Means {
  double latency = 0;
  double energy = 0;
  double edp = 0;
  double throughput = 0;
};

/// A system that the design is held against.
struct ComparedSystem {
  std::string system;
  double factor = 1;  ///< by which it was scaled; 1: as it is
  bool is_scaled = false;
  std::string technology;
  double area = 0;        ///< mm2
  double peak_power = 0;  ///< W, of the accelerators
  std::string failure;    ///< why some model does not run; empty: all do
  std::vector<ModelFigures> models;
  /// How many times better the design is: geometric means over the models of ratios, above 1 where
  /// the design is better.
  Means design_better;
  /// The same as ratios of arithmetic means.
  Means design_better_of_means;
};

/// What came of one of the systems whose memories were offered.
struct PlatformOutcome {
  std::string system;
  std::string technology;
  double clock = 0;  ///< Hz
  std::vector<std::string> places;
  std::string failure;  ///< why there is no design; empty: there is one
  double merit = 0;
  double area = 0;
  double peak_power = 0;
  std::size_t accelerators = 0;
  std::size_t candidates = 0;
  std::size_t systems = 0;
};

struct CountOutcome {
  std::size_t accelerators = 0;
  bool found = false;
  double merit = 0;
  double area = 0;
  double peak_power = 0;
  bool is_local_optimum = false;
  std::string origin;
  std::vector<std::string> blueprints;  ///< "32x32 pascal at stack.external, 128 KiB + 256 KiB"
};

struct DesignedModel {
  std::string name;
  double weight = 1;       ///< of the sum of all
  std::size_t layers = 0;  ///< with MACs
  std::int64_t macs = 0;
  ModelFigures figures;
};

/// All that a design came to. Plain data.
struct DesignReport {
  std::string name;
  std::string objective;
  Budget budget;
  std::vector<PortLimit> limits;
  std::size_t most_accelerators = 0;
  std::vector<DesignedModel> models;
  std::vector<PlatformOutcome> platforms;
  std::size_t chosen = 0;  ///< of these

  std::vector<DesignedAccelerator> accelerators;
  std::string host;
  double host_time_share = 0;
  std::string origin;
  bool is_local_optimum = false;
  double merit = 0;  ///< geometric mean over the models, in s, J or J s
  Means geometric;
  Means arithmetic;
  double area = 0;
  double peak_power = 0;
  double leakage = 0;
  double background_power = 0;
  std::vector<CountOutcome> by_count;
  std::vector<ComparedSystem> compared;
  std::vector<std::string> notes;  ///< sentences
  std::string system_yaml;         ///< the design as a system file
};

}  // namespace mensa::explore
