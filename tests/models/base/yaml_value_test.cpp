// Reading values through checks: kinds, ranges, units, and keys nobody asked for.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "models/base/yaml_reader.h"
#include "tests/models/base/error_of.h"

namespace mensa::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Applies `read` to the value of the key `v`.
template <class Read>
auto value_of(const std::string& text, Read read) {
  const YamlNode node = read_yaml_text("v: " + text, "t.yaml");
  return read(YamlMap(YamlValue(node, "")).required("v"));
}

template <class Read>
std::string error_for(const std::string& text, Read read) {
  return error_of([&] { return value_of(text, read); });
}

const auto kAsBytes = [](const YamlValue& value) { return value.bytes(); };
const auto kAsBytesOrZero = [](const YamlValue& value) { return value.bytes(true); };
const auto kAsHertz = [](const YamlValue& value) { return value.hertz(); };
const auto kAsEnergy = [](const YamlValue& value) { return value.energy(); };
const auto kAsPower = [](const YamlValue& value) { return value.power(); };
const auto kAsArea = [](const YamlValue& value) { return value.area(); };
const auto kAsSeconds = [](const YamlValue& value) { return value.seconds(); };
const auto kAsBandwidth = [](const YamlValue& value) { return value.bandwidth(); };
const auto kAsExtent = [](const YamlValue& value) { return value.extent_2d(); };
const auto kAsPercent = [](const YamlValue& value) { return value.integer(0, 100); };
const auto kAsShare = [](const YamlValue& value) { return value.number(0, 1); };

