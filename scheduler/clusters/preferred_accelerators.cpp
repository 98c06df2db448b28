#include "scheduler/clusters/preferred_accelerators.h"

namespace mensa::scheduler {
namespace {

using accelerators::AcceleratorId;

void add_layer(const LayerInCluster& layer, AcceleratorId id, AcceleratorOnCluster& sum) {
  const accelerators::LayerEvaluation* const found = layer.costs->find(layer.layer, id);
  if (found == nullptr) {
    ++sum.layers_that_do_not_run;
    return;
  }
  sum.score +=
      accelerators::score(layer.costs->objective(), found->cost.time, found->cost.energy.total());
}

void choose_best(PreferredAccelerator& choice) {
  for (std::size_t i = 0; i < choice.accelerators.size(); ++i) {
    if (choice.accelerators[i].layers_that_do_not_run > 0) continue;
    if (!choice.best ||
        choice.accelerators[i].score < choice.accelerators[choice.best->index()].score) {
      choice.best = AcceleratorId(i);
    }
  }
}

}  // namespace

std::vector<PreferredAccelerator> preferred_accelerators(std::span<const LayerInCluster> layers,
                                                         std::size_t clusters,
                                                         const accelerators::System& system) {
  std::vector<PreferredAccelerator> choices(clusters);
  for (PreferredAccelerator& choice : choices) {
    choice.accelerators.resize(system.accelerators.size());
  }
  std::vector<bool> has_layers(clusters);
  for (const LayerInCluster& layer : layers) {
    PreferredAccelerator& choice = choices[layer.cluster.index()];
    has_layers[layer.cluster.index()] = true;
    for (std::size_t i = 0; i < choice.accelerators.size(); ++i) {
      add_layer(layer, AcceleratorId(i), choice.accelerators[i]);
    }
  }
  for (std::size_t i = 0; i < clusters; ++i) {
    if (has_layers[i]) choose_best(choices[i]);
  }
  return choices;
}

}  // namespace mensa::scheduler
