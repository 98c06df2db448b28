#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "explore/design/budget.h"
#include "explore/design/candidate_costs.h"
#include "explore/design/item_clusters.h"
#include "explore/design/selection.h"

namespace mensa::explore {

/// What candidates were chosen from a pool for clusters.
struct PoolChoice {
  ItemClusters clusters;
  std::vector<std::size_t> candidates;  ///< by cluster
  double merit = 0;                     ///< by the candidates' costs, each model alone
  bool proven = true;                   ///< nothing in the pool is better for these clusters
};

/// Candidates whose costs are known, and choices among them.
class CandidatePool {
 public:
  /// All of them must outlive it.
  CandidatePool(const Platform& platform, const Budget& budget, const std::vector<WorkItem>& items,
                const Merit& merit, const CandidateCosts& costs, const Parallel& parallel,
                std::function<void()> before);

  /// Adds those that are new and keep the budgets by themselves.
  void add(const std::vector<Blueprint>& blueprints);
  [[nodiscard]] const std::vector<Blueprint>& candidates() const { return candidates_; }
  [[nodiscard]] const ItemCosts& costs(std::size_t candidate) const { return costs_[candidate]; }
  /// The first item that runs on no candidate, if there is one.
  [[nodiscard]] std::optional<std::size_t> homeless_item() const;

  /// The best choices for the clusters, best first; none where nothing keeps the budgets.
  [[nodiscard]] std::vector<PoolChoice> choose(const ItemClusters& clusters,
                                               std::size_t count) const;
  /// choose(), then by turns every item to the accelerator that suits it best, and accelerators for
  /// the clusters which that makes, as long as it gets better. `count` choices for the last ones.
  [[nodiscard]] std::vector<PoolChoice> refine(const ItemClusters& clusters,
                                               std::size_t count) const;

 private:
  [[nodiscard]] std::vector<std::size_t> options_of(const ItemClusters& clusters,
                                                    std::size_t cluster,
                                                    std::vector<SelectionOption>& options) const;
  [[nodiscard]] std::vector<TimeEnergy> cost_of(const ItemClusters& clusters, std::size_t cluster,
                                                std::size_t candidate) const;
  [[nodiscard]] std::vector<double> scores_of(const ItemClusters& clusters, std::size_t cluster,
                                              const std::vector<SelectionOption>& options) const;
  [[nodiscard]] ItemClusters reassigned(const PoolChoice& choice) const;
  void update_reference();

  const Platform& platform_;
  const Budget& budget_;
  const std::vector<WorkItem>& items_;
  const Merit& merit_;
  const CandidateCosts& evaluation_;
  const Parallel& parallel_;
  std::function<void()> before_;
  std::vector<Blueprint> candidates_;
  std::vector<BlueprintFigures> figures_;
  std::vector<ItemCosts> costs_;
  std::map<Blueprint, std::size_t> position_;
  ItemCosts reference_;  ///< of the best candidate alone, or of each item's best one
  double reference_leakage_ = 0;
};

}  // namespace mensa::explore
