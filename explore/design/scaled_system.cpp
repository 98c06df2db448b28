#include "explore/design/scaled_system.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "accelerators/cost/area.h"

namespace mensa::explore {
namespace {

using accelerators::Accelerator;
using accelerators::Buffer;
using accelerators::System;

std::int64_t times(std::int64_t count, double factor) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(count) * factor));
}

Buffer scaled(const Buffer& buffer, double factor) {
  Buffer result = buffer;
  result.banks = static_cast<int>(times(buffer.banks, std::sqrt(factor)));
  // Every bank holds whole accesses.
  const std::int64_t unit = result.banks * buffer.width.value();
  const double accesses =
      static_cast<double>(buffer.capacity.value()) * factor / static_cast<double>(unit);
  result.capacity = base::Bytes(unit * std::max<std::int64_t>(1, std::llround(accesses)));
  return result;
}

System scaled(const System& system, double factor) {
  System result = system;
  for (Accelerator& accelerator : result.accelerators) {
    const auto pes = static_cast<double>(accelerator.pe_count());
    accelerator.rows = times(accelerator.rows, std::sqrt(factor));
    // What rounding took from the rows, or gave them.
    accelerator.columns = times(1, pes * factor / static_cast<double>(accelerator.rows));
    for (Buffer& buffer : accelerator.buffers) buffer = scaled(buffer, factor);
    std::int64_t& lanes = accelerator.vector_unit.lanes;
    if (lanes > 0) lanes = times(lanes, factor);
  }
  return result;
}

}  // namespace

ScaledSystem scaled_to_area(const System& system, double area) {
  const auto area_of = [](const System& one) { return accelerators::area(one).total().value(); };
  const double first = area / area_of(system);
  // Banks of a few sizes and whole sides make area grow in jumps: around the factor by area alone
  // all of a fine grid are tried.
  constexpr int kSteps = 600;
  constexpr double kRange = 3;  // down to a third, up to three times
  ScaledSystem best;
  double nearest = std::numeric_limits<double>::infinity();
  for (int step = -kSteps; step <= kSteps; ++step) {
    const double factor = first * std::pow(kRange, static_cast<double>(step) / kSteps);
    const System candidate = scaled(system, factor);
    const double its = area_of(candidate);
    const double off = std::abs(std::log(its / area));
    if (off >= nearest) continue;
    nearest = off;
    best.system = candidate;
    best.factor = factor;
    best.area = its;
  }
  return best;
}

}  // namespace mensa::explore
