#include "explore/design/describe_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "explore/design/layer_kind.h"
#include "explore/space/dimension.h"
#include "models/base/conversions.h"

namespace mensa::explore {
namespace {

using accelerators::System;

/// Kinds that take less than this of an accelerator's time are not told.
constexpr double kLeastShareTold = 0.05;
/// Of its time that one kind must take for an accelerator to be named after it.
constexpr double kNamingShare = 0.6;

std::string percent(double share) {
  const double value = base::kPercent * share;
  return value >= 10 || value == 0 ? fmt::format("{:.0f} %", value)
                                   : fmt::format("{:.2g} %", value);
}

/// "12 % worse", "as good", "2.9 times as bad".
std::string comparison(double worse) {
  constexpr double kNothing = kWorthwhile;
  constexpr double kManyTimes = 1;
  if (std::abs(worse) <= kNothing) return "as good, within 0.1 %";
  if (worse > kManyTimes) return fmt::format("{:.1f} times as bad", 1 + worse);
  return fmt::format("{} {}", percent(std::abs(worse)), worse > 0 ? "worse" : "better");
}

/// What the layers on the accelerators take, model by model.
class WorkSums {
 public:
  WorkSums(const Merit& merit, std::size_t accelerators)
      : merit_(merit), works_(accelerators), kinds_(accelerators), traits_(accelerators) {}

  void add(std::size_t model, const DesignModel& of, const std::vector<PlacedLayer>& layers) {
    const double weight = merit_.weights()[model];
    double time = 0;
    double energy = 0;
    for (const PlacedLayer& layer : layers) {
      time += layer.time;
      energy += layer.dynamic_energy;
    }
    for (const models::Layer& layer : of.graph.layers()) {
      const PlacedLayer& placed = layers[layer.id.index()];
      const std::size_t a = placed.accelerator.index();
      if (a >= works_.size()) {
        host_time_share_ += weight * placed.time / time;
        continue;
      }
      AcceleratorWork& work = works_[a];
      work.time_share += weight * placed.time / time;
      work.energy_share += weight * placed.dynamic_energy / energy;
      kinds_[a][std::string(layer_kind(of.graph, layer))] += weight * placed.time / time;
      if (!std::holds_alternative<models::MacWork>(layer.work)) continue;
      const std::int64_t macs = of.graph.macs(layer);
      ++work.layers;
      work.macs += macs;
      all_macs_ += macs;
      traits_[a].push_back(scheduler::layer_traits(of.graph, layer));
    }
  }

  [[nodiscard]] double host_time_share() const { return host_time_share_; }

  std::vector<AcceleratorWork> finish() {
    for (std::size_t a = 0; a < works_.size(); ++a) {
      AcceleratorWork& work = works_[a];
      work.mac_share = static_cast<double>(work.macs) / static_cast<double>(all_macs_);
      for (const auto& [kind, share] : kinds_[a]) {
        work.kinds.emplace_back(kind, work.time_share > 0 ? share / work.time_share : 0);
      }
      std::stable_sort(work.kinds.begin(), work.kinds.end(),
                       [](const auto& x, const auto& y) { return x.second > y.second; });
      work.parameter_bytes = median(a, [](const scheduler::LayerTraits& traits) {
        return static_cast<double>(traits.parameter_bytes);
      });
      work.parameter_reuse =
          median(a, [](const scheduler::LayerTraits& traits) { return traits.parameter_reuse; });
      work.mac_intensity =
          median(a, [](const scheduler::LayerTraits& traits) { return traits.mac_intensity; });
    }
    return std::move(works_);
  }

