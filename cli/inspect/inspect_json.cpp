#include <nlohmann/json.hpp>

#include "cli/inspect/coverage.h"
#include "cli/inspect/inspect.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "scheduler/traits/layer_traits.h"
#include "traces/json_parts.h"

namespace mensa::cli {
namespace {

using Json = nlohmann::ordered_json;
using models::Layer;

Json shape_json(const models::ProblemShape& shape) {
  Json bounds = Json::object();
  for (const models::Dim dim : models::kAllDims) {
    bounds[std::string(models::to_string(dim))] = shape.bound(dim);
  }
  return bounds;
}

Json work_json(const models::Work& work) {
  if (const auto* mac = std::get_if<models::MacWork>(&work)) {
    return {{"kind", "mac"}, {"shape", shape_json(mac->shape)}, {"text", mac->shape.to_string()}};
  }
  if (const auto* vector = std::get_if<models::VectorWork>(&work)) {
    return {{"kind", "vector"},
            {"elements_in", vector->elements_in},
            {"elements_out", vector->elements_out},
            {"operations_per_element", vector->operations_per_element}};
  }
  return {{"kind", "move"}, {"elements", std::get<models::MoveWork>(work).elements}};
}

Json structure_json(const models::SparsityStructure& structure) {
  Json channels = nullptr;
  if (structure.channels) {
    channels = {{"channels", structure.channels->nonzeros.size()},
                {"all_zero", structure.channels->all_zero},
                {"least_zero_share", structure.channels->least_zero_share},
                {"mean_zero_share", structure.channels->mean_zero_share},
                {"most_zero_share", structure.channels->most_zero_share}};
  }
  return {{"output_axis", structure.output_axis},
          {"reduction_axis", structure.reduction_axis},
          {"channels", std::move(channels)},
          {"groups_of_4_by_nonzeros", structure.groups_of_4},
          {"zero_share_of_blocks_1x4", structure.blocks_1x4().share()},
          {"zero_share_of_blocks_4x4", structure.blocks_4x4.share()},
          {"pattern", structure.pattern ? Json{{"nonzeros", structure.pattern->nonzeros},
                                               {"of", structure.pattern->of}}
                                        : Json(nullptr)}};
}

Json tensor_json(const models::Tensor& tensor) {
  Json json = {{"name", tensor.name},
               {"shape", tensor.shape},
               {"element_type", models::to_string(tensor.type)},
               {"bits", models::bits(tensor.type)}};
  if (!tensor.constant) return json;
  const models::SparsityProfile& sparsity = *tensor.sparsity;
  const bool known = sparsity.origin != models::DensityOrigin::kUnknown;
  json["density"] = known ? Json(sparsity.density) : Json(nullptr);
  json["density_origin"] = models::to_string(sparsity.origin);
  json["structure"] = sparsity.structure ? structure_json(*sparsity.structure) : Json(nullptr);
  return json;
}

Json tensors_json(const models::Graph& graph, const std::vector<models::TensorId>& tensors) {
  return traces::json_array(
      tensors, [&](const models::TensorId id) -> Json { return tensor_json(graph.tensor(id)); });
}

Json density_json(const std::optional<models::JointDensity>& density) {
  return density && density->value ? Json(*density->value) : Json(nullptr);
}

Json origin_json(const std::optional<models::JointDensity>& density) {
  return density ? Json(models::to_string(density->origin)) : Json(nullptr);
}

Json traits_json(const scheduler::LayerTraits& traits) {
  return {
      {"macs", traits.macs},
      {"vector_operations", traits.operations},
      {"steps", traits.steps},
      {"parameter_bytes", traits.parameter_bytes},
      {"input_bytes", traits.input_bytes},
      {"output_bytes", traits.output_bytes},
      {"parameter_reuse_macs_per_byte", traits.parameter_reuse},
      {"parameter_reuse_flop_per_byte", traits.parameter_reuse_flops()},
      {"activation_reuse_macs_per_byte", traits.activation_reuse},
      {"mac_intensity_macs_per_byte", traits.mac_intensity},
      {"arithmetic_intensity_flop_per_byte", traits.arithmetic_intensity},
      {"parameter_bits", traits.parameter_bits > 0 ? Json(traits.parameter_bits) : Json(nullptr)},
      {"activation_bits", traits.activation_bits},
      {"parameter_density", density_json(traits.parameter_density)},
      {"parameter_density_origin", origin_json(traits.parameter_density)},
      {"activation_density", density_json(traits.activation_density)},
      {"activation_density_origin", origin_json(traits.activation_density)}};
}

Json layer_json(const models::Graph& graph, const Layer& layer,
                const scheduler::FamilyTable& families) {
  const scheduler::LayerTraits traits = scheduler::layer_traits(graph, layer);
  const auto family = families.classify(traits);
  Json fused = traces::json_array(layer.epilogue, [](const models::Epilogue& epilogue) -> Json {
    return {{"op", epilogue.op},
            {"node", epilogue.node},
            {"operations", epilogue.work.operations()},
            {"merged", epilogue.merged}};
  });
  return {{"id", layer.id.index()},
          {"name", layer.name},
          {"op", layer.op},
          {"node", graph.group_name(layer.group)},
          {"work", work_json(layer.work)},
          {"steps", traits.steps},
          {"time_batchable", layer.time_batchable},
          {"macs", graph.macs(layer)},
          {"parameter_bytes_int8", traits.parameter_bytes},
          {"input_bytes_int8", traits.input_bytes},
          {"output_bytes_int8", traits.output_bytes},
          {"parameter_reuse_macs_per_byte", traits.parameter_reuse},
          {"traits", traits_json(traits)},
          {"family", family ? Json(family->number) : Json(nullptr)},
          {"family_inside", family ? Json(family->inside) : Json(nullptr)},
          {"inputs", tensors_json(graph, graph.activation_inputs(layer))},
          {"parameters", tensors_json(graph, layer.parameters)},
          {"outputs", tensors_json(graph, layer.outputs)},
          {"fused", std::move(fused)},
          {"merged", layer.merged},
          {"host_only", layer.host_only},
          {"approximation", traces::text_or_null(layer.approximation)}};
}

Json counts_json(const OperatorCoverage& op) {
  return {{"layers", op.layers},
          {"fused", op.fused},
          {"macs", op.macs},
          {"vector_operations", op.operations},
          {"elements_moved", op.elements_moved},
          {"parameters", op.parameters},
          {"approximate_layers", op.approximate}};
}

Json coverage_json(const models::Graph& graph) {
  const Coverage found = coverage(graph);
  Json operators = Json::array();
  for (const OperatorCoverage& op : found.operators) {
    Json entry = {{"op", op.op}};
    entry.update(counts_json(op));
    operators.push_back(std::move(entry));
  }
  Json json = {{"nodes", found.nodes}};
  json.update(counts_json(found.total));
  json["operators"] = std::move(operators);
  return json;
}

}  // namespace

std::string inspect_json(const LoadedModel& model, const scheduler::FamilyTable& families) {
  const models::Graph& graph = model.graph;
  Json layers = traces::json_array(graph.layers(), [&](const Layer& layer) -> Json {
    return layer_json(graph, layer, families);
  });
  const Json json = {{"schema", "mensa-inspect/1"},
                     {"mensa", base::kVersion},
                     {"model",
                      {{"name", graph.name()},
                       {"file", model.path.filename().string()},
                       {"sha256", base::sha256_of_file(model.path)},
                       {"macs", graph.macs()},
                       {"parameters", graph.parameter_elements()},
                       {"inputs", tensors_json(graph, graph.inputs())},
                       {"outputs", tensors_json(graph, graph.outputs())},
                       {"notes", graph.notes()}}},
                     {"coverage", coverage_json(graph)},
                     {"layers", std::move(layers)}};
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mensa::cli
