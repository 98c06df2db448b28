#include "traces/sparsity_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/conversions.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::traces {
namespace {

double share(std::int64_t part, std::int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

std::string density_text(const std::optional<Density>& density) {
  if (!density || !density->value) return "-";
  return fmt::format("{:.2f}", *density->value);
}

std::string origin_text(const std::optional<Density>& density) {
  return density ? density->origin : "-";
}

/// "x1.25"; of what costs more than the dense run it is below 1.
std::string times_text(double ratio) { return fmt::format("{:.2f}x", ratio); }

}  // namespace

std::string sparsity_table(const Report& report) {
  const bool any = std::any_of(report.layers.begin(), report.layers.end(),
                               [](const LayerReport& layer) { return layer.sparsity.has_value(); });
  if (!any) return "";
  TextTable table({{"#"},
                   {"kernel", Align::kLeft},
                   {"weights"},
                   {"from", Align::kLeft},
                   {"inputs"},
                   {"from", Align::kLeft},
                   {"effectual %"},
                   {"gated %"},
                   {"skipped %"},
                   {"weights /"},
                   {"inputs /"},
                   {"metadata KiB"},
                   {"imbalance"},
                   {"time /"},
                   {"energy /"}});
  for (const LayerReport& layer : report.layers) {
    if (!layer.sparsity) continue;
    const SparsityReport& sparsity = *layer.sparsity;
    table.add_row(
        {fmt::format("{}", layer.id), layer.kernel, density_text(layer.weight_density),
         origin_text(layer.weight_density) + (layer.synthetic_weights ? " *" : ""),
         density_text(layer.activation_density), origin_text(layer.activation_density),
         percent(share(sparsity.macs.effectual, layer.macs)),
         percent(share(sparsity.macs.gated, layer.macs)),
         percent(share(sparsity.macs.skipped, layer.macs)), times_text(sparsity.weight_compression),
         times_text(sparsity.input_compression),
         fmt::format("{:.1f}", static_cast<double>(sparsity.metadata.value()) / base::kBytesPerKib),
         fmt::format("{}{:.3f}", sparsity.imbalance_is_exact ? "" : "~", sparsity.imbalance),
         times_text(sparsity.speedup), times_text(sparsity.energy_ratio)});
  }
  std::string notes =
      "weights, inputs: shares that are not zero, and compression (dense over stored bytes). "
      "imbalance: slowest PE over the mean one; ~ expected, not replayed. "
      "time, energy: of the dense run by the same mapping, over these.\n";
  const bool synthetic =
      std::any_of(report.layers.begin(), report.layers.end(),
                  [](const LayerReport& layer) { return layer.synthetic_weights; });
  if (synthetic) notes += "* synthetic weights, made up from a seed.\n";
  return table.to_string() + notes;
}

std::string kernel_table(const Report& report) {
  const std::vector<KernelUse>& kernels = report.totals.kernels;
  if (kernels.empty()) return "";
  TextTable table(
      {{"kernel", Align::kLeft}, {"layers"}, {"MACs"}, {"%"}, {"parameters KiB"}, {"DRAM KiB"}});
  for (const KernelUse& use : kernels) {
    const auto kib = [](base::Bytes bytes) {
      return fmt::format("{:.1f}", static_cast<double>(bytes.value()) / base::kBytesPerKib);
    };
    table.add_row({use.kernel, fmt::format("{}", use.layers), si_count(use.macs),
                   percent(share(use.macs, report.totals.macs)), kib(use.parameter_bytes),
                   kib(use.dram_bytes)});
  }
  std::string text = table.to_string();
  const accelerators::MacFates& fates = report.totals.mac_fates;
  if (fates.effectual < fates.all()) {
    text += fmt::format("MACs: {} % effectual, {} % gated, {} % skipped.\n",
                        percent(share(fates.effectual, fates.all())),
                        percent(share(fates.gated, fates.all())),
                        percent(share(fates.skipped, fates.all())));
  }
  return text;
}

}  // namespace mensa::traces
