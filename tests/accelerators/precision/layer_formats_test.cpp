// Which formats layers compute at, and how wide their tensors are stored.

#include "accelerators/precision/layer_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/accelerators/formats.h"
#include "tests/accelerators/test_system.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using test::kArray;
using test::kInt16;
using test::kInt4;
using test::kInt8;

using models::ElementType;
using models::Layer;
using models::LayerId;
using models::TensorId;
using testing::HasSubstr;

constexpr AcceleratorId kHost{1};
constexpr NumberFormat kSingle = NumberFormat::floating(32);

System system_of(const std::vector<FactorFormats>& formats, SubByteStorage storage) {
  Accelerator accelerator = test::simple_accelerator(4, 4, {models::Dim::C}, {models::Dim::K},
                                                     models::MacOperand::kOutputs);
  accelerator.sub_byte_storage = storage;
  accelerator.precisions.clear();
  for (const FactorFormats& each : formats) {
    Precision precision;
    precision.factors = each;
    accelerator.precisions.push_back(precision);
  }
  return test::simple_system(std::move(accelerator));
}

/// input -> a -> b -> between -> c, with a's result added to c's.
class Chain : public testing::Test {
 protected:
  [[nodiscard]] LayerFormats formats(const PrecisionRules& rules) const {
    return {graph_, system_, layer_precisions(graph_, rules)};
  }
  [[nodiscard]] const Layer& layer(std::size_t index) const { return graph_.layers()[index]; }
  [[nodiscard]] TensorId output(std::size_t index) const { return layer(index).outputs.front(); }

  models::Graph graph_ = models::test::residual_chain();
  System system_ =
      system_of({{kInt8, kInt8}, {kInt4, kInt8}, {kInt8, kInt16}}, SubByteStorage::kPacked);
};

TEST_F(Chain, NativeIsTheFirstOfTheAccelerator) {
  const LayerFormats native(graph_, system_, {});
  EXPECT_EQ(native.factors(layer(0), kArray), (FactorFormats{kInt8, kInt8}));
  EXPECT_EQ(native.precision(layer(0), kArray)->factors, (FactorFormats{kInt8, kInt8}));
  for (const models::Tensor& tensor : graph_.tensors()) {
    EXPECT_EQ(native.tensor_bits(tensor.id, kArray), 8);
    EXPECT_EQ(native.tensor_bits(tensor.id, kHost), 8);
  }
  EXPECT_EQ(native.accumulator_bits(layer(0), kHost), 32);
}

/// a's result is read by b at 8 bits and by c's sum at 16; c's leaves the graph.
TEST_F(Chain, AnActivationIsStoredForItsWidestReader) {
  const LayerFormats mixed = formats({"w4a8", {{"^c$", "w8a16", ""}}});
  EXPECT_EQ(mixed.tensor_bits(graph_.inputs()[0], kArray), 8);
  EXPECT_EQ(mixed.tensor_bits(output(0), kArray), 16);
  EXPECT_EQ(mixed.tensor_bits(output(1), kArray), 8);
  EXPECT_EQ(mixed.tensor_bits(output(2), kArray), 16);
  EXPECT_EQ(mixed.tensor_bits(output(3), kArray), 16);
  EXPECT_EQ(mixed.output_bits(layer(3), kHost), 16);
  EXPECT_EQ(mixed.parameter_bits(layer(0), layer(0).parameters[0], kArray), 4);
  EXPECT_EQ(mixed.parameter_bits(layer(3), layer(3).parameters[0], kArray), 8);
  // The first layer may ask for more than its reader: it is none.
  EXPECT_EQ(formats({"w8a8", {{"^a$", "w8a16", ""}}}).tensor_bits(output(0), kArray), 8);
}

TEST_F(Chain, WhatTheAcceleratorLacksIsNamed) {
  const LayerFormats wanting = formats({"w4a4", {}});
  EXPECT_EQ(wanting.precision(layer(0), kArray), nullptr);
  const std::string reason = wanting.lacking(layer(0), kArray).to_string();
  EXPECT_THAT(reason, HasSubstr("precisions of array needs int4 (as asked for: w4a4) but has int8, "
                                "int4 x int8, int8 x int16;"));
  EXPECT_THAT(reason, HasSubstr("'emulation'"));
  // Tensors have the width that was asked for all the same.
  EXPECT_EQ(wanting.tensor_bits(output(0), kArray), 4);
}

TEST_F(Chain, PaddedValuesTakeAByte) {
  const System padded = system_of({{kInt4, kInt4}}, SubByteStorage::kPadded);
  const LayerFormats formats(graph_, padded, layer_precisions(graph_, {"w4a4", {}}));
  EXPECT_EQ(formats.tensor_bits(output(0), kArray), 8);
  EXPECT_EQ(formats.parameter_bits(layer(0), layer(0).parameters[0], kArray), 8);
  EXPECT_EQ(formats.factors(layer(0), kArray), (FactorFormats{kInt4, kInt4}));
}

