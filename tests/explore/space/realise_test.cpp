#include "explore/space/realise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using accelerators::System;
using testing::ElementsAre;
using testing::HasSubstr;

System system_at(const Space& space, const Point& point) {
  return accelerators::read_system(realise(space, point));
}

std::vector<std::string> accelerators_of(const System& system) {
  std::vector<std::string> names;
  for (const auto& accelerator : system.accelerators) names.push_back(accelerator.name);
  return names;
}

TEST(Realise, PutsEachChoiceInItsPlace) {
  const Space space = SpaceText().read();
  for (std::uint32_t i = 0; i < 3; ++i) {
    const System system = system_at(space, {i});
    const auto& pascal = system.accelerators[0];
    EXPECT_EQ(pascal.rows * 1000 + pascal.columns, (std::vector{16016, 16032, 32032})[i]);
  }
}

TEST(Realise, GivesTheBaseSystemWhereNothingIsChanged) {
  const Space space =
      SpaceText()
          .with("parameters", "{array: {path: accelerators.pascal.pe_array, values: [32x32]}}")
          .read();
  const System system = system_at(space, {0});
  const System base = accelerators::load_system("mensa_g");
  EXPECT_EQ(accelerators_of(system), accelerators_of(base));
  EXPECT_EQ(system.accelerators[0].rows, base.accelerators[0].rows);
  EXPECT_EQ(system.accelerators[0].clock, base.accelerators[0].clock);
}

TEST(Realise, PutsOneParameterInSeveralPlaces) {
  const Space space = SpaceText()
                          .with("parameters",
                                "{near: {paths: [accelerators.pavlov.clock, "
                                "accelerators.jacquard.clock], values: [1 GHz, 700 MHz]}}")
                          .read();
  const System system = system_at(space, {1});
  EXPECT_EQ(system.accelerators[0].clock, base::Hertz(1e9));
  EXPECT_EQ(system.accelerators[1].clock, base::Hertz(7e8));
  EXPECT_EQ(system.accelerators[2].clock, base::Hertz(7e8));
}

TEST(Realise, FollowsLinks) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{array: {path: accelerators.pascal.pe_array, values: [16x8, 32x32]}, "
                "size: {path: accelerators.pascal.buffers.parameters.capacity, values: [64 KiB, 32 "
                "KiB]}}")
          .with("links",
                "{accelerators.pascal.buffers.activations.capacity: 2 * size + array.rows * 1 KiB, "
                "accelerators.pavlov.clock: array.columns * 10 MHz, "
                "accelerators.jacquard.pe_array: 'extent(array.rows / 2, array.pes / array.rows)'}")
          .read();
  const System system = system_at(space, {0, 1});
  EXPECT_EQ(system.accelerators[0].buffers[0].capacity, base::Bytes(32 * 1024));
  EXPECT_EQ(system.accelerators[0].buffers[1].capacity, base::Bytes((64 + 16) * 1024));
  EXPECT_EQ(system.accelerators[1].clock, base::Hertz(8e7));
  EXPECT_EQ(system.accelerators[2].rows, 8);
  EXPECT_EQ(system.accelerators[2].columns, 8);
}

TEST(Realise, CopiesAcceleratorsWithAllTheirValues) {
  const Space space = SpaceText()
                          .with("parameters",
                                "{pavlovs: {accelerator: pavlov, count: [0, 1, 3]}, "
                                "clock: {path: accelerators.pavlov.clock, values: [300 MHz]}}")
                          .with("links", "{accelerators.pavlov.launch_overhead: 1 us * pavlovs}")
                          .read();
  EXPECT_THAT(accelerators_of(system_at(space, {0, 0})), ElementsAre("pascal", "jacquard"));
  EXPECT_THAT(accelerators_of(system_at(space, {1, 0})),
              ElementsAre("pascal", "pavlov", "jacquard"));
  const System three = system_at(space, {2, 0});
  EXPECT_THAT(accelerators_of(three),
              ElementsAre("pascal", "pavlov", "jacquard", "pavlov_2", "pavlov_3"));
  for (const std::size_t pavlov : {1U, 3U, 4U}) {
    EXPECT_EQ(three.accelerators[pavlov].clock, base::Hertz(3e8));
    EXPECT_EQ(three.accelerators[pavlov].port, three.accelerators[1].port);
    EXPECT_EQ(three.accelerators[pavlov].launch_overhead.value(), 3e-6);
  }
  EXPECT_EQ(three.accelerators[0].clock, base::Hertz(1e9));
}

