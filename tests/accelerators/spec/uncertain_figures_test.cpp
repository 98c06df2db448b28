#include "accelerators/spec/uncertain_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

using base::YamlNode;
using testing::ElementsAre;
using testing::HasSubstr;

YamlNode tree(const std::string& text) { return base::read_yaml_text(text, "test.yaml"); }

TEST(UncertainFigures, AreTheMapsWithARange) {
  const YamlNode node = tree(
      "plain: 3\n"
      "exact: {nominal: 4 pJ, source: s, grade: A}\n"
      "same: {nominal: 4 pJ, low: 4 pJ, high: 4 pJ}\n"
      "list:\n"
      "  - {width: 8, energy: {nominal: 2 pJ, low: 1 pJ, high: 4 pJ, source: s, grade: D}}\n"
      "half: {nominal: 2, high: 5}\n");
  const std::vector<UncertainFigure> figures = uncertain_figures(node);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].path, "list.0.energy");
  EXPECT_EQ(figures[0].low, 1);
  EXPECT_EQ(figures[0].nominal, 2);
  EXPECT_EQ(figures[0].high, 4);
  EXPECT_EQ(figures[0].unit, "pJ");
  EXPECT_EQ(figures[0].grade, "D");
  EXPECT_EQ(figures[0].text(1.5), "1.5 pJ");
  EXPECT_EQ(figures[1].path, "half");
  EXPECT_EQ(figures[1].low, 2);
  EXPECT_EQ(figures[1].text(0.25), "0.25");
}

TEST(UncertainFigures, SpreadLogarithmicallyAboutTheNominalValue) {
  const UncertainFigure figure{"p", 2, 0.5, 32, "pJ", "", ""};
  EXPECT_DOUBLE_EQ(figure.at(0), 0.5);
  EXPECT_DOUBLE_EQ(figure.at(0.25), 1);
  EXPECT_DOUBLE_EQ(figure.at(0.5), 2);
  EXPECT_DOUBLE_EQ(figure.at(0.75), 8);
  EXPECT_DOUBLE_EQ(figure.at(1), 32);
  const UncertainFigure from_zero{"p", 2, 0, 4, "pJ", "", ""};
  EXPECT_DOUBLE_EQ(from_zero.at(0.25), 1);
  const UncertainFigure only_above{"p", 0, 0, 4, "us", "", ""};
  EXPECT_EQ(only_above.at(0.3), 0);
  EXPECT_DOUBLE_EQ(only_above.at(0.75), 2);
}

