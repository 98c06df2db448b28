// Random mappings as the searches' referee: they know nothing of bounds or best orders.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "accelerators/mapping/check_mapping.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/mapping/random_mapping.h"
#include "tests/support/network_layers.h"

namespace mensa::accelerators {
namespace {

// bench_mapper --random compares with a million for each layer.
#ifdef __SANITIZE_ADDRESS__
constexpr std::int64_t kMappingsPerLayer = 2'000;
#else
constexpr std::int64_t kMappingsPerLayer = 100'000;
#endif
constexpr std::uint64_t kSeed = 1;
constexpr double kAsGood = 1 + 1e-9;

std::vector<models::ProblemShape> all_layers() {
  std::vector<models::ProblemShape> layers = mensa::test::resnet50_layers();
  const std::vector<models::ProblemShape> more = mensa::test::mobilenet_v2_layers();
  layers.insert(layers.end(), more.begin(), more.end());
  return mensa::test::distinct(layers);
}

class RandomSearch : public ::testing::TestWithParam<const char*> {
 protected:
  const System system_ = load_system("mensa_g");
  const Accelerator& accelerator_ = system_.accelerator(GetParam());
};

TEST_P(RandomSearch, NeverBeatsThePrunedOne) {
  std::int64_t tried = 0;
  std::int64_t fitted = 0;
  for (const models::ProblemShape& shape : all_layers()) {
    SCOPED_TRACE(shape.to_string());
    const MacQuestion question = test::native_question(shape, accelerator_);
    const auto result = map_layer(system_, accelerator_, question);
    ASSERT_TRUE(std::holds_alternative<ParetoMappings>(result));
    const test::LeastCosts found = test::least_costs(std::get<ParetoMappings>(result));
    MacCostModel model(system_, accelerator_, question);
    const test::LeastCosts random = test::least_random_costs(model, kMappingsPerLayer, kSeed);
    EXPECT_LE(found.cycles, random.cycles * kAsGood);
    EXPECT_LE(found.energy, random.energy * kAsGood);
    EXPECT_LE(found.product, random.product * kAsGood);
    EXPECT_GT(random.fitted, 0);
    tried += kMappingsPerLayer;
    fitted += random.fitted;
  }
  fmt::print("{} of {} random mappings fitted\n", fitted, tried);
}

TEST_P(RandomSearch, DrawsLegalMappings) {
  for (const models::ProblemShape& shape : all_layers()) {
    SCOPED_TRACE(shape.to_string());
    const MacCostModel model(system_, accelerator_, test::native_question(shape, accelerator_));
    const LoopBlocks blocks = array_blocks(accelerator_.dataflow);
    test::RandomMappings random(model, kSeed);
    test::RandomMappings again(model, kSeed);
    for (int i = 0; i < 200; ++i) {
      const Mapping mapping = random.next();
      ASSERT_NO_THROW(check_mapping(mapping, shape, accelerator_)) << mapping.to_string();
      ASSERT_TRUE(is_allowed(mapping.at(Level::kBuffers).order, blocks, models::kEveryDim));
      ASSERT_TRUE(model.fits_registers(mapping)) << mapping.to_string();
      ASSERT_EQ(mapping, again.next());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(MensaG, RandomSearch, ::testing::Values("pascal", "pavlov", "jacquard"),
                         [](const auto& suite) { return std::string(suite.param); });

}  // namespace
}  // namespace mensa::accelerators
