#include "models/base/data_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::base {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

const DataKind kSystems{"accelerators/library/systems", ".yaml", "system"};

// Each test runs in a process of its own under ctest; the guard serves direct runs.
class DataPath : public testing::Test {
 protected:
  void TearDown() override { unsetenv("MENSA_DATA_DIR"); }
};

TEST_F(DataPath, FindsShortNamesInTheSourceTree) {
  const auto path = find_data_file(kSystems, "mensa_g");
  EXPECT_EQ(path, std::filesystem::path(MENSA_SOURCE_DIR) / kSystems.folder / "mensa_g.yaml");
  EXPECT_THAT(data_names(kSystems), Contains("mensa_g"));
}

TEST_F(DataPath, UnknownShortNameListsTheKnown) {
  const std::string message = error_of([] { return find_data_file(kSystems, "mensag"); });
  EXPECT_THAT(message, StartsWith("unknown system 'mensag'; did you mean 'mensa_g'? (known: "));
  EXPECT_THAT(message, HasSubstr("edge_tpu, "));
  EXPECT_EQ(error_of([] { return find_data_file(kSystems, ""); }),
            "the name of the system is empty");
}

TEST_F(DataPath, PathsAreTakenAsTheyAre) {
  const TemporaryFolder folder;
  const std::string file = folder.write("mine.yaml", "a: 1\n");
  EXPECT_EQ(find_data_file(kSystems, file), file);
  EXPECT_EQ(error_of([&] { return find_data_file(kSystems, file + "x"); }),
            "cannot read system file '" + file + "x': there is no such file");
  EXPECT_EQ(error_of([&] { return find_data_file(kSystems, folder.path().string()); }),
            "cannot read system file '" + folder.path().string() + "': it is no regular file");
  EXPECT_EQ(error_of([&] { return find_data_file(kSystems, "mensa_g.yaml"); }),
            "cannot read system file 'mensa_g.yaml': there is no such file");
}

TEST_F(DataPath, ShortNameWinsOverAFileInTheCurrentFolder) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("mensa_g", "not a system"));
  static_cast<void>(folder.write("own_model", "a file without extension"));
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(find_data_file(kSystems, "mensa_g").filename(), "mensa_g.yaml");
  EXPECT_EQ(find_data_file(kSystems, "./mensa_g"), "./mensa_g");
  EXPECT_EQ(find_data_file(kSystems, "own_model"), "own_model");
  std::filesystem::current_path(MENSA_SOURCE_DIR);
}

TEST_F(DataPath, OwnCollectionComesFirst) {
  const TemporaryFolder folder;
  const std::string own = folder.write("accelerators/library/systems/mensa_g.yaml", "a: 1\n");
  static_cast<void>(folder.write("accelerators/library/systems/added.yaml", "a: 1\n"));
  static_cast<void>(folder.write("accelerators/library/systems/ignored.txt", "a: 1\n"));
  setenv("MENSA_DATA_DIR", folder.path().c_str(), 1);
  EXPECT_EQ(find_data_file(kSystems, "mensa_g"), own);
  EXPECT_EQ(find_data_file(kSystems, "edge_tpu").parent_path(),
            std::filesystem::path(MENSA_SOURCE_DIR) / kSystems.folder);
  const auto names = data_names(kSystems);
  EXPECT_THAT(names, Contains("added"));
  EXPECT_THAT(names, testing::Not(Contains("ignored")));
  EXPECT_EQ(std::count(names.begin(), names.end(), "mensa_g"), 1);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(DataPath, OwnCollectionMustBeAFolder) {
  setenv("MENSA_DATA_DIR", "/no/such/folder", 1);
  EXPECT_EQ(error_of([] { return data_names(kSystems); }),
            "MENSA_DATA_DIR is set to '/no/such/folder', which is no folder");
}

// The test below runs this one in a copy of the program and reads what it prints.
TEST_F(DataPath, OneRootIsMensasOwn) {
  ASSERT_EQ(data_roots().size(), 1U);
  std::cout << "root: " << data_roots().front().string() << '\n';
}

TEST_F(DataPath, InstalledProgramsUseTheDataBesideThem) {
  const TemporaryFolder prefix;
  static_cast<void>(prefix.write("share/mensa/accelerators/library/systems/moved.yaml", "a: 1\n"));
  const auto program = prefix.path() / "bin/program";
  std::filesystem::create_directories(program.parent_path());
  std::filesystem::copy_file("/proc/self/exe", program);
  const std::string output = prefix.path() / "output";
  const std::string command = program.string() + " --gtest_filter=*OneRootIsMensasOwn > " + output;
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream stream(output);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("root: " + (prefix.path() / "share/mensa").string() + "\n"));
}

TEST_F(DataPath, OwnFiles) {
  EXPECT_TRUE(std::filesystem::exists(own_data_file("accelerators/library/README.md")));
  EXPECT_EQ(error_of([] { return own_data_file("no/such.yaml"); }),
            "mensa's own file 'no/such.yaml' is missing; install mensa again");
}

}  // namespace
}  // namespace mensa::base
