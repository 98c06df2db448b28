#include <fmt/format.h>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "scheduler/clusters/builtins.h"
#include "scheduler/clusters/machine_balance.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

/// The accelerator on which the papers characterise layers.
constexpr std::string_view kReferenceSystem = "edge_tpu";
constexpr double kLeastBalance = 1e-6;
constexpr double kMostBalance = 1e12;

class ThresholdClustering final : public Clustering {
 public:
  explicit ThresholdClustering(double balance)
      : balance_(balance),
        clusters_({{"compute_centric", fmt::format("at least {:.4g} MACs per byte", balance)},
                   {"data_centric", fmt::format("below {:.4g} MACs per byte", balance)}}) {}

  [[nodiscard]] std::string specification() const override {
    return fmt::format("threshold:balance={}", balance_);
  }
  [[nodiscard]] const std::vector<Cluster>& clusters() const override { return clusters_; }
  [[nodiscard]] std::optional<ClusterId> classify(const LayerTraits& traits) const override {
    if (traits.macs == 0) return std::nullopt;
    const std::size_t position = traits.mac_intensity >= balance_ ? 0 : 1;
    return ClusterId(position);
  }

 private:
  double balance_;
  std::vector<Cluster> clusters_;
};

double read_balance(const PolicyArguments& arguments) {
  OptionReader options("threshold", arguments, "clustering");
  const bool has_balance = options.has("balance");
  const bool has_system = options.has("system");
  const double given = options.number("balance", 1, kLeastBalance, kMostBalance);
  const std::string system = options.text("system", kReferenceSystem);
  options.finish();
  if (has_balance && has_system) {
    throw base::Error("clustering threshold: give a balance or a system, not both");
  }
  if (has_balance) return given;
  return machine_balance(accelerators::load_system(system));
}

}  // namespace

FitClustering make_threshold(const PolicyArguments& arguments) {
  const double balance = read_balance(arguments);
  return [balance](std::span<const LayerTraits>) {
    return std::make_unique<ThresholdClustering>(balance);
  };
}

std::unique_ptr<const Clustering> read_threshold(const PolicyArguments& arguments,
                                                 base::YamlMap& /*map*/) {
  return std::make_unique<ThresholdClustering>(read_balance(arguments));
}

}  // namespace mensa::scheduler
