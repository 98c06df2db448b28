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
  using accelerators::Objective;
  const std::string_view unit = objective == Objective::kLatency  ? "s"
                                : objective == Objective::kEnergy ? "J"
                                                                  : "Js";
  return base::si(accelerators::score_in_si(objective, score), unit);
}

}  // namespace mensa::scheduler
