#include "explore/store/study_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "explore/store/study_schema.h"

namespace mensa::explore {
namespace {

/// Makes an empty file where there is none of that name.
void make_file(const std::filesystem::path& path) {
  constexpr mode_t kAll = 0666;  // less what the user's umask takes away
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kAll);
  if (file >= 0) {
    close(file);
    return;
  }
  if (errno == EEXIST) {
    throw base::Error(fmt::format(
        "{} exists already; --resume goes on with it, or name another file", path.string()));
  }
  throw base::Error(
      fmt::format("{}: cannot be made: {}", path.string(), std::generic_category().message(errno)));
}

/// What SQLite would not say, or say less clearly.
void check_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw base::Error(fmt::format("{}: there is no such study", path.string()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw base::Error(fmt::format("{}: no file, and so no study", path.string()));
  }
  if (std::filesystem::file_size(path, error) == 0 && !error) {
    throw base::Error(fmt::format(
        "{}: empty: whoever made it was stopped before it wrote anything; delete it and run "
        "without --resume",
        path.string()));
  }
}

void check_content(Database& database) {
  // What reads first undoes what a process had begun to write before it was killed; of a file that
  // was being made nothing is left.
  static_cast<void>(database.integer("PRAGMA schema_version"));
  check_file(database.path());
  check_study(database);
}

/// Every part of the identities that differs.
std::string differences(const StudyDescription& theirs, const StudyDescription& ours) {
  const auto find = [](const StudyDescription& description, const std::string& part) {
    for (const auto& [name, value] : description.identity) {
      if (name == part) return value;
    }
    return std::string("none");
  };
  std::string text;
  const auto compare = [&](const std::string& part) {
    const std::string was = find(theirs, part);
    const std::string is = find(ours, part);
    if (was != is) text += fmt::format("\n  {}: {} of the study, {} now", part, was, is);
  };
  for (const auto& part : theirs.identity) compare(part.first);
  for (const auto& part : ours.identity) {
    if (find(theirs, part.first) == "none") compare(part.first);
  }
  return text;
}

void check_identity(const std::filesystem::path& path, const StudyDescription& theirs,
                    const StudyDescription& ours) {
  const std::string text = differences(theirs, as_stored(ours));
  if (text.empty()) return;
  throw base::Error(fmt::format(
      "{}: its points mean something else than those asked for:{}\nRestore what it was made with, "
      "or explore anew into another file",
      path.string(), text));
}

}  // namespace

std::unique_ptr<Database> create_study_file(const std::filesystem::path& path,
                                            const StudyDescription& description) {
  make_file(path);
  try {
    auto database = std::make_unique<Database>(path, Database::Mode::kWrite);
    // Before it has a log, so that the file is empty or a study, whenever this process ends.
    create_study(*database, description);
    database->execute("PRAGMA journal_mode = WAL");
    return database;
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw;
  }
}

std::unique_ptr<Database> open_study_file(const std::filesystem::path& path,
                                          const StudyDescription& description) {
  check_file(path);
  auto database = std::make_unique<Database>(path, Database::Mode::kWrite);
  check_content(*database);
  check_identity(path, read_description(*database), description);
  database->execute("PRAGMA journal_mode = WAL");
  return database;
}

std::unique_ptr<Database> read_study_file(const std::filesystem::path& path) {
  check_file(path);
  try {
    auto database = std::make_unique<Database>(path, Database::Mode::kRead);
    check_content(*database);
    return database;
  } catch (const SqliteError& error) {
    std::filesystem::path log = path;
    log += "-wal";
    std::error_code ignored;
    const bool has_log =
        std::filesystem::exists(log, ignored) && std::filesystem::file_size(log, ignored) != 0;
    const bool may_help = error.kind() == SqliteError::Kind::kNotOpened ||
                          error.kind() == SqliteError::Kind::kNotWritable;
    if (has_log || !may_help) throw;
  }
  // Where no files can be made beside it, as on a read-only medium, nobody writes it meanwhile.
  auto database = std::make_unique<Database>(path, Database::Mode::kSolitary);
  check_content(*database);
  return database;
}

}  // namespace mensa::explore
