#include "onnx_import/pruning/pruned_profile.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "onnx_import/annotate/measure.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/pruning/selection.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::Dim;
using models::NonzeroBits;
using models::SparsityProfile;
using models::WeightOrder;
using models::ZeroPlacement;

double share_of(std::int64_t part, std::int64_t all) {
  return static_cast<double>(part) / static_cast<double>(all);
}

/// Which weights stay; none where that takes an order of the tensor's that is not known.
std::optional<NonzeroBits> kept(const PrunedTensor& tensor, const Magnitudes& magnitudes,
                                const PruneSpec& spec) {
  if (const auto* share = std::get_if<PruneShare>(&spec)) {
    const std::int64_t drop = pruned_count(share->share, std::ssize(magnitudes.keys));
    return keep_largest(magnitudes, static_cast<std::size_t>(drop));
  }
  const auto order = models::weight_order(tensor.shape, tensor.nest, tensor.axes);
  if (!order) return std::nullopt;
  if (const auto* groups = std::get_if<PruneGroups>(&spec)) {
    return keep_in_groups(magnitudes, *order, *groups);
  }
  const std::int64_t channels = tensor.nest.bound(Dim::G) * tensor.nest.bound(Dim::K);
  const std::int64_t drop = pruned_count(std::get<PruneChannels>(spec).share, channels);
  return keep_channels(magnitudes, *order, static_cast<std::size_t>(drop));
}

}  // namespace

std::optional<SparsityProfile> pruned_profile(const PrunedTensor& tensor,
                                              const Magnitudes& magnitudes, const PruneSpec& spec) {
  const std::int64_t elements = std::ssize(magnitudes.keys);
  const std::int64_t before =
      elements - std::count(magnitudes.keys.begin(), magnitudes.keys.end(), std::uint32_t{0});
  auto bits = kept(tensor, magnitudes, spec);
  if (!bits) return pruned_share(tensor.nest, share_of(before, elements), spec);
  const std::int64_t nonzeros = bits->count();
  if (nonzeros == before) return std::nullopt;
  SparsityProfile profile{share_of(nonzeros, elements), DensityOrigin::kWhatIf};
  if (tensor.axes && is_matrix(tensor.shape)) {
    profile.structure =
        dense_structure(*bits, tensor.shape, {tensor.axes->output, tensor.axes->reduction});
  }
  profile.nonzeros = std::make_shared<const NonzeroBits>(std::move(*bits));
  return profile;
}

std::optional<SparsityProfile> pruned_share(const models::ProblemShape& nest, double density,
                                            const PruneSpec& spec) {
  const std::int64_t channels = nest.bound(Dim::G) * nest.bound(Dim::K);
  const std::int64_t reduction = nest.bound(Dim::C);
  double share = 1;
  ZeroPlacement placement = ZeroPlacement::kUniform;
  std::int64_t cluster = 1;
  std::optional<models::GroupPattern> pattern;
  if (const auto* pruned = std::get_if<PruneShare>(&spec)) {
    const std::int64_t weights = nest.elements(models::MacOperand::kWeights);
    share = share_of(weights - pruned_count(pruned->share, weights), weights);
  } else if (const auto* groups = std::get_if<PruneGroups>(&spec)) {
    const std::int64_t stay =
        reduction / groups->of * groups->keep + std::min(groups->keep, reduction % groups->of);
    share = share_of(stay, reduction);
    placement = ZeroPlacement::kGroups;
    pattern = models::GroupPattern{static_cast<int>(groups->keep), static_cast<int>(groups->of)};
  } else {
    const double dropped = std::get<PruneChannels>(spec).share;
    share = share_of(channels - pruned_count(dropped, channels), channels);
    // A channel that goes takes all that its sums run over.
    placement = ZeroPlacement::kClustered;
    cluster = reduction;
  }
  if (share >= density) return std::nullopt;
  SparsityProfile profile{share, DensityOrigin::kWhatIf};
  profile.placement = placement;
  profile.cluster = cluster;
  profile.groups = pattern;
  return profile;
}

}  // namespace mensa::onnx_import
