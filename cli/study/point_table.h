#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explore/store/study_store.h"
#include "traces/text_table.h"

namespace mensa::cli {

/// Points of a study as rows: number, what is asked for of them, parameters, and what there is to
/// say of one.
class PointTable {
 public:
  struct Columns {
    bool status = false;  ///< and at the end why a point is not feasible
    std::vector<explore::Metric> metrics;
    std::optional<std::uint64_t> knee;  ///< the point that is called so
  };

  /// `description` must outlive it.
  PointTable(const explore::StudyDescription& description, Columns columns);

  void add(const explore::Entry& entry);
  [[nodiscard]] std::string to_string() const;

 private:
  const explore::StudyDescription& description_;
  Columns columns_;
  traces::TextTable table_;
};

/// The metrics, then those of `more` that are not among them.
[[nodiscard]] std::vector<explore::Metric> joined(std::vector<explore::Metric> metrics,
                                                  const std::vector<explore::Metric>& more);

/// "1.2 ms"; "-" where it is not known.
[[nodiscard]] std::string metric_cell(explore::Metric metric, const std::optional<double>& value);

}  // namespace mensa::cli
