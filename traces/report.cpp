#include "traces/report.h"

namespace mensa::traces {
namespace {

constexpr double kPicojoulesPerJoule = 1e12;
constexpr double kFlopPerMac = 2;

}  // namespace

double Totals::joules() const { return energy.total().value() / kPicojoulesPerJoule; }

double Totals::inferences_per_second() const {
  return static_cast<double>(inferences) / latency.value();
}

double Totals::flops() const { return kFlopPerMac * static_cast<double>(macs) / latency.value(); }

double Totals::flops_per_joule() const {
  return kFlopPerMac * static_cast<double>(macs) / joules();
}

}  // namespace mensa::traces
