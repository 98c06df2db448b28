#pragma once

#include "traces/report.h"

namespace mensa::traces::test {

inline accelerators::EnergyBreakdown sample_energy(double scale) {
  using base::Picojoules;
  return {Picojoules(1 * scale), Picojoules(2 * scale), Picojoules(3 * scale),
          Picojoules(4 * scale), Picojoules(5 * scale), Picojoules(6 * scale),
          Picojoules(0)};
}

inline accelerators::AreaBreakdown sample_area(double scale) {
  using base::SquareMillimetres;
  return {SquareMillimetres(0.5 * scale), SquareMillimetres(0.25 * scale),
          SquareMillimetres(1 * scale), SquareMillimetres(0.125 * scale),
          SquareMillimetres(0.0625 * scale)};
}

inline LayerReport sample_mac_layer() {
  LayerReport layer;
  layer.id = 0;
  layer.name = "stem/conv";
  layer.op = "Conv";
  layer.work = "mac";
  layer.group = 0;
  layer.node = "stem/conv";
  layer.family = Family{1, false};
  layer.accelerator = "pascal";
  layer.dataflow = "pascal_flow";
  layer.mapping = "dram[P4 K2] rows[P32]";
  layer.macs = 10'838'016;
  layer.parameter_bytes = base::Bytes(896);
  layer.input_bytes = base::Bytes(150'528);
  layer.output_bytes = base::Bytes(401'408);
  layer.parameter_reuse = 12'544;
  layer.start = base::Seconds(0);
  layer.end = base::Seconds(1.0 / 3.0 * 1e-4);
  layer.cost.cycles = base::Cycles(33'333);
  layer.cost.time = layer.end;
  layer.cost.bound = accelerators::Bound::kMemory;
  layer.cost.macs = layer.macs;
  layer.cost.dram.parameter_read = base::Bytes(896);
  layer.cost.dram.activation_read = base::Bytes(150'528);
  layer.cost.dram.activation_write = base::Bytes(401'408);
  layer.cost.energy = sample_energy(1e6);
  layer.cost.pe_utilization = 0.5805;
  layer.analytic = layer.cost;
  layer.analytic.cycles = base::Cycles(30'000);
  layer.weight_bits = layer.activation_bits = 8;
  layer.accumulator_bits = 32;
  layer.kernel = "dense int8";
  layer.weight_density = Density{std::nullopt, "unknown"};
  layer.activation_density = Density{1.0, "assumed dense"};
  layer.fused = {{"BatchNormalization", "stem/bn"}, {"Clip", "stem/clip"}};
  return layer;
}

inline LayerReport sample_vector_layer() {
  LayerReport layer;
  layer.id = 1;
  layer.name = "a, \"quoted\" pool";
  layer.op = "GlobalAveragePool";
  layer.work = "vector";
  layer.group = 1;
  layer.node = "pool";
  layer.accelerator = "pavlov";
  layer.input_bytes = base::Bytes(401'408);
  layer.output_bytes = base::Bytes(32);
  layer.resident_output_bytes = base::Bytes(32);
  layer.start = base::Seconds(1.0 / 3.0 * 1e-4);
  layer.end = base::Seconds(5e-5);
  layer.cost.cycles = base::Cycles(16'667);
  layer.cost.time = layer.end - layer.start;
  layer.cost.bound = accelerators::Bound::kLatency;
  layer.cost.dram.activation_read = base::Bytes(401'408);
  layer.cost.energy = sample_energy(1e5);
  layer.analytic = layer.cost;
  layer.weight_bits = layer.activation_bits = 8;
  layer.accumulator_bits = 32;
  layer.kernel = "vector";
  layer.activation_density = Density{0.25, "declared"};
  return layer;
}

/// What sample_report()'s two layers did. Spans stand in the order of their ends, as the simulator
/// logs them.
inline sim::EventLog sample_events() {
  using sim::Activity;
  using sim::Phase;
  sim::EventLog log;
  log.layer_names = {{"stem/conv", "a, \"quoted\" pool"}};
  log.tracks = {{"pascal", "layers"},  {"pascal", "DMA in"}, {"pascal", "array"},
                {"pascal", "DMA out"}, {"pavlov", "layers"}, {"pavlov", "array"}};
  log.counters = {{"pascal", "buffer activations", "B"}};
  log.spans = {
      {1, Phase::kReadParameters, Activity::kBusy, {}, 0, 0, 1'000'000, 896},
      {2, Phase::kStall, Activity::kParameters, {}, 0, 0, 1'000'000, 0},
      {2, Phase::kStall, Activity::kActivations, {}, 0, 1'000'000, 1'500'001, 0},
      {1, Phase::kReadActivations, Activity::kBusy, {}, 0, 1'000'000, 9'333'333, 150'528},
      {2, Phase::kCompute, Activity::kBusy, {}, 0, 1'500'001, 20'000'000, 0},
      {3, Phase::kWriteResults, Activity::kBusy, {}, 0, 20'000'000, 33'333'333, 401'408},
      {0, Phase::kLayer, Activity::kBusy, {}, 0, 0, 33'333'333, 0},
      {5, Phase::kStall, Activity::kContention, {}, 1, 33'333'333, 34'000'000, 0},
      {5, Phase::kCompute, Activity::kBusy, {}, 1, 34'000'000, 50'000'000, 0},
      {4, Phase::kLayer, Activity::kBusy, {}, 1, 33'333'333, 50'000'000, 0},
  };
  log.samples = {{0, 0, 0}, {0, 9'333'333, 150'528}, {0, 33'333'333, 0}};
  return log;
}

/// Two layers on two of three accelerators, with every optional part once present and once absent.
inline Report sample_report() {
  Report report;
  report.provenance.version = "1.2.3";
  report.provenance.model_file = "net.onnx";
  report.provenance.model_sha256 = std::string(64, 'a');
  report.provenance.system_yaml = "name: mini\n";
  report.provenance.system_sha256 = std::string(64, 'b');
  report.provenance.mapper = "fast";
  report.provenance.model_options.batch = 2;
  report.provenance.model_options.dimensions = {{"sequence", 128}};
  report.provenance.parameters = {{"accelerators.pascal.clock", "500 MHz"}};
  report.model = {"net", "float32", 2, 10'838'016, 896, {"a first note", "a second note"}};
  report.system.name = "mini";
  report.system.accelerators = {
      {"pascal", 32, 32, base::Hertz(1e9), "pascal_flow", 1.024e12, "stack.external",
       sample_area(1), base::Watts(0.25), base::Watts(0.5), true},
      {"pavlov", 8, 8, base::Hertz(1e9), "pavlov_flow", 6.4e10, "stack.logic", sample_area(0.5)},
      {"jacquard", 16, 16, base::Hertz(1e9), "jacquard_flow", 2.56e11, "stack.logic",
       sample_area(0.25)}};
  for (const AcceleratorSummary& each : report.system.accelerators) {
    report.system.area += each.area;
  }
  report.system.memory_background = base::Watts(0.125);
  report.system.warnings = {"an SRAM is slow"};
  report.policy = {"single:pascal", "edp"};
  report.precision_note =
      "fp32 model runs at int8 weights / int8 activations / int32 accumulators "
      "(native precision of pascal)";
  report.layers = {sample_mac_layer(), sample_vector_layer()};
  report.totals.latency = base::Seconds(5e-5);
  report.totals.analytic_latency = base::Seconds(4e-5);
  report.totals.macs = 10'838'016;
  for (const LayerReport& layer : report.layers) {
    report.totals.energy += layer.cost.energy;
    report.totals.dram_read += layer.cost.dram.read();
    report.totals.dram_write += layer.cost.dram.write();
  }
  report.totals.pe_utilization = 0.5805;
  report.totals.system_pe_utilization = 0.1;
  report.totals.transfers = 1;
  report.totals.transfer_bytes = base::Bytes(401'408);
  report.accelerators = {{"pascal", 1, 10'838'016, base::Seconds(1.1e-5), base::Seconds(3e-5), 0.35,
                          0.21, report.layers[0].cost.energy},
                         {"pavlov", 1, 0, base::Seconds(1e-6), base::Seconds(1.6e-5), 0, 0,
                          report.layers[1].cost.energy},
                         {"jacquard", 0, 0, base::Seconds(0), base::Seconds(0), 0, 0, {}}};
  report.accelerators[0].buffers = {{"parameters", base::Bytes(131'072), base::Bytes(896)},
                                    {"activations", base::Bytes(262'144), base::Bytes(196'608)}};
  report.ports = {{"stack", "external", base::BytesPerSecond(32e9), base::Bytes(552'832),
                   base::Bytes(401'408), base::Seconds(2.9e-5)}};
  report.transfers = {{"stem/conv:0", "pascal", "pavlov", base::Bytes(401'408)}};
  report.events = sample_events();
  return report;
}

}  // namespace mensa::traces::test
