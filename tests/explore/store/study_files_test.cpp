// Files that are no studies, other studies, damaged, or cannot be written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "explore/store/sqlite.h"
#include "explore/store/study_store.h"
#include "tests/explore/store/sample_study.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class StudyFiles : public testing::Test {
 protected:
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "study.db"; }
  void make() const { static_cast<void>(StudyStore::create(path(), sample_description())); }
  /// What both ways to open it say.
  void refused(const std::string& message) const {
    EXPECT_THAT([&] { static_cast<void>(StudyStore::resume(path(), sample_description())); },
                ThrowsMessage<base::Error>(AllOf(HasSubstr(path().string()), HasSubstr(message))));
    EXPECT_THAT([&] { static_cast<void>(StudyStore::open_read_only(path())); },
                ThrowsMessage<base::Error>(AllOf(HasSubstr(path().string()), HasSubstr(message))));
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(StudyFiles, AreNotOverwritten) {
  make();
  EXPECT_THAT([&] { make(); },
              ThrowsMessage<base::Error>(AllOf(HasSubstr("study.db exists already"),
                                               HasSubstr("--resume goes on with it"))));
  const std::string text = folder().write("notes.txt", "mine");
  EXPECT_THROW(static_cast<void>(StudyStore::create(text, sample_description())), base::Error);
  EXPECT_EQ(std::filesystem::file_size(text), 4U);
}

TEST_F(StudyFiles, MustBeThere) { refused("there is no such study"); }

TEST_F(StudyFiles, AreNoFolders) {
  std::filesystem::create_directory(path());
  refused("no file, and so no study");
}

TEST_F(StudyFiles, AreMadeInAFolder) {
  const std::string file = folder().write("file", "");
  EXPECT_THAT(
      [&] { static_cast<void>(StudyStore::create(file + "/study.db", sample_description())); },
      ThrowsMessage<base::Error>(HasSubstr("cannot be made: Not a directory")));
  EXPECT_THAT(
      [&] {
        static_cast<void>(StudyStore::create(folder().path() / "none/a.db", sample_description()));
      },
      ThrowsMessage<base::Error>(HasSubstr("cannot be made: No such file")));
}

TEST_F(StudyFiles, OfOtherPrograms) {
  static_cast<void>(folder().write("study.db", std::string(5000, 'x')));
  refused("file is not a database; the file is damaged or no SQLite database");
}

TEST_F(StudyFiles, ThatAreShort) {
  static_cast<void>(folder().write("study.db", "x"));
  refused("no study of mensa, but another file");
  static_cast<void>(folder().write("study.db", ""));
  refused("empty: whoever made it was stopped before it wrote anything");
}

/// As one is whose process is killed while it writes its first page.
TEST_F(StudyFiles, ThatWereBeingMade) {
  static_cast<void>(folder().write("study.db", ""));
  const pid_t maker = fork();
  ASSERT_GE(maker, 0);
  if (maker == 0) {
    Database database(path(), Database::Mode::kWrite);
    database.execute("PRAGMA cache_size = 1");
    database.execute("BEGIN IMMEDIATE");
    database.execute("CREATE TABLE notes (text TEXT)");
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
        "INSERT INTO notes SELECT printf('%4000d', i) FROM n");
    static_cast<void>(std::raise(SIGKILL));
  }
  int status = 0;
  ASSERT_EQ(waitpid(maker, &status, 0), maker);
  ASSERT_GT(std::filesystem::file_size(path()), 0U);
  EXPECT_THAT([&] { static_cast<void>(StudyStore::resume(path(), sample_description())); },
              ThrowsMessage<base::Error>(HasSubstr("empty: whoever made it was stopped")));
}

TEST_F(StudyFiles, OfOtherDatabases) {
  static_cast<void>(folder().write("study.db", ""));
  Database(path(), Database::Mode::kWrite).execute("CREATE TABLE notes (text TEXT)");
  refused("no study of mensa, but another file; name that of a study");
}

TEST_F(StudyFiles, OfAnotherSchema) {
  make();
  Database(path(), Database::Mode::kWrite).execute("PRAGMA user_version = 2");
  refused("a study of schema 2, this mensa has schema 1; use the mensa that made it");
}

TEST_F(StudyFiles, WithoutADescription) {
  make();
  Database(path(), Database::Mode::kWrite).execute("DELETE FROM study");
  refused("the description of the study cannot be read");
}

TEST_F(StudyFiles, ThatLostTheirEnd) {
  { StudyStore::create(path(), sample_description()).add(1, {1, 0}, sample_result()); }
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) / 2);
  refused("the file is damaged");
}

/// A page in the middle is gone: what is read before is there, then there is an error.
TEST_F(StudyFiles, ThatAreDamagedInside) {
  {
    StudyStore study = StudyStore::create(path(), sample_description());
    for (std::uint32_t i = 1; i <= 500; ++i) study.add(i, {i, 0}, sample_result(i));
  }
  constexpr std::size_t kPage = 4096;
  const std::size_t pages = std::filesystem::file_size(path()) / kPage;
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t page = pages / 2; page < pages; ++page) {
      file.seekp(static_cast<std::streamoff>(page * kPage));
      file << std::string(kPage, '\xff');
    }
  }
  const StudyStore study = StudyStore::open_read_only(path());
  EXPECT_THAT([&] { study.for_each(StudyStore::Parts::kAll, [](const Entry&) {}); },
              ThrowsMessage<base::Error>(HasSubstr("the file is damaged")));
}

