#include "explore/design/designer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>

#include "explore/design/candidate_pool.h"
#include "explore/design/least_design.h"
#include "explore/design/resident_sizes.h"
#include "explore/design/starting_candidates.h"
#include "models/base/error.h"
#include "models/base/words.h"

namespace mensa::explore {
namespace {

constexpr base::Words<DesignEffort, 3> kEfforts("effort", {"quick", "normal", "thorough"});

/// What an effort is made of.
struct Plan {
  std::size_t sides = 4;     ///< of square arrays to start with
  std::size_t growths = 3;   ///< rounds of candidates around the chosen ones
  std::size_t starts = 2;    ///< choices for each clustering that are evaluated as whole systems
  std::size_t variants = 2;  ///< of these, by number of accelerators, from which searches begin
  std::size_t kicks = 3;     ///< changes for the worse from which the best design is searched anew
  PolishOptions first;       ///< of the best start of each number of accelerators
  PolishOptions last;        ///< of the best of these
};

Plan plan_of(DesignEffort effort) {
  switch (effort) {
    case DesignEffort::kQuick:
      return {3, 1, 1, 1, 0, {0, 0}, {8, 4}};
    case DesignEffort::kNormal:
      return {4, 3, 3, 2, 3, {4, 6}, {24, 12}};
    case DesignEffort::kThorough:
      return {6, 6, 8, 4, 12, {24, 12}, {64, 32}};
  }
  return {};
}

std::vector<double> weights_of(const std::vector<DesignModel>& models) {
  std::vector<double> weights;
  weights.reserve(models.size());
  for (const DesignModel& model : models) weights.push_back(model.weight);
  return weights;
}

}  // namespace

std::string_view to_string(DesignEffort effort) { return kEfforts.of(effort); }

DesignEffort design_effort_from_string(std::string_view name) { return kEfforts.value_of(name); }

class Designer::Work {
 public:
  Work(DesignTask task, const std::shared_ptr<accelerators::SharedMappings>& mappings,
       const Parallel& parallel, std::function<void(const DesignProgress&)> tell)
      : task_(std::move(task)),
        platform_(*task_.platform),
        models_(*task_.models),
        plan_(plan_of(task_.effort)),
        parallel_(parallel),
        tell_(std::move(tell)),
        items_(work_items(models_)),
        merit_(task_.rules.objective, weights_of(models_)),
        usable_(usable_places(platform_)),
        weights_(resident_sizes(models_, platform_,
                                largest_weight_buffer(platform_, task_.budget.area))),
        costs_(models_, items_, task_.rules, mappings,
               likely_static_power(platform_, task_.budget)),
        pool_(platform_, task_.budget, items_, merit_, costs_, parallel_, [this] { step(); }),
        systems_(platform_, models_, task_.rules, merit_, mappings, parallel_, [this] { step(); }) {
  }

  PlatformDesign run() {
    begin("candidates");
    pool_.add(starting_candidates(platform_, task_.budget, usable_.places, plan_.sides, weights_));
    check_pool();
    const std::vector<ItemClusters> starts =
        starting_clusters(items_, task_.most_accelerators, task_.seed);
    grow(starts);
    begin("first designs");
    by_count_.resize(task_.most_accelerators);
    starts_.resize(task_.most_accelerators);
    for (const ItemClusters& clusters : starts) try_choices(clusters);
    check_found();
    begin("local search");
    polish_all();
    return result();
  }

 private:
  void begin(std::string_view phase) {
    phase_ = phase;
    done_ = 0;
  }

  void step() {
    const std::lock_guard lock(telling_);
    ++done_;
    if (tell_) tell_({phase_, done_, 0});
  }

  void check_pool() const {
    if (pool_.candidates().empty() || pool_.homeless_item()) {
      throw_nothing_fits(platform_, task_.budget, models_, items_, costs_, parallel_,
                         usable_.places);
    }
  }

  void check_found() const {
    const bool any = std::any_of(by_count_.begin(), by_count_.end(),
                                 [](const DesignOfCount& one) { return one.design != nullptr; });
    if (any) return;
    if (!failure_.empty()) throw base::Error(failure_);
    throw_nothing_fits(platform_, task_.budget, models_, items_, costs_, parallel_, usable_.places);
  }

  /// Candidates around those that are chosen, as long as there are new ones.
  void grow(const std::vector<ItemClusters>& starts) {
    for (std::size_t round = 0; round < plan_.growths; ++round) {
      std::set<std::size_t> chosen;
      for (const ItemClusters& clusters : starts) {
        for (const PoolChoice& choice : pool_.refine(clusters, 1)) {
          chosen.insert(choice.candidates.begin(), choice.candidates.end());
        }
      }
      std::vector<Blueprint> around;
      for (const std::size_t candidate : chosen) {
        if (!expanded_.insert(candidate).second) continue;
        for (const Move& move :
             size_moves(platform_, pool_.candidates()[candidate], Step::kDouble)) {
          around.push_back(move.to);
        }
      }
      if (around.empty()) return;
      pool_.add(around);
    }
  }

