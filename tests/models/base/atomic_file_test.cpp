// Files appear whole or not at all, and failures name the path and the reason.

#include "models/base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iterator>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::ptrdiff_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

std::string write_error(const fs::path& path) {
  return error_of([&] {
    write_file_atomically(path, "new");
    return 0;
  });
}

TEST(AtomicFile, WritesAllBytes) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.txt";
  const std::string content("zero \0 byte\nline", 16);
  write_file_atomically(path, content);
  EXPECT_EQ(content_of(path), content);
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, EmptyContentMakesAnEmptyFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "a", "");
  EXPECT_EQ(content_of(folder.path() / "a"), "");
}

TEST(AtomicFile, ReplacesWhatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.txt", "a much longer old content");
  write_file_atomically(path, "new");
  EXPECT_EQ(content_of(path), "new");
}

TEST(AtomicFile, ModeFollowsTheUmask) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  const mode_t before = ::umask(027);
  write_file_atomically(path, "x");
  ::umask(before);
  EXPECT_EQ(fs::status(path).permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST(AtomicFile, MissingFolderIsAnErrorThatNamesPathAndReason) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "missing" / "a.txt";
  const std::string message = write_error(path);
  EXPECT_THAT(message, HasSubstr("cannot write '" + path.string() + "'"));
  EXPECT_THAT(message, HasSubstr("No such file or directory"));
}

TEST(AtomicFile, FolderInTheWayIsAnErrorAndNothingIsLeftBehind) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "a.txt");
  EXPECT_THAT(write_error(folder.path() / "a.txt"), HasSubstr("Is a directory"));
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, ReadOnlyFolderIsAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const std::string message = write_error(folder.path() / "a.txt");
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_THAT(message, HasSubstr("Permission denied"));
}

TEST(AtomicFile, LinkIsReplacedAndItsTargetUntouched) {
  const TemporaryFolder folder;
  const std::string target = folder.write("target", "old");
  fs::create_symlink(target, folder.path() / "link");
  write_file_atomically(folder.path() / "link", "new");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder.path() / "link")));
  EXPECT_EQ(content_of(target), "old");
}

TEST(MakeWritableFolder, MakesTheWholePathAndAcceptsOneThatIsThere) {
  const TemporaryFolder folder;
  make_writable_folder(folder.path() / "a" / "b");
  make_writable_folder(folder.path() / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b"));
}

TEST(MakeWritableFolder, FileInTheWayIsAnErrorThatNamesIt) {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "x");
  for (const std::string& path : {file, file + "/below"}) {
    const std::string message = error_of([&] {
      make_writable_folder(path);
      return 0;
    });
    EXPECT_THAT(message, HasSubstr("cannot make the folder '" + path + "'"));
    EXPECT_THAT(message, HasSubstr("Not a directory"));
  }
}

TEST(MakeWritableFolder, FolderWithoutThatRightIsAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const std::string message = error_of([&] {
    make_writable_folder(folder.path());
    return 0;
  });
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_THAT(message,
              HasSubstr("cannot write '" + folder.path().string() + "': Permission denied"));
}

TEST(AtomicFile, IsWrittenInPieces) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.txt";
  AtomicFile file(path);
  file.write("one, ");
  file.write("two");
  EXPECT_FALSE(fs::exists(path));
  file.commit();
  EXPECT_EQ(content_of(path), "one, two");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, LeavesNothingWithoutACommit) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.txt", "old");
  { AtomicFile(path).write("new"); }
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(entries(folder.path()), 1);
}

}  // namespace
}  // namespace mensa::base
