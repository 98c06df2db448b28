#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "accelerators/precision/precision_request.h"
#include "cli/workers/worker.h"
#include "onnx_import/import.h"

namespace mensa::cli {

/// A model, and how it is taken.
struct ModelArguments {
  std::string model;  ///< short name or path
  onnx_import::ImportOptions options;
};

/// A plan made with some bandwidths and simulated.
struct FeedbackRound {
  std::int64_t planned_inferences = 1;            ///< at once
  std::map<std::string, double> planned_shares;   ///< by accelerator; who is missing had all
  std::map<std::string, double> observed_shares;  ///< of those that moved something
  double seconds = 0;                             ///< simulated, of one inference
  double picojoules = 0;
  double score = 0;  ///< of the objective, of both
  std::string plan;  ///< a digest: equal of equal plans
};

/// One model on one system.
struct RunArguments {
  ModelArguments model;
  std::string system = "mensa_g";
  std::string policy = "mensa";
  std::string objective = "edp";
  std::string mapper = "pruned";
  std::string memory = "detailed";
  std::string grain = "coalesced";
  std::string concurrency = "sequence";
  std::string bound = "relaxation";
  std::int64_t inferences = 1;
  std::vector<std::pair<std::string, std::string>> parameters;
  /// So many at once the policy plans for; 0: as many as are asked for.
  std::int64_t planned_inferences = 0;
  /// What the policy plans with, by accelerator, in (0, 1]; nothing else does.
  std::map<std::string, double> bandwidth_shares;
  /// The rounds that led to these shares, of runs with feedback.
  std::vector<FeedbackRound> rounds;
  /// Samples of the constants' ranges; 0: they are not looked at.
  std::int64_t uncertainty_samples = 0;
  std::int64_t seed = 0;  ///< of these samples
  accelerators::PrecisionRules precisions;
};

struct SimulateArguments {
  std::vector<std::string> models;  ///< short names or paths, at least one
  RunArguments run;                 ///< of each of them; its model has no name
  /// Plans again with the bandwidths that the simulation observes.
  bool feedback = false;
  std::int64_t jobs = 0;  ///< at a time; 0: as many as there are cores
  std::string out;        ///< folder; empty: standard output
  /// Empty: the table on standard output, every format that needs no event log in a folder.
  std::vector<std::string> formats;
};

struct CompareArguments {
  std::vector<std::string> models;  ///< short names or paths, at least one
  std::vector<std::string> systems = {"mensa_g"};
  std::vector<std::string> policies = {"mensa", "greedy", "optimal"};
  RunArguments run;       ///< of each; its model, system and policy are not looked at
  std::int64_t jobs = 0;  ///< at a time; 0: as many as there are cores
  std::string format = "table";
  std::string out;  ///< file; empty: standard output
};

struct ExplainArguments {
  RunArguments run;
  std::string layer;  ///< name of a layer, or of a node of the model
  std::string format = "table";
};

struct WorkloadArguments {
  std::string file;
  std::string system = "mensa_g";
  std::string policy = "mensa";
  std::string objective = "edp";
  std::string mapper = "pruned";
  std::string memory = "detailed";
  std::string concurrency = "layers";
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string format = "table";
  accelerators::PrecisionRules precisions;  ///< of each model
};

struct InspectArguments {
  ModelArguments model;
  bool traits = false;  ///< a table of the layers' traits instead
  std::string format = "table";
};

struct ClusterArguments {
  std::vector<std::string> models;     ///< short names or paths, at least one
  onnx_import::ImportOptions options;  ///< of each of them
  std::string clusters = "families";
  std::string system = "mensa_g";
  std::string objective = "edp";
  std::string mapper = "pruned";
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string out;                   ///< folder; empty: standard output
  std::vector<std::string> formats;  ///< empty: the table on standard output, all in a folder
  std::string save_driver;           ///< file for the driver table; empty: none
};

struct ProfileArguments {
  ModelArguments model;
  std::string inputs;     ///< a folder, or "random:N"
  std::int64_t seed = 0;  ///< of random inputs
  std::string output;     ///< file; empty: standard output
};

struct CheckArguments {
  std::string system;  ///< short name or path
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct MapArguments {
  std::string shape;  ///< as models::parse_shape() reads it
  std::string system = "mensa_g";
  std::string accelerator;  ///< empty: the only one of the system
  std::string objective = "edp";
  std::string mapper = "pruned";
  bool bounding_box = false;  ///< charges a tile of inputs for the box around what it touches
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string precision = "native";  ///< as accelerators::precision_request_from_string() has it
  std::string mapping;               ///< file to evaluate; empty: search
  std::string save;                  ///< file for the mapping; empty: none
  std::string format = "table";
};

struct ExploreArguments {
  std::string space;  ///< file
  std::string study;  ///< file; empty: named after the space, in the current folder
  bool resume = false;
  std::string search;  ///< in the place of what the file says, as all that follows; empty: that
  std::string mapper;
  std::int64_t seed = -1;
  std::int64_t points = 0;
  double seconds = 0;
  std::int64_t threads = 0;   ///< 0: one for each core
  std::int64_t verified = 0;  ///< of the best, how many are simulated
  bool only_check = false;
  std::string format = "table";
};

struct StudyList {
  std::int64_t limit = 0;  ///< 0: all
  std::string status;      ///< empty: any
  std::string sort;        ///< a metric; empty: by number
  std::string format = "table";
};

struct StudyShow {
  std::int64_t point = 0;  ///< its number; 0: the study itself
  std::string format = "table";
};

struct StudyPareto {
  std::string format = "table";
};

struct StudyBest {
  std::string by;  ///< a metric; empty: front by front
  std::int64_t count = 10;
  std::string format = "table";
};

struct StudyExport {
  std::string format = "csv";
  std::string out;         ///< file; empty: standard output
  bool all = false;        ///< not only feasible points
  bool durations = false;  ///< of the evaluations
};

struct StudyPlot {
  std::string x;  ///< metrics; empty: the objectives in their order
  std::string y;
  std::string out;  ///< file; empty: standard output
};

struct StudySystem {
  std::int64_t point = 0;
  std::string out;  ///< file; empty: standard output
};

using StudyAction =
    std::variant<StudyList, StudyShow, StudyPareto, StudyBest, StudyExport, StudyPlot, StudySystem>;

struct StudyArguments {
  std::string study;  ///< file
  StudyAction action;
};

/// A budget: an amount, or what a system takes.
struct DesignBudget {
  double amount = 0;   ///< mm2 or W
  std::string system;  ///< short name or path; empty: the amount
};

struct DesignArguments {
  std::vector<std::string> models;        ///< short names or paths, at least one
  onnx_import::ImportOptions options;     ///< of each of them
  std::map<std::string, double> weights;  ///< by model as named; who is missing has 1
  std::vector<std::string> systems = {"mensa_g"};
  std::vector<std::pair<std::string, std::string>> parameters;
  std::optional<DesignBudget> area;  ///< none: what the first system takes
  std::optional<DesignBudget> power;
  std::vector<std::string> places;  ///< ports; empty: all
  std::map<std::string, DesignBudget> port_areas;
  std::map<std::string, DesignBudget> port_powers;
  std::int64_t accelerators = 3;
  double clock = 0;  ///< Hz; 0: the usual one
  std::string objective = "edp";
  std::string policy = "mensa";
  std::string mapper = "fast";
  accelerators::PrecisionRules precisions;
  std::string effort = "normal";
  std::int64_t seed = 1;
  std::vector<std::string> against = {"mensa_g", "edge_tpu", "eyeriss_v2", "eyeriss_v2_scaled"};
  std::string name;          ///< of the design; empty: after the models
  std::int64_t threads = 0;  ///< 0: one for each core
  std::string out;           ///< folder; empty: standard output
  /// Empty: the table on standard output, all in a folder.
  std::vector<std::string> formats;
};

struct ListArguments {
  std::string kind;
};

/// There is nothing to run: help or the version is printed, or a usage error told.
struct Finished {
  int exit_code = 0;
};

using Command = std::variant<Finished, SimulateArguments, CompareArguments, ExplainArguments,
                             WorkloadArguments, ExploreArguments, StudyArguments, DesignArguments,
                             InspectArguments, ClusterArguments, ProfileArguments, MapArguments,
                             CheckArguments, ListArguments, workers::WorkerArguments>;

/// Reads the command line. Only its form is checked here: names are looked up by whoever knows
/// them.
[[nodiscard]] Command read_arguments(int argc, const char* const* argv);

}  // namespace mensa::cli