  /// Evaluates the best choices for some clusters as whole systems.
  void try_choices(const ItemClusters& clusters) {
    std::vector<Blueprints> designs;
    for (const PoolChoice& choice : pool_.refine(clusters, plan_.starts)) {
      std::set<Blueprint> distinct;
      for (const std::size_t c : choice.candidates) distinct.insert(pool_.candidates()[c]);
      designs.emplace_back(distinct.begin(), distinct.end());
    }
    for (const EvaluatedDesign* design : systems_.of(designs)) {
      if (!design->runs()) {
        if (failure_.empty()) failure_ = design->failure;
        continue;
      }
      consider(*design, clusters.origin);
      add_start(*design, clusters.origin);
    }
  }

  /// Keeps the best few of each number of accelerators that differ in more than buffers.
  void add_start(const EvaluatedDesign& design, const std::string& origin) {
    std::vector<DesignOfCount>& starts = starts_[design.blueprints.size() - 1];
    const auto same = std::find_if(starts.begin(), starts.end(), [&](const DesignOfCount& one) {
      return std::equal(one.design->blueprints.begin(), one.design->blueprints.end(),
                        design.blueprints.begin(), [](const Blueprint& a, const Blueprint& b) {
                          return a.rows == b.rows && a.columns == b.columns &&
                                 a.dataflow == b.dataflow && a.place == b.place;
                        });
    });
    if (same == starts.end()) {
      starts.push_back({&design, origin, false});
    } else if (design.merit < same->design->merit) {
      *same = {&design, origin, false};
    }
    std::stable_sort(starts.begin(), starts.end(),
                     [](const DesignOfCount& a, const DesignOfCount& b) {
                       return a.design->merit < b.design->merit;
                     });
    if (starts.size() > plan_.variants) starts.resize(plan_.variants);
  }

  bool consider(const EvaluatedDesign& design, const std::string& origin,
                bool is_local_optimum = false) {
    if (!design.runs()) return false;
    DesignOfCount& best = by_count_[design.blueprints.size() - 1];
    const bool is_better = best.design == nullptr || design.merit < best.design->merit;
    if (is_better) best = {&design, origin, is_local_optimum};
    if (best.design == &design && is_local_optimum) best.is_local_optimum = true;
    return is_better;
  }

  /// How many accelerators the best design has: more than one less only where they are worth it.
  [[nodiscard]] std::size_t best_count() const {
    std::size_t best = by_count_.size();
    for (std::size_t k = 0; k < by_count_.size(); ++k) {
      const EvaluatedDesign* const design = by_count_[k].design;
      if (design == nullptr) continue;
      if (best == by_count_.size()) {
        best = k;
        continue;
      }
      const double needed = static_cast<double>(k - best) * std::log1p(kWorthAnAccelerator);
      if (design->merit < by_count_[best].design->merit - needed) best = k;
    }
    return best;
  }

  void polish(Polish& search, const DesignOfCount& start, const PolishOptions& options) {
    if (start.design == nullptr || start.is_local_optimum || options.most_steps == 0) return;
    const Polished found = search.run(*start.design, options);
    consider(*found.design, start.origin, found.is_local_optimum);
  }

  void polish_all() {
    Polish search(platform_, task_.budget, usable_.places, weights_, systems_);
    for (const std::vector<DesignOfCount>& starts : starts_) {
      for (const DesignOfCount& start : starts) polish(search, start, plan_.first);
    }
    for (std::size_t round = 0; round < task_.most_accelerators + 1; ++round) {
      const std::size_t count = best_count();
      const DesignOfCount best = by_count_[count];
      polish(search, best, plan_.last);
      if (task_.effort == DesignEffort::kQuick) return;
      if (best_count() != count) continue;
      const bool restructured = restructure(search, count);
      const bool kicked = kick(search, count);
      if (!restructured && !kicked) return;
    }
  }

  /// Searches on from the best design with one thing of one accelerator otherwise, the least bad
  /// ones first: what a single change cannot leave, such a start may. Whether that made it better.
  bool kick(Polish& search, std::size_t count) {
    const DesignOfCount start = by_count_[count];
    std::vector<Alternative> others = search.alternatives(*start.design);
    std::stable_sort(others.begin(), others.end(),
                     [](const Alternative& a, const Alternative& b) { return a.merit < b.merit; });
    std::map<std::pair<std::size_t, Aspect>, std::size_t> used;
    std::size_t kicks = 0;
    for (const Alternative& one : others) {
      const bool is_buffer =
          one.move.aspect == Aspect::kWeights || one.move.aspect == Aspect::kActivations;
      if (is_buffer || !one.broken.empty() || !one.failure.empty()) continue;
      constexpr std::size_t kMostAlike = 2;  // of one accelerator
      if (used[{one.accelerator, one.move.aspect}]++ >= kMostAlike) continue;
      if (kicks++ == plan_.kicks) break;
      Blueprints design = start.design->blueprints;
      design[one.accelerator] = one.move.to;
      const Polished found = search.run(systems_.of(design), plan_.first);
      consider(*found.design, start.origin, found.is_local_optimum);
    }
    if (by_count_[count].design == start.design) return false;
    const DesignOfCount better = by_count_[count];
    polish(search, better, plan_.last);
    return true;
  }

