#include "accelerators/cost/sparse_mapping.h"

#include <algorithm>
#include <cmath>

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

namespace {

constexpr double kDensitySteps = 64;
constexpr double kRoomSteps = 16;

double rounded_up(double share, double steps) {
  return std::min(1.0, std::ceil(share * steps) / steps);
}

MacQuestion with_round_densities(MacQuestion question) {
  for (OperandZeros& zeros : question.zeros) {
    zeros.density = rounded_up(zeros.density, kDensitySteps);
    if (zeros.kept >= 0) zeros.kept = rounded_up(zeros.kept, kDensitySteps);
  }
  return question;
}

ExactWeights replayed(const MacCostModel& model, const Mapping& mapping,
                      const models::WeightPattern& pattern) {
  return exact_weights(pattern, mapping, model.accelerator().sparsity, model.weight_storage());
}

}  // namespace

std::variant<LayerCost, Infeasible> exact_cost(MacCostModel& model, const Mapping& mapping,
                                               const models::WeightPattern* pattern) {
  if (pattern == nullptr || !can_replay(mapping)) return model.evaluate(mapping);
  const ExactWeights weights = replayed(model, mapping, *pattern);
  return model.evaluate(mapping, &weights);
}

std::variant<MappedCost, Infeasible> best_sparse_mapping(MappingCache& mappings,
                                                         const Accelerator& accelerator,
                                                         MacQuestion& question,
                                                         const models::WeightPattern* pattern,
                                                         Objective objective) {
  while (true) {
    const auto& mapped = mappings.find(accelerator, with_round_densities(question));
    if (const auto* missing = std::get_if<Infeasible>(&mapped)) return *missing;
    MacCostModel model(mappings.system(), accelerator, question);
    std::optional<MappedCost> best;
    std::optional<Infeasible> lacking;
    double fullest = 0;
    for (const MappedCost& candidate : std::get<ParetoMappings>(mapped)) {
      std::variant<LayerCost, Infeasible> cost = exact_cost(model, candidate.mapping, pattern);
      if (auto* missing = std::get_if<Infeasible>(&cost)) {
        lacking = std::move(*missing);
        if (pattern != nullptr && can_replay(candidate.mapping)) {
          fullest = std::max(fullest, replayed(model, candidate.mapping, *pattern).fullest);
        }
        continue;
      }
      LayerCost& found = std::get<LayerCost>(cost);
      if (!best || score(objective, found.time, found.energy.total()) <
                       score(objective, best->cost.time, best->cost.energy.total())) {
        best = MappedCost{candidate.mapping, found};
      }
    }
    if (best) return *best;
    double& room = question.zeros[index(MacOperand::kWeights)].room;
    if (room >= 1) return *std::move(lacking);
    room = std::max(rounded_up(fullest, kRoomSteps), std::min(1.0, room + 1 / kRoomSteps));
  }
}

}  // namespace mensa::accelerators
