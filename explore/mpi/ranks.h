#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "explore/evaluation/evaluation.h"
#include "explore/evaluation/evaluator.h"

namespace mensa::explore {

/// The processes that mpirun or srun started together, on one machine or many: rank 0 searches and
/// stores, the others evaluate for it. One object in a process, made by its main thread, which
/// alone calls it.
class Ranks {
 public:
  /// Whether this process is one of several that were started together, by its environment.
  [[nodiscard]] static bool are_started();
  /// Whether mensa was built with MPI.
  [[nodiscard]] static bool are_supported();

  /// Joins the others. base::Error where mensa was built without MPI.
  Ranks();
  /// Leaves them. On rank 0 the others are told to end before.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int count() const;
  /// Of these on this machine.
  [[nodiscard]] static std::size_t count_here();

  /// What a rank tells rank 0 of its own: an identity of what it is to work on, or why it cannot.
  struct Readiness {
    std::string identity;
    std::string fault;  ///< empty: none
  };
  /// To be called by all ranks, once. base::Error on rank 0, where another rank has a fault or
  /// another identity.
  void agree(const Readiness& own);
  /// Ends all ranks at once, for a fault that comes while others wait.
  [[noreturn]] void abort();

  /// On rank 0: has the others evaluate. This must outlive it.
  [[nodiscard]] std::unique_ptr<Evaluation> make_evaluation();
  /// On the others: evaluates what rank 0 asks for, by so many threads, until rank 0 ends it.
  void serve(const Evaluator& evaluator, std::size_t threads);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace mensa::explore
