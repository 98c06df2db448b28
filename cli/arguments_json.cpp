#include "cli/arguments_json.h"

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>

namespace mensa::cli {
namespace {

// All fields of a struct: one that is forgotten does not compile.

template <class Model>
auto model_fields(Model& arguments) {
  auto& [model, options] = arguments;
  return std::tie(model, options);
}

template <class Options>
auto option_fields(Options& options) {
  auto& [batch, dimensions, inputs, weights_optional, constants, branches, fuse, on_host, densities,
         prune, synthetic_weights] = options;
  return std::tie(batch, dimensions, inputs, weights_optional, constants, branches, fuse, on_host,
                  densities, prune, synthetic_weights);
}

template <class Run>
auto run_fields(Run& arguments) {
  auto& [model, system, policy, objective, mapper, memory, grain, concurrency, bound, inferences,
         parameters, planned_inferences, bandwidth_shares, rounds, uncertainty_samples, seed,
         precisions] = arguments;
  return std::tie(model, system, policy, objective, mapper, memory, grain, concurrency, bound,
                  inferences, parameters, planned_inferences, bandwidth_shares, rounds,
                  uncertainty_samples, seed, precisions);
}

template <class Round>
auto round_fields(Round& round) {
  auto& [planned_inferences, planned_shares, observed_shares, seconds, picojoules, score, plan] =
      round;
  return std::tie(planned_inferences, planned_shares, observed_shares, seconds, picojoules, score,
                  plan);
}

template <class Workload>
auto workload_fields(Workload& arguments) {
  auto& [file, system, policy, objective, mapper, memory, concurrency, parameters, format,
         precisions] = arguments;
  return std::tie(file, system, policy, objective, mapper, memory, concurrency, parameters, format,
                  precisions);
}

template <class Rules>
auto rules_fields(Rules& rules) {
  auto& [otherwise, layers] = rules;
  return std::tie(otherwise, layers);
}

template <class Rule>
auto rule_fields(Rule& rule) {
  auto& [layers, precision, place] = rule;
  return std::tie(layers, precision, place);
}

template <class Fields>
nlohmann::json list_of(const Fields& fields) {
  return std::apply(
      [](const auto&... field) { return nlohmann::json::array({nlohmann::json(field)...}); },
      fields);
}

template <class Fields>
void read_list(const nlohmann::json& json, const Fields& fields) {
  std::size_t next = 0;
  std::apply([&](auto&... field) { ((json.at(next++).get_to(field)), ...); }, fields);
}

}  // namespace

}  // namespace mensa::cli

/// Null where there is no value. (nlohmann's library has none of its own in this version.)
template <class T>
struct nlohmann::adl_serializer<std::optional<T>> {
  static void to_json(json& json, const std::optional<T>& value) {
    json = value ? nlohmann::json(*value) : nlohmann::json(nullptr);
  }
  static void from_json(const json& json, std::optional<T>& value) {
    value.reset();
    if (!json.is_null()) value = json.get<T>();
  }
};

namespace mensa::onnx_import {

// nlohmann's library looks for these beside the types.

static void to_json(nlohmann::json& json, const ConstantInput& constant) {
  json = {{"shape", constant.shape ? nlohmann::json(*constant.shape) : nlohmann::json(nullptr)}};
  std::visit([&](const auto& values) { json["values"] = values; }, constant.values);
  json["integers"] = std::holds_alternative<std::vector<std::int64_t>>(constant.values);
}
static void from_json(const nlohmann::json& json, ConstantInput& constant) {
  const nlohmann::json& shape = json.at("shape");
  if (!shape.is_null()) constant.shape = shape.get<std::vector<std::int64_t>>();
  if (json.at("integers").get<bool>()) {
    constant.values = json.at("values").get<std::vector<std::int64_t>>();
  } else {
    constant.values = json.at("values").get<std::vector<double>>();
  }
}

static void to_json(nlohmann::json& json, const PruneRequest& request) {
  json = {to_text(request.spec), request.layers};
}
static void from_json(const nlohmann::json& json, PruneRequest& request) {
  request.spec = prune_spec_from_text(json.at(0).get<std::string>());
  request.layers = json.at(1).get<std::string>();
}

static void to_json(nlohmann::json& json, const ImportOptions& options) {
  json = cli::list_of(cli::option_fields(options));
}
static void from_json(const nlohmann::json& json, ImportOptions& options) {
  cli::read_list(json, cli::option_fields(options));
}

}  // namespace mensa::onnx_import

namespace mensa::accelerators {

static void to_json(nlohmann::json& json, const PrecisionRules::Rule& rule) {
  json = cli::list_of(cli::rule_fields(rule));
}
static void from_json(const nlohmann::json& json, PrecisionRules::Rule& rule) {
  cli::read_list(json, cli::rule_fields(rule));
}

static void to_json(nlohmann::json& json, const PrecisionRules& rules) {
  json = cli::list_of(cli::rules_fields(rules));
}
static void from_json(const nlohmann::json& json, PrecisionRules& rules) {
  cli::read_list(json, cli::rules_fields(rules));
}

}  // namespace mensa::accelerators

namespace mensa::cli {

void to_json(nlohmann::json& json, const ModelArguments& arguments) {
  json = list_of(model_fields(arguments));
}
void from_json(const nlohmann::json& json, ModelArguments& arguments) {
  read_list(json, model_fields(arguments));
}

void to_json(nlohmann::json& json, const FeedbackRound& round) {
  json = list_of(round_fields(round));
}
void from_json(const nlohmann::json& json, FeedbackRound& round) {
  read_list(json, round_fields(round));
}

void to_json(nlohmann::json& json, const RunArguments& arguments) {
  json = list_of(run_fields(arguments));
}
void from_json(const nlohmann::json& json, RunArguments& arguments) {
  read_list(json, run_fields(arguments));
}

void to_json(nlohmann::json& json, const WorkloadArguments& arguments) {
  json = list_of(workload_fields(arguments));
}
void from_json(const nlohmann::json& json, WorkloadArguments& arguments) {
  read_list(json, workload_fields(arguments));
}

}  // namespace mensa::cli
