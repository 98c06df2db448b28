#include "traces/finite.h"

#include <cmath>
#include <stdexcept>

namespace mensa::traces {

double finite(double value) {
  if (!std::isfinite(value)) throw std::logic_error("a figure of the report is not finite");
  return value;
}

}  // namespace mensa::traces
