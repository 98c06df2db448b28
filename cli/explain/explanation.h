#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/prepared.h"
#include "scheduler/policies/policy.h"

namespace mensa::cli {

// Why a layer runs where it does, as plain data.

/// A layer on one accelerator, by the analytic model.
struct PlaceFigures {
  double time_s = 0;
  double energy_j = 0;
  double score = 0;   ///< of the objective: s, J or J s
  std::string bound;  ///< "compute", "memory", ...
  std::int64_t dram_read_bytes = 0;
  std::int64_t dram_write_bytes = 0;
};

struct Place {
  std::string accelerator;
  bool chosen = false;
  std::string infeasible;  ///< why it does not run there; empty where it does
  /// Everything through DRAM.
  std::optional<PlaceFigures> alone;
  /// In the schedule; where it does not run there, in what becomes of the schedule when the layer,
  /// and what must share its accelerator, is moved there and all others stay where they are. None
  /// where that cannot be.
  std::optional<PlaceFigures> scheduled;
  std::vector<std::string> on_chip;  ///< what stays there then: "input 'x'", "output", "parameters"
  /// How much more of the objective that schedule takes than the policy's, as a share.
  std::optional<double> change;
};

struct ExplainedTransfer {
  std::string tensor;
  std::string from;
  std::string to;
  std::int64_t bytes = 0;
};

/// scheduler::Change, in s or J where it is of time or energy.
struct ExplainedChange {
  std::string what;
  std::string unit;  ///< "s", "J"; of an option of the policy, empty
  double now = 0;
  double needed = 0;
};

struct ExplainedFlip {
  std::vector<ExplainedChange> changes;
  std::string then;  ///< accelerator
};

struct ExplainedTrait {
  std::string name;
  std::string unit;
  double value = 0;
};

struct ExplainedLayer {
  std::size_t id = 0;
  std::string name;
  std::string op;    ///< with those fused behind it
  std::string node;  ///< of the model
  std::string work;  ///< of one step
  std::vector<ExplainedTrait> traits;
  std::optional<int> family;
  bool family_inside = false;
  std::string accelerator;
  std::vector<std::string> shares;  ///< layers that must run there too
  std::vector<Place> places;        ///< the system's accelerators; the host where it counts
  std::vector<std::string> reasons;
  std::vector<ExplainedFlip> flips;
  std::vector<ExplainedTransfer> transfers;  ///< that reading and writing it cause
};

struct Explanation {
  std::string version;
  RunArguments run;
  std::string model;
  std::string model_file;  ///< without its folder
  std::string model_sha256;
  std::string system;
  std::string system_sha256;  ///< of its tree
  std::size_t model_layers = 0;
  std::vector<ExplainedLayer> layers;
};

/// Layers of that name, or that a node of that name became or runs behind; ascending ids.
/// base::Error with the nearest names where there is none.
[[nodiscard]] std::vector<models::LayerId> layers_named(const models::Graph& graph,
                                                        const std::string& name);

/// All of it. base::Error where some layer runs nowhere, or the policy has no plan.
[[nodiscard]] Explanation explain_layers(const RunArguments& run, Prepared& prepared,
                                         const scheduler::Policy& policy,
                                         const std::vector<models::LayerId>& layers);

[[nodiscard]] std::string explanation_table(const Explanation& explanation);
/// As docs/mensa-explain.schema.json describes it.
[[nodiscard]] std::string explanation_json(const Explanation& explanation);

}  // namespace mensa::cli