TEST(Realise, OfAnAcceleratorThatIsAbsentLeavesItsParametersOut) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{has: {accelerator: jacquard, present: [false, true]}, "
                "clock: {path: accelerators.jacquard.clock, values: [1 GHz, 2 GHz]}}")
          .read();
  EXPECT_EQ(realise(space, {0, 0}).to_yaml(), realise(space, {0, 1}).to_yaml());
  EXPECT_NE(realise(space, {1, 0}).to_yaml(), realise(space, {1, 1}).to_yaml());
}

TEST(Realise, OfAllAcceleratorsAbsentIsNoSystem) {
  const Space space =
      SpaceText()
          .with("system", "edge_tpu")
          .with("parameters", "{has: {accelerator: edge_tpu, present: [false, true]}}")
          .read();
  EXPECT_THAT(error_of([&] { return system_at(space, {0}); }),
              HasSubstr("expected at least one accelerator"));
  EXPECT_EQ(system_at(space, {1}).accelerators.size(), 1U);
}

TEST(Realise, ReplacesAWholeAccelerator) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{kind: {path: accelerators.pascal.use, values: [pascal, jacquard]}, "
                "clock: {path: accelerators.pascal.clock, values: [900 MHz]}}")
          .read();
  const System base = accelerators::load_system("mensa_g");
  const System system = system_at(space, {1, 0});
  EXPECT_EQ(system.accelerators[0].name, "pascal");
  EXPECT_EQ(system.accelerators[0].rows, base.accelerators[2].rows);
  EXPECT_EQ(system.accelerators[0].clock, base::Hertz(9e8));
  EXPECT_EQ(system.accelerators[0].port, base.accelerators[0].port);
}

TEST(Realise, IsAFileThatReadsBackTheSame) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{pavlovs: {accelerator: pavlov, count: [2]}, "
                "near: {path: technology.network_hop_per_byte, values: [0.03 pJ]}, "
                "flow: {path: accelerators.jacquard.dataflow, values: [pascal]}, "
                "standby: {path: memories.stack.background_power, values: [90 mW]}}")
          .read();
  const base::YamlNode tree = realise(space, {0, 0, 0, 0});
  const base::YamlNode read = base::read_yaml_text(tree.to_yaml(), "point.yaml");
  EXPECT_EQ(read.to_yaml(), tree.to_yaml());
  const System system = accelerators::read_system(read);
  EXPECT_EQ(accelerators_of(system), accelerators_of(accelerators::read_system(tree)));
  EXPECT_EQ(system.technology.network_hop_per_byte.nominal, base::Picojoules(0.03));
}

TEST(Realise, SaysWhichLinkHasNoValueAtAPoint) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{size: {path: accelerators.pascal.buffers.parameters.capacity, values: [96 KiB, "
                "64 KiB]}}")
          .with("links", "{accelerators.pascal.buffers.activations.capacity: size / 3 * 12}")
          .read();
  EXPECT_EQ(system_at(space, {0}).accelerators[0].buffers[1].capacity, base::Bytes(384 * 1024));
  const Space third =
      SpaceText()
          .with("parameters",
                "{size: {path: accelerators.pascal.buffers.parameters.capacity, values: [96 KiB, "
                "64 KiB]}}")
          .with("links", "{accelerators.pascal.buffers.activations.capacity: size / 3 * 8}")
          .read();
  EXPECT_THAT(error_of([&] { return realise(third, {1}); }), HasSubstr("no whole number of bytes"));
}

TEST(ParameterValue, KnowsParametersAndPartsOfExtents) {
  const Space space = SpaceText()
                          .with("parameters",
                                "{array: {path: accelerators.pascal.pe_array, values: [16x8]}, "
                                "count: {accelerator: pavlov, count: [2]}, "
                                "flow: {path: accelerators.pascal.dataflow, values: [pascal]}}")
                          .read();
  const Point point = {0, 0, 0};
  EXPECT_EQ(parameter_value(space, point, "array"), Value::of_extent(16, 8));
  EXPECT_EQ(parameter_value(space, point, "array.rows"), Value::of_number(16));
  EXPECT_EQ(parameter_value(space, point, "array.columns"), Value::of_number(8));
  EXPECT_EQ(parameter_value(space, point, "array.pes"), Value::of_number(128));
  EXPECT_EQ(parameter_value(space, point, "count"), Value::of_number(2));
  EXPECT_EQ(parameter_value(space, point, "flow"), Value::of_text("pascal"));
  for (const char* const none :
       {"array.depth", "array.", ".rows", "count.rows", "flow.pes", "", "x"}) {
    EXPECT_EQ(parameter_value(space, point, none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace mensa::explore
