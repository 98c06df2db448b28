#include <nlohmann/json.hpp>

#include "cli/explain/explanation.h"
#include "cli/options_json.h"
#include "traces/finite.h"
#include "traces/json_parts.h"
#include "traces/precision_json.h"

namespace mensa::cli {
namespace {

using Json = nlohmann::ordered_json;
using traces::finite;

Json figures_json(const std::optional<PlaceFigures>& figures) {
  if (!figures) return nullptr;
  return {{"time_s", finite(figures->time_s)},
          {"energy_j", finite(figures->energy_j)},
          {"score", finite(figures->score)},
          {"bound", figures->bound},
          {"dram_read_bytes", figures->dram_read_bytes},
          {"dram_write_bytes", figures->dram_write_bytes}};
}

Json place_json(const Place& place) {
  return {{"accelerator", place.accelerator},
          {"chosen", place.chosen},
          {"infeasible", traces::text_or_null(place.infeasible)},
          {"alone", figures_json(place.alone)},
          {"scheduled", figures_json(place.scheduled)},
          {"on_chip", place.on_chip},
          {"change", place.change ? Json(finite(*place.change)) : Json(nullptr)}};
}

Json change_json(const ExplainedChange& change) {
  return {{"what", change.what},
          {"unit", change.unit},
          {"now", finite(change.now)},
          {"needed", finite(change.needed)}};
}

Json flip_json(const ExplainedFlip& flip) {
  return {{"changes", traces::json_array(flip.changes, change_json)}, {"then", flip.then}};
}

Json transfer_json(const ExplainedTransfer& transfer) {
  return {{"tensor", transfer.tensor},
          {"from", transfer.from},
          {"to", transfer.to},
          {"bytes", transfer.bytes}};
}

Json explained_json(const ExplainedLayer& layer) {
  Json traits = Json::object();
  for (const ExplainedTrait& trait : layer.traits) traits[trait.name] = finite(trait.value);
  return {{"id", layer.id},
          {"name", layer.name},
          {"op", layer.op},
          {"node", layer.node},
          {"work", layer.work},
          {"traits", std::move(traits)},
          {"family", layer.family ? Json(*layer.family) : Json(nullptr)},
          {"family_inside", layer.family ? Json(layer.family_inside) : Json(nullptr)},
          {"accelerator", layer.accelerator},
          {"shares_accelerator_with", layer.shares},
          {"places", traces::json_array(layer.places, place_json)},
          {"reasons", layer.reasons},
          {"flips", traces::json_array(layer.flips, flip_json)},
          {"transfers", traces::json_array(layer.transfers, transfer_json)}};
}

}  // namespace

std::string explanation_json(const Explanation& explanation) {
  const RunArguments& run = explanation.run;
  const Json json = {
      {"schema", "mensa-explain/1"},
      {"mensa", explanation.version},
      {"model",
       {{"name", explanation.model},
        {"file", explanation.model_file},
        {"sha256", explanation.model_sha256},
        {"layers", explanation.model_layers}}},
      {"system", {{"name", explanation.system}, {"sha256", explanation.system_sha256}}},
      {"policy", run.policy},
      {"objective", run.objective},
      {"mapper", run.mapper},
      {"concurrency", run.concurrency},
      {"model_options", model_options_json(run.model.options)},
      {"precision", traces::precision_json(run.precisions)},
      {"parameters", parameters_json(run)},
      {"bandwidth_shares", run.bandwidth_shares},
      {"layers", traces::json_array(explanation.layers, explained_json)}};
  constexpr int kIndent = 2;
  // Names come from the user's files and need not be UTF-8, which JSON must be.
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mensa::cli
