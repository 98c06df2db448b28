#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "models/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mensa::explore {

/// What SQLite could not do. The text names the file, SQLite's and the system's reason, and the way
/// out.
class SqliteError : public base::Error {
 public:
  enum class Kind : std::uint8_t {
    kNoSpace,
    kNotWritable,
    kNotOpened,
    kLocked,
    kDamaged,
    kOther,
  };
  SqliteError(Kind kind, const std::string& message) : base::Error(message), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class Statement;

/// A connection to an SQLite file, for one thread at a time. All functions throw SqliteError.
class Database {
 public:
  enum class Mode : std::uint8_t {
    kWrite,     ///< the file is there
    kRead,      ///< nothing of it is changed
    kSolitary,  ///< as kRead, of a file that nobody can change meanwhile, as on a read-only medium
  };
  Database(const std::filesystem::path& path, Mode mode);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Statements without results.
  void execute(const std::string& sql);
  [[nodiscard]] Statement prepare(const std::string& sql);
  /// The one value of a statement, 0 where it has none.
  [[nodiscard]] std::int64_t integer(const std::string& sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

 private:
  friend class Statement;
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  [[noreturn]] void fail(int code) const;
  void check(int code) const;
  /// Also ends every statement, whose locks would outlive the transaction.
  void roll_back() noexcept;

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

/// A prepared statement of a database, which must outlive it. Columns count from 0.
class Statement {
 public:
  /// Starts it anew with these values in the place of its '?'s. Texts must live until it is reset.
  template <class... Values>
  Statement& with(const Values&... values) {
    reset();
    int position = 0;
    (bind(++position, values), ...);
    return *this;
  }
  /// Goes to the next row; false where there is none.
  bool next();
  /// For statements without results: executes it and resets it.
  void run();
  /// Ends it, so that it holds no lock.
  void reset();

  /// Values by position, from 1.
  void bind(int position, std::int64_t value);
  void bind(int position, double value);
  void bind(int position, std::string_view value);
  void bind(int position, const std::optional<double>& value);

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;
  /// Until the next call of this statement.
  [[nodiscard]] std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}

  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// All or nothing of what is done while it lives; nothing unless it is committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    kRead,   ///< sees the file as it is at the first reading
    kWrite,  ///< waits until it is the only one that writes
  };
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace mensa::explore