TEST(UncertainFigures, NeverLeaveTheirRange) {
  const UncertainFigure figure{"p", 0.3, 0.1, 0.7, "pJ", "", ""};
  for (int i = 0; i <= 10'000; ++i) {
    const double value = figure.at(i / 10'000.0);
    EXPECT_GE(value, figure.low);
    EXPECT_LE(value, figure.high);
  }
}

TEST(UncertainFigures, MistakesAreNamedWithTheirPlace) {
  const auto error = [](const std::string& text) -> std::string {
    try {
      static_cast<void>(uncertain_figures(tree(text)));
    } catch (const base::Error& mistake) {
      return mistake.what();
    }
    return "";
  };
  EXPECT_THAT(error("a: {nominal: 2 pJ, low: 1 nJ}\n"), HasSubstr("test.yaml:1"));
  EXPECT_THAT(error("a: {nominal: 2 pJ, low: 1 nJ}\n"), HasSubstr("different units"));
  EXPECT_THAT(error("a: {nominal: 2 pJ, low: 3 pJ}\n"), HasSubstr("do not ascend"));
  EXPECT_THAT(error("a: {nominal: 2 pJ, low: -1 pJ}\n"), HasSubstr("do not ascend"));
  EXPECT_THAT(error("a: {nominal: x, low: 3 pJ}\n"), HasSubstr("'x' is no figure"));
}

/// Every value that a position stands for can be put where the figure stands and read again.
TEST(UncertainFigures, OfTheLibraryCanBeReplaced) {
  for (const char* name : {"mensa_g", "eyeriss_v2", "edge_tpu"}) {
    const YamlNode resolved = resolve_system(name);
    const std::vector<UncertainFigure> figures = uncertain_figures(resolved);
    EXPECT_GT(figures.size(), 8U) << name;
    for (const UncertainFigure& figure : figures) {
      YamlNode changed = resolved;
      changed.set(figure.path + ".nominal", figure.text(figure.at(0.9)));
      EXPECT_NO_THROW(static_cast<void>(read_system(changed))) << name << ": " << figure.path;
    }
  }
}

UncertainConstant named(const std::vector<UncertainConstant>& constants, const std::string& name) {
  const auto found = std::find_if(constants.begin(), constants.end(),
                                  [&](const auto& each) { return each.name == name; });
  EXPECT_NE(found, constants.end()) << name;
  return found == constants.end() ? UncertainConstant{} : *found;
}

TEST(UncertainConstants, AreNamedAlikeInEverySystem) {
  const std::string mac = "cmos_22nm.mac.0.energy";
  const std::string lpddr4 = "energy_per_bit 4/8/20 pJ";
  const std::vector<UncertainConstant> mensa = uncertain_constants(resolve_system("mensa_g"));
  const std::vector<UncertainConstant> tpu = uncertain_constants(resolve_system("edge_tpu"));
  const std::vector<UncertainConstant> eyeriss = uncertain_constants(resolve_system("eyeriss_v2"));
  EXPECT_THAT(named(mensa, mac).places, ElementsAre("technology.mac.0.energy"));
  EXPECT_EQ(named(mensa, mac).places, named(tpu, mac).places);
  EXPECT_EQ(named(eyeriss, "cmos_65nm.mac.0.energy").places, named(mensa, mac).places);
  // LPDDR4 is the same part in both, whatever is around it.
  EXPECT_THAT(named(tpu, lpddr4).places, ElementsAre("memories.lpddr4.ports.bus.energy_per_bit"));
  EXPECT_EQ(named(eyeriss, lpddr4).places, named(tpu, lpddr4).places);
}

TEST(UncertainConstants, OfOneNameAreOneAndMoveTogether) {
  YamlNode node = tree(
      "technology: {name: t, a: {nominal: 2, low: 1, high: 3}, b: {nominal: 2, low: 1, high: 3}}\n"
      "memories:\n"
      "  one: {power: {nominal: 2 W, low: 1 W, high: 3 W, source: first, grade: D}}\n"
      "  two: {power: {nominal: 2W, low: 1.0 W, high: 3 W, source: second, grade: A}}\n"
      "  six: {power: {nominal: 2 W, low: 1 W, high: 4 W}}\n");
  const std::vector<UncertainConstant> constants = uncertain_constants(node);
  ASSERT_EQ(constants.size(), 4U);
  EXPECT_EQ(constants[0].name, "t.a");
  EXPECT_EQ(constants[1].name, "t.b");
  EXPECT_EQ(constants[2].name, "power 1/2/3 W");
  EXPECT_THAT(constants[2].places, ElementsAre("memories.one.power", "memories.two.power"));
  EXPECT_EQ(constants[2].figure.source, "first");
  EXPECT_EQ(constants[3].name, "power 1/2/4 W");
  constants[2].set(node, 1.5);
  const std::vector<UncertainFigure> figures = uncertain_figures(node);
  ASSERT_EQ(figures.size(), 5U);
  EXPECT_EQ(figures[1].nominal, 2);
  EXPECT_EQ(figures[2].nominal, 1.5);
  EXPECT_EQ(figures[3].nominal, 1.5);
  EXPECT_EQ(figures[4].nominal, 2);
}

/// Memories and the like may have any name.
TEST(UncertainFigures, AreNotWhatIsNamedLikeTheirParts) {
  EXPECT_THAT(uncertain_figures(tree("memories: {nominal: {a: 1}, low: {a: 2}}\n")),
              testing::IsEmpty());
}

}  // namespace
}  // namespace mensa::accelerators
