#include "explore/design/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "accelerators/cost/area.h"
#include "accelerators/cost/mapping_identity.h"
#include "accelerators/cost/peak_power.h"
#include "accelerators/cost/static_power.h"
#include "explore/design/budget.h"
#include "models/base/error.h"
#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> names(const std::vector<DataflowChoice>& dataflows) {
  std::vector<std::string> all;
  all.reserve(dataflows.size());
  for (const DataflowChoice& one : dataflows) all.push_back(one.name);
  return all;
}

const DataflowChoice& named(const std::vector<DataflowChoice>& dataflows, const std::string& name) {
  return *std::find_if(dataflows.begin(), dataflows.end(),
                       [&](const DataflowChoice& one) { return one.name == name; });
}

TEST(DataflowChoices, AreTheLibrarysForDenseLayers) {
  const std::vector<DataflowChoice> all = dataflow_choices();
  EXPECT_THAT(names(all), AllOf(Contains("pascal"), Contains("jacquard"), Contains("pavlov"),
                                Contains("row_stationary"), Contains("nvdla"),
                                Contains("output_stationary_multicast")));
  // Their users are accelerators for sparse operands.
  EXPECT_THAT(names(all),
              AllOf(Not(Contains("sigma")), Not(Contains("eie")), Not(Contains("scnn"))));
  EXPECT_THAT(named(all, "jacquard").registers, ElementsAre(16, 0, 4));
  EXPECT_EQ(named(all, "jacquard").user, "jacquard");
  EXPECT_FALSE(named(all, "jacquard").streams_weights);
  EXPECT_TRUE(named(all, "pavlov").streams_weights);
  EXPECT_TRUE(named(all, "row_stationary").streams_weights);
  EXPECT_EQ(named(all, "row_stationary").bits[2], 20);
  // Nobody's: one value of each operand.
  EXPECT_THAT(named(all, "weight_stationary").registers, ElementsAre(1, 1, 4));
  EXPECT_THAT(named(all, "weight_stationary").user, IsEmpty());
}

TEST(Platform, HasTheMemoriesOfASystem) {
  const Platform platform(test::mensa_g_memories());
  EXPECT_EQ(platform.name(), "mensa_g");
  ASSERT_EQ(platform.places().size(), 2U);
  EXPECT_EQ(platform.places()[0].port, "stack.external");
  EXPECT_FALSE(platform.places()[0].near_data);
  EXPECT_EQ(platform.places()[1].port, "stack.logic_layer");
  EXPECT_TRUE(platform.places()[1].near_data);
  EXPECT_EQ(platform.clock().value(), 1e9);
  EXPECT_FALSE(platform.clock_is_given());
  // Pascal; Pavlov and Jacquard.
  const auto system = accelerators::load_system("mensa_g");
  const auto area = [&](const char* name) {
    return accelerators::area(system.accelerator(name), system.technology).total().value();
  };
  EXPECT_DOUBLE_EQ(platform.own_area_at()[0], area("pascal"));
  EXPECT_DOUBLE_EQ(platform.own_area_at()[1], area("pavlov") + area("jacquard"));
}

TEST(Platform, TakesTheUsualClockOfItsTechnology) {
  PlatformRequest request;
  request.system = "edge_tpu";  // 250 MHz, but at a node where others have 1 GHz
  EXPECT_EQ(Platform(request).clock().value(), 1e9);
  request.system = "eyeriss_v2";  // 65 nm
  EXPECT_EQ(Platform(request).clock().value(), 200e6);
  request.clock = base::Hertz(123e6);
  EXPECT_EQ(Platform(request).clock().value(), 123e6);
  EXPECT_TRUE(Platform(request).clock_is_given());
  EXPECT_EQ(usual_clock("cmos_1nm"), std::nullopt);
}

TEST(Platform, RestrictsPlaces) {
  PlatformRequest request = test::mensa_g_memories();
  request.places = {"stack.logic_layer"};
  request.limits = {{"stack.logic_layer", 1.5, std::nullopt}};
  const Platform platform(request);
  ASSERT_EQ(platform.places().size(), 1U);
  EXPECT_EQ(platform.places()[0].most_area, 1.5);
  EXPECT_EQ(platform.places()[0].most_power, std::nullopt);
  request.places = {"stack.logic"};
  try {
    static_cast<void>(Platform(request));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("unknown memory port 'stack.logic'"), HasSubstr("stack.external")));
  }
}

