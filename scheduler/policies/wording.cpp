#include "scheduler/policies/wording.h"

#include <fmt/format.h>

#include "models/base/si.h"

namespace mensa::scheduler {

std::string in_words(base::Seconds time) { return base::si(time.value(), "s"); }

std::string in_words(base::Bytes bytes) {
  constexpr std::int64_t kKibibyte = 1024;
  if (bytes.value() < kKibibyte) return fmt::format("{} B", bytes.value());
  return fmt::format("{:.4g} KiB", static_cast<double>(bytes.value()) / kKibibyte);
}

std::string in_words(accelerators::Objective objective, double score) {
  constexpr double kJoulesPerPicojoule = 1e-12;
  switch (objective) {
    case accelerators::Objective::kLatency:
      return base::si(score, "s");
    case accelerators::Objective::kEnergy:
      return base::si(score * kJoulesPerPicojoule, "J");
    case accelerators::Objective::kEdp:
      break;
  }
  return base::si(score * kJoulesPerPicojoule, "Js");
}

}  // namespace mensa::scheduler
