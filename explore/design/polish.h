#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/design/moves.h"
#include "explore/design/whole_systems.h"

namespace mensa::explore {

/// What a design comes to with one thing of one accelerator otherwise.
struct Alternative {
  std::size_t accelerator = 0;  ///< position in the design's blueprints
  Move move;
  std::string broken;   ///< the budget that it breaks; empty: none
  std::string failure;  ///< why some model does not run then; empty: all do
  double merit = 0;
};

/// How long a local search goes on.
struct PolishOptions {
  std::size_t most_steps = 24;     ///< changes that are made
  std::size_t most_exchanges = 8;  ///< that are tried at an optimum of single changes
};

struct Polished {
  const EvaluatedDesign* design = nullptr;
  /// No single change within the budgets makes it better by more than kWorthwhile.
  bool is_local_optimum = false;
};

/// By how much a change must make a whole design better, as a share of its figure of merit.
inline constexpr double kWorthwhile = 0.001;
/// Changes that take no more than so many times a budget are looked at, to see what a larger budget
/// is worth, and what to give up elsewhere for them.
inline constexpr double kBeyondBudget = 1.6;

/// Betters a design by changing one thing of one accelerator after another, with all models
/// scheduled on the whole system each time. Changes that looked bad are not tried again before
/// nothing else helps; at an optimum of single changes, those that would be better but break a
/// budget are tried with other things made smaller until there is room for them. Deterministic;
/// promises a local optimum at the most.
class Polish {
 public:
  /// All of them must outlive it. `places`: that accelerators may sit at; `weights`: sizes of
  /// weight buffers that are worth a jump.
  Polish(const Platform& platform, const Budget& budget, std::vector<std::size_t> places,
         std::vector<base::Bytes> weights, WholeSystems& systems);

  /// `start` runs all models within the budgets.
  [[nodiscard]] Polished run(const EvaluatedDesign& start, const PolishOptions& options);
  /// All single changes of a design, also those beyond the budgets as far as kBeyondBudget.
  [[nodiscard]] std::vector<Alternative> alternatives(const EvaluatedDesign& design);

 private:
  /// A change by which accelerator and by its position among the changes of one.
  using Slot = std::pair<std::size_t, std::size_t>;
  struct Tried {
    Slot slot;
    Alternative change;
    const EvaluatedDesign* design = nullptr;  ///< null: beyond what is looked at
  };
  [[nodiscard]] std::vector<Move> moves_of(const Blueprint& blueprint) const;
  /// Of `all` also those that looked bad, and those beyond the budgets.
  [[nodiscard]] std::vector<Tried> try_moves(const Blueprints& now, double merit, bool all);
  [[nodiscard]] const EvaluatedDesign* best_step(const Blueprints& now, double merit,
                                                 const std::vector<Tried>& tried, Blueprints& next);
  [[nodiscard]] const EvaluatedDesign* best_exchange(const Blueprints& now, double merit,
                                                     const std::vector<Tried>& tried,
                                                     std::size_t most, Blueprints& next);
  /// `grown` with other sizes than those of `grown_slot` made smaller, cheapest first, until it
  /// keeps the budgets; none where it never does. `losses`: by accelerator and size, what one step
  /// down is worth.
  using Losses = std::map<std::pair<std::size_t, std::size_t>, double>;
  [[nodiscard]] std::optional<Blueprints> with_room(Blueprints grown, const Tried& growth,
                                                    Losses losses) const;
  [[nodiscard]] Losses losses_in(const Blueprints& now, double merit,
                                 const std::vector<Tried>& tried) const;

  const Platform& platform_;
  const Budget& budget_;
  std::vector<std::size_t> places_;
  std::vector<base::Bytes> weights_;
  WholeSystems& systems_;
  std::map<Slot, double> last_;  ///< by how much each change was worse when it was tried last
};

}  // namespace mensa::explore