/// Accelerators of any size come out as valid systems, whose area and power are what was said.
RC_GTEST_PROP(Platform, MakesWhatItSays, ()) {
  static const Platform kPlatform(test::mensa_g_memories());
  const auto size = [](int least, int most) {
    return std::int64_t{1} << *rc::gen::inRange(least, most);
  };
  Blueprints blueprints;
  const auto count = *rc::gen::inRange<std::size_t>(1, 4);
  for (std::size_t a = 0; a < count; ++a) {
    Blueprint one;
    one.rows = size(0, 8);
    one.columns = 3 * size(0, 6);
    one.dataflow = *rc::gen::inRange<std::size_t>(0, kPlatform.dataflows().size());
    one.weights = base::Bytes(*rc::gen::arbitrary<bool>() ? 0 : size(13, 22));
    one.activations = base::Bytes(size(13, 22));
    one.place = *rc::gen::inRange<std::size_t>(0, 2);
    blueprints.push_back(one);
  }
  const accelerators::System system = kPlatform.system(blueprints);
  RC_ASSERT(system.accelerators.size() == count);
  RC_ASSERT(system.warnings.empty());  // every bank is in the SRAM table, and as fast as the clock
  double area = 0;
  double power = 0;
  double leakage = 0;
  for (std::size_t a = 0; a < count; ++a) {
    const accelerators::Accelerator& made = system.accelerators[a];
    RC_ASSERT(made.rows == blueprints[a].rows && made.columns == blueprints[a].columns);
    RC_ASSERT(made.dataflow.name == kPlatform.dataflows()[blueprints[a].dataflow].name);
    RC_ASSERT(made.port == kPlatform.places()[blueprints[a].place].id);
    RC_ASSERT(made.parameter_capacity() >= blueprints[a].weights);
    RC_ASSERT(made.buffer_of(models::MacOperand::kInputs)->capacity == blueprints[a].activations);
    area += accelerators::area(made, system.technology).total().value();
    power += accelerators::peak_power(system, made).total().value();
    leakage += accelerators::leakage(made, system.technology).value();
  }
  const Footprint takes = footprint(kPlatform, blueprints);
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); };
  RC_ASSERT(near(takes.area, area));
  RC_ASSERT(near(takes.power, power));
  RC_ASSERT(near(takes.leakage, leakage));
}

/// Pascal's buffers, but for the bandwidth of its weights, which library accelerators differ in.
TEST(Platform, BuildsBuffersAsTheLibraryDoes) {
  const Platform platform(test::mensa_g_memories());
  const BufferShape activations =
      platform.activation_buffer(test::blueprint(platform, 32, 32, "pascal", 128, 256));
  EXPECT_EQ(activations.banks, 8);
  EXPECT_EQ(activations.width.value(), 64);
  const BufferShape weights =
      platform.weight_buffer(test::blueprint(platform, 32, 32, "pascal", 128, 256));
  EXPECT_EQ(weights.banks * weights.width.value(), 256);
  // A bank no smaller than the table's, and no slower than the clock.
  const BufferShape small =
      platform.activation_buffer(test::blueprint(platform, 64, 64, "pascal", 8, 16));
  EXPECT_EQ(small.banks, 2);
  const BufferShape large =
      platform.activation_buffer(test::blueprint(platform, 4, 4, "pascal", 8, 4096));
  EXPECT_GE(large.banks, 16);
}

TEST(Platform, GivesPesWhatLayersAskFor) {
  PlatformRequest request = test::mensa_g_memories();
  const auto fp16 = accelerators::NumberFormat::floating(16);
  request.formats = {{fp16, fp16}};
  const Platform platform(request);
  const auto system = platform.system({test::blueprint(platform, 8, 8, "pascal", 32, 32)});
  const auto& made = system.accelerators.front();
  EXPECT_EQ(made.native_precision().factors, accelerators::FactorFormats());
  ASSERT_NE(made.find_precision({fp16, fp16}), nullptr);
  // One value of each operand, at the widest.
  EXPECT_EQ(made.registers.capacity[0].value(), 2);
  request.native = false;
  const Platform alone(request);
  EXPECT_EQ(alone.system({test::blueprint(alone, 8, 8, "pascal", 32, 32)})
                .accelerators.front()
                .precisions.size(),
            1U);
}

}  // namespace
}  // namespace mensa::explore
