#include "traces/workload_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/conversions.h"
#include "traces/human.h"
#include "traces/json_parts.h"
#include "traces/precision_json.h"
#include "traces/report_json.h"
#include "traces/text_table.h"

namespace mensa::traces {
namespace {

constexpr std::size_t kNoteIndent = 12;

/// The smallest value that at least this share of all does not exceed.
base::Seconds percentile(const std::vector<base::Seconds>& ascending, double share) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(ascending.size())));
  return ascending[std::max<std::size_t>(rank, 1) - 1];
}

std::string milliseconds(base::Seconds time) { return fmt::format("{:.3f}", time.value() * 1e3); }

}  // namespace

WorkloadModelReport workload_model_report(std::string name, const models::Graph& graph,
                                          const sim::StreamRun& stream, const sim::RunResult& alone,
                                          std::optional<base::Seconds> deadline) {
  WorkloadModelReport report;
  report.name = std::move(name);
  report.model = graph.name();
  report.notes = graph.notes();
  for (const models::Layer& layer : graph.layers()) {
    if (!layer.approximation.empty()) ++report.approximate_layers;
  }
  report.inferences = static_cast<std::int64_t>(stream.inferences.size());
  report.deadline = deadline;
  report.alone_latency = alone.latency;
  std::vector<base::Seconds> latencies;
  for (const sim::InferenceRun& inference : stream.inferences) {
    latencies.push_back(inference.latency());
    report.mean_latency += inference.latency();
    if (deadline && inference.latency() > *deadline) ++report.missed_deadlines;
  }
  report.mean_latency = report.mean_latency / static_cast<double>(latencies.size());
  std::sort(latencies.begin(), latencies.end());
  report.median_latency = percentile(latencies, 0.5);
  report.p95_latency = percentile(latencies, 0.95);
  report.p99_latency = percentile(latencies, 0.99);
  report.worst_latency = latencies.back();
  report.joules_per_inference = stream.energy.total().value() * base::kJoulesPerPicojoule /
                                static_cast<double>(latencies.size());
  report.dram_bytes = stream.dram.read() + stream.dram.write();
  return report;
}

std::string workload_table(const WorkloadReport& report) {
  std::string text =
      fmt::format("mensa {}\nWorkload    {}\nSystem      {}\nPolicy      {}, {}\nMemory      {}\n",
                  report.version, printable(report.workload_file), printable(report.system),
                  report.policy, report.concurrency, report.memory);
  for (const WorkloadModelReport& model : report.models) {
    for (const std::string& note : model.notes) {
      text += fmt::format("Note        {}: {}\n", printable(model.name),
                          wrapped(printable(note), kLineWidth, kNoteIndent));
    }
    if (model.approximate_layers > 0) {
      text += fmt::format("Approximate {}: {} layer(s), see its notes\n", printable(model.name),
                          model.approximate_layers);
    }
  }
  text += '\n';
  TextTable models({{"model", Align::kLeft},
                    {"network", Align::kLeft},
                    {"inferences"},
                    {"alone ms"},
                    {"mean ms"},
                    {"median ms"},
                    {"p95 ms"},
                    {"p99 ms"},
                    {"worst ms"},
                    {"slowdown"},
                    {"deadline ms"},
                    {"missed"},
                    {"uJ each"},
                    {"DRAM MiB"}});
  constexpr double kBytesPerMib = 1024.0 * 1024.0;
  for (const WorkloadModelReport& model : report.models) {
    models.add_row(
        {model.name, model.model, fmt::format("{}", model.inferences),
         milliseconds(model.alone_latency), milliseconds(model.mean_latency),
         milliseconds(model.median_latency), milliseconds(model.p95_latency),
         milliseconds(model.p99_latency), milliseconds(model.worst_latency),
         fmt::format("{:.2f}", model.slowdown()),
         model.deadline ? milliseconds(*model.deadline) : "-",
         model.deadline ? fmt::format("{}", model.missed_deadlines) : "-",
         fmt::format("{:.2f}", model.joules_per_inference * 1e6),
         fmt::format("{:.2f}", static_cast<double>(model.dram_bytes.value()) / kBytesPerMib)});
  }
  text +=
      models.to_string() +
      "latency: from arrival to end, waiting for others included; slowdown: mean over alone.\n\n";
  text += fmt::format(
      "Elapsed     {}\nEnergy      {}\n"
      "Fairness    {:.3f}: smallest slowdown over largest\n"
      "Slowdown    {:.3f} on average (ANTT)\n"
      "Throughput  {:.3f} models' worth (STP), of {}\n\n",
      si(report.elapsed.value(), "s"), si(report.joules, "J"), report.metrics.fairness,
      report.metrics.mean_slowdown, report.metrics.throughput, report.models.size());
  std::vector<std::pair<std::string, sim::ActivityTimes>> rows;
  for (const WorkloadAcceleratorReport& accelerator : report.accelerators) {
    rows.emplace_back(accelerator.name, accelerator.activities);
  }
  return text + activity_table(rows);
}

std::string workload_json(const WorkloadReport& report) {
  using Json = nlohmann::ordered_json;
  Json models = json_array(report.models, [](const WorkloadModelReport& model) -> Json {
    return {{"name", model.name},
            {"network", model.model},
            {"notes", model.notes},
            {"approximate_layers", model.approximate_layers},
            {"inferences", model.inferences},
            {"alone_latency_s", model.alone_latency.value()},
            {"mean_latency_s", model.mean_latency.value()},
            {"median_latency_s", model.median_latency.value()},
            {"p95_latency_s", model.p95_latency.value()},
            {"p99_latency_s", model.p99_latency.value()},
            {"worst_latency_s", model.worst_latency.value()},
            {"slowdown", model.slowdown()},
            {"deadline_s", model.deadline ? Json(model.deadline->value()) : Json(nullptr)},
            {"missed_deadlines", model.deadline ? Json(model.missed_deadlines) : Json(nullptr)},
            {"energy_per_inference_j", model.joules_per_inference},
            {"dram_bytes", model.dram_bytes.value()}};
  });
  Json accelerators =
      json_array(report.accelerators, [](const WorkloadAcceleratorReport& accelerator) -> Json {
        return {{"name", accelerator.name},
                {"utilization", accelerator.utilization},
                {"activities_ps", activities_to_json(accelerator.activities)}};
      });
  const Json json = {{"schema", "mensa-workload-run/1"},
                     {"mensa", report.version},
                     {"workload", report.workload_file},
                     {"system", report.system},
                     {"policy", report.policy},
                     {"concurrency", report.concurrency},
                     {"precision", precision_json(report.precisions)},
                     {"memory", report.memory},
                     {"elapsed_s", report.elapsed.value()},
                     {"energy_j", report.joules},
                     {"fairness", report.metrics.fairness},
                     {"antt", report.metrics.mean_slowdown},
                     {"stp", report.metrics.throughput},
                     {"models", std::move(models)},
                     {"accelerators", std::move(accelerators)}};
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mensa::traces