 private:
  template <class Of>
  [[nodiscard]] double median(std::size_t accelerator, Of of) const {
    std::vector<double> values;
    values.reserve(traits_[accelerator].size());
    for (const scheduler::LayerTraits& traits : traits_[accelerator]) {
      values.push_back(of(traits));
    }
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  const Merit& merit_;
  std::vector<AcceleratorWork> works_;
  std::vector<std::map<std::string, double>> kinds_;  ///< shares of all time
  std::vector<std::vector<scheduler::LayerTraits>> traits_;
  std::int64_t all_macs_ = 0;
  double host_time_share_ = 0;
};

/// What most of its time is for.
std::string role(const AcceleratorWork& work) {
  if (work.layers == 0) return "vector";
  if (work.kinds.front().second < kNamingShare) return "general";
  static const std::map<std::string, std::string> kNames = {
      {"recurrent", "recurrent"}, {"depthwise", "depthwise"}, {"convolution", "conv"},
      {"pointwise", "pointwise"}, {"matrix_vector", "dense"}, {"activations", "attention"},
      {"vector", "vector"}};
  return kNames.at(work.kinds.front().first);
}

/// Roles, numbered where two have the same.
void name_accelerators(const std::string& host, std::vector<DesignedAccelerator>& accelerators) {
  std::map<std::string, int> count;
  for (const DesignedAccelerator& one : accelerators) ++count[role(one.work)];
  std::map<std::string, int> next;
  for (DesignedAccelerator& one : accelerators) {
    const std::string name = role(one.work);
    one.name = count[name] > 1 ? fmt::format("{}_{}", name, ++next[name]) : name;
    if (one.name == host) one.name += "_1";
  }
}

std::string kind_name(const std::string& kind) {
  if (kind == "matrix_vector") return "matrix-vector";
  if (kind == "activations") return "activation-product";
  return kind;
}

std::string times_text(double times) {
  const std::string text = fmt::format("{:.3g}", times);
  return text == "1" ? "once" : text + " times";
}

std::string work_sentence(const AcceleratorWork& work) {
  std::string kinds;
  for (const auto& [kind, share] : work.kinds) {
    if (share < kLeastShareTold) continue;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", kind_name(kind), percent(share));
  }
  return fmt::format(
      "Runs {} layer{} with MACs: {} of all MACs, {} of the time ({}). Medians: {} B of "
      "parameters, each used {}, {:.3g} MACs per byte.",
      work.layers, work.layers == 1 ? "" : "s", percent(work.mac_share), percent(work.time_share),
      kinds, std::llround(work.parameter_bytes), times_text(work.parameter_reuse),
      work.mac_intensity);
}

std::string what_of(const Platform& platform, Aspect aspect, const Blueprint& blueprint) {
  switch (aspect) {
    case Aspect::kArray:
      return fmt::format("{}x{}", blueprint.rows, blueprint.columns);
    case Aspect::kWeights:
      return buffer_text(blueprint.weights);
    case Aspect::kActivations:
      return buffer_text(blueprint.activations);
    case Aspect::kDataflow:
      return platform.dataflows()[blueprint.dataflow].name;
    case Aspect::kPlace:
      return platform.places()[blueprint.place].port;
  }
  return {};
}

/// Why one thing of an accelerator is as it is: the runner-up, and what a larger budget would give.
std::string aspect_sentence(const Platform& platform, const DesignedAccelerator& accelerator,
                            Aspect aspect) {
  const DescribedAlternative* next = nullptr;
  const DescribedAlternative* beyond = nullptr;
  for (const DescribedAlternative& one : accelerator.alternatives) {
    if (one.aspect != aspect || !one.failure.empty()) continue;
    const DescribedAlternative*& best = one.broken.empty() ? next : beyond;
    if (best == nullptr || one.worse < best->worse) best = &one;
  }
  const std::string what(to_string(aspect));
  std::string text = fmt::format("{}{} {}: ", static_cast<char>(std::toupper(what.front())),
                                 what.substr(1), what_of(platform, aspect, accelerator.blueprint));
  if (next == nullptr && beyond == nullptr) return text + "nothing else was possible.";
  if (next != nullptr) {
    text += fmt::format("{} would be {}", next->what, comparison(next->worse));
  }
  if (beyond != nullptr && beyond->worse < -kWorthwhile) {
    text += fmt::format("{}{} would be {}, but breaks the budget ({})", next == nullptr ? "" : "; ",
                        beyond->what, comparison(beyond->worse), beyond->broken);
  } else if (next == nullptr) {
    text += fmt::format("{} breaks the budget ({}) and would be {}", beyond->what, beyond->broken,
                        comparison(beyond->worse));
  }
  return text + ".";
}

std::string place_sentence(const PlatformDesign& found, const Platform& platform,
                           const DesignedAccelerator& accelerator) {
  for (const DominatedPlace& one : found.dominated) {
    if (one.by != accelerator.blueprint.place) continue;
    return fmt::format(
        "Place {}: {} has no more bandwidth, no less latency and no less energy per "
        "bit, and nothing limits what sits here.",
        accelerator.port, platform.places()[one.place].port);
  }
  if (platform.places().size() == 1) {
    return fmt::format("Place {}: the only one.", accelerator.port);
  }
  return aspect_sentence(platform, accelerator, Aspect::kPlace);
}

void add_alternatives(const PlatformDesign& found, const Platform& platform,
                      std::vector<DesignedAccelerator>& accelerators) {
  for (const Alternative& one : found.alternatives) {
    accelerators[one.accelerator].alternatives.push_back(
        {one.move.aspect, what_of(platform, one.move.aspect, one.move.to),
         one.failure.empty() ? worse_by(one.merit, found.design->merit) : 0, one.broken,
         one.failure});
  }
  for (DesignedAccelerator& accelerator : accelerators) {
    accelerator.reasons.push_back(work_sentence(accelerator.work));
    for (const Aspect aspect :
         {Aspect::kArray, Aspect::kDataflow, Aspect::kWeights, Aspect::kActivations}) {
      accelerator.reasons.push_back(aspect_sentence(platform, accelerator, aspect));
    }
    accelerator.reasons.push_back(place_sentence(found, platform, accelerator));
  }
}

}  // namespace

std::string buffer_text(base::Bytes capacity) {
  constexpr std::int64_t kKibi = 1024;
  if (capacity.value() == 0) return "none";
  return capacity.value() % kKibi == 0 ? fmt::format("{} KiB", capacity.value() / kKibi)
                                       : fmt::format("{} B", capacity.value());
}

std::string to_text(const Platform& platform, const Blueprint& blueprint) {
  return fmt::format("{}x{} {} at {}, weights {}, activations {}", blueprint.rows,
                     blueprint.columns, platform.dataflows()[blueprint.dataflow].name,
                     platform.places()[blueprint.place].port, buffer_text(blueprint.weights),
                     buffer_text(blueprint.activations));
}

void describe_accelerators(const PlatformDesign& found, const Platform& platform,
                           const std::vector<DesignModel>& models, const SchedulingRules& rules,
                           const std::shared_ptr<accelerators::SharedMappings>& mappings,
                           DesignReport& report) {
  const Blueprints& blueprints = found.design->blueprints;
  const System system = platform.system(blueprints);
  const auto cache = std::make_shared<accelerators::MappingCache>(system, rules.mapper, mappings);
  std::vector<double> weights;
  weights.reserve(models.size());
  for (const DesignModel& model : models) weights.push_back(model.weight);
  const Merit merit(rules.objective, weights);
  WorkSums sums(merit, blueprints.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    sums.add(m, models[m], placed_layers(models[m], cache, rules));
  }
  std::vector<AcceleratorWork> works = sums.finish();
  report.host = system.host.name;
  report.host_time_share = sums.host_time_share();
  report.origin = found.origin;
  for (std::size_t a = 0; a < blueprints.size(); ++a) {
    const Platform::Place& place = platform.places()[blueprints[a].place];
    DesignedAccelerator accelerator;
    accelerator.blueprint = blueprints[a];
    accelerator.dataflow = platform.dataflows()[blueprints[a].dataflow].name;
    accelerator.port = place.port;
    accelerator.near_data = place.near_data;
    accelerator.lanes = lanes_for(blueprints[a].pes());
    accelerator.figures = platform.figures(blueprints[a]);
    accelerator.work = std::move(works[a]);
    report.accelerators.push_back(std::move(accelerator));
  }
  name_accelerators(report.host, report.accelerators);
  add_alternatives(found, platform, report.accelerators);
}

}  // namespace mensa::explore
