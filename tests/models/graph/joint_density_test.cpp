#include "models/graph/joint_density.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mensa::models {
namespace {

TensorId add(Graph& graph, std::int64_t elements, const SparsityProfile& profile) {
  Tensor tensor;
  tensor.name = "t";
  tensor.shape = {elements};
  tensor.constant = true;
  tensor.sparsity = std::make_shared<SparsityProfile>(profile);
  return graph.add_tensor(tensor);
}

TEST(JointDensity, is_the_mean_by_elements_with_the_weakest_origin) {
  Graph graph("g");
  const auto sparse = add(graph, 90, {0.5, DensityOrigin::kMeasured});
  const auto full = add(graph, 10, {1.0, DensityOrigin::kMeasured});
  const auto assumed = add(graph, 100, {1.0, DensityOrigin::kAssumedDense});
  EXPECT_DOUBLE_EQ(*joint_density(graph, std::vector{sparse, full})->value, 0.55);
  EXPECT_EQ(joint_density(graph, std::vector{sparse, full})->origin, DensityOrigin::kMeasured);
  EXPECT_DOUBLE_EQ(*joint_density(graph, std::vector{sparse, full, assumed})->value, 0.775);
  EXPECT_EQ(joint_density(graph, std::vector{sparse, assumed})->origin,
            DensityOrigin::kAssumedDense);
  EXPECT_FALSE(joint_density(graph, {}).has_value());
}

/// In the order of their grounds, each joined with the next stronger one.
TEST(JointDensity, ranks_what_was_stated_between_what_was_assumed_and_what_was_counted) {
  const std::vector<DensityOrigin> weakest_first = {
      DensityOrigin::kAssumedDense, DensityOrigin::kDefault, DensityOrigin::kWhatIf,
      DensityOrigin::kDeclared,     DensityOrigin::kProfile, DensityOrigin::kMeasured};
  for (std::size_t i = 0; i + 1 < weakest_first.size(); ++i) {
    Graph graph("g");
    const auto weak = add(graph, 30, {0.5, weakest_first[i]});
    const auto strong = add(graph, 10, {0.1, weakest_first[i + 1]});
    const auto joint = joint_density(graph, std::vector{strong, weak});
    EXPECT_EQ(joint->origin, weakest_first[i]);
    EXPECT_DOUBLE_EQ(*joint->value, 0.4);
  }
}

TEST(JointDensity, is_unknown_where_most_elements_are) {
  Graph graph("g");
  const auto weights = add(graph, 100, {0.5, DensityOrigin::kMeasured});
  const auto bias = add(graph, 99, {1.0, DensityOrigin::kUnknown});
  const auto more = add(graph, 1, {1.0, DensityOrigin::kUnknown});
  EXPECT_DOUBLE_EQ(*joint_density(graph, std::vector{weights, bias})->value, 0.5);
  EXPECT_FALSE(joint_density(graph, std::vector{weights, bias, more})->value.has_value());
  EXPECT_EQ(joint_density(graph, std::vector{weights, bias, more})->origin,
            DensityOrigin::kUnknown);
}

}  // namespace
}  // namespace mensa::models
