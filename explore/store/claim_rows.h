#pragma once

#include <string_view>
#include <unordered_map>

#include "explore/store/process_identity.h"
#include "explore/store/sqlite.h"

namespace mensa::explore {

/// Runs and what they claim, in the tables `runs` and `claims`. Everything is to be called within a
/// transaction of the caller's.
class ClaimRows {
 public:
  ClaimRows(Database& database, std::string_view version);

  /// Begins a run of this process and returns its id.
  std::int64_t begin_run();
  void set_seconds(double seconds);
  /// Whether a key, which is not done, is this run's now.
  [[nodiscard]] bool claim(std::string_view key);
  void drop(std::string_view key);
  void drop_all();
  /// To be called at the beginning of every transaction that claims: who lives is looked up once
  /// in each.
  void look_again() { standing_.clear(); }

 private:
  [[nodiscard]] bool stands(std::int64_t run, std::int64_t made);
  [[nodiscard]] Life life_of_run(std::int64_t run);

  Database& database_;
  std::string version_;
  ProcessIdentity self_;
  std::int64_t run_ = 0;
  Statement find_claim_;
  Statement set_claim_;
  Statement drop_claim_;
  std::unordered_map<std::int64_t, Life> standing_;
};

}  // namespace mensa::explore
