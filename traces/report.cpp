#include "traces/report.h"

#include "models/base/conversions.h"

namespace mensa::traces {

double Totals::joules() const { return energy.total().value() * base::kJoulesPerPicojoule; }

double Totals::inferences_per_second() const {
  return static_cast<double>(inferences) / latency.value();
}

double Totals::flops() const {
  return base::kFlopPerMac * static_cast<double>(macs) / latency.value();
}

double Totals::flops_per_joule() const {
  return base::kFlopPerMac * static_cast<double>(macs) / joules();
}

}  // namespace mensa::traces
