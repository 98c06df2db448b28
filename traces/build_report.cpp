#include "traces/build_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "accelerators/cost/sparse_use.h"
#include "accelerators/cost/static_power.h"
#include "models/base/conversions.h"
#include "models/graph/joint_density.h"
#include "traces/touched_bytes.h"

namespace mensa::traces {
namespace {

using accelerators::Accelerator;
using accelerators::AcceleratorId;
using accelerators::LayerEvaluation;
using models::Layer;
using models::TensorId;
using scheduler::ScheduledLayer;

/// Elements that share something, counted by what they share.
template <class Key>
using ElementCounts = std::map<Key, std::int64_t>;

double ratio_or_zero(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// The element type of most weights; of the input in a model without.
models::ElementType main_element_type(const models::Graph& graph) {
  ElementCounts<models::ElementType> counts;
  for (const Layer& layer : graph.layers()) {
    if (!std::holds_alternative<models::MacWork>(layer.work)) continue;
    for (const TensorId id : layer.parameters) {
      counts[graph.tensor(id).type] += graph.tensor(id).elements();
    }
  }
  if (counts.empty()) {
    for (const TensorId id : graph.inputs()) {
      counts[graph.tensor(id).type] += graph.tensor(id).elements();
    }
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? models::ElementType::kFloat32 : most->first;
}

std::string work_name(const models::Work& work) {
  if (std::holds_alternative<models::MacWork>(work)) return "mac";
  return std::holds_alternative<models::VectorWork>(work) ? "vector" : "move";
}

std::string kernel_name(const Layer& layer, const LayerEvaluation& evaluation,
                        const std::optional<accelerators::SparseUse>& use) {
  if (!evaluation.precision) return work_name(layer.work);
  return fmt::format("{} {}{}", use ? use->kernel : "dense", evaluation.factors.to_string(),
                     evaluation.precision->emulated() ? " (emulated)" : "");
}

std::optional<Density> density_of(const models::Graph& graph, const std::vector<TensorId>& ids) {
  const auto joint = models::joint_density(graph, ids);
  if (!joint) return std::nullopt;
  return Density{joint->value, std::string(models::to_string(joint->origin))};
}

SparsityReport sparsity_report(const accelerators::SparseUse& use) {
  SparsityReport report;
  report.macs = use.macs;
  report.imbalance = use.imbalance;
  report.imbalance_is_exact = use.imbalance_is_exact;
  const auto compression = [&](models::MacOperand operand) {
    const accelerators::StoredOperand& stored = use.operands[models::index(operand)];
    report.metadata += stored.metadata;
    return stored.dense.ratio(stored.stored);
  };
  report.weight_compression = compression(models::MacOperand::kWeights);
  report.input_compression = compression(models::MacOperand::kInputs);
  report.output_compression = compression(models::MacOperand::kOutputs);
  report.speedup = use.speedup;
  report.energy_ratio = use.energy_ratio;
  return report;
}

std::vector<KernelUse> kernel_uses(const std::vector<LayerReport>& layers) {
  std::map<std::string, KernelUse> uses;
  for (const LayerReport& layer : layers) {
    if (layer.macs == 0) continue;
    KernelUse& use = uses[layer.kernel];
    use.kernel = layer.kernel;
    ++use.layers;
    use.macs += layer.macs;
    use.parameter_bytes += layer.parameter_bytes;
    use.dram_bytes += layer.cost.dram.read() + layer.cost.dram.write();
  }
  std::vector<KernelUse> list;
  list.reserve(uses.size());
  for (auto& [name, use] : uses) list.push_back(std::move(use));
  return list;
}

class ReportBuilder {
 public:
  ReportBuilder(const scheduler::SchedulingProblem& problem, const scheduler::Schedule& schedule,
                const sim::RunResult& run, const sim::RunResult* ideal,
                const scheduler::FamilyTable& families)
      : problem_(problem),
        graph_(problem.graph()),
        system_(problem.system()),
        costs_(problem.costs()),
        schedule_(schedule),
        run_(run),
        ideal_(ideal),
        families_(families) {}

  [[nodiscard]] Report build(Provenance provenance) const {
    Report report;
    report.provenance = std::move(provenance);
    report.model = model();
    report.system = system();
    report.policy = {schedule_.policy, std::string(accelerators::to_string(costs_.objective()))};
    report.provenance.mapper = accelerators::to_string(costs_.mapper());
    report.precision_note = precision_note();
    for (const Layer& each : graph_.layers()) report.layers.push_back(layer(each));
    report.totals = totals();
    report.totals.kernels = kernel_uses(report.layers);
    report.accelerators = accelerator_reports();
    for (const sim::PortRun& port : run_.ports) report.ports.push_back(port_report(port));
    for (const scheduler::Transfer& transfer : schedule_.transfers) {
      report.transfers.push_back({graph_.tensor(transfer.tensor).name, costs_.name(transfer.from),
                                  costs_.name(transfer.to), transfer.bytes});
    }
    return report;
  }

 private:
  [[nodiscard]] ModelSummary model() const {
    return {graph_.name(),
            std::string(models::to_string(main_element_type(graph_))),
            graph_.layers().size(),
            graph_.macs(),
            graph_.parameter_elements(),
            graph_.notes()};
  }

  [[nodiscard]] SystemSummary system() const {
    SystemSummary summary{system_.name,
                          {},
                          system_.warnings,
                          accelerators::area(system_),
                          accelerators::background_power(system_)};
    for (const Accelerator& accelerator : system_.accelerators) {
      base::Watts buffers;
      for (const accelerators::Buffer& buffer : accelerator.buffers) {
        buffers += accelerators::leakage(buffer, system_.technology);
      }
      summary.accelerators.push_back({accelerator.name, accelerator.rows, accelerator.columns,
                                      accelerator.clock, accelerator.dataflow.name,
                                      accelerator.peak_macs_per_second(),
                                      port_path(system_.port(accelerator.port)),
                                      accelerators::area(accelerator, system_.technology),
                                      accelerators::array_leakage(accelerator, system_.technology),
                                      buffers, accelerator.power_gated});
    }
    return summary;
  }

  [[nodiscard]] std::string port_path(const accelerators::MemoryPort& port) const {
    return fmt::format("{}.{}", system_.memory(port.memory).name, port.name);
  }

  /// The evaluation that the schedule of a layer stands on.
  [[nodiscard]] const LayerEvaluation& evaluation(models::LayerId id) const {
    const ScheduledLayer& scheduled = schedule_.at(id);
    return *costs_.find(id, scheduled.accelerator, scheduled.residency);
  }

  /// Accelerators that ran MACs, by the formats that they ran at.
  [[nodiscard]] std::string precision_note() const {
    std::map<std::string, std::vector<std::string>> names;
    bool all_native = true;
    for (const Accelerator& accelerator : system_.accelerators) {
      for (const Layer& layer : graph_.layers()) {
        if (schedule_.at(layer.id).accelerator != accelerator.id || graph_.macs(layer) == 0) {
          continue;
        }
        const bool native = costs_.formats().is_native(layer);
        all_native = all_native && native;
        // Products of activations run at the native precision as well, whatever its weights are.
        const accelerators::Precision& used =
            native ? accelerator.native_precision() : *evaluation(layer.id).precision;
        std::vector<std::string>& users = names[fmt::format(
            "{} weights / {} activations / {} accumulators", used.factors.weights.to_string(),
            used.factors.activations.to_string(), used.accumulators.to_string())];
        if (users.empty() || users.back() != accelerator.name) users.push_back(accelerator.name);
      }
    }
    std::vector<std::string> parts;
    parts.reserve(names.size());
    for (const auto& [formats, users] : names) {
      parts.push_back(fmt::format("{} ({}{})", formats, all_native ? "native precision of " : "on ",
                                  fmt::join(users, ", ")));
    }
    if (parts.empty()) return "the model has no multiply-accumulate work";
    return fmt::format("{} model runs at {}", models::short_name(main_element_type(graph_)),
                       fmt::join(parts, " and at "));
  }

  [[nodiscard]] LayerReport layer(const Layer& layer) const {
    const ScheduledLayer& scheduled = schedule_.at(layer.id);
    const sim::LayerRun& run = run_.layers[layer.id.index()];
    const LayerEvaluation& evaluation =
        *costs_.find(layer.id, scheduled.accelerator, scheduled.residency);
    const scheduler::LayerTraits traits = scheduler::layer_traits(graph_, layer);
    const TouchedBytes touched = touched_bytes(problem_, schedule_, layer.id);

    LayerReport report;
    report.id = layer.id.index();
    report.name = layer.name;
    report.op = layer.op;
    report.work = work_name(layer.work);
    report.group = layer.group.index();
    report.node = graph_.group_name(layer.group);
    if (const auto match = families_.classify(traits)) {
      report.family = Family{match->number, match->inside};
    }
    report.accelerator = costs_.name(scheduled.accelerator);
    if (evaluation.mapping) {
      report.dataflow = system_.accelerator(scheduled.accelerator).dataflow.name;
      report.mapping = evaluation.mapping->to_string();
    }
    report.steps = traits.steps;
    report.runs = evaluation.runs;
    report.time_batched = evaluation.time_batched;
    report.macs = run.cost.macs;
    report.parameter_bytes = touched.parameters;
    report.input_bytes = touched.inputs;
    report.output_bytes = touched.outputs;
    report.resident_input_bytes = touched.resident_inputs;
    report.resident_output_bytes = touched.resident_outputs;
    report.keeps_parameters = evaluation.preload > base::Bytes(0);
    report.parameter_reuse = traits.parameter_reuse;
    report.start = run.start;
    report.end = run.end;
    report.cost = run.cost;
    report.analytic = run.analytic;
    report.activities = run.activities;
    report.dram_delays = run.dram_delays;
    report.activates = run.activates;
    if (ideal_ != nullptr) report.ideal_time = ideal_->layers[layer.id.index()].cost.time;
    report.weight_bits = evaluation.factors.weights.bits;
    report.activation_bits = evaluation.factors.activations.bits;
    report.accumulator_bits = evaluation.bits.accumulators;
    const auto use = accelerators::sparse_use(system_, scheduled.accelerator, evaluation);
    report.kernel = kernel_name(layer, evaluation, use);
    if (use) report.sparsity = sparsity_report(*use);
    report.synthetic_weights =
        std::any_of(layer.parameters.begin(), layer.parameters.end(),
                    [&](TensorId id) { return graph_.tensor(id).sparsity->synthetic; });
    report.weight_density = density_of(graph_, layer.parameters);
    report.activation_density = density_of(graph_, graph_.activation_inputs(layer));
    for (const models::Epilogue& epilogue : layer.epilogue) {
      report.fused.push_back({epilogue.op, epilogue.node});
      report.merged.insert(report.merged.end(), epilogue.merged.begin(), epilogue.merged.end());
    }
    report.merged.insert(report.merged.begin(), layer.merged.begin(), layer.merged.end());
    report.approximation = layer.approximation;
    return report;
  }

  /// MACs per PE and cycle at which a layer with MACs ran.
  [[nodiscard]] accelerators::MacRate rate(const sim::LayerRun& layer) const {
    return evaluation(layer.layer).precision->rate;
  }

  /// MACs that took the PEs' time.
  static std::int64_t done(const sim::LayerRun& layer) {
    return layer.cost.macs - layer.cost.fates.skipped;
  }

  /// The MACs at the native precision that PEs can do in the time in which they can do the layer's.
  [[nodiscard]] double native_macs(const sim::LayerRun& layer) const {
    const accelerators::MacRate native =
        system_.accelerator(layer.accelerator).native_precision().rate;
    return static_cast<double>(done(layer)) * (native.per_cycle(1) / rate(layer).per_cycle(1));
  }

  [[nodiscard]] Totals totals() const {
    Totals totals;
    totals.latency = run_.latency;
    totals.analytic_latency = schedule_.latency;
    if (ideal_ != nullptr) totals.ideal_latency = ideal_->latency;
    totals.energy = run_.energy;
    double possible = 0;  // MACs of the running accelerator's PEs while layers with MACs elapse
    double native = 0;
    for (const sim::LayerRun& layer : run_.layers) {
      totals.macs += layer.cost.macs;
      totals.mac_fates.effectual += layer.cost.fates.effectual;
      totals.mac_fates.gated += layer.cost.fates.gated;
      totals.mac_fates.skipped += layer.cost.fates.skipped;
      totals.dram_read += layer.cost.dram.read();
      totals.dram_write += layer.cost.dram.write();
      if (layer.cost.macs == 0) continue;
      const Accelerator& accelerator = system_.accelerator(layer.accelerator);
      possible += rate(layer).per_second(accelerator.pe_count(), accelerator.clock) *
                  (layer.cost.cycles / accelerator.clock).value();
      native += native_macs(layer);
    }
    double peak = 0;
    for (const Accelerator& accelerator : system_.accelerators) {
      peak += accelerator.peak_macs_per_second();
    }
    const auto macs = static_cast<double>(totals.macs - totals.mac_fates.skipped);
    totals.pe_utilization = ratio_or_zero(macs, possible);
    totals.system_pe_utilization = ratio_or_zero(native, peak * totals.latency.value());
    totals.transfers = static_cast<std::int64_t>(schedule_.transfers.size());
    for (const scheduler::Transfer& transfer : schedule_.transfers) {
      totals.transfer_bytes += transfer.bytes;
    }
    return totals;
  }

  [[nodiscard]] std::vector<AcceleratorReport> accelerator_reports() const {
    std::vector<AcceleratorReport> reports;
    for (std::size_t i = 0; i <= system_.accelerators.size(); ++i) {
      const AcceleratorId id(i);
      AcceleratorReport report = accelerator_report(id);
      if (id == costs_.host() && report.layers == 0) continue;
      reports.push_back(std::move(report));
    }
    return reports;
  }

  [[nodiscard]] AcceleratorReport accelerator_report(AcceleratorId id) const {
    AcceleratorReport report;
    double native = 0;
    report.name = costs_.name(id);
    for (const sim::LayerRun& layer : run_.layers) {
      if (layer.accelerator != id) continue;
      ++report.layers;
      report.macs += layer.cost.macs;
      if (layer.cost.macs > 0) native += native_macs(layer);
      report.energy += layer.cost.energy;
    }
    for (const sim::AcceleratorRun& accelerator : run_.accelerators) {
      if (accelerator.accelerator != id) continue;
      report.busy = accelerator.busy;
      report.active = accelerator.active;
      report.activities = accelerator.activities;
      for (std::size_t b = 0; b < accelerator.peak_occupancy.size(); ++b) {
        const accelerators::Buffer& buffer = system_.accelerator(id).buffers[b];
        report.buffers.push_back({buffer.name, buffer.capacity, accelerator.peak_occupancy[b]});
      }
    }
    if (id != costs_.host()) {
      report.kept_parameters = schedule_.kept_parameters[id.index()];
      const double peak = system_.accelerator(id).peak_macs_per_second();
      report.pe_utilization = ratio_or_zero(native, peak * report.active.value());
      report.makespan_pe_utilization = ratio_or_zero(native, peak * run_.latency.value());
    }
    return report;
  }

  [[nodiscard]] PortReport port_report(const sim::PortRun& run) const {
    const accelerators::MemoryPort& port = system_.port(run.port);
    return {system_.memory(port.memory).name,
            port.name,
            port.bandwidth,
            run.read,
            run.written,
            run.busy,
            run.dram_delays,
            run.activates};
  }

  const scheduler::SchedulingProblem& problem_;
  const models::Graph& graph_;
  const accelerators::System& system_;
  accelerators::CostTable& costs_;
  const scheduler::Schedule& schedule_;
  const sim::RunResult& run_;
  const sim::RunResult* ideal_;
  const scheduler::FamilyTable& families_;
};

}  // namespace

Report build_report(const scheduler::SchedulingProblem& problem,
                    const scheduler::Schedule& schedule, const sim::RunResult& run,
                    const sim::RunResult* ideal, const scheduler::FamilyTable& families,
                    Provenance provenance) {
  return ReportBuilder(problem, schedule, run, ideal, families).build(std::move(provenance));
}

std::vector<BoundReport> bound_reports(const scheduler::SchedulingProblem& problem,
                                       const scheduler::Schedule& schedule,
                                       const scheduler::Bounds& bounds) {
  const scheduler::AnalyticCost cost = scheduler::analytic_cost(problem, schedule);
  std::vector<BoundReport> reports;
  reports.reserve(bounds.size());
  for (const auto& [objective, bound] : bounds) {
    reports.push_back({std::string(accelerators::to_string(objective)),
                       std::string(scheduler::to_string(bound.kind)), bound.value,
                       accelerators::score(objective, cost.latency, cost.energy)});
  }
  return reports;
}

StreamReport stream_report(const sim::RunResult& run) {
  const sim::StreamRun& stream = run.streams.front();
  const std::vector<sim::InferenceRun>& inferences = stream.inferences;
  StreamReport report;
  report.inferences = static_cast<std::int64_t>(inferences.size());
  report.elapsed = run.latency;
  report.first_latency = inferences.front().latency();
  report.joules_per_inference = stream.energy.total().value() * base::kJoulesPerPicojoule /
                                static_cast<double>(inferences.size());
  constexpr std::size_t kFewest = 4;
  const std::size_t before = inferences.size() < kFewest ? 0 : inferences.size() / 2;
  const base::Seconds from = before == 0 ? base::Seconds(0) : inferences[before - 1].end;
  const base::Seconds span = inferences.back().end - from;
  report.steady_inferences_per_second =
      ratio_or_zero(static_cast<double>(inferences.size() - before), span.value());
  return report;
}

}  // namespace mensa::traces
