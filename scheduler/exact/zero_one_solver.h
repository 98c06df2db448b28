#pragma once

#include <memory>
#include <vector>

#include "models/base/units.h"

namespace mensa::scheduler {

/// Linear constraints on columns that are 0 or 1.
struct ZeroOneProgram {
  /// least <= sum of `plus` - sum of `minus` <= most.
  struct Row {
    std::vector<int> plus;
    std::vector<int> minus;
    double least = 0;
    double most = 0;
  };

  int columns = 0;
  std::vector<Row> rows;
};

/// By column.
using ZeroOnes = std::vector<bool>;

/// Branch and bound over linear relaxations, by COIN-OR's Cbc: one thread, silent, no signal
/// handlers.
class ZeroOneSolver {
 public:
  /// Relative, of answers: Cbc holds rows within 1e-7 and reduced costs as well, on costs that are
  /// scaled so that what it starts from costs 1e5. With hundreds of rows that each matter a
  /// hundredth of the whole, that is some 1e-7 of it.
  static constexpr double kTolerance = 1e-6;

  struct Answer {
    ZeroOnes columns;  ///< no worse than what the search started from
    /// No columns that meet the rows cost less, but for kTolerance. Minus infinity where the search
    /// ended before anything was known.
    double bound = 0;
  };

  explicit ZeroOneSolver(const ZeroOneProgram& program);
  ~ZeroOneSolver();
  ZeroOneSolver(const ZeroOneSolver&) = delete;
  ZeroOneSolver& operator=(const ZeroOneSolver&) = delete;

  /// Columns with the least sum of costs, which are not negative. `start` meets the rows. The
  /// search ends after `time_limit` (of this process, all its threads together), or `most_nodes` of
  /// the tree; the first depends on the machine, the second does not. One linear program is not
  /// interrupted between its checks of the time.
  [[nodiscard]] Answer solve(const std::vector<double>& costs, const ZeroOnes& start,
                             base::Seconds time_limit, int most_nodes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mensa::scheduler
