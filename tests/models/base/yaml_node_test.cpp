// Changing trees and writing them as text.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "models/base/yaml_reader.h"
#include "tests/models/base/error_of.h"

namespace mensa::base {
namespace {

using testing::HasSubstr;

YamlNode tree(const std::string& text) { return read_yaml_text(text, "t.yaml"); }

TEST(YamlNodeMerge, ReplacesAndJoinsThroughMaps) {
  const YamlNode merged = tree("a: 1\nb: {c: 1, d: [1, 2]}\n")
                              .merged_with(read_yaml_text("b: {d: [3], e: 4}\nf: 5\n", "o.yaml"));
  EXPECT_EQ(merged.to_yaml(), "a: 1\nb:\n  c: 1\n  d: [3]\n  e: 4\nf: 5\n");
  EXPECT_EQ(merged.find("a")->where().file, "t.yaml");
  EXPECT_EQ(merged.find("b")->find("e")->where().file, "o.yaml");
}

TEST(YamlNodeMerge, MapAndPlainValueReplaceEachOther) {
  EXPECT_EQ(tree("a: {b: 1}").merged_with(tree("a: 2")).to_yaml(), "a: 2\n");
  EXPECT_EQ(tree("a: 2").merged_with(tree("a: {b: 1}")).to_yaml(), "a:\n  b: 1\n");
}

TEST(YamlNodeSet, ReplacesAtAPath) {
  YamlNode node = tree("a:\n  b: 1\n  list: [{x: 1}, {x: 2}]\n");
  node.set("a.b", "64 KiB");
  node.set("a.list.1.x", "7");
  node.set("a.new", "[p, q]");
  node.set("top", "{u: v}");
  EXPECT_EQ(node.to_yaml(),
            "a:\n  b: 64 KiB\n  list:\n    - {x: 1}\n    - {x: 7}\n  new: [p, q]\ntop:\n  u: v\n");
  EXPECT_EQ(node.find("a")->find("b")->where().to_string(), "--param a.b");
  EXPECT_EQ(node.find("top")->find("u")->where().to_string(), "--param top");
}

TEST(YamlNodeSet, UnknownStepListsNearNames) {
  YamlNode node = tree("accelerators: {pascal: {clock: 1 GHz}, pavlov: {clock: 1 GHz}}\n");
  EXPECT_EQ(
      error_of([&] { return node.set("accelerators.pasacl.clock", "2 GHz"), 0; }),
      "--param accelerators.pasacl.clock: unknown key 'pasacl'; did you mean 'pascal'? (known: "
      "pascal, pavlov) (in 'accelerators')");
  EXPECT_EQ(error_of([&] { return node.set("acelerators.pascal.clock", "2 GHz"), 0; }),
            "--param acelerators.pascal.clock: unknown key 'acelerators'; did you mean "
            "'accelerators'? (known: accelerators) (in the file)");
  EXPECT_EQ(
      error_of([&] { return node.set("accelerators.pascal.clock.low", "2 GHz"), 0; }),
      "--param accelerators.pascal.clock.low: 'accelerators.pascal.clock' is a plain value and "
      "has no part 'low'");
}

TEST(YamlNodeSet, ListsAreCountedFromZero) {
  YamlNode node = tree("a: [x, y]\n");
  EXPECT_EQ(error_of([&] { return node.set("a.1", "z"), 0; }), "no error");
  const std::string message = "'a' is a list of 2; '2' is no number from 0 to 1";
  EXPECT_THAT(error_of([&] { return node.set("a.2", "z"), 0; }), HasSubstr(message));
  EXPECT_THAT(error_of([&] { return node.set("a.-1", "z"), 0; }), HasSubstr("'-1' is no number"));
  EXPECT_THAT(error_of([&] { return node.set("a.1x", "z"), 0; }), HasSubstr("'1x' is no number"));
  YamlNode empty = tree("a: []\n");
  EXPECT_THAT(error_of([&] { return empty.set("a.0", "z"), 0; }),
              HasSubstr("'a' is an empty list and has no part '0'"));
}

TEST(YamlNodeSet, BadPathsAndValues) {
  YamlNode node = tree("a: 1\n");
  for (const char* const path : {"", ".", "a.", ".a", "a..b"}) {
    EXPECT_THAT(error_of([&] { return node.set(path, "1"), 0; }), HasSubstr("empty step")) << path;
  }
  EXPECT_EQ(error_of([&] { return node.set("a", ""), 0; }),
            "--param a: is empty; expected a YAML document");
  EXPECT_THAT(error_of([&] { return node.set("a", "[1"), 0; }), HasSubstr("bracket not closed"));
  EXPECT_EQ(node.to_yaml(), "a: 1\n");
}

TEST(YamlNodeText, QuotesWhereYamlWouldReadSomethingElse) {
  const std::string text =
      "plain: 64 KiB\nnothing: null\nword: \"null\"\ntilde: \"~\"\nempty: \"\"\n"
      "colon: \"a: b\"\nhash: \"a #b\"\nquote: \"\\\"\\\\\"\nline: \"a\\nb\"\n"
      "control: \"\\x04\"\ndash: \"- a\"\nlist: []\nmap: {}\n";
  EXPECT_EQ(tree(text).to_yaml(), text);
}

TEST(YamlNodeText, ListsOfListsAndOfDeepMaps) {
  const std::string text =
      "a:\n  - [1, 2]\n  - b:\n      c: 1\n    d: 2\n  - - x:\n        y: [1]\n    - z\n";
  EXPECT_EQ(tree(text).to_yaml(), text);
}

bool equal(const YamlNode& a, const YamlNode& b) {
  if (a.kind() != b.kind() || a.scalar() != b.scalar()) return false;
  if (a.items().size() != b.items().size() || a.entries().size() != b.entries().size())
    return false;
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!equal(a.items()[i], b.items()[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    if (a.entries()[i].first != b.entries()[i].first) return false;
    if (!equal(a.entries()[i].second, b.entries()[i].second)) return false;
  }
  return true;
}

RC_GTEST_PROP(YamlNodeText, AnyTextSurvivesWritingAndReading, ()) {
  // Any ASCII, in a key and in a value, in block and in flow style.
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  RC_PRE(!text.empty());
  YamlNode node = YamlNode::make_map({});
  node.put("block", YamlNode::make_scalar(text, {}));
  YamlNode record = YamlNode::make_map({});
  record.put(text, YamlNode::make_scalar(text, {}));
  node.put(text + "x", record);
  const YamlNode again = read_yaml_text(node.to_yaml(), "again");
  RC_ASSERT(equal(node, again));
}

}  // namespace
}  // namespace mensa::base
