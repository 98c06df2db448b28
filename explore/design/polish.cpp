#include "explore/design/polish.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace mensa::explore {
namespace {

/// Changes that were worse by more than this, as logarithm, wait until nothing else helps.
constexpr double kPromising = 0.02;
/// Improvements that are made at once at the most.
constexpr std::size_t kMostTogether = 4;

double threshold() { return std::log1p(kWorthwhile); }

Blueprints with(const Blueprints& now, std::size_t accelerator, const Blueprint& to) {
  Blueprints next = now;
  next[accelerator] = to;
  return next;
}

/// Sets what the move sets; the rest stays as it is in `now`.
void apply(const Blueprint& from, const Move& move, Blueprint& now) {
  if (move.to.rows != from.rows) now.rows = move.to.rows;
  if (move.to.columns != from.columns) now.columns = move.to.columns;
  if (move.to.dataflow != from.dataflow) now.dataflow = move.to.dataflow;
  if (move.to.weights != from.weights) now.weights = move.to.weights;
  if (move.to.activations != from.activations) now.activations = move.to.activations;
  if (move.to.place != from.place) now.place = move.to.place;
}

/// A budget `times` as large.
Budget grown(const Budget& budget, double times) {
  Budget larger = budget;
  larger.area *= times;
  if (larger.power) *larger.power *= times;
  return larger;
}

/// Sizes of an accelerator that may be made smaller.
constexpr std::size_t kSizes = 4;

/// With one size a step smaller: rows, columns, weights, activations; none where that is as small
/// as can be.
std::optional<Blueprint> one_down(const Platform& platform, const Blueprint& from,
                                  std::size_t size) {
  for (const Move& move : size_moves(platform, from, Step::kFine)) {
    const Blueprint& to = move.to;
    const std::array<bool, kSizes> smaller = {to.rows < from.rows && to.columns == from.columns,
                                              to.columns < from.columns && to.rows == from.rows,
                                              to.weights < from.weights && to.weights.value() > 0,
                                              to.activations < from.activations};
    if (smaller[size]) return to;
  }
  return std::nullopt;
}

/// Whether a change is about that size.
bool concerns(Aspect aspect, std::size_t size) {
  constexpr std::array<Aspect, kSizes> kAspects = {Aspect::kArray, Aspect::kArray, Aspect::kWeights,
                                                   Aspect::kActivations};
  return kAspects[size] == aspect;
}

bool has_twins(const Blueprints& blueprints) {
  return std::set<Blueprint>(blueprints.begin(), blueprints.end()).size() != blueprints.size();
}

}  // namespace

Polish::Polish(const Platform& platform, const Budget& budget, std::vector<std::size_t> places,
               std::vector<base::Bytes> weights, WholeSystems& systems)
    : platform_(platform),
      budget_(budget),
      places_(std::move(places)),
      weights_(std::move(weights)),
      systems_(systems) {}

std::vector<Move> Polish::moves_of(const Blueprint& blueprint) const {
  std::vector<Move> moves = size_moves(platform_, blueprint, Step::kFine);
  for (Move& move : size_moves(platform_, blueprint, Step::kDouble)) moves.push_back(move);
  for (Move& move : kind_moves(platform_, blueprint, places_)) moves.push_back(move);
  for (Move& move : jumps(blueprint, weights_)) moves.push_back(move);
  return moves;
}

