#include "explore/evaluation/system_metrics.h"

#include "accelerators/cost/area.h"
#include "accelerators/cost/peak_power.h"
#include "accelerators/cost/static_power.h"

namespace mensa::explore {
namespace {

void set(PointResult& result, Metric metric, double value) {
  result.metrics[static_cast<std::size_t>(metric)] = value;
}

}  // namespace

base::Bytes buffer_bytes(const accelerators::Accelerator& accelerator) {
  base::Bytes bytes;
  for (const accelerators::Buffer& buffer : accelerator.buffers) bytes += buffer.capacity;
  return bytes;
}

void add_system_metrics(const accelerators::System& system, PointResult& result) {
  double area = 0;
  double bandwidth = 0;
  base::Bytes buffers;
  std::int64_t pes = 0;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    AcceleratorOutcome outcome;
    outcome.accelerator = accelerator.name;
    outcome.area = accelerators::area(accelerator, system.technology).total().value();
    outcome.leakage = accelerators::leakage(accelerator, system.technology).value();
    outcome.pes = accelerator.pe_count();
    area += outcome.area;
    pes += outcome.pes;
    buffers += buffer_bytes(accelerator);
    result.accelerators.push_back(std::move(outcome));
  }
  for (const accelerators::Memory& memory : system.memories) bandwidth += memory.bandwidth.value();
  set(result, Metric::kArea, area);
  set(result, Metric::kPeakPower, accelerators::peak_power(system).total().value());
  set(result, Metric::kBandwidth, bandwidth);
  set(result, Metric::kBuffers, static_cast<double>(buffers.value()));
  set(result, Metric::kPes, static_cast<double>(pes));
  set(result, Metric::kAccelerators, static_cast<double>(system.accelerators.size()));
}

void add_model_metrics(const std::vector<double>& weights, PointResult& result) {
  double all = 0;
  double latency = 0;
  double energy = 0;
  double edp = 0;
  double interval = 0;
  double missed = 0;
  for (std::size_t i = 0; i < result.models.size(); ++i) {
    const ModelOutcome& model = result.models[i];
    const double weight = weights[i];
    all += weight;
    latency += weight * model.latency;
    energy += weight * model.energy;
    edp += weight * model.latency * model.energy;
    interval += weight * model.interval;
    missed += model.misses_deadline ? weight : 0;
  }
  const double throughput = all / interval;
  set(result, Metric::kLatency, latency / all);
  set(result, Metric::kEnergy, energy / all);
  set(result, Metric::kEdp, edp / all);
  set(result, Metric::kPower, energy / latency);
  set(result, Metric::kThroughput, throughput);
  set(result, Metric::kThroughputPerArea, throughput / *result.metric(Metric::kArea));
  set(result, Metric::kDeadlineMisses, missed / all);
}

}  // namespace mensa::explore
