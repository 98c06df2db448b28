#include "scheduler/policies/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "scheduler/problem/schedule.h"
#include "tests/scheduler/three_layers.h"

namespace mensa::scheduler {
namespace {

using ::testing::HasSubstr;

std::string policy_error(const std::string& specification) {
  try {
    static_cast<void>(make_policy(specification));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Policies, BadSpecificationsSayWhatIsKnown) {
  EXPECT_THAT(policy_error("menza"), HasSubstr("unknown policy 'menza'; did you mean 'mensa"));
  EXPECT_THAT(policy_error("mensa:ratio=2"), HasSubstr("policy mensa: unknown option 'ratio'"));
  EXPECT_THAT(policy_error("mensa:reuse=x"), HasSubstr("option reuse is 'x'; it must be a number"));
  EXPECT_THAT(policy_error("mensa:compute_ratio=0.5"), HasSubstr("a number from 1 to"));
  EXPECT_THAT(policy_error("mensa:pascal"), HasSubstr("policy mensa takes no 'pascal'"));
  EXPECT_THAT(policy_error("greedy:a=1"), HasSubstr("unknown option 'a'; it has none"));
  EXPECT_THAT(policy_error("single"), HasSubstr("as in single:pascal"));
  EXPECT_EQ(policy_error("mensa:compute_ratio=1,reuse=0"), "");
}

class ThreeLayers : public test::ThreeLayers {
 protected:
  std::vector<std::string> names(const std::string& policy) {
    const Plan plan = make_policy(policy)->plan(problem_);
    verify(problem_, build_schedule(problem_, plan, policy));
    return names_of(plan.assignment);
  }
};

TEST_F(ThreeLayers, GreedyTakesTheBestInIsolation) {
  const auto chosen = names("greedy");
  for (std::size_t layer = 0; layer < 3; ++layer) {
    double best = 1e300;
    std::string name;
    for (const auto& accelerator : system_.accelerators) {
      const auto* evaluation = costs_.find(models::LayerId(layer), accelerator.id);
      if (evaluation == nullptr) continue;
      const double edp = evaluation->cost.time.value() * evaluation->cost.energy.total().value();
      if (edp < best) {
        best = edp;
        name = accelerator.name;
      }
    }
    EXPECT_EQ(chosen[layer], name);
  }
  EXPECT_EQ(chosen[0], "pascal");
  EXPECT_EQ(chosen[1], "pavlov");
}

/// 4 MiB of parameters used once do not stay on Pascal; the 16 KiB after them fit and stay put.
TEST_F(ThreeLayers, MensaMovesForParametersThatDoNotFit) {
  EXPECT_THAT(names("mensa"), ::testing::ElementsAre("pascal", "pavlov", "pavlov"));
  // Asked to move only below a reuse of 0, nothing but compute time moves a layer.
  EXPECT_THAT(names("mensa:reuse=0,compute_ratio=1000000"),
              ::testing::ElementsAre("pascal", "pascal", "pascal"));
}

TEST_F(ThreeLayers, SingleUsesOneAcceleratorOrSaysWhyNot) {
  EXPECT_THAT(names("single:jacquard"), ::testing::ElementsAre("jacquard", "jacquard", "jacquard"));
  EXPECT_THROW(static_cast<void>(make_policy("single:pascual")->plan(problem_)), base::Error);
}

}  // namespace
}  // namespace mensa::scheduler
