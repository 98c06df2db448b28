#include "explore/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

namespace mensa::explore {
namespace {

/// Until then a transaction waits for those of other processes. Each takes milliseconds.
constexpr int kBusyMilliseconds = 60'000;
/// Pages in the write-ahead log before they go to the file itself, which waits for the device: the
/// more, the fewer waits. 16 MiB at 4 KiB each.
constexpr int kCheckpointPages = 4096;
/// KiB of pages in memory.
constexpr int kCacheSize = 16 * 1024;
/// Where others read for long, the log grows; it is cut to this afterwards.
constexpr int kLogBytes = 64 * 1024 * 1024;

/// A path in a URI: SQLite takes '?', '#' and '%' for parts of it.
std::string percent_encoded(const std::string& path) {
  std::string result;
  for (const char character : path) {
    if (character == '?' || character == '#' || character == '%') {
      result += fmt::format("%{:02X}", static_cast<unsigned int>(character));
    } else {
      result += character;
    }
  }
  return result;
}

/// Without what SQLite says of it in the higher bits.
int primary(int code) {
  constexpr unsigned int kPrimaryCode = 0xFF;
  return static_cast<int>(static_cast<unsigned int>(code) & kPrimaryCode);
}

SqliteError::Kind kind_of(int code, int system_error) {
  using Kind = SqliteError::Kind;
  switch (primary(code)) {
    case SQLITE_FULL:
      return Kind::kNoSpace;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::kLocked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::kDamaged;
    case SQLITE_CANTOPEN:
      return Kind::kNotOpened;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Kind::kNotWritable;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_SHORT_READ) return Kind::kDamaged;
      return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG
                 ? Kind::kNoSpace
                 : Kind::kOther;
    default:
      return Kind::kOther;
  }
}

std::string_view way_out(SqliteError::Kind kind) {
  switch (kind) {
    case SqliteError::Kind::kNoSpace:
      return "; points stored so far are kept: free space and run again with --resume";
    case SqliteError::Kind::kNotWritable:
      return "; allow writing to it and to its folder, or work on a copy";
    case SqliteError::Kind::kLocked:
      return "; another process keeps it locked: points stored so far are kept, run again with "
             "--resume";
    case SqliteError::Kind::kDamaged:
      return "; the file is damaged or no SQLite database: 'sqlite3 FILE .recover' may save points "
             "of it";
    case SqliteError::Kind::kOther:
      return "; points stored so far are kept";
    case SqliteError::Kind::kNotOpened:
      break;
  }
  return "";
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(const std::filesystem::path& path, Mode mode) : path_(path) {
  // Absolute, since names as ":memory:" are no files to SQLite.
  std::string file = std::filesystem::absolute(path).string();
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::kSolitary) {
    file = "file://" + percent_encoded(file) + "?immutable=1";
    flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  } else {
    // Also to read: who may not write leaves files beside it at the end, and cannot read what a
    // process left in the log that was killed.
    flags |= SQLITE_OPEN_READWRITE;
  }
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);
  if (!connection_) throw std::bad_alloc();
  check(code);
  check(sqlite3_busy_timeout(connection, kBusyMilliseconds));
  execute(fmt::format("PRAGMA cache_size = {}", -kCacheSize));
  if (mode == Mode::kWrite) {
    execute("PRAGMA synchronous = NORMAL");
    execute(fmt::format("PRAGMA wal_autocheckpoint = {}", kCheckpointPages));
    execute(fmt::format("PRAGMA journal_size_limit = {}", kLogBytes));
  } else {
    execute("PRAGMA query_only = ON");
  }
}

void Database::execute(const std::string& sql) {
  errno = 0;
  check(sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

Statement Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(connection_.get(), sql.c_str(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  return {*this, statement};
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement = prepare(sql);
  return statement.next() ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_.get()); }

void Database::roll_back() noexcept {
  sqlite3* const connection = connection_.get();
  for (sqlite3_stmt* statement = sqlite3_next_stmt(connection, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(connection, statement)) {
    sqlite3_reset(statement);
  }
  // SQLite has done it itself after some errors; where it cannot, the next opening does it.
  if (sqlite3_get_autocommit(connection) == 0) {
    sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Database::check(int code) const {
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
  // SQLite keeps the system's reason of some failures; of others it is still there.
  const int last_error = errno;
  const int kept_error = sqlite3_system_errno(connection_.get());
  const int system_error = kept_error != 0 ? kept_error : last_error;
  const SqliteError::Kind kind = kind_of(code, system_error);
  std::string reason = sqlite3_errmsg(connection_.get());
  const bool by_system = primary(code) == SQLITE_IOERR || kind == SqliteError::Kind::kNotOpened;
  if (by_system && system_error != 0) {
    reason += fmt::format(" ({})", std::generic_category().message(system_error));
  }
  throw SqliteError(kind, fmt::format("{}: {}{}", path_.string(), reason, way_out(kind)));
}

bool Statement::next() {
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail(code);
  return false;
}

void Statement::run() {
  next();
  reset();
}

// Its code is that of the last step, which has thrown.
void Statement::reset() { sqlite3_reset(statement_.get()); }

void Statement::bind(int position, std::int64_t value) {
  database_->check(sqlite3_bind_int64(statement_.get(), position, value));
}

void Statement::bind(int position, double value) {
  database_->check(sqlite3_bind_double(statement_.get(), position, value));
}

void Statement::bind(int position, std::string_view value) {
  // A null pointer would make it NULL.
  database_->check(sqlite3_bind_text(statement_.get(), position, value.empty() ? "" : value.data(),
                                     static_cast<int>(value.size()), SQLITE_STATIC));
}

void Statement::bind(int position, const std::optional<double>& value) {
  if (value) return bind(position, *value);
  database_->check(sqlite3_bind_null(statement_.get(), position));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::optional<double> Statement::optional_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

std::string_view Statement::text(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (open_) database_.roll_back();
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace mensa::explore
