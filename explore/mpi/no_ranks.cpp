// Built in the place of ranks.cpp where there is no MPI.

#include <stdexcept>

#include "explore/mpi/ranks.h"
#include "models/base/error.h"

namespace mensa::explore {

class Ranks::Implementation {};

bool Ranks::are_supported() { return false; }

Ranks::Ranks() {
  throw base::Error(
      "this mensa was built without MPI: install Boost.MPI (Debian: libboost-mpi-dev) and build it "
      "again, or run it without mpirun");
}

Ranks::~Ranks() = default;
int Ranks::rank() const { return 0; }
int Ranks::count() const { return 1; }
void Ranks::agree(const Readiness& /*own*/) {}
void Ranks::abort() { throw std::logic_error("there are no ranks"); }
std::unique_ptr<Evaluation> Ranks::make_evaluation() {
  throw std::logic_error("there are no ranks");
}
void Ranks::serve(const Evaluator& /*evaluator*/, std::size_t /*threads*/) {
  throw std::logic_error("there are no ranks");
}

}  // namespace mensa::explore
