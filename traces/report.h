#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/cost/area.h"
#include "accelerators/cost/layer_cost.h"
#include "accelerators/precision/precision_request.h"
#include "models/base/units.h"
#include "sim/engine/activity.h"
#include "sim/engine/event_log.h"
#include "sim/modules/dram_device.h"

namespace mensa::traces {

/// All that is said about one run, as plain values: no ids into other objects, no clock, no folder
/// of this machine. Equal inputs give equal reports. `docs/mensa-run.schema.json` describes what
/// the JSON writer makes of it.

/// A file of densities of the model's tensors.
struct DensitySource {
  std::string file = {};    ///< without its folder; empty: none
  std::string sha256 = {};  ///< of that file
};

/// Weights taken as if they had been pruned, in the words of the command line.
struct PruningSummary {
  std::string spec;    ///< "0.7", "2:4", "channel:0.3"
  std::string layers;  ///< regular expression; empty: all
};

/// How the model was taken, in the words of the command line.
struct ModelOptions {
  std::int64_t batch = 0;  ///< 0: as the file has it
  std::map<std::string, std::int64_t> dimensions = {};
  std::map<std::string, std::vector<std::int64_t>> inputs = {};  ///< shapes
  std::map<std::string, std::string> constants = {};             ///< values by comma
  std::map<std::string, std::string> branches = {};              ///< "then", "else"
  bool fuse = true;
  std::string unsupported = "error";  ///< or "host"
  std::optional<PruningSummary> prune = std::nullopt;
  std::optional<std::int64_t> synthetic_weights = std::nullopt;  ///< their seed
  DensitySource densities = {};
};

/// What is needed to do the run again.
struct Provenance {
  std::string version;        ///< of mensa
  std::string model_file;     ///< without its folder
  std::string model_sha256;   ///< of that file
  std::string system_yaml;    ///< resolved: everything pulled in, parameters replaced
  std::string system_sha256;  ///< of that text
  std::string mapper;         ///< how mappings were searched for, as "pruned"
  ModelOptions model_options;
  accelerators::PrecisionRules precisions;  ///< asked for
  /// Replaced values of the system (path, value), in order.
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct ModelSummary {
  std::string name;
  std::string element_type;  ///< of the weights (of the input where there are none), as "float32"
  std::size_t layers = 0;
  std::int64_t macs = 0;
  std::int64_t parameters = 0;     ///< distinct elements
  std::vector<std::string> notes;  ///< what the importer approximated or left out
};

struct AcceleratorSummary {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  base::Hertz clock;
  std::string dataflow;
  double peak_macs_per_s = 0;
  std::string port;  ///< the way to its memory, as "stack.external"
  accelerators::AreaBreakdown area{};
  base::Watts array_leakage{};
  base::Watts buffer_leakage{};
  bool power_gated = false;  ///< leaks only while it works
};

struct SystemSummary {
  std::string name;
  std::vector<AcceleratorSummary> accelerators;
  std::vector<std::string> warnings;
  accelerators::AreaBreakdown area{};  ///< of all accelerators; no memories, no host
  base::Watts memory_background{};     ///< of all memories
};

/// How the run was simulated, in the words of the command line.
struct SimulationSummary {
  std::string memory;       ///< "ideal", "detailed"
  std::string grain;        ///< "coalesced", "fine"
  std::string concurrency;  ///< "sequence", "layers"
  /// By accelerator: what share of its port's bandwidth the policy planned with. Who is missing had
  /// all.
  std::map<std::string, double> bandwidth_shares = {};
};

/// A plan made with some bandwidths, and what its simulation observed.
struct FeedbackRoundReport {
  std::int64_t planned_inferences = 1;            ///< at once
  std::map<std::string, double> planned_shares;   ///< by accelerator; who is missing had all
  std::map<std::string, double> observed_shares;  ///< of those that moved something
  /// Simulated, of one inference; of several asked for at once the mean.
  base::Seconds latency;
  double joules = 0;
};

/// How planning and simulation in turns ended.
struct FeedbackReport {
  std::vector<FeedbackRoundReport> rounds;
  bool is_stable = false;  ///< the last round made the plan of the one before
  std::size_t chosen = 0;  ///< the round whose plan is reported: the best one simulated
};

struct PolicySummary {
  std::string name;  ///< as typed, options included
  std::string objective;
};

/// The layers with MACs that ran one kernel.
struct KernelUse {
  std::string kernel;  ///< as LayerReport::kernel
  std::int64_t layers = 0;
  std::int64_t macs = 0;  ///< of the dense nests
  base::Bytes parameter_bytes;
  base::Bytes dram_bytes;
};

struct Totals {
  /// Passes of the model that the figures are for. A pass takes the whole batch.
  std::int64_t inferences = 1;
  base::Seconds latency;           ///< simulated
  base::Seconds analytic_latency;  ///< planned end of the last layer
  /// Simulated at memories of bandwidth and latency alone, where that was simulated too.
  std::optional<base::Seconds> ideal_latency;
  accelerators::EnergyBreakdown energy;
  std::int64_t macs = 0;
  /// MACs that were not skipped over what the PEs of the running accelerator could have done in the
  /// elapsed cycles of the layers that have MACs.
  double pe_utilization = 0;
  /// The same MACs over what all PEs of the system could have done in `latency`.
  double system_pe_utilization = 0;
  base::Bytes dram_read;
  base::Bytes dram_write;
  std::int64_t transfers = 0;  ///< activations that pass between accelerators
  base::Bytes transfer_bytes;
  accelerators::MacFates mac_fates{};   ///< of all MACs
  std::vector<KernelUse> kernels = {};  ///< by name

