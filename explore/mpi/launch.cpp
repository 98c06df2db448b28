#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "explore/mpi/ranks.h"

namespace mensa::explore {
namespace {

/// A number in the environment; 0: there is none.
std::size_t number_of(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return 0;
  const std::string_view digits = text;
  std::size_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

bool Ranks::are_started() {
  // Open MPI; MPICH and its kin; whatever uses PMIx, as srun --mpi=pmix.
  return number_of("OMPI_COMM_WORLD_SIZE") > 0 || number_of("PMI_SIZE") > 0 ||
         std::getenv("PMIX_RANK") != nullptr;
}

std::size_t Ranks::count_here() {
  for (const char* const name :
       {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"}) {
    if (const std::size_t number = number_of(name); number > 0) return number;
  }
  return 1;
}

}  // namespace mensa::explore
