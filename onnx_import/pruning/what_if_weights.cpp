#include "onnx_import/pruning/what_if_weights.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/pruning/pruned_profile.h"
#include "onnx_import/pruning/synthetic_weights.h"
#include "onnx_import/pruning/weight_targets.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;
using models::TensorId;

/// One weight or more; models have some with none known of them.
bool has_unknown_values(const models::Tensor& tensor) {
  return !tensor.sparsity || tensor.sparsity->origin == DensityOrigin::kUnknown ||
         tensor.sparsity->origin == DensityOrigin::kAssumedDense;
}

class WhatIf {
 public:
  WhatIf(Draft& draft, const WhatIfWeights& what_if) : draft_(draft), what_if_(what_if) {}

  std::vector<std::string> run() {
    const std::vector<WeightTarget> all = weight_targets(draft_);
    if (what_if_.synthetic) check_synthetic(all);
    // First of all, while what is known of the values still stands there.
    std::set<TensorId> made_up;
    if (what_if_.synthetic) {
      for (const WeightTarget& target : all) {
        if (has_unknown_values(draft_.tensor(target.tensor))) made_up.insert(target.tensor);
      }
    }
    std::vector<std::string> notes;
    if (what_if_.prune) notes.push_back(prune(all.size(), made_up));
    for (const TensorId id : made_up) mark_synthetic(draft_.tensor(id));
    if (!made_up.empty()) {
      notes.push_back(fmt::format(
          "synthetic weights: the values of {} weight tensor(s) are made up from seed {}, normally "
          "distributed; which of them are small says nothing of the real ones",
          made_up.size(), *what_if_.synthetic));
    }
    return notes;
  }

 private:
  void check_synthetic(const std::vector<WeightTarget>& targets) const {
    std::int64_t elements = 0;
    std::set<TensorId> counted;
    for (const WeightTarget& target : targets) {
      const models::Tensor& tensor = draft_.tensor(target.tensor);
      if (!has_unknown_values(tensor) || !counted.insert(target.tensor).second) continue;
      elements += tensor.elements();
      if (elements > kMostSyntheticWeights) {
        throw base::Error(fmt::format(
            "more than {} weights would be made up; leave out --synthetic-weights: pruning then "
            "goes by the share of zeros alone",
            kMostSyntheticWeights));
      }
    }
  }

  /// Returns the note.
  std::string prune(std::size_t with_weights, const std::set<TensorId>& made_up) {
    const PruneRequest& request = *what_if_.prune;
    const std::vector<WeightTarget> chosen = chosen_targets(draft_, request.layers);
    std::set<TensorId> done;
    std::size_t without_values = 0;
    for (const WeightTarget& target : chosen) {
      if (!done.insert(target.tensor).second) continue;
      models::Tensor& tensor = draft_.tensor(target.tensor);
      const auto magnitudes = magnitudes_of(tensor, made_up.contains(target.tensor));
      if (!magnitudes) ++without_values;
      const auto profile = magnitudes
                               ? profile_of(target, tensor, *magnitudes)
                               : pruned_share(target.shape, density_of(tensor), request.spec);
      if (profile) tensor.sparsity = std::make_shared<const SparsityProfile>(*profile);
    }
    std::string note = fmt::format(
        "what-if: weights pruned as --prune {} says, in {}; what that does to the accuracy is "
        "unknown",
        to_text(request.spec), layers_text(chosen, with_weights));
    if (without_values > 0) {
      note += fmt::format(
          "; of {} of {} tensor(s) the values are unknown, so that zeros are known by their share "
          "alone",
          without_values, done.size());
    }
    return note;
  }

  [[nodiscard]] static double density_of(const models::Tensor& tensor) {
    return tensor.sparsity ? tensor.sparsity->density : 1.0;
  }

  [[nodiscard]] std::string layers_text(const std::vector<WeightTarget>& chosen,
                                        std::size_t with_weights) const {
    if (chosen.size() == with_weights)
      return fmt::format("all {} layers with weights", with_weights);
    std::string text = fmt::format("{} of {} layers with weights (--layers '{}': ", chosen.size(),
                                   with_weights, what_if_.prune->layers);
    constexpr std::size_t kShown = 5;
    for (std::size_t i = 0; i < std::min(chosen.size(), kShown); ++i) {
      text += (i > 0 ? ", " : "") + chosen[i].layer;
    }
    return text + (chosen.size() > kShown ? ", ...)" : ")");
  }

  [[nodiscard]] std::optional<Magnitudes> magnitudes_of(const models::Tensor& tensor,
                                                        bool made_up) const {
    const auto elements = static_cast<std::size_t>(tensor.elements());
    if (made_up) {
      return synthetic_magnitudes(static_cast<std::uint64_t>(*what_if_.synthetic), tensor.name,
                                  elements);
    }
    const auto reading = draft_.readings.find(tensor.id);
    if (has_unknown_values(tensor) || reading == draft_.readings.end() ||
        !has_magnitudes(*reading->second)) {
      return std::nullopt;
    }
    try {
      return read_magnitudes(*reading->second, elements);
    } catch (const base::Error& error) {
      throw base::Error(fmt::format("value '{}': {}", tensor.name, error.what()));
    }
  }

  [[nodiscard]] std::optional<SparsityProfile> profile_of(const WeightTarget& target,
                                                          const models::Tensor& tensor,
                                                          const Magnitudes& magnitudes) const {
    std::optional<models::ChannelAxes> axes;
    const auto reading = draft_.readings.find(tensor.id);
    if (reading != draft_.readings.end()) axes = reading->second->axes;
    return pruned_profile({tensor.shape, target.shape, axes}, magnitudes, what_if_.prune->spec);
  }

  static void mark_synthetic(models::Tensor& tensor) {
    SparsityProfile profile{1.0, DensityOrigin::kUnknown};
    if (tensor.sparsity) profile = *tensor.sparsity;
    profile.synthetic = true;
    tensor.sparsity = std::make_shared<const SparsityProfile>(std::move(profile));
  }

  Draft& draft_;
  const WhatIfWeights& what_if_;
};

}  // namespace

std::vector<std::string> set_what_if_weights(Draft& draft, const WhatIfWeights& what_if) {
  return WhatIf(draft, what_if).run();
}

}  // namespace mensa::onnx_import