  [[nodiscard]] double joules() const;
  [[nodiscard]] double inferences_per_second() const;
  [[nodiscard]] double flops() const;  ///< 1 MAC = 2 FLOP, per second
  [[nodiscard]] double flops_per_joule() const;
};

/// The most that lay in a buffer at a time: tiles at what their mapping reserves for them, tensors
/// and parameters that stay.
struct BufferReport {
  std::string name;
  base::Bytes capacity;
  base::Bytes peak;

  [[nodiscard]] double peak_share() const { return peak.ratio(capacity); }
};

/// One accelerator's part in the run; the host has one too where it ran a layer.
struct AcceleratorReport {
  std::string name;
  std::int64_t layers = 0;
  std::int64_t macs = 0;
  base::Seconds busy;    ///< array or vector lanes at work
  base::Seconds active;  ///< some layer in progress, waiting for memory included
  /// MACs over the peak of the time it was active, and of the whole run; none for the host.
  std::optional<double> pe_utilization;
  std::optional<double> makespan_pe_utilization;
  accelerators::EnergyBreakdown energy;  ///< of its layers
  sim::ActivityTimes activities{};       ///< adds up to the whole run
  std::vector<BufferReport> buffers{};   ///< none of the host
  /// Of its layers' parameters, what later inferences would find there; the figures are of one that
  /// finds nothing.
  base::Bytes kept_parameters{};
};

/// Traffic of one way into a memory.
struct PortReport {
  std::string memory;
  std::string port;
  base::BytesPerSecond bandwidth;
  base::Bytes read;
  base::Bytes written;
  base::Seconds busy;
  /// What rows, refresh and turnarounds added to its transfers, hidden behind others or not.
  sim::DramDelays dram_delays{};
  std::int64_t activates = 0;  ///< DRAM rows opened for it
};

/// Several inferences of the model, asked for at once.
struct StreamReport {
  std::int64_t inferences = 0;
  base::Seconds elapsed;  ///< end of the last one
  /// Ends per second over the second half of them, or over all where they are fewer than four.
  double steady_inferences_per_second = 0;
  base::Seconds first_latency;  ///< of the first one, beside the others
  double joules_per_inference = 0;
};

/// How far the schedule is from the best there may be, both by the analytic model.
struct BoundReport {
  std::string objective;  ///< "latency", "energy", "edp"
  /// "relaxation": no schedule whatever goes below; "optimum": the best one in sequence;
  /// "optimum_in_order": the best of those in the order of the layers; "search_in_order": none of
  /// these goes below, by a search that was cut short.
  std::string kind;
  double bound = 0;     ///< s, pJ, s pJ
  double schedule = 0;  ///< the same of the schedule