  /// Merges and splits the clusters that the best design's accelerators really have. Whether that
  /// made any design better.
  bool restructure(Polish& search, std::size_t count) {
    const EvaluatedDesign& now = *by_count_[count].design;
    if (!restructured_.insert(now.blueprints).second) return false;
    const ItemClusters clusters = clusters_in(now, by_count_[count].origin);
    std::vector<ItemClusters> others = {clusters};
    for (std::size_t i = 0; i < clusters.count; ++i) {
      for (std::size_t j = i + 1; j < clusters.count; ++j) {
        others.push_back(merged(clusters, i, j));
      }
      if (clusters.count < task_.most_accelerators) {
        others.push_back(split(clusters, i, items_, task_.seed));
      }
    }
    std::vector<const EvaluatedDesign*> before;
    for (const DesignOfCount& one : by_count_) before.push_back(one.design);
    for (const ItemClusters& one : others) try_choices(one);
    // One accelerator less, as they are.
    for (std::size_t i = 0; now.blueprints.size() > 1 && i < now.blueprints.size(); ++i) {
      Blueprints fewer = now.blueprints;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      consider(systems_.of(fewer), by_count_[count].origin + ", one less");
    }
    bool changed = false;
    for (std::size_t k = 0; k < by_count_.size(); ++k) {
      if (by_count_[k].design == before[k]) continue;
      changed = true;
      const DesignOfCount better = by_count_[k];
      polish(search, better, plan_.last);
    }
    return changed;
  }

  /// By the accelerators that the schedules have the items run on.
  [[nodiscard]] ItemClusters clusters_in(const EvaluatedDesign& design,
                                         const std::string& origin) const {
    const accelerators::System system = platform_.system(design.blueprints);
    const auto mappings = std::make_shared<accelerators::MappingCache>(system, task_.rules.mapper,
                                                                       systems_.mappings());
    std::vector<std::size_t> labels(items_.size(), 0);
    std::vector<std::vector<PlacedLayer>> layers(models_.size());
    parallel_.each(models_.size(), [&](std::size_t m) {
      layers[m] = placed_layers(models_[m], mappings, task_.rules);
    });
    for (std::size_t i = 0; i < items_.size(); ++i) {
      labels[i] = layers[items_[i].model][items_[i].main.index()].accelerator.index();
    }
    return clusters_of(origin, std::move(labels));
  }

  PlatformDesign result() {
    const std::size_t count = best_count();
    PlatformDesign found;
    found.design = by_count_[count].design;
    found.origin = by_count_[count].origin;
    found.is_local_optimum = by_count_[count].is_local_optimum;
    begin("alternatives");
    Polish search(platform_, task_.budget, usable_.places, weights_, systems_);
    found.alternatives = search.alternatives(*found.design);
    found.by_count = by_count_;
    found.dominated = usable_.dominated;
    found.candidates = pool_.candidates().size();
    found.systems = systems_.evaluated();
    found.faults = systems_.faults();
    return found;
  }

  DesignTask task_;
  const Platform& platform_;
  const std::vector<DesignModel>& models_;
  Plan plan_;
  const Parallel& parallel_;
  std::function<void(const DesignProgress&)> tell_;
  std::mutex telling_;
  std::string_view phase_;
  std::size_t done_ = 0;
  std::vector<WorkItem> items_;
  Merit merit_;
  UsablePlaces usable_;
  std::vector<base::Bytes> weights_;  ///< sizes of weight buffers that are worth a jump
  CandidateCosts costs_;
  CandidatePool pool_;
  WholeSystems systems_;
  std::set<std::size_t> expanded_;  ///< candidates whose neighbours are in the pool
  std::vector<DesignOfCount> by_count_;
  std::vector<std::vector<DesignOfCount>> starts_;  ///< by number of accelerators, less one
  std::string failure_;                             ///< of the first design that does not run
  std::set<Blueprints> restructured_;
};

Designer::Designer(DesignTask task, const std::shared_ptr<accelerators::SharedMappings>& mappings,
                   const Parallel& parallel, std::function<void(const DesignProgress&)> tell)
    : work_(std::make_unique<Work>(std::move(task), mappings, parallel, std::move(tell))) {}

Designer::~Designer() = default;

PlatformDesign Designer::run() { return work_->run(); }

}  // namespace mensa::explore
