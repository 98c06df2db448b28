#include "accelerators/spec/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace mensa::accelerators {

MacRate MacRate::reduced(std::int64_t macs, std::int64_t cycles) {
  const std::int64_t divisor = std::gcd(macs, cycles);
  return {macs / divisor, cycles / divisor};
}

std::int64_t MacRate::cycles_for(std::int64_t cycles_of_one) const {
  if (cycles == 1) return base::ceil_div(cycles_of_one, macs);
  constexpr std::int64_t kMostCycles = std::int64_t{1} << 61;
  std::int64_t result = 0;
  if (__builtin_mul_overflow(cycles_of_one / macs, cycles, &result)) return kMostCycles;
  const std::int64_t rest = base::ceil_div(cycles_of_one % macs * cycles, macs);
  if (__builtin_add_overflow(result, rest, &result)) return kMostCycles;
  return std::min(result, kMostCycles);
}

double MacRate::per_cycle(std::int64_t pes) const {
  return static_cast<double>(pes * macs) / static_cast<double>(cycles);
}

double MacRate::per_second(std::int64_t pes, base::Hertz clock) const {
  return per_cycle(pes) * clock.value();
}

std::string MacRate::to_string() const {
  return cycles == 1 ? fmt::format("{}", macs) : fmt::format("{}/{}", macs, cycles);
}

int stored_bits(NumberFormat format, SubByteStorage storage) {
  constexpr int kByte = 8;
  return storage == SubByteStorage::kPadded ? std::max(format.bits, kByte) : format.bits;
}

}  // namespace mensa::accelerators
