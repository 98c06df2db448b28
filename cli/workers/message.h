#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/workers/job.h"

namespace mensa::workers {

// What goes between a worker and whoever started it. JSON is sent as CBOR, which keeps strings as
// they are: JSON text could not have bytes that are no UTF-8.

[[nodiscard]] std::string encode_job(const Job& job);
/// Throws a nlohmann::json::exception where the text is none of encode_job()'s.
[[nodiscard]] Job decode_job(const std::string& text);

/// Writes what became of a job to a file. base::Error where that fails.
void write_outcome(int file, const Outcome& outcome);

/// Takes up what write_outcome() wrote, piece by piece as it comes.
class OutcomeReader {
 public:
  OutcomeReader();
  /// Throws a nlohmann::json::exception where what comes is no outcome.
  void add(std::string_view piece);
  /// Nothing before all has come. To be called once.
  [[nodiscard]] std::optional<Outcome> outcome();

 private:
  void add_part(std::size_t size);
  void end_part();

  /// The header's size, the header, the texts; those that are known to come so far.
  std::vector<std::string> parts_;
  std::vector<std::size_t> sizes_;  ///< of the parts when whole
  std::size_t whole_ = 0;           ///< parts that have all come
  nlohmann::json header_;
};

}  // namespace mensa::workers
