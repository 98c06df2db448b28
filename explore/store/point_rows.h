#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "explore/store/sqlite.h"
#include "explore/store/study_store.h"

namespace mensa::explore {

/// Texts of the table `names`. Not to be used any more after a transaction that wrote some was
/// rolled back, but for clear().
class NameTable {
 public:
  explicit NameTable(Database& database);

  /// Writes it where the table has it not.
  [[nodiscard]] std::int64_t id_of(const std::string& name);
  [[nodiscard]] const std::string& name_of(std::int64_t id);
  /// Forgets what it has read and written.
  void clear();

 private:
  Database& database_;
  Statement find_id_;
  Statement find_name_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::unordered_map<std::int64_t, std::string> names_;
};

/// Points in the tables `points`, `models` and `accelerators`. Everything is to be called within a
/// transaction of the caller's.
class PointRows {
 public:
  PointRows(Database& database, NameTable& names);

  /// False where the point is there. std::logic_error where its number, or the point under another
  /// number, is.
  bool insert(std::int64_t run, std::uint64_t number, std::string_view key,
              const PointResult& result);
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view key);
  [[nodiscard]] std::optional<Entry> find(std::uint64_t number);
  void for_each(StudyStore::Parts parts, const std::function<void(const Entry&)>& visit);

 private:
  /// Throws std::logic_error where the study has not this point under this number.
  void check_same(std::uint64_t number, std::string_view key);
  void insert_outcomes(std::int64_t number, const PointResult& result);
  [[nodiscard]] Entry read_point(const Statement& row);
  [[nodiscard]] ModelOutcome read_model(const Statement& row);
  [[nodiscard]] AcceleratorOutcome read_accelerator(const Statement& row);

  Database& database_;
  NameTable& names_;
  Statement insert_point_;
  Statement insert_model_;
  Statement insert_accelerator_;
  Statement find_number_;
};

}  // namespace mensa::explore