std::vector<Polish::Tried> Polish::try_moves(const Blueprints& now, double merit, bool all) {
  std::vector<Tried> tried;
  std::vector<Blueprints> wanted;
  const Budget larger = grown(budget_, kBeyondBudget);
  for (std::size_t a = 0; a < now.size(); ++a) {
    const std::vector<Move> moves = moves_of(now[a]);
    std::set<Blueprint> seen = {now[a]};
    for (std::size_t m = 0; m < moves.size(); ++m) {
      if (!seen.insert(moves[m].to).second) continue;
      const Slot slot{a, m};
      const auto last = last_.find(slot);
      if (!all && last != last_.end() && last->second > kPromising) continue;
      const Blueprints next = with(now, a, moves[m].to);
      const Footprint takes = footprint(platform_, next);
      Tried one{slot, {a, moves[m], broken_budget(platform_, budget_, takes), "", 0}, nullptr};
      const bool keeps_budgets = one.change.broken.empty();
      // What another place, or a jump, would be worth is looked at however little room there is.
      const bool is_jump =
          moves[m].aspect == Aspect::kWeights &&
          std::find(weights_.begin(), weights_.end(), moves[m].to.weights) != weights_.end();
      const bool is_near =
          is_jump || moves[m].aspect == Aspect::kPlace || keeps(platform_, larger, takes);
      if (has_twins(next) || !is_near || (!keeps_budgets && !all)) continue;
      wanted.push_back(next);
      tried.push_back(std::move(one));
    }
  }
  const std::vector<const EvaluatedDesign*> designs = systems_.of(wanted);
  for (std::size_t i = 0; i < tried.size(); ++i) {
    tried[i].design = designs[i];
    tried[i].change.failure = designs[i]->failure;
    tried[i].change.merit = designs[i]->merit;
    last_[tried[i].slot] = designs[i]->merit - merit;
  }
  return tried;
}

const EvaluatedDesign* Polish::best_step(const Blueprints& now, double merit,
                                         const std::vector<Tried>& tried, Blueprints& next) {
  std::vector<const Tried*> better;
  for (const Tried& one : tried) {
    if (one.change.broken.empty() && one.design->merit < merit - threshold()) {
      better.push_back(&one);
    }
  }
  if (better.empty()) return nullptr;
  std::stable_sort(better.begin(), better.end(), [](const Tried* a, const Tried* b) {
    return a->design->merit < b->design->merit;
  });
  const EvaluatedDesign* best = better.front()->design;
  next = with(now, better.front()->slot.first, better.front()->change.move.to);
  // Several at once, as far as they do not get in one another's way.
  std::set<std::pair<std::size_t, Aspect>> changed;
  Blueprints together = now;
  std::vector<Blueprints> combined;
  for (const Tried* one : better) {
    const std::size_t a = one->slot.first;
    if (combined.size() + 1 == kMostTogether) break;
    if (changed.contains({a, one->change.move.aspect})) continue;
    Blueprints more = together;
    apply(now[a], one->change.move, more[a]);
    if (has_twins(more) || !keeps(platform_, budget_, footprint(platform_, more))) continue;
    changed.insert({a, one->change.move.aspect});
    together = std::move(more);
    if (changed.size() > 1) combined.push_back(together);
  }
  const std::vector<const EvaluatedDesign*> designs = systems_.of(combined);
  for (std::size_t i = 0; i < combined.size(); ++i) {
    if (!(designs[i]->merit < best->merit)) continue;
    best = designs[i];
    next = combined[i];
  }
  return best;
}

Polish::Losses Polish::losses_in(const Blueprints& now, double merit,
                                 const std::vector<Tried>& tried) const {
  Losses losses;
  for (std::size_t a = 0; a < now.size(); ++a) {
    for (std::size_t size = 0; size < kSizes; ++size) {
      const std::optional<Blueprint> smaller = one_down(platform_, now[a], size);
      if (!smaller) continue;
      for (const Tried& one : tried) {
        if (one.slot.first != a || one.change.move.to != *smaller) continue;
        if (one.design->runs()) losses[{a, size}] = one.design->merit - merit;
      }
    }
  }
  return losses;
}