  /// 0.1: the schedule takes 10 % more than the bound.
  [[nodiscard]] double gap() const { return schedule / bound - 1; }
};

/// Some figure of a run as constants of the hardware vary: what it is with all of them nominal, and
/// how it lies over the samples.
struct Spread {
  double nominal = 0;
  double p5 = 0;  ///< 5 % of the samples are below
  double p50 = 0;
  double p95 = 0;
  double least = 0;
  double most = 0;
};

/// The figures with one constant at either end of its range, all others nominal.
struct EndFigures {
  double low = 0;
  double high = 0;
};

/// A constant of the hardware data that has a range, and what it alone does.
struct VariedConstant {
  std::string name;
  std::vector<std::string> places;  ///< paths in the system
  std::string unit;                 ///< of the three below; empty: none
  double low = 0;
  double nominal = 0;
  double high = 0;
  std::string grade;
  std::string source;
  EndFigures seconds;
  EndFigures joules;
};

/// How far latency and energy move within the ranges of the hardware's constants, by the analytic
/// model; mappings and schedule are those of the nominal values.
struct UncertaintyReport {
  std::uint64_t seed = 0;
  std::vector<VariedConstant> constants;  ///< the widest energy first; equal ones by name
  Spread seconds;
  Spread joules;
  std::vector<double> sampled_seconds;  ///< in the order of the samples
  std::vector<double> sampled_joules;
};

/// An activation that one accelerator hands to another through DRAM.
struct TransferReport {
  std::string tensor;
  std::string from;
  std::string to;
  base::Bytes bytes;
};

/// Share of values that are not zero, where something is known of them.
struct Density {
  std::optional<double> value;  ///< none where the model's values carry no information
  std::string origin;           ///< models::to_string(DensityOrigin)
};

/// What the zeros of a layer with MACs did on an accelerator that makes something of them; by the
/// analytic model, as the mapping is.
struct SparsityReport {
  /// The MACs of the dense nest over all runs, by what became of them.
  accelerators::MacFates macs;
  /// Work of the slowest PE over the mean one's; below 1 where PEs that share work take over what
  /// the dense nest leaves idle.
  double imbalance = 1;
  bool imbalance_is_exact = false;  ///< else expected of zeros spread as the density's origin says
  /// Bytes in DRAM as packed values over those stored, of weights, inputs and outputs.
  double weight_compression = 1;
  double input_compression = 1;
  double output_compression = 1;
  base::Bytes metadata;  ///< of all three, each stored value once
  /// Time and energy of the dense nest by the same mapping, over those with the features.
  double speedup = 1;
  double energy_ratio = 1;
};

struct Family {
  int number = 0;
  bool inside = false;  ///< false: no family's box holds the layer, this one is nearest
};

/// A node of the model that runs as the epilogue of a layer.
struct FusedNode {
  std::string op;
  std::string node;
};

struct LayerReport {
  std::size_t id = 0;
  std::string name;
  std::string op;
  std::string work;       ///< "mac", "vector" or "move"
  std::size_t group = 0;  ///< layers made from one node of the model share it
  std::string node;       ///< that node's name
  std::optional<Family> family;
  std::string accelerator;
  std::optional<std::string> dataflow;  ///< of layers with MACs, as `mapping`
  std::optional<std::string> mapping;
  std::int64_t steps = 1;  ///< time steps
  std::int64_t runs = 1;   ///< separate runs: the steps, unless they are batched
  bool time_batched = false;
  std::int64_t macs = 0;
  /// Distinct bytes that the layer touches over all its steps, at the widths it runs with. A byte
  /// that is read again counts once.
  base::Bytes parameter_bytes;
  base::Bytes input_bytes;
  base::Bytes output_bytes;
  /// The part of the inputs and outputs that is on the accelerator already, or stays there.
  base::Bytes resident_input_bytes;
  base::Bytes resident_output_bytes;
  /// Parameters are loaded once and kept through all time steps.
  bool keeps_parameters = false;
  double parameter_reuse = 0;  ///< MACs per 8-bit parameter and time step
  base::Seconds start;
  base::Seconds end;
  accelerators::LayerCost cost;      ///< simulated
  accelerators::LayerCost analytic;  ///< by the cost model
  /// What its accelerator did in its time; adds up to it.
  sim::ActivityTimes activities;
  /// Simulated time at memories of bandwidth and latency alone, where that was simulated too.
  std::optional<base::Seconds> ideal_time;
  /// What rows, refresh and turnarounds added to its transfers, hidden behind others or not.
  sim::DramDelays dram_delays{};
  std::int64_t activates = 0;  ///< DRAM rows opened
  int weight_bits = 0;
  int activation_bits = 0;
  int accumulator_bits = 0;
  std::string kernel;                     ///< "dense int8", "skipped int8", "vector", "move"
  std::optional<Density> weight_density;  ///< none where it reads no parameters
  std::optional<Density> activation_density;
  bool synthetic_weights = false;  ///< their values, or which are zero, were made up from a seed
  std::optional<SparsityReport> sparsity;  ///< none where the accelerator makes nothing of zeros
  std::vector<FusedNode> fused;
  /// Nodes of the model that the layer stands for besides `node` and the fused ones.
  std::vector<std::string> merged;
  /// Why its figures are approximate; empty where they are what the model asks for.
  std::string approximation;
};

struct Report {
  Provenance provenance;
  ModelSummary model;
  SystemSummary system;
  PolicySummary policy;
  SimulationSummary simulation;
  /// How the model's element type and the widths it ran at hang together, in one sentence.
  std::string precision_note;
  Totals totals;
  std::vector<AcceleratorReport> accelerators;
  std::vector<PortReport> ports;
  std::vector<TransferReport> transfers;
  std::vector<BoundReport> bounds;               ///< of latency, energy and their product
  std::optional<StreamReport> stream;            ///< where several inferences were asked for
  std::optional<FeedbackReport> feedback;        ///< where it was asked for
  std::optional<UncertaintyReport> uncertainty;  ///< where it was asked for
  std::vector<LayerReport> layers;               ///< by id
  /// What went on moment by moment, where it was asked for.
  std::optional<sim::EventLog> events;
};

}  // namespace mensa::traces
