#include "scheduler/traits/layer_traits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "scheduler/traits/named_traits.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using models::Graph;
using models::TensorId;
using models::test::GraphBuilder;
using ::testing::HasSubstr;

const models::Layer& layer_named(const Graph& graph, const std::string& name) {
  for (const models::Layer& layer : graph.layers()) {
    if (layer.name == name) return layer;
  }
  throw std::logic_error("no layer " + name);
}

LayerTraits traits_of(const Graph& graph, const std::string& layer) {
  return layer_traits(graph, layer_named(graph, layer));
}

/// 1 x 1, 16 to 32 channels on 8 x 8 pixels.
TEST(LayerTraits, OfAConvolutionByHand) {
  const LayerTraits traits = traits_of(models::test::residual_chain(), "a");
  EXPECT_EQ(traits.macs, 16 * 32 * 64);
  EXPECT_EQ(traits.steps, 1);
  EXPECT_EQ(traits.operations, 0);
  EXPECT_EQ(traits.parameter_bytes, 16 * 32);
  EXPECT_EQ(traits.input_bytes, 16 * 64);
  EXPECT_EQ(traits.output_bytes, 32 * 64);
  EXPECT_EQ(traits.activation_bytes(), 48 * 64);
  EXPECT_DOUBLE_EQ(traits.parameter_reuse, 64);
  EXPECT_DOUBLE_EQ(traits.parameter_reuse_flops(), 128);
  EXPECT_DOUBLE_EQ(traits.activation_reuse, 32768.0 / 3072);
  EXPECT_DOUBLE_EQ(traits.mac_intensity, 32768.0 / (512 + 3072));
  EXPECT_DOUBLE_EQ(traits.arithmetic_intensity, 2 * traits.mac_intensity);
  EXPECT_EQ(traits.parameter_bits, 32);
  EXPECT_EQ(traits.activation_bits, 32);
  ASSERT_TRUE(traits.parameter_density.has_value());
  EXPECT_EQ(traits.parameter_density->value, 1.0);
  EXPECT_EQ(traits.parameter_density->origin, models::DensityOrigin::kAssumedDense);
}

/// The shortcut of the addition behind it counts as read, and its operations as work.
TEST(LayerTraits, OfAnEpilogue) {
  const LayerTraits traits = traits_of(models::test::residual_chain(), "c");
  EXPECT_EQ(traits.macs, 32 * 32 * 64);
  EXPECT_EQ(traits.operations, 32 * 64);
  EXPECT_EQ(traits.input_bytes, 2 * 32 * 64);
  const double bytes = 32 * 32 + 3 * 32 * 64;
  EXPECT_DOUBLE_EQ(traits.mac_intensity, 65536.0 / bytes);
  EXPECT_DOUBLE_EQ(traits.arithmetic_intensity, (2 * 65536.0 + 2048) / bytes);
}

/// Of one step: a gate reads each parameter once.
TEST(LayerTraits, OfALstmAreOfOneStep) {
  GraphBuilder build("speech");
  const TensorId x = build.input("input", {100, 320});
  const Graph graph = build.finish(build.lstm("lstm", x, 320, 500, 100));
  const LayerTraits product = traits_of(graph, "lstm/hidden_product");
  EXPECT_EQ(product.steps, 100);
  EXPECT_EQ(product.macs, 2000 * 500);
  EXPECT_EQ(product.parameter_bytes, 2000 * 500);
  EXPECT_DOUBLE_EQ(product.parameter_reuse, 1);
  EXPECT_DOUBLE_EQ(product.mac_intensity, 1e6 / (1e6 + 2500));
  const LayerTraits gates = traits_of(graph, "lstm/gates");
  EXPECT_EQ(gates.macs, 0);
  EXPECT_EQ(gates.operations, 500 * 20);
  EXPECT_EQ(gates.parameter_bits, 0);
  EXPECT_FALSE(gates.parameter_density.has_value());
  EXPECT_DOUBLE_EQ(gates.parameter_reuse, 0);
  EXPECT_DOUBLE_EQ(gates.arithmetic_intensity, 10000.0 / 4500);
}

TEST(LayerTraits, BitsAndDensityAreTheModels) {
  Graph graph("quantized");
  const auto tensor = [&](const std::string& name, std::vector<std::int64_t> shape,
                          models::ElementType type) {
    models::Tensor entry;
    entry.name = name;
    entry.shape = std::move(shape);
    entry.type = type;
    return entry;
  };
  const TensorId x = graph.add_tensor(tensor("x", {2, 8}, models::ElementType::kUint8));
  models::Tensor weights = tensor("w", {8, 4}, models::ElementType::kInt4);
  weights.constant = true;
  models::SparsityProfile profile;
  profile.density = 0.25;
  profile.origin = models::DensityOrigin::kMeasured;
  weights.sparsity = std::make_shared<models::SparsityProfile>(profile);
  const TensorId w = graph.add_tensor(weights);
  const TensorId y = graph.add_tensor(tensor("y", {2, 4}, models::ElementType::kInt32));
  graph.mark_input(x);
  graph.mark_output(y);
  models::Layer layer;
  layer.name = layer.op = "MatMul";
  layer.group = graph.add_group("product");
  layer.work = models::MacWork{models::gemm_shape(2, 4, 8)};
  layer.inputs = {x};
  layer.parameters = {w};
  layer.outputs = {y};
  graph.add_layer(layer);
  graph.finish();
  const LayerTraits traits = traits_of(graph, "MatMul");
  EXPECT_EQ(traits.parameter_bits, 4);
  EXPECT_EQ(traits.activation_bits, 8);
  EXPECT_EQ(traits.parameter_bytes, 32);  // a byte each, whatever the model has
  EXPECT_EQ(traits.parameter_density->value, 0.25);
  EXPECT_EQ(traits.parameter_density->origin, models::DensityOrigin::kMeasured);
  EXPECT_EQ(traits.activation_density->value, 1.0);
}

TEST(NamedTraits, AreThoseOfTheLayer) {
  const LayerTraits traits = traits_of(models::test::residual_chain(), "a");
  EXPECT_EQ(find_trait("macs").value(traits), 32768);
  EXPECT_EQ(find_trait("activation_bytes").value(traits), 3072);
  EXPECT_EQ(find_trait("parameter_reuse").value(traits), 64);
  EXPECT_EQ(find_trait("parameter_reuse").unit, "MAC/B");
  try {
    static_cast<void>(find_trait("parameter_bites"));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'parameter_bytes'"));
  }
}

}  // namespace
}  // namespace mensa::scheduler