TEST(YamlValue, UnitsOfEachKind) {
  EXPECT_EQ(value_of("7 B", kAsBytes).value(), 7);
  EXPECT_EQ(value_of("64 KiB", kAsBytes).value(), 65536);
  EXPECT_EQ(value_of("64KiB", kAsBytes).value(), 65536);
  EXPECT_EQ(value_of("1.5 MiB", kAsBytes).value(), 1572864);
  EXPECT_EQ(value_of("2 GiB", kAsBytes).value(), std::int64_t{2} << 30);
  EXPECT_EQ(value_of("0.3 kB", kAsBytes).value(), 300);
  EXPECT_EQ(value_of("1 MB", kAsBytes).value(), 1'000'000);
  EXPECT_EQ(value_of("1 GB", kAsBytes).value(), 1'000'000'000);
  EXPECT_EQ(value_of("250 MHz", kAsHertz).value(), 250e6);
  EXPECT_EQ(value_of("1 GHz", kAsHertz).value(), 1e9);
  EXPECT_EQ(value_of("32 GB/s", kAsBandwidth).value(), 32e9);
  EXPECT_EQ(value_of("1 GiB/s", kAsBandwidth).value(), 1073741824.0);
  EXPECT_EQ(value_of("60 ns", kAsSeconds).value(), 60e-9);
  EXPECT_EQ(value_of("5 fJ", kAsEnergy).value(), 5e-3);
  EXPECT_EQ(value_of("0.2 pJ", kAsEnergy).value(), 0.2);
  EXPECT_EQ(value_of("1 uJ", kAsEnergy).value(), 1e6);
  EXPECT_EQ(value_of("5 uW", kAsPower).value(), 5e-6);
  EXPECT_EQ(value_of("600 um2", kAsArea).value(), 600e-6);
}

TEST(YamlValue, UnitMissingListsThoseAccepted) {
  EXPECT_EQ(
      error_for("64", kAsBytes),
      "t.yaml:1:4: v: '64' has no unit; add one of B, KiB, MiB, GiB, kB, MB, GB, as in '64 KiB'");
  EXPECT_EQ(error_for("1", kAsHertz),
            "t.yaml:1:4: v: '1' has no unit; add one of Hz, kHz, MHz, GHz, as in '1 GHz'");
}

TEST(YamlValue, ForeignUnitListsThoseAccepted) {
  EXPECT_EQ(
      error_for("64 KB", kAsBytes),
      "t.yaml:1:4: v: 'KB' is no unit of size in '64 KB'; use one of B, KiB, MiB, GiB, kB, MB, "
      "GB");
  EXPECT_THAT(error_for("64 KiB extra", kAsBytes), HasSubstr("'KiB extra' is no unit of size"));
  EXPECT_THAT(error_for("8 pj", kAsEnergy), HasSubstr("use one of fJ, pJ, nJ, uJ"));
  EXPECT_THAT(error_for("1 GHz", kAsSeconds), HasSubstr("'GHz' is no unit of time"));
}

TEST(YamlValue, NoNumber) {
  EXPECT_EQ(error_for("fast", kAsHertz),
            "t.yaml:1:4: v: 'fast' is no frequency; write a number and a unit, as '1 GHz'");
  EXPECT_THAT(error_for("nan GHz", kAsHertz), HasSubstr("'nan GHz' is no frequency"));
  EXPECT_THAT(error_for("inf GHz", kAsHertz), HasSubstr("'inf GHz' is no frequency"));
  EXPECT_THAT(error_for("-inf GHz", kAsHertz), HasSubstr("is no frequency"));
  EXPECT_THAT(error_for("0x10 B", kAsBytes), HasSubstr("'x10 B' is no unit of size"));
  EXPECT_THAT(error_for("1,5 B", kAsBytes), HasSubstr("',5 B' is no unit of size"));
  EXPECT_EQ(error_for("[1 GHz]", kAsHertz),
            "t.yaml:1:4: v: expected a frequency such as '1 GHz', got a list");
  EXPECT_THAT(error_for("~", kAsHertz), HasSubstr("got nothing"));
  EXPECT_THAT(error_for("{a: 1}", kAsHertz), HasSubstr("got a map"));
}

TEST(YamlValue, SignAndZero) {
  EXPECT_EQ(error_for("0 B", kAsBytes), "t.yaml:1:4: v: '0 B' must be above 0");
  EXPECT_EQ(value_of("0 B", kAsBytesOrZero).value(), 0);
  EXPECT_EQ(value_of("1 B", kAsBytes).value(), 1);
  EXPECT_EQ(error_for("-1 B", kAsBytesOrZero), "t.yaml:1:4: v: '-1 B' must not be negative");
  EXPECT_THAT(error_for("-2 GHz", kAsHertz), HasSubstr("must not be negative"));
}

TEST(YamlValue, OverflowAndUnderflow) {
  EXPECT_EQ(error_for("1e999 GHz", kAsHertz), "t.yaml:1:4: v: '1e999 GHz' is out of range");
  EXPECT_THAT(error_for("1e308 GHz", kAsHertz), HasSubstr("out of range"));
  EXPECT_THAT(error_for("1e-999 s", kAsSeconds), HasSubstr("out of range"));
  EXPECT_THAT(error_for("1e-320 ps", kAsSeconds), HasSubstr("out of range"));
  // 2^53 and the next size that a double can tell from it.
  EXPECT_EQ(value_of("9007199254740992 B", kAsBytes).value(), std::int64_t{1} << 53);
  EXPECT_THAT(error_for("9007199254740994 B", kAsBytes), HasSubstr("out of range"));
}

TEST(YamlValue, BytesAreWhole) {
  EXPECT_EQ(value_of("0.5 KiB", kAsBytes).value(), 512);
  EXPECT_EQ(error_for("0.5 B", kAsBytes), "t.yaml:1:4: v: '0.5 B' is no whole number of bytes");
  EXPECT_THAT(error_for("0.0001 KiB", kAsBytes), HasSubstr("no whole number of bytes"));
}

TEST(YamlValue, Integers) {
  EXPECT_EQ(value_of("0", kAsPercent), 0);
  EXPECT_EQ(value_of("100", kAsPercent), 100);
  EXPECT_EQ(error_for("101", kAsPercent), "t.yaml:1:4: v: 101 is out of range; expected 0 to 100");
  EXPECT_THAT(error_for("-1", kAsPercent), HasSubstr("out of range"));
  EXPECT_THAT(error_for("99999999999999999999", kAsPercent), HasSubstr("out of range"));
  for (const char* const text : {"8abc", "8.0", "1e1", "0x8", "''", "8 8", "+8"}) {
    EXPECT_THAT(error_for(text, kAsPercent), HasSubstr("is no whole number")) << text;
  }
}

TEST(YamlValue, Numbers) {
  EXPECT_EQ(value_of("0.25", kAsShare), 0.25);
  EXPECT_EQ(value_of("1", kAsShare), 1);
  EXPECT_THAT(error_for("1.0001", kAsShare), HasSubstr("out of range; expected 0 to 1"));
  EXPECT_THAT(error_for("1e999", kAsShare), HasSubstr("out of range"));
  for (const char* const text : {"nan", "inf", "0.5x", "half", "''"}) {
    EXPECT_THAT(error_for(text, kAsShare), HasSubstr("is no number")) << text;
  }
}

TEST(YamlValue, Booleans) {
  const auto as_boolean = [](const YamlValue& value) { return value.boolean(); };
  EXPECT_TRUE(value_of("true", as_boolean));
  EXPECT_FALSE(value_of("false", as_boolean));
  for (const char* const text : {"yes", "True", "1"}) {
    EXPECT_EQ(error_for(text, as_boolean),
              fmt::format("t.yaml:1:4: v: expected true or false, got '{}'", text));
  }
}

TEST(YamlValue, Extents) {
  EXPECT_EQ(value_of("32x16", kAsExtent), std::pair(std::int64_t{32}, std::int64_t{16}));
  EXPECT_EQ(value_of("1x1", kAsExtent), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(error_for("0x1", kAsExtent),
            "t.yaml:1:4: v: '0x1' is no extent; write rows and columns of at least 1, as '32x32'");
  for (const char* const text :
       {"32", "32x", "x32", "32 x 32", "32x32x32", "-1x2", "1.5x2", "99999999999999999999x1"}) {
    EXPECT_THAT(error_for(text, kAsExtent), HasSubstr("is no extent")) << text;
  }
}

TEST(YamlValue, Strings) {
  const auto as_strings = [](const YamlValue& value) { return value.strings(); };
  EXPECT_THAT(value_of("[a, b]", as_strings), ElementsAre("a", "b"));
  EXPECT_EQ(error_for("[a, [b]]", as_strings), "t.yaml:1:8: v.1: expected a text, got a list");
  EXPECT_EQ(error_for("a", as_strings), "t.yaml:1:4: v: expected a list, got a plain value");
  EXPECT_THAT(error_for("['']", as_strings), HasSubstr("v.0: expected a text, got an empty one"));
}

TEST(YamlMap, MissingKey) {
  const YamlNode node = read_yaml_text("top:\n  a: 1\n  clok: 1 GHz\n", "t.yaml");
  YamlMap map = YamlMap(YamlValue(node, "")).required("top").map();
  EXPECT_EQ(error_of([&] { return map.required("width"); }),
            "t.yaml:2:3: top: the key 'width' is missing");
  EXPECT_EQ(error_of([&] { return map.required("clock"); }),
            "t.yaml:2:3: top: the key 'clock' is missing; is 'clok' meant for it?");
  EXPECT_EQ(error_of([&] { return YamlMap(YamlValue(*node.find("top")->find("a"), "top.a")); }),
            "t.yaml:2:6: top.a: expected a map, got a plain value");
}

TEST(YamlMap, UnknownKeysAreAllReported) {
  const YamlNode node = read_yaml_text("a: 1\nclok: 2\nother:\n  deep: 3\n", "t.yaml");
  YamlMap map(YamlValue(node, "top"));
  EXPECT_TRUE(map.optional("a").has_value());
  EXPECT_FALSE(map.optional("clock").has_value());
  EXPECT_EQ(error_of([&] { return map.finish(), 0; }),
            "t.yaml:2:1: top.clok: unknown key 'clok'; did you mean 'clock'? (known: a, clock)\n"
            "t.yaml:3:1: top.other: unknown key 'other' (known: a, clock)");
}

TEST(YamlMap, ReportsAtMostTenUnknownKeys) {
  const auto lines_for = [](int keys) {
    std::string text;
    for (int i = 0; i < keys; ++i) text += fmt::format("key{}: 1\n", i);
    const YamlNode node = read_yaml_text(text, "t.yaml");
    const std::string message = error_of([&] { return YamlMap(YamlValue(node, "")).finish(), 0; });
    return 1 + std::count(message.begin(), message.end(), '\n');
  };
  EXPECT_EQ(lines_for(10), 10);
  EXPECT_EQ(lines_for(11), 11);  // the last one says "and more"
  EXPECT_EQ(lines_for(1000), 11);
}

TEST(YamlMap, AllMarksEveryKeyAsRead) {
  const YamlNode node = read_yaml_text("b: 1\na: 2\n", "t.yaml");
  YamlMap map(YamlValue(node, "x"));
  const auto all = map.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, "b");
  EXPECT_EQ(all[0].second.path(), "x.b");
  EXPECT_EQ(error_of([&] { return map.finish(), 0; }), "no error");
}

}  // namespace
}  // namespace mensa::base