TEST_F(StudyFiles, OfAnotherIdentity) {
  make();
  StudyDescription other = sample_description();
  other.identity = {{"mensa version", "0.2.0"}, {"space", "abc"}, {"model rnnt", "def"}};
  EXPECT_THAT([&] { static_cast<void>(StudyStore::resume(path(), other)); },
              ThrowsMessage<base::Error>(
                  AllOf(HasSubstr("its points mean something else than those asked for"),
                        HasSubstr("\n  mensa version: 0.1.0 of the study, 0.2.0 now"),
                        HasSubstr("\n  search: seed 1 of the study, none now"),
                        HasSubstr("\n  model rnnt: none of the study, def now"),
                        HasSubstr("explore anew into another file"), Not(HasSubstr("abc")))));
  // Other text with the same meaning is fine.
  other = sample_description();
  other.space_text += "# a comment";
  EXPECT_EQ(StudyStore::resume(path(), other).description(), sample_description());
}

/// Names out of files may be any bytes.
TEST_F(StudyFiles, WithNamesThatAreNoText) {
  StudyDescription odd = sample_description();
  odd.identity.emplace_back("model \xff\xfe", "\x80");
  static_cast<void>(StudyStore::create(path(), odd));
  EXPECT_EQ(StudyStore::resume(path(), odd).count(), 0U);
}

TEST_F(StudyFiles, WithNamesThatSqliteTakesForOthers) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder().path());
  for (const char* name : {":memory:", "file:a?mode=memory", "50%25#1?.db"}) {
    StudyStore::create(name, sample_description()).add(1, {1, 0}, sample_result());
    EXPECT_TRUE(std::filesystem::exists(name));
    EXPECT_EQ(StudyStore::open_read_only(name).count(), 1U);
    Database solitary(name, Database::Mode::kSolitary);
    EXPECT_EQ(solitary.integer("SELECT count(*) FROM points"), 1);
  }
  std::filesystem::current_path(before);
}

/// No file of this process grows beyond a limit, as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(StudyFiles, KeepTheirPointsOnAFullDisk) {
  StudyStore study = StudyStore::create(path(), sample_description());
  std::uint32_t stored = 0;
  std::string message;
  {
    const FileLimit limit(256 * 1024);
    try {
      for (; stored < 1000; ++stored) study.add(stored + 1, {stored + 1, 0}, sample_result());
    } catch (const base::Error& error) {
      message = error.what();
    }
    EXPECT_EQ(study.count(), stored);
  }
  EXPECT_THAT(message, AllOf(HasSubstr("study.db"), HasSubstr("File too large"),
                             HasSubstr("points stored so far are kept: free space and run again "
                                       "with --resume")));
  EXPECT_GT(stored, 0U);
  EXPECT_LT(stored, 1000U);
  EXPECT_TRUE(study.add(stored + 1, {stored + 1, 0}, sample_result(5)));
  const StudyStore reader = StudyStore::open_read_only(path());
  EXPECT_EQ(reader.count(), stored + 1);
  EXPECT_TRUE(same(reader.find(stored + 1)->result, sample_result(5)));
}

TEST_F(StudyFiles, AreNotLeftBehindHalfMade) {
  {
    const FileLimit limit(8 * 1024);
    EXPECT_THAT([&] { make(); }, ThrowsMessage<base::Error>(HasSubstr("File too large")));
  }
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(StudyFiles, ThatAnotherProcessLocks) {
  make();
  Database first(path(), Database::Mode::kWrite);
  Database second(path(), Database::Mode::kWrite);
  second.execute("PRAGMA busy_timeout = 1");
  const Transaction transaction(first, Transaction::Kind::kWrite);
  EXPECT_THAT([&] { Transaction(second, Transaction::Kind::kWrite); },
              ThrowsMessage<base::Error>(
                  AllOf(HasSubstr("database is locked"),
                        HasSubstr("points stored so far are kept, run again with --resume"))));
}

TEST_F(StudyFiles, OnAMediumThatIsOnlyRead) {
  { StudyStore::create(path(), sample_description()).add(1, {1, 0}, sample_result()); }
  using std::filesystem::perms;
  std::filesystem::permissions(path(), perms::owner_read);
  std::filesystem::permissions(folder().path(), perms::owner_read | perms::owner_exec);
  const bool anyone_may = std::ofstream(folder().path() / "test").is_open();
  if (!anyone_may) {
    EXPECT_EQ(StudyStore::open_read_only(path()).count(), 1U);
    EXPECT_THAT([&] { static_cast<void>(StudyStore::resume(path(), sample_description())); },
                ThrowsMessage<base::Error>(HasSubstr("study.db")));
  }
  std::filesystem::permissions(folder().path(), perms::owner_all);
  if (anyone_may) GTEST_SKIP() << "this user may write everywhere";
}

}  // namespace
}  // namespace mensa::explore
