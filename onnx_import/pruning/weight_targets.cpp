#include "onnx_import/pruning/weight_targets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <variant>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/pruning/name_pattern.h"

namespace mensa::onnx_import {
namespace {

using models::Dim;

/// Weights of the nest; none where they are more than any tensor has.
std::optional<std::int64_t> weights_of(const models::ProblemShape& shape) {
  std::vector<std::int64_t> extents;
  for (const Dim dim : models::kAllDims) {
    if (models::is_relevant(models::MacOperand::kWeights, dim)) {
      extents.push_back(shape.bound(dim));
    }
  }
  return element_count(extents);
}

std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  const std::size_t shown = std::min(names.size(), kShown);
  std::vector<std::string> marked;
  marked.reserve(shown);
  for (std::size_t i = 0; i < shown; ++i) marked.push_back(fmt::format("'{}'", names[i]));
  std::string text = fmt::format("{}", fmt::join(marked, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

[[noreturn]] void fail_unmatched(const Draft& draft, const std::string& pattern_text,
                                 const NamePattern& pattern,
                                 const std::vector<WeightTarget>& targets) {
  std::vector<std::string> found;
  for (const DraftLayer& entry : draft.layers) {
    const std::string& node = draft.groups[entry.layer.group.index()];
    if (pattern.found_in(entry.layer.name) || pattern.found_in(node)) {
      found.push_back(entry.layer.name);
    }
  }
  std::vector<std::string> known;
  known.reserve(targets.size());
  for (const WeightTarget& target : targets) known.push_back(target.layer);
  if (known.empty()) {
    throw base::Error("the model has no layer with weights: there is nothing to prune");
  }
  std::vector<std::string> near = base::near_names(pattern_text, known);
  const std::string hint = near.empty() ? fmt::format("layers with weights are {}", quoted(known))
                                        : fmt::format("did you mean {}?", quoted(near));
  if (found.empty()) {
    throw base::Error(
        fmt::format("--layers '{}' is found in the name of no layer; {}", pattern_text, hint));
  }
  throw base::Error(
      fmt::format("--layers '{}' finds {} layer(s), none of which has weights: {}; {}",
                  pattern_text, found.size(), quoted(found), hint));
}

}  // namespace

std::vector<WeightTarget> weight_targets(const Draft& draft) {
  std::vector<WeightTarget> targets;
  for (const DraftLayer& entry : draft.layers) {
    const models::Layer& layer = entry.layer;
    const auto* work = std::get_if<models::MacWork>(&layer.work);
    if (work == nullptr) continue;
    const auto weights = weights_of(work->shape);
    const auto tensor =
        std::find_if(layer.parameters.begin(), layer.parameters.end(), [&](models::TensorId id) {
          return weights && element_count(draft.tensor(id).shape) == weights;
        });
    if (tensor == layer.parameters.end()) continue;
    targets.push_back({layer.name, draft.groups[layer.group.index()], *tensor, work->shape});
  }
  return targets;
}

std::vector<WeightTarget> chosen_targets(const Draft& draft, const std::string& pattern) {
  const NamePattern compiled(pattern);
  const std::vector<WeightTarget> targets = weight_targets(draft);
  std::vector<WeightTarget> chosen;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(chosen),
               [&](const WeightTarget& target) {
                 return compiled.found_in(target.layer) || compiled.found_in(target.node);
               });
  if (chosen.empty()) fail_unmatched(draft, pattern, compiled, targets);
  return chosen;
}

}  // namespace mensa::onnx_import
