#pragma once

#include <cmath>
#include <cstdint>

#include "explore/store/study_store.h"

namespace mensa::explore {

inline StudyDescription sample_description() {
  StudyDescription description;
  description.space_name = "phone";
  description.system_text = "schema: mensa-system/1\n";
  description.space_text = "schema: mensa-space/1\nname: phone  # \xe2\x82\xac\n";
  description.system_name = "mensa_g";
  description.search_method = "random";
  description.identity = {{"mensa version", "0.1.0"}, {"space", "abc"}, {"search", "seed 1"}};
  description.parameters = {{"pes", {"16x16", "32x32"}},
                            {"buffer", {"64 KiB", "128 KiB", "256 KiB"}}};
  description.objectives = {Metric::kLatency, Metric::kEnergy};
  description.models = {{"mobilenet_v2", 0.1}, {"rnnt", 1.0 / 3}};
  description.constraints = {"area <= 40 mm2"};
  return description;
}

/// A feasible point's result with something in every field, another one for each seed.
inline PointResult sample_result(double seed = 1) {
  PointResult result;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    result.metrics[i] = std::sqrt(seed + static_cast<double>(i)) / 3e7;
  }
  result.models = {{"mobilenet_v2", 1e-3 / seed, 2e-3 / 3, 0.5, 1e7 + seed, false},
                   {"rnnt", 1e-300, 5e-324, 1e300, 0, true}};
  result.accelerators = {{"pascal", 1.5, 0.1, 1024, 1e-3 / seed, 12.5, 1e9, 0.25},
                         {"pavlov", 0, 0, std::int64_t{1} << 40, 0, 0, 0, 0}};
  result.seconds = 5e-3;
  return result;
}

inline PointResult rejected_result() {
  PointResult result;
  result.status = PointStatus::kInfeasible;
  result.reason = "its area is 41 mm2, \"more\" than 40 mm2";
  result.cause = "area <= 40 mm2";
  result.violation = 0.025;
  result.metrics[0] = 41;
  result.seconds = 1e-6;
  return result;
}

inline bool same(const PointResult& a, const PointResult& b) {
  return a.status == b.status && a.reason == b.reason && a.cause == b.cause &&
         a.violation == b.violation && a.metrics == b.metrics && a.models == b.models &&
         a.accelerators == b.accelerators && a.seconds == b.seconds;
}

}  // namespace mensa::explore
