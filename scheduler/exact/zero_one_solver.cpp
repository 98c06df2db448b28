#include "scheduler/exact/zero_one_solver.h"

#include <CbcHeuristic.hpp>
#include <CbcModel.hpp>
#include <CglClique.hpp>
#include <CglGomory.hpp>
#include <CglProbing.hpp>
#include <CglZeroHalf.hpp>
#include <ClpSolve.hpp>
#include <CoinPackedMatrix.hpp>
#include <CoinTime.hpp>
#include <OsiClpSolverInterface.hpp>
#include <algorithm>
#include <limits>

namespace mensa::scheduler {
namespace {

/// What the start costs in the solver: its tolerances are absolute.
constexpr double kScaledStart = 1e5;
/// Cbc looks for answers that are better by more than this, scaled: far below kTolerance.
constexpr double kImprovement = 1e-4;

/// As Cbc takes it.
base::Seconds solver_time() { return base::Seconds(CoinCpuTime()); }

CoinPackedMatrix matrix_of(const ZeroOneProgram& program) {
  std::vector<int> rows;
  std::vector<int> columns;
  std::vector<double> coefficients;
  const auto add = [&](int row, const std::vector<int>& those, double coefficient) {
    rows.resize(rows.size() + those.size(), row);
    columns.insert(columns.end(), those.begin(), those.end());
    coefficients.resize(rows.size(), coefficient);
  };
  for (std::size_t r = 0; r < program.rows.size(); ++r) {
    add(static_cast<int>(r), program.rows[r].plus, 1.0);
    add(static_cast<int>(r), program.rows[r].minus, -1.0);
  }
  CoinPackedMatrix matrix(true, rows.data(), columns.data(), coefficients.data(),
                          static_cast<CoinBigIndex>(rows.size()));
  matrix.setDimensions(static_cast<int>(program.rows.size()), program.columns);
  return matrix;
}

}  // namespace

struct ZeroOneSolver::Impl {
  explicit Impl(const ZeroOneProgram& program) : columns(program.columns) {
    solver.messageHandler()->setLogLevel(0);
    solver.getModelPtr()->setLogLevel(0);
    solver.setHintParam(OsiDoReducePrint, true, OsiHintDo);
    // Clp would catch SIGINT while it solves.
    ClpSolve options;
    options.setSpecialOption(2, 1);
    solver.setSolveOptions(options);
    const std::vector<double> zeros(static_cast<std::size_t>(columns), 0.0);
    const std::vector<double> ones(static_cast<std::size_t>(columns), 1.0);
    std::vector<double> least;
    std::vector<double> most;
    least.reserve(program.rows.size());
    most.reserve(program.rows.size());
    for (const ZeroOneProgram::Row& row : program.rows) {
      least.push_back(row.least);
      most.push_back(row.most);
    }
    solver.loadProblem(matrix_of(program), zeros.data(), ones.data(), zeros.data(), least.data(),
                       most.data());
    for (int c = 0; c < columns; ++c) solver.setInteger(c);
  }

  /// Solves the linear program without zeros and ones, from the last one's answer; false where the
  /// time is over before. Only here may Clp stop by itself: within its search Cbc would take a
  /// program that is not solved for one without a solution.
  bool relax(base::Seconds time_limit) {
    solver.getModelPtr()->setMaximumSeconds(time_limit.value());
    if (solved) {
      solver.resolve();
    } else {
      solver.initialSolve();
    }
    solved = solver.isProvenOptimal();
    constexpr double kUnlimited = -1;
    solver.getModelPtr()->setMaximumSeconds(kUnlimited);
    return solved;
  }

  int columns;
  bool solved = false;
  OsiClpSolverInterface solver;
};

ZeroOneSolver::ZeroOneSolver(const ZeroOneProgram& program)
    : impl_(std::make_unique<Impl>(program)) {}

ZeroOneSolver::~ZeroOneSolver() = default;

ZeroOneSolver::Answer ZeroOneSolver::solve(const std::vector<double>& costs, const ZeroOnes& start,
                                           base::Seconds time_limit, int most_nodes) {
  Answer answer{start, -std::numeric_limits<double>::infinity()};
  double start_cost = 0;
  for (std::size_t c = 0; c < costs.size(); ++c) start_cost += start[c] ? costs[c] : 0.0;
  if (start_cost <= 0) return {start, 0};
  if (time_limit <= base::Seconds(0)) return answer;
  const base::Seconds end = solver_time() + time_limit;
  const double scale = kScaledStart / start_cost;
  std::vector<double> scaled(costs.size());
  std::transform(costs.begin(), costs.end(), scaled.begin(),
                 [scale](double cost) { return cost * scale; });
  impl_->solver.setObjective(scaled.data());
  if (!impl_->relax(time_limit)) return answer;
  answer.bound = impl_->solver.getObjValue() / scale;
  const base::Seconds left = end - solver_time();
  if (left <= base::Seconds(0)) return answer;

  CbcModel model(impl_->solver);
  model.setLogLevel(0);
  model.setUseElapsedTime(false);
  model.setMaximumSeconds(left.value());
  model.setMaximumNodes(most_nodes);
  model.setRandomSeed(1);
  model.setAllowableGap(0);
  model.setAllowableFractionGap(0);
  model.setCutoffIncrement(kImprovement);
  CglProbing probing;
  CglClique clique;
  clique.setStarCliqueReport(false);
  clique.setRowCliqueReport(false);
  CglGomory gomory;
  CglZeroHalf zero_half;
  constexpr int kAtRootThenIfUseful = -1;
  model.addCutGenerator(&probing, kAtRootThenIfUseful, "probing");
  model.addCutGenerator(&clique, kAtRootThenIfUseful, "clique");
  model.addCutGenerator(&gomory, kAtRootThenIfUseful, "gomory");
  model.addCutGenerator(&zero_half, kAtRootThenIfUseful, "zero half");
  CbcRounding rounding(model);
  model.addHeuristic(&rounding);
  const std::vector<double> values(start.begin(), start.end());
  model.setBestSolution(values.data(), impl_->columns, kScaledStart, true);
  model.branchAndBound();

  const double* best = model.bestSolution();
  // Cbc takes nothing for a start that it cannot verify; what it says without one says nothing.
  if (best == nullptr) return answer;
  for (std::size_t c = 0; c < costs.size(); ++c) answer.columns[c] = best[c] > 0.5;
  answer.bound = std::max(answer.bound, model.getBestPossibleObjValue() / scale);
  return answer;
}

}  // namespace mensa::scheduler
