#include "cli/cores.h"

#include <sched.h>

#include <algorithm>

namespace mensa::cli {

std::size_t cores() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&allowed)));
}

}  // namespace mensa::cli
