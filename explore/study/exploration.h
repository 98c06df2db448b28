#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/evaluation/evaluation.h"
#include "explore/insight/pareto.h"
#include "explore/search/search.h"
#include "explore/store/study_store.h"

namespace mensa::explore {

/// Why an exploration ended.
enum class Ending : std::uint8_t {
  kPoints,       ///< as many as were asked for
  kTime,         ///< of this run is over
  kStagnation,   ///< the front did not change for as many points as were asked for
  kExhausted,    ///< the search has no more points, or finds no new ones
  kInterrupted,  ///< somebody asked for it
};
[[nodiscard]] std::string_view to_string(Ending ending);

/// How far an exploration is.
struct ExplorationState {
  std::uint64_t points = 0;     ///< different ones that the search has been answered
  std::uint64_t evaluated = 0;  ///< of these, by this process
  std::uint64_t feasible = 0;
  std::size_t front = 0;     ///< points on the Pareto front
  std::vector<double> best;  ///< of each objective, as to_minimise() has it; empty: none yet
  std::chrono::steady_clock::duration running{};
};

/// Runs a search over a space: every point that it asks for is evaluated once and stored at once;
/// what the study has already is not evaluated again. So an exploration that was ended by anything
/// is gone on with by running it again, and several processes may run the same one at once and
/// share its points: each follows the same search, evaluates points that no other one does, and
/// takes the results of the others from the study.
class Exploration {
 public:
  /// All of them must outlive it.
  Exploration(const Space& space, Evaluation& evaluation, StudyStore& study);

  /// Told after points that were evaluated, by any thread, one at a time.
  void tell(std::function<void(const ExplorationState&)> listener) {
    listener_ = std::move(listener);
  }
  /// Asked before every point; true: points in flight are finished, and the exploration ends.
  void stop_when(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }

  /// To be called once. What evaluation or study throw ends it; what was stored stays.
  Ending run();

  [[nodiscard]] const ExplorationState& state() const { return state_; }

 private:
  struct Known {
    std::uint64_t number = 0;  ///< in the order of the search's first asking
    Judgement judgement;
  };

  [[nodiscard]] std::vector<Judgement> judge(const std::vector<Point>& points);
  /// Those that were not asked for before, each once, as many as may still come.
  [[nodiscard]] std::vector<Point> fresh(const std::vector<Point>& points);
  /// Makes known what the points come to, by evaluation or from the study. False where the
  /// exploration ends before.
  [[nodiscard]] bool find_out(const std::vector<Point>& points);
  /// Takes those from the begin of `points` that are to be claimed together.
  [[nodiscard]] std::vector<Point> take_share(std::vector<Point>& points) const;
  /// Evaluates points that are nobody else's.
  void evaluate(const std::vector<Point>& points);
  void learn(const Point& point, const PointResult& result);
  /// Takes new points into the front, in the order of their numbers.
  void count(const std::vector<Point>& points);
  /// So that other processes need not wait for points that nobody works on.
  void release_claims_of_a_failure() const;
  [[nodiscard]] bool must_stop();
  void update_running();
  [[noreturn]] void end(Ending ending);

  const Space& space_;
  Evaluation& evaluation_;
  StudyStore& study_;
  std::function<void(const ExplorationState&)> listener_;
  std::function<bool()> interrupted_;

  std::unordered_map<std::string, Known> known_;            ///< by key: what was asked for
  std::unordered_map<std::string, Judgement> answered_;     ///< in the study, not asked for yet
  std::unordered_map<std::string, std::uint64_t> numbers_;  ///< of points being found out
  ParetoFront front_;
  ExplorationState state_;
  std::uint64_t since_change_ = 0;  ///< points since the front changed
  std::uint64_t barren_ = 0;        ///< askings since the last new point
  std::chrono::steady_clock::time_point begin_;
  std::atomic<Ending> ending_ = Ending::kExhausted;
};

}  // namespace mensa::explore
