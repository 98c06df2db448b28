// Against the examples of NIST for FIPS 180-4.

#include "models/base/sha256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::base {
namespace {

using testing::HasSubstr;

constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256("abc"), kOfAbc);
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsContent) {
  const TemporaryFolder folder;
  EXPECT_EQ(sha256_of_file(folder.write("abc", "abc")), kOfAbc);
  EXPECT_EQ(sha256_of_file(folder.write("empty", "")), sha256(""));
  // One byte beyond a whole number of pieces read at a time.
  const std::string large(3 * 64 * 1024 + 1, 'x');
  EXPECT_EQ(sha256_of_file(folder.write("large", large)), sha256(large));
}

TEST(Sha256, OfAMissingFileOrAFolderIsAnError) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing").string();
  EXPECT_THAT(error_of([&] { return sha256_of_file(missing); }),
              HasSubstr("cannot read '" + missing + "'"));
  EXPECT_THAT(error_of([&] { return sha256_of_file(folder.path()); }), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace mensa::base