std::optional<Blueprints> Polish::with_room(Blueprints grown, const Tried& growth,
                                            Losses losses) const {
  // What gets smaller again and again costs more each time.
  constexpr double kDearer = 1.5;
  constexpr double kLeastLoss = 1e-4;
  double over = excess(platform_, budget_, footprint(platform_, grown));
  while (over > 0) {
    std::optional<std::pair<std::size_t, std::size_t>> best;
    double cheapest = std::numeric_limits<double>::infinity();
    Blueprints next;
    for (const auto& [which, loss] : losses) {
      const auto [a, size] = which;
      const bool is_grown = a == growth.slot.first && concerns(growth.change.move.aspect, size);
      const std::optional<Blueprint> smaller = one_down(platform_, grown[a], size);
      if (is_grown || !smaller) continue;
      const Blueprints candidate = with(grown, a, *smaller);
      const double relief = over - excess(platform_, budget_, footprint(platform_, candidate));
      if (!(relief > 0)) continue;
      const double price = std::max(loss, kLeastLoss) / relief;
      if (price >= cheapest) continue;
      cheapest = price;
      best = which;
      next = candidate;
    }
    if (!best) return std::nullopt;
    losses[*best] = std::max(losses[*best], kLeastLoss) * kDearer;
    grown = std::move(next);
    over = excess(platform_, budget_, footprint(platform_, grown));
  }
  return has_twins(grown) ? std::nullopt : std::optional(grown);
}

const EvaluatedDesign* Polish::best_exchange(const Blueprints& now, double merit,
                                             const std::vector<Tried>& tried, std::size_t most,
                                             Blueprints& next) {
  std::vector<const Tried*> growths;
  for (const Tried& one : tried) {
    const bool is_promising = !one.change.broken.empty() && one.design->merit < merit - threshold();
    if (is_promising) growths.push_back(&one);
  }
  std::stable_sort(growths.begin(), growths.end(), [](const Tried* a, const Tried* b) {
    return a->design->merit < b->design->merit;
  });
  const Losses losses = losses_in(now, merit, tried);
  // As well with everything equally dear, which takes a little of all.
  Losses equal = losses;
  for (auto& entry : equal) entry.second = 0;
  std::vector<Blueprints> wanted;
  for (const Tried* growth : growths) {
    if (wanted.size() >= most) break;
    const Blueprints grown = with(now, growth->slot.first, growth->change.move.to);
    for (const Losses& prices : {losses, equal}) {
      std::optional<Blueprints> design = with_room(grown, *growth, prices);
      if (design) wanted.push_back(std::move(*design));
    }
  }
  const EvaluatedDesign* best = nullptr;
  const std::vector<const EvaluatedDesign*> designs = systems_.of(wanted);
  for (std::size_t i = 0; i < designs.size(); ++i) {
    if (!(designs[i]->merit < (best == nullptr ? merit - threshold() : best->merit))) continue;
    best = designs[i];
    next = wanted[i];
  }
  return best;
}

Polished Polish::run(const EvaluatedDesign& start, const PolishOptions& options) {
  last_.clear();
  Polished result{&start, false};
  Blueprints now = start.blueprints;
  for (std::size_t step = 0; step < options.most_steps; ++step) {
    const double merit = result.design->merit;
    Blueprints next;
    const EvaluatedDesign* better = best_step(now, merit, try_moves(now, merit, false), next);
    if (better == nullptr) {
      const std::vector<Tried> tried = try_moves(now, merit, true);
      better = best_step(now, merit, tried, next);
      if (better == nullptr) {
        better = best_exchange(now, merit, tried, options.most_exchanges, next);
      }
      if (better == nullptr) {
        result.is_local_optimum = options.most_exchanges > 0;
        return result;
      }
    }
    now = std::move(next);
    result.design = better;
  }
  return result;
}

std::vector<Alternative> Polish::alternatives(const EvaluatedDesign& design) {
  std::vector<Alternative> all;
  for (Tried& one : try_moves(design.blueprints, design.merit, true)) {
    all.push_back(std::move(one.change));
  }
  return all;
}

}  // namespace mensa::explore
