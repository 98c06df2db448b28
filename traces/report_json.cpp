#include "traces/report_json.h"

#include <nlohmann/json.hpp>

#include "models/base/conversions.h"
#include "traces/finite.h"
#include "traces/json_parts.h"
#include "traces/precision_json.h"
#include "traces/uncertainty_report.h"

namespace mensa::traces {
namespace {

using Json = nlohmann::ordered_json;

template <class Unit>
Json plain(base::Quantity<Unit, double> quantity) {
  return finite(quantity.value());
}
template <class Unit>
Json plain(base::Quantity<Unit, std::int64_t> quantity) {
  return quantity.value();
}

/// Also where there is nothing in it.
template <class T>
Json object(const std::map<std::string, T>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Json energy_json(const accelerators::EnergyBreakdown& energy) {
  return {{"mac", plain(energy.mac)},       {"register_file", plain(energy.register_file)},
          {"buffer", plain(energy.buffer)}, {"network", plain(energy.network)},
          {"dram", plain(energy.dram)},     {"static", plain(energy.static_energy)},
          {"host", plain(energy.host)}};
}

Json area_json(const accelerators::AreaBreakdown& area) {
  return {{"pe_array", plain(area.pe_array)}, {"register_files", plain(area.register_files)},
          {"buffers", plain(area.buffers)},   {"vector_unit", plain(area.vector_unit)},
          {"network", plain(area.network)},   {"total", plain(area.total())}};
}

Json prune_json(const std::optional<PruningSummary>& prune) {
  if (!prune) return nullptr;
  return {{"spec", prune->spec}, {"layers", text_or_null(prune->layers)}};
}

Json provenance_json(const Report& report) {
  const Provenance& provenance = report.provenance;
  const ModelOptions& model = provenance.model_options;
  Json parameters = Json::array();
  for (const auto& [path, value] : provenance.parameters) {
    parameters.push_back({{"path", path}, {"value", value}});
  }
  Json options = {
      {"policy", report.policy.name},
      {"objective", report.policy.objective},
      {"mapper", provenance.mapper},
      {"batch", model.batch > 0 ? Json(model.batch) : Json(nullptr)},
      {"dimensions", object(model.dimensions)},
      {"inputs", object(model.inputs)},
      {"constants", object(model.constants)},
      {"branches", object(model.branches)},
      {"fuse", model.fuse},
      {"unsupported", model.unsupported},
      {"densities", model.densities.file.empty()
                        ? Json(nullptr)
                        : Json{{"file", model.densities.file}, {"sha256", model.densities.sha256}}},
      {"prune", prune_json(model.prune)},
      {"synthetic_weights", or_null(model.synthetic_weights)},
      {"precision", precision_json(provenance.precisions)},
      {"parameters", std::move(parameters)}};
  return {{"mensa", provenance.version},
          {"model", {{"file", provenance.model_file}, {"sha256", provenance.model_sha256}}},
          {"system", {{"sha256", provenance.system_sha256}, {"yaml", provenance.system_yaml}}},
          {"options", std::move(options)}};
}

Json model_json(const Report& report) {
  const ModelSummary& model = report.model;
  return {{"name", model.name},
          {"element_type", model.element_type},
          {"layers", model.layers},
          {"macs", model.macs},
          {"parameters", model.parameters},
          {"precision", report.precision_note},
          {"notes", model.notes}};
}

Json system_json(const SystemSummary& system) {
  Json accelerators =
      json_array(system.accelerators, [](const AcceleratorSummary& accelerator) -> Json {
        return {{"name", accelerator.name},
                {"array", {{"rows", accelerator.rows}, {"columns", accelerator.columns}}},
                {"clock_hz", plain(accelerator.clock)},
                {"dataflow", accelerator.dataflow},
                {"peak_flops", finite(accelerator.peak_macs_per_s * base::kFlopPerMac)},
                {"port", accelerator.port},
                {"area_mm2", area_json(accelerator.area)},
                {"leakage_w",
                 {{"pe_array", plain(accelerator.array_leakage)},
                  {"buffers", plain(accelerator.buffer_leakage)}}},
                {"power_gated", accelerator.power_gated}};
      });
  return {{"name", system.name},
          {"area_mm2", area_json(system.area)},
          {"memory_background_w", plain(system.memory_background)},
          {"accelerators", std::move(accelerators)},
          {"warnings", system.warnings}};
}

Json fates_json(const accelerators::MacFates& macs) {
  return {{"effectual", macs.effectual}, {"gated", macs.gated}, {"skipped", macs.skipped}};
}

Json kernel_json(const KernelUse& use) {
  return {{"kernel", use.kernel},
          {"layers", use.layers},
          {"macs", use.macs},
          {"parameter_bytes", plain(use.parameter_bytes)},
          {"dram_bytes", plain(use.dram_bytes)}};
}

/// All fields of it are null where the accelerator makes nothing of zeros, so that tables of layers
/// have the same columns always.
Json sparsity_json(const std::optional<SparsityReport>& sparsity) {
  const auto or_nothing = [&](auto&& field) { return sparsity ? Json(field(*sparsity)) : Json(); };
  using S = SparsityReport;
  return {
      {"effectual_macs", or_nothing([](const S& s) { return s.macs.effectual; })},
      {"gated_macs", or_nothing([](const S& s) { return s.macs.gated; })},
      {"skipped_macs", or_nothing([](const S& s) { return s.macs.skipped; })},
      {"imbalance", or_nothing([](const S& s) { return finite(s.imbalance); })},
      {"imbalance_is_exact", or_nothing([](const S& s) { return s.imbalance_is_exact; })},
      {"weight_compression", or_nothing([](const S& s) { return finite(s.weight_compression); })},
      {"input_compression", or_nothing([](const S& s) { return finite(s.input_compression); })},
      {"output_compression", or_nothing([](const S& s) { return finite(s.output_compression); })},
      {"metadata_bytes", or_nothing([](const S& s) { return plain(s.metadata); })},
      {"speedup", or_nothing([](const S& s) { return finite(s.speedup); })},
      {"energy_ratio", or_nothing([](const S& s) { return finite(s.energy_ratio); })},
  };
}

Json totals_json(const Totals& totals) {
  return {{"inferences", totals.inferences},
          {"latency_s", plain(totals.latency)},
          {"analytic_latency_s", plain(totals.analytic_latency)},
          {"ideal_memory_latency_s",
           totals.ideal_latency ? plain(*totals.ideal_latency) : Json(nullptr)},
          {"energy_j", finite(totals.joules())},
          {"energy_pj", energy_json(totals.energy)},
          {"macs", totals.macs},
          {"mac_fates", fates_json(totals.mac_fates)},
          {"kernels", json_array(totals.kernels, kernel_json)},
          {"throughput_inferences_per_s", finite(totals.inferences_per_second())},
          {"throughput_flops", finite(totals.flops())},
          {"efficiency_flops_per_j", finite(totals.flops_per_joule())},
          {"pe_utilization", finite(totals.pe_utilization)},
          {"system_pe_utilization", finite(totals.system_pe_utilization)},
          {"dram_bytes", plain(totals.dram_read + totals.dram_write)},
          {"dram_read_bytes", plain(totals.dram_read)},
          {"dram_write_bytes", plain(totals.dram_write)},
          {"transfers", totals.transfers},
          {"transfer_bytes", plain(totals.transfer_bytes)},
          // One inference from nothing: no parameters are on chip when it starts.
          {"parameters_at_start", "cold"}};
}

Json dram_delays_json(const sim::DramDelays& delays) {
  return {
      {"row", delays.row_ps}, {"refresh", delays.refresh_ps}, {"turnaround", delays.turnaround_ps}};
}

Json bound_json(const BoundReport& bound) {
  return {{"objective", bound.objective},
          {"kind", bound.kind},
          {"bound", finite(bound.bound)},
          {"schedule", finite(bound.schedule)},
          {"gap", finite(bound.gap())}};
}

Json feedback_json(const std::optional<FeedbackReport>& feedback) {
  if (!feedback) return nullptr;
  Json rounds = json_array(feedback->rounds, [](const FeedbackRoundReport& round) -> Json {
    return {{"planned_inferences", round.planned_inferences},
            {"planned_shares", round.planned_shares},
            {"observed_shares", round.observed_shares},
            {"latency_s", plain(round.latency)},
            {"energy_j", finite(round.joules)}};
  });
  return {
      {"rounds", std::move(rounds)}, {"stable", feedback->is_stable}, {"chosen", feedback->chosen}};
}

Json stream_json(const std::optional<StreamReport>& stream) {
  if (!stream) return nullptr;
  return {{"inferences", stream->inferences},
          {"elapsed_s", plain(stream->elapsed)},
          {"steady_throughput_inferences_per_s", finite(stream->steady_inferences_per_second)},
          {"first_latency_s", plain(stream->first_latency)},
          {"energy_per_inference_j", finite(stream->joules_per_inference)}};
}

Json buffer_json(const BufferReport& buffer) {
  return {{"name", buffer.name},
          {"capacity_bytes", plain(buffer.capacity)},
          {"peak_bytes", plain(buffer.peak)},
          {"peak_share", finite(buffer.peak_share())}};
}

Json accelerator_json(const AcceleratorReport& accelerator) {
  return {{"name", accelerator.name},
          {"layers", accelerator.layers},
          {"macs", accelerator.macs},
          {"busy_s", plain(accelerator.busy)},
          {"active_s", plain(accelerator.active)},
          {"pe_utilization", or_null(accelerator.pe_utilization)},
          {"makespan_pe_utilization", or_null(accelerator.makespan_pe_utilization)},
          {"activities_ps", activities_to_json(accelerator.activities)},
          {"kept_parameter_bytes", plain(accelerator.kept_parameters)},
          {"energy_pj", energy_json(accelerator.energy)},
          {"buffers", json_array(accelerator.buffers, buffer_json)}};
}

Json port_json(const PortReport& port) {
  return {{"memory", port.memory},
          {"port", port.port},
          {"bandwidth_bytes_per_s", plain(port.bandwidth)},
          {"read_bytes", plain(port.read)},
          {"write_bytes", plain(port.written)},
          {"busy_s", plain(port.busy)},
          {"dram_delays_ps", dram_delays_json(port.dram_delays)},
          {"activates", port.activates}};
}

Json transfer_json(const TransferReport& transfer) {
  return {{"tensor", transfer.tensor},
          {"from", transfer.from},
          {"to", transfer.to},
          {"bytes", plain(transfer.bytes)}};
}

Json density_value(const std::optional<Density>& density) {
  return density ? or_null(density->value) : Json(nullptr);
}

Json density_origin(const std::optional<Density>& density) {
  return density ? Json(density->origin) : Json(nullptr);
}

}  // namespace

Json activities_to_json(const sim::ActivityTimes& times) {
  Json json = Json::object();
  for (const sim::Activity activity : sim::kAllActivities) {
    json[std::string(sim::to_string(activity))] = times.at(activity);
  }
  return json;
}

Json layer_to_json(const LayerReport& layer) {
  const accelerators::DramTraffic& dram = layer.cost.dram;
  Json fused = json_array(layer.fused, [](const FusedNode& node) {
    return Json{{"op", node.op}, {"node", node.node}};
  });
  return {
      {"id", layer.id},
      {"name", layer.name},
      {"op", layer.op},
      {"work", layer.work},
      {"group", layer.group},
      {"node", layer.node},
      {"family", layer.family ? Json(layer.family->number) : Json(nullptr)},
      {"family_inside", layer.family ? Json(layer.family->inside) : Json(nullptr)},
      {"accelerator", layer.accelerator},
      {"dataflow", or_null(layer.dataflow)},
      {"mapping", or_null(layer.mapping)},
      {"steps", layer.steps},
      {"runs", layer.runs},
      {"time_batched", layer.time_batched},
      {"macs", layer.macs},
      {"parameter_bytes", plain(layer.parameter_bytes)},
      {"input_bytes", plain(layer.input_bytes)},
      {"output_bytes", plain(layer.output_bytes)},
      {"residency",
       {{"input_bytes", plain(layer.resident_input_bytes)},
        {"output_bytes", plain(layer.resident_output_bytes)},
        {"parameters", layer.keeps_parameters}}},
      {"parameter_reuse_flop_per_byte", finite(layer.parameter_reuse * base::kFlopPerMac)},
      {"parameter_reuse_macs_per_byte", finite(layer.parameter_reuse)},
      {"start_s", plain(layer.start)},
      {"end_s", plain(layer.end)},
      {"cycles", plain(layer.cost.cycles)},
      {"analytic_cycles", plain(layer.analytic.cycles)},
      {"time_s", plain(layer.cost.time)},
      {"ideal_memory_time_s", layer.ideal_time ? plain(*layer.ideal_time) : Json(nullptr)},
      {"activities_ps", activities_to_json(layer.activities)},
      {"dram_delays_ps", dram_delays_json(layer.dram_delays)},
      {"activates", layer.activates},
      {"pe_utilization", finite(layer.cost.pe_utilization)},
      {"bound", accelerators::to_string(layer.cost.bound)},
      {"energy_pj", energy_json(layer.cost.energy)},
      {"analytic_energy_pj", energy_json(layer.analytic.energy)},
      {"dram_read_bytes", plain(dram.read())},
      {"dram_write_bytes", plain(dram.write())},
      {"dram_bytes",
       {{"parameter_read", plain(dram.parameter_read)},
        {"activation_read", plain(dram.activation_read)},
        {"partial_sum_read", plain(dram.partial_sum_read)},
        {"partial_sum_write", plain(dram.partial_sum_write)},
        {"activation_write", plain(dram.activation_write)}}},
      {"precision",
       {{"weights", layer.weight_bits},
        {"activations", layer.activation_bits},
        {"accumulators", layer.accumulator_bits}}},
      {"kernel", layer.kernel},
      {"weight_density", density_value(layer.weight_density)},
      {"weight_density_origin", density_origin(layer.weight_density)},
      {"activation_density", density_value(layer.activation_density)},
      {"activation_density_origin", density_origin(layer.activation_density)},
      {"synthetic_weights", layer.synthetic_weights},
      {"sparsity", sparsity_json(layer.sparsity)},
      {"fused", std::move(fused)},
      {"merged", layer.merged},
      {"approximation", text_or_null(layer.approximation)},
  };
}

Json report_to_json(const Report& report) {
  return {{"schema", kReportSchema},
          {"provenance", provenance_json(report)},
          {"model", model_json(report)},
          {"system", system_json(report.system)},
          {"policy", {{"name", report.policy.name}, {"objective", report.policy.objective}}},
          {"simulation",
           {{"memory", report.simulation.memory},
            {"grain", report.simulation.grain},
            {"concurrency", report.simulation.concurrency},
            {"bandwidth_shares", report.simulation.bandwidth_shares}}},
          {"totals", totals_json(report.totals)},
          {"bounds", json_array(report.bounds, bound_json)},
          {"stream", stream_json(report.stream)},
          {"feedback", feedback_json(report.feedback)},
          {"uncertainty",
           report.uncertainty ? uncertainty_to_json(*report.uncertainty) : Json(nullptr)},
          {"accelerators", json_array(report.accelerators, accelerator_json)},
          {"ports", json_array(report.ports, port_json)},
          {"transfers", json_array(report.transfers, transfer_json)},
          {"layers", json_array(report.layers, layer_to_json)}};
}

}  // namespace mensa::traces
