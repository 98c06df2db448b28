// Reading files and text: syntax, structure and bounds. Values are in yaml_value_test.cpp.

#include "models/base/yaml_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_in(const std::string& text) {
  return error_of([&] { return read_yaml_text(text, "t.yaml"); });
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(YamlReader, KeepsKindsOrderAndPlaces) {
  const YamlNode node = read_yaml_text("b: 1\na: [x, 'y z']\nc:\n  d: ~\n", "t.yaml");
  ASSERT_EQ(node.kind(), YamlNode::Kind::kMap);
  ASSERT_EQ(node.entries().size(), 3U);
  EXPECT_EQ(node.entries()[0].first, "b");
  EXPECT_EQ(node.entries()[0].second.where().to_string(), "t.yaml:1:4");
  EXPECT_EQ(node.entries()[0].second.key_where().to_string(), "t.yaml:1:1");
  const YamlNode* const list = node.find("a");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items().size(), 2U);
  EXPECT_EQ(list->items()[1].scalar(), "y z");
  EXPECT_EQ(list->items()[1].where().to_string(), "t.yaml:2:8");
  const YamlNode* const inner = node.find("c")->find("d");
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(inner->kind(), YamlNode::Kind::kNull);
  EXPECT_EQ(inner->key_where().to_string(), "t.yaml:4:3");
  EXPECT_EQ(node.find("missing"), nullptr);
}

TEST(YamlReader, QuotedNullAndEmptyAreText) {
  const YamlNode node = read_yaml_text("a: \"null\"\nb: ''\n", "t.yaml");
  EXPECT_EQ(node.find("a")->kind(), YamlNode::Kind::kScalar);
  EXPECT_EQ(node.find("b")->kind(), YamlNode::Kind::kScalar);
}

TEST(YamlReader, DuplicateKey) {
  EXPECT_EQ(error_in("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"),
            "t.yaml:5:3: c: duplicate key; it stands on line 3 already");
  EXPECT_EQ(error_in("{a: 1, a: 2}"), "t.yaml:1:8: a: duplicate key; it stands on line 1 already");
  EXPECT_EQ(error_in("a: {c: 1}\nb: {c: 1}\n"), "no error");
}

TEST(YamlReader, KeysMustBePlainText) {
  EXPECT_EQ(error_in("? [a, b]\n: 1\n"),
            "t.yaml:1:3: a key must be plain text; is a bracket not closed?");
  EXPECT_EQ(error_in("? {a: b}\n: 1\n"),
            "t.yaml:1:3: a key must be plain text; is a bracket not closed?");
  EXPECT_THAT(error_in("a: &x 1\n*x : 2\n"), HasSubstr("not an alias"));
  EXPECT_THAT(error_in(": 1\n"), HasSubstr("a key is empty"));
}

