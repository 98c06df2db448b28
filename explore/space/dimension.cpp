#include "explore/space/dimension.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/conversions.h"
#include "models/base/error.h"
#include "models/base/si.h"

namespace mensa::explore {
namespace {

constexpr double kKilo = 1e3;
constexpr double kMega = 1e6;
constexpr double kGiga = 1e9;
constexpr double kTera = 1e12;
constexpr double kPeta = 1e15;

/// Those of system files (models/base/yaml_value.cpp), and what objectives come in.
constexpr UnitOfMeasure kUnits[] = {
    {"B", dimensions::kBytes},
    {"KiB", dimensions::kBytes, base::kBytesPerKib},
    {"MiB", dimensions::kBytes, base::kBytesPerKib* base::kBytesPerKib},
    {"GiB", dimensions::kBytes, base::kBytesPerKib* base::kBytesPerKib* base::kBytesPerKib},
    {"kB", dimensions::kBytes, kKilo},
    {"MB", dimensions::kBytes, kMega},
    {"GB", dimensions::kBytes, kGiga},
    {"Hz", dimensions::kHertz},
    {"kHz", dimensions::kHertz, kKilo},
    {"MHz", dimensions::kHertz, kMega},
    {"GHz", dimensions::kHertz, kGiga},
    {"B/s", dimensions::kBandwidth},
    {"kB/s", dimensions::kBandwidth, kKilo},
    {"MB/s", dimensions::kBandwidth, kMega},
    {"GB/s", dimensions::kBandwidth, kGiga},
    {"TB/s", dimensions::kBandwidth, kTera},
    {"GiB/s", dimensions::kBandwidth, base::kBytesPerKib* base::kBytesPerKib* base::kBytesPerKib},
    {"s", dimensions::kSeconds},
    {"ms", dimensions::kSeconds, 1, kKilo},
    {"us", dimensions::kSeconds, 1, kMega},
    {"ns", dimensions::kSeconds, 1, kGiga},
    {"ps", dimensions::kSeconds, 1, kTera},
    {"J", dimensions::kEnergy},
    {"mJ", dimensions::kEnergy, 1, kKilo},
    {"uJ", dimensions::kEnergy, 1, kMega},
    {"nJ", dimensions::kEnergy, 1, kGiga},
    {"pJ", dimensions::kEnergy, 1, kTera},
    {"fJ", dimensions::kEnergy, 1, kPeta},
    {"W", dimensions::kPower},
    {"mW", dimensions::kPower, 1, kKilo},
    {"uW", dimensions::kPower, 1, kMega},
    {"nW", dimensions::kPower, 1, kGiga},
    {"mm2", dimensions::kArea},
    {"um2", dimensions::kArea, 1, kMega},
};

/// Energies of system files are of single accesses.
bool is_too_large_for_files(const UnitOfMeasure& unit) {
  return unit.name == "J" || unit.name == "mJ";
}

}  // namespace

std::string Dimension::to_string() const {
  constexpr std::array<std::string_view, 4> kNames = {"B", "s", "J", "mm2"};
  constexpr std::array<std::size_t, 4> kOrder = {2, 0, 3, 1};  // "J s", "B/s"
  std::string above;
  std::string below;
  for (const std::size_t i : kOrder) {
    const int exponent = exponents_[i];
    if (exponent == 0) continue;
    std::string& part = exponent > 0 ? above : below;
    if (!part.empty()) part += ' ';
    part += kNames[i];
    if (std::abs(exponent) > 1) part += fmt::format("^{}", std::abs(exponent));
  }
  if (below.empty()) return above;
  return (above.empty() ? "1" : above) + "/" + below;
}

const UnitOfMeasure* find_unit(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kUnits), std::end(kUnits),
                   [&](const UnitOfMeasure& unit) { return unit.name == name; });
  return found == std::end(kUnits) ? nullptr : found;
}

std::string with_unit(double value, const Dimension& dimension) {
  if (dimension.is_plain()) return fmt::format("{:.4g}", value);
  if (dimension == dimensions::kArea) return fmt::format("{:.4g} mm2", value);
  if (dimension == dimensions::kBytes && value >= 0 && std::floor(value) == value) {
    if (value >= base::kBytesPerKib * base::kBytesPerKib &&
        std::fmod(value, base::kBytesPerKib * base::kBytesPerKib) == 0) {
      return fmt::format("{:g} MiB", value / (base::kBytesPerKib * base::kBytesPerKib));
    }
    if (value >= base::kBytesPerKib && std::fmod(value, base::kBytesPerKib) == 0)
      return fmt::format("{:g} KiB", value / base::kBytesPerKib);
  }
  if (dimension == dimensions::kHertz) return base::si(value, "Hz");
  if (dimension == dimensions::kPower) return base::si(value, "W");
  return base::si(value, dimension.to_string());
}

std::string in_file_unit(double value, const Dimension& dimension) {
  if (dimension.is_plain()) return fmt::format("{}", value);
  std::string best;
  double least_error = 0;
  for (const UnitOfMeasure& unit : kUnits) {
    if (!(unit.dimension == dimension) || is_too_large_for_files(unit)) continue;
    const double number = value / unit.times * unit.per;
    if (!std::isfinite(number)) continue;
    const double error = std::abs(number * unit.times / unit.per - value);
    std::string text = fmt::format("{} {}", number, unit.name);
    if (best.empty() || error < least_error ||
        (error == least_error && text.size() < best.size())) {
      best = std::move(text);
      least_error = error;
    }
  }
  if (!best.empty()) return best;
  throw base::Error(fmt::format("system files have no unit of {}", dimension.to_string()));
}

}  // namespace mensa::explore
