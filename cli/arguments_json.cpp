#include "cli/arguments_json.h"

#include <cstddef>
#include <tuple>

namespace mensa::cli {
namespace {

// All fields of a struct: one that is forgotten does not compile.

template <class Model>
auto model_fields(Model& arguments) {
  auto& [model, batch, dimensions] = arguments;
  return std::tie(model, batch, dimensions);
}

template <class Run>
auto run_fields(Run& arguments) {
  auto& [model, system, policy, objective, mapper, memory, grain, concurrency, inferences,
         parameters] = arguments;
  return std::tie(model, system, policy, objective, mapper, memory, grain, concurrency, inferences,
                  parameters);
}

template <class Workload>
auto workload_fields(Workload& arguments) {
  auto& [file, system, policy, objective, mapper, memory, concurrency, parameters, format] =
      arguments;
  return std::tie(file, system, policy, objective, mapper, memory, concurrency, parameters, format);
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

void to_json(nlohmann::json& json, const ModelArguments& arguments) {
  json = list_of(model_fields(arguments));
}
void from_json(const nlohmann::json& json, ModelArguments& arguments) {
  read_list(json, model_fields(arguments));
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