/// A product with weights of 4 bits, one of two activations, and a table that is read by row.
class Typed : public testing::Test {
 protected:
  Typed() : graph_("typed") {
    x_ = add("x", {4, 8}, ElementType::kFloat32);
    graph_.mark_input(x_);
    indices_ = add("indices", {4}, ElementType::kInt64);
    graph_.mark_input(indices_);
    const TensorId weights = add("w", {8, 8}, ElementType::kUint4, true);
    const TensorId table = add("table", {16, 8}, ElementType::kInt8, true);
    y_ = add("y", {4, 8}, ElementType::kUint8);
    z_ = add("z", {4, 4}, ElementType::kInt32);
    rows_ = add("rows", {4, 8}, ElementType::kInt8);
    add_layer("product", models::MacWork{models::gemm_shape(4, 8, 8)}, {x_}, {weights}, y_);
    add_layer("scores", models::MacWork{models::gemm_shape(4, 4, 8)}, {y_, x_}, {}, z_);
    add_layer("rows", models::MoveWork{32}, {indices_}, {table}, rows_);
    graph_.mark_output(z_);
    graph_.mark_output(rows_);
    graph_.finish();
  }

  TensorId add(const char* name, std::vector<std::int64_t> shape, ElementType type,
               bool constant = false) {
    models::Tensor tensor;
    tensor.name = name;
    tensor.shape = std::move(shape);
    tensor.type = type;
    tensor.constant = constant;
    return graph_.add_tensor(tensor);
  }
  void add_layer(const char* name, models::Work work, std::vector<TensorId> inputs,
                 std::vector<TensorId> parameters, TensorId output) {
    Layer layer;
    layer.name = name;
    layer.op = name;
    layer.group = graph_.add_group(name);
    layer.work = work;
    layer.inputs = std::move(inputs);
    layer.parameters = std::move(parameters);
    layer.outputs = {output};
    graph_.add_layer(layer);
  }
  [[nodiscard]] const Layer& layer(std::size_t index) const { return graph_.layers()[index]; }

  models::Graph graph_;
  TensorId x_, indices_, y_, z_, rows_;
  System system_ = system_of({{kInt8, kInt8}}, SubByteStorage::kPacked);
};

TEST_F(Typed, AsModelTakesTheElementTypes) {
  const LayerFormats formats(graph_, system_, layer_precisions(graph_, {"as-model", {}}));
  EXPECT_EQ(formats.factors(layer(0), kArray), (FactorFormats{kInt4, kSingle}));
  // The second factor stands for the weights.
  EXPECT_EQ(formats.factors(layer(1), kArray), (FactorFormats{kSingle, kInt8}));
  EXPECT_EQ(formats.tensor_bits(x_, kArray), 32);
  EXPECT_EQ(formats.tensor_bits(y_, kArray), 8);
  EXPECT_EQ(formats.tensor_bits(z_, kArray), 32);
  EXPECT_EQ(formats.tensor_bits(indices_, kArray), 64);
  EXPECT_EQ(formats.parameter_bits(layer(2), layer(2).parameters[0], kArray), 8);
  EXPECT_THAT(formats.lacking(layer(0), kArray).to_string(),
              HasSubstr("needs int4 x fp32 (as asked for: as-model) but has int8"));
}

TEST_F(Typed, ProductsOfActivationsHaveTwoFactorsOfActivations) {
  const LayerFormats formats(graph_, system_, layer_precisions(graph_, {"w4a8", {}}));
  EXPECT_EQ(formats.factors(layer(0), kArray), (FactorFormats{kInt4, kInt8}));
  EXPECT_EQ(formats.factors(layer(1), kArray), (FactorFormats{kInt8, kInt8}));
  // Rows of a table are activations.
  EXPECT_EQ(formats.parameter_bits(layer(2), layer(2).parameters[0], kArray), 8);
}

/// What one step leaves and the next one reads is one tensor, whoever asks for it.
TEST(RecurrentStates, HaveOneWidthAtBothEnds) {
  models::test::GraphBuilder build("lstm");
  const TensorId x = build.input("input", {10, 1, 64});
  const models::Graph graph = build.finish(build.lstm("lstm", x, 64, 32, 10));
  const System system = system_of({{kInt8, kInt8}, {kInt8, kInt16}}, SubByteStorage::kPacked);
  const LayerFormats formats(graph, system,
                             layer_precisions(graph, {"w8a8", {{"hidden", "w8a16", ""}}}));
  // Pre-activations are stored as sums.
  EXPECT_EQ(formats.tensor_bits(graph.layers()[0].outputs[0], kArray), 32);
  EXPECT_EQ(formats.tensor_bits(graph.layers()[1].inputs[0], kArray), 16);
  EXPECT_EQ(formats.tensor_bits(x, kArray), 8);
}

}  // namespace
}  // namespace mensa::accelerators