TEST(YamlReader, SyntaxErrorsHaveTheirPlace) {
  EXPECT_THAT(error_in("a: [1, 2\nb: 3\n"), StartsWith("t.yaml:2:"));
  EXPECT_THAT(error_in("a: [1, 2\nb: 3\n"), HasSubstr("not valid YAML: "));
  EXPECT_THAT(error_in("[1"), HasSubstr("is a bracket not closed?"));
  EXPECT_THAT(error_in("a: *nowhere\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(error_in("a: 1\n}\n"), StartsWith("t.yaml:2:1: "));
}

TEST(YamlReader, OpenQuotesAreErrors) {
  for (const char* const text : {"a: 'open", "a: 'open\n", "a: \"open\n\n", "a: 'x\nb: 1 \n"}) {
    EXPECT_THAT(error_in(text), HasSubstr("illegal EOF in scalar")) << text;
  }
  EXPECT_EQ(error_in("a: 'closed'\n"), "no error");
}

TEST(YamlReader, TagsAreRefused) {
  EXPECT_EQ(error_in("a: !!int 8\n"),
            "t.yaml:1:4: tags are not supported here ('tag:yaml.org,2002:int')");
  EXPECT_THAT(error_in("a: !mine [1]\n"), HasSubstr("tags are not supported here ('!mine')"));
}

TEST(YamlReader, EmptyAndSeveralDocuments) {
  for (const char* const text : {"", "\n", "# only a comment\n", "---\n", "~\n"}) {
    EXPECT_EQ(error_in(text), "t.yaml: is empty; expected a YAML document") << text;
  }
  EXPECT_EQ(error_in("a: 1\n---\nb: 2\n"),
            "t.yaml:3:1: a second document begins here; expected only one");
  EXPECT_EQ(error_in("---\na: 1\n...\n"), "no error");
}

TEST(YamlReader, ControlCharactersAreRefused) {
  EXPECT_EQ(error_in(std::string("a: 1\nb\0c: 2", 11)),
            "t.yaml:2:2: control character 0x00; this is no YAML text");
  // yaml-cpp takes this one for the end of the text.
  EXPECT_THAT(error_in("a: 1\n\x04\nb: 2\n"), StartsWith("t.yaml:2:1: control character 0x04"));
  EXPECT_EQ(error_in("a: 1\r\nb:\t2\r\n"), "no error");
}

TEST(YamlReader, NestsAtMost64Levels) {
  const auto nested = [](std::size_t levels) {
    return repeated("[", levels) + repeated("]", levels);
  };
  EXPECT_EQ(error_in(nested(64)), "no error");
  EXPECT_EQ(error_in(nested(65)), "t.yaml:1:65: nested deeper than 64 levels");
  EXPECT_THAT(error_in(repeated("a: [", 65)), HasSubstr("t.yaml:1:"));
  // Whatever the message, a long row of brackets must end early and not in a stack overflow.
  for (const char* const piece : {"[", "{a: ", "{", "- ", "? ", "[a, "}) {
    EXPECT_THAT(error_in(repeated(piece, 300'000)), StartsWith("t.yaml:1:")) << piece;
  }
}

TEST(YamlReader, AliasesNestAtMost64Levels) {
  const auto aliased = [](std::size_t inside, std::size_t outside) {
    return fmt::format("a: &x {}{}\nb: {}*x{}\n", repeated("[", inside), repeated("]", inside),
                       repeated("[", outside), repeated("]", outside));
  };
  EXPECT_EQ(error_in(aliased(31, 32)), "no error");  // one map around 63
  EXPECT_THAT(error_in(aliased(31, 33)), EndsWith("nested deeper than 64 levels"));
}

TEST(YamlReader, HoldsAtMost100000Values) {
  // The list and its 99 999 entries.
  EXPECT_EQ(error_in("[" + repeated("1,", 99'999) + "]"), "no error");
  EXPECT_THAT(error_in("[" + repeated("1,", 100'000) + "]"), HasSubstr("more than 100000 values"));
}

TEST(YamlReader, AliasBombIsRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    text += fmt::format("a{}: &a{} [", i, i) + repeated(fmt::format("*a{}, ", i - 1), 10) + "]\n";
  }
  EXPECT_THAT(error_in(text), HasSubstr("more than 100000 values"));
}

TEST(YamlReader, NestedAnchorsAreBounded) {
  // Each anchor keeps a copy of all that is below it: 60 copies of 4 000 values.
  std::string text;
  for (int i = 0; i < 60; ++i) text += fmt::format("&a{} [", i);
  text += repeated("1,", 4'000) + repeated("]", 60);
  EXPECT_THAT(error_in(text), HasSubstr("more than 100000 values (anchors count twice)"));
}

TEST(YamlReader, AliasInsideWhatItStandsFor) {
  EXPECT_EQ(error_in("a: &x [*x]\n"),
            "t.yaml:1:8: an alias stands inside the value that it stands for");
}

TEST(YamlReader, AliasStandsForACopy) {
  const YamlNode node = read_yaml_text("a: &x {b: 1}\nc: *x\n", "t.yaml");
  ASSERT_NE(node.find("c"), nullptr);
  ASSERT_NE(node.find("c")->find("b"), nullptr);
  EXPECT_EQ(node.find("c")->find("b")->scalar(), "1");
}

TEST(YamlReader, Files) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing.yaml").string();
  EXPECT_EQ(error_of([&] { return read_yaml_file(missing); }), missing + ": there is no such file");
  EXPECT_EQ(error_of([&] { return read_yaml_file(folder.path()); }),
            folder.path().string() + ": is a folder; expected a YAML file");
  const std::string empty = folder.write("empty.yaml", "");
  EXPECT_EQ(error_of([&] { return read_yaml_file(empty); }),
            empty + ": is empty; expected a YAML document");
  const std::string good = folder.write("good.yaml", "a: 1\n");
  EXPECT_EQ(read_yaml_file(good).find("a")->where().to_string(), good + ":1:4");
}

TEST(YamlReader, FilesOfAtMost16MiB) {
  constexpr std::size_t kMost = std::size_t{16} << 20;
  const TemporaryFolder folder;
  const auto commented = [](std::size_t size) {
    std::string text = "a: 1\n#";
    text.resize(size, 'x');
    return text;
  };
  const std::string largest = folder.write("largest.yaml", commented(kMost));
  EXPECT_EQ(error_of([&] { return read_yaml_file(largest); }), "no error");
  const std::string larger = folder.write("larger.yaml", commented(kMost + 1));
  EXPECT_THAT(error_of([&] { return read_yaml_file(larger); }), HasSubstr("larger than 16 MiB"));
}

}  // namespace
}  // namespace mensa::base
