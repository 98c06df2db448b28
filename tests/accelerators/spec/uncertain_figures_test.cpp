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

TEST(UncertainConstants, AreSharedByTheSystemsThatHaveThem) {
  const YamlNode mensa = resolve_system("mensa_g");
  const YamlNode tpu = resolve_system("edge_tpu");
  const YamlNode eyeriss = resolve_system("eyeriss_v2");  // of another technology
  const std::vector<UncertainConstant> constants = uncertain_constants({&mensa, &tpu, &eyeriss});
  const auto find = [&](const std::string& name) {
    const auto found = std::find_if(constants.begin(), constants.end(),
                                    [&](const auto& each) { return each.name == name; });
    EXPECT_NE(found, constants.end()) << name;
    return *found;
  };
  const UncertainConstant mac = find("cmos_22nm.mac.0.energy");
  EXPECT_THAT(mac.paths[0], ElementsAre("technology.mac.0.energy"));
  EXPECT_EQ(mac.paths[0], mac.paths[1]);
  EXPECT_TRUE(mac.paths[2].empty());
  EXPECT_TRUE(find("cmos_65nm.mac.0.energy").paths[0].empty());
  // LPDDR4 is the same part in both.
  const auto lpddr4 = std::find_if(constants.begin(), constants.end(), [](const auto& each) {
    return each.figure.path.ends_with(".energy_per_bit") && each.figure.nominal == 8;
  });
  ASSERT_NE(lpddr4, constants.end());
  EXPECT_TRUE(lpddr4->paths[0].empty());
  EXPECT_EQ(lpddr4->paths[1].size(), 1U);
  EXPECT_EQ(lpddr4->paths[2].size(), 1U);
}

}  // namespace
}  // namespace mensa::accelerators
