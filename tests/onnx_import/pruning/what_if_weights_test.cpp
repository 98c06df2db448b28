#include "onnx_import/pruning/what_if_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "models/graph/weight_pattern.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;
using models::ZeroPlacement;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ImportOptions pruned(const std::string& spec, const std::string& layers = "") {
  ImportOptions options;
  options.prune = PruneRequest{prune_spec_from_text(spec), layers};
  options.weights_optional = true;
  return options;
}

ImportOptions synthetic(ImportOptions options, std::int64_t seed = 1) {
  options.synthetic_weights = seed;
  return options;
}

std::vector<int> nonzeros_of(const SparsityProfile& profile) {
  std::vector<int> list(profile.nonzeros->size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i] = static_cast<int>(profile.nonzeros->load(i, 1));
  }
  return list;
}

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) - 1000.5F;
  return values;
}

/// x (1 x 4) through two products, with a bias and a table beside them.
ModelBuilder& two_products(ModelBuilder& model) {
  model.input("x", {1, 4}).output("y");
  model.floats("w1", {4, 2}, {1, -8, 0, 7, 3, -6, -4, 5});
  model.floats("b1", {2}, {0.5F, 0.25F});
  model.floats("w2", {2, 3}, {1, 2, 3, 4, 5, 6});
  model.node("Gemm", {"x", "w1", "b1"}, {"h"}, "first");
  model.node("Relu", {"h"}, {"r"}, "relu");
  model.node("MatMul", {"r", "w2"}, {"y"}, "second");
  return model;
}

TEST(WhatIfWeights, ArePrunedByMagnitude) {
  ModelBuilder model;
  const models::Graph graph = two_products(model).import(pruned("0.5"));
  const SparsityProfile& first = weights_profile_of(graph, "first");
  EXPECT_EQ(first.origin, DensityOrigin::kWhatIf);
  EXPECT_DOUBLE_EQ(first.density, 0.5);
  EXPECT_THAT(nonzeros_of(first), ElementsAre(0, 1, 0, 1, 0, 1, 0, 1));
  EXPECT_FALSE(first.synthetic);
  ASSERT_TRUE(first.structure);
  EXPECT_THAT(first.structure->channels->nonzeros, ElementsAre(0, 4));
  EXPECT_THAT(nonzeros_of(weights_profile_of(graph, "second")), ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(graph.notes(),
              ElementsAre("what-if: weights pruned as --prune 0.5 says, in all 2 layers with "
                          "weights; what that does to the accuracy is unknown"));
  // A bias is no weight.
  for (const models::Tensor& tensor : graph.tensors()) {
    EXPECT_EQ(tensor.sparsity->origin == DensityOrigin::kWhatIf,
              tensor.name == "w1" || tensor.name == "w2");
  }
}

TEST(WhatIfWeights, AreOfTheLayersThatAreChosen) {
  ModelBuilder model;
  const models::Graph graph = two_products(model).import(pruned("0.5", "sec"));
  EXPECT_EQ(weights_profile_of(graph, "first").origin, DensityOrigin::kMeasured);
  EXPECT_EQ(weights_profile_of(graph, "second").origin, DensityOrigin::kWhatIf);
  EXPECT_THAT(graph.notes().at(0), HasSubstr("in 1 of 2 layers with weights (--layers 'sec': "
                                             "second); what that"));
}

TEST(WhatIfWeights, StayAsTheyAreWhereNothingGoes) {
  ModelBuilder model;
  two_products(model);
  for (const char* spec : {"0", "0.125", "8:8", "channel:0.2"}) {
    const models::Graph graph = model.import(pruned(spec, "first"));
    const SparsityProfile& first = weights_profile_of(graph, "first");
    EXPECT_EQ(first.origin, DensityOrigin::kMeasured) << spec;
    EXPECT_THAT(nonzeros_of(first), ElementsAre(1, 1, 0, 1, 1, 1, 1, 1)) << spec;
    EXPECT_EQ(weights_profile_of(graph, "second").nonzeros, nullptr) << "dense";
  }
}

TEST(WhatIfWeights, ArePrunedInGroupsAndChannels) {
  ModelBuilder model;
  two_products(model);
  // Columns 1 0 3 -4 and -8 7 -6 5.
  EXPECT_THAT(nonzeros_of(weights_profile_of(model.import(pruned("2:4")), "first")),
              ElementsAre(0, 1, 0, 1, 1, 0, 1, 0));
  const models::Graph graph = model.import(pruned("2:4"));
  EXPECT_EQ(weights_profile_of(graph, "first").structure->pattern, (models::GroupPattern{2, 4}));
  EXPECT_EQ(weights_profile_of(graph, "second").origin, DensityOrigin::kMeasured)
      << "two stay of two";
  const models::Graph channels = model.import(pruned("channel:0.5"));
  EXPECT_THAT(nonzeros_of(weights_profile_of(channels, "first")),
              ElementsAre(0, 1, 0, 1, 0, 1, 0, 1));
  // Half of three channels, rounded up.
  EXPECT_THAT(nonzeros_of(weights_profile_of(channels, "second")), ElementsAre(0, 0, 1, 0, 0, 1));
}

TEST(WhatIfWeights, AreCountedExactlyAndNestByShare) {
  ModelBuilder model;
  model.input("x", {1, 8, 9, 9}).output("y").floats("w", {16, 8, 3, 3}, random_values(1152, 4));
  model.node("Conv", {"x", "w"}, {"y"}, "conv");
  std::vector<int> before(1152, 1);
  for (const char* share : {"0.1", "0.5", "0.7", "0.9"}) {
    const models::Graph graph = model.import(pruned(share));
    const std::vector<int> after = nonzeros_of(weights_profile_of(graph, "conv"));
    EXPECT_EQ(std::count(after.begin(), after.end(), 0), std::llround(std::stod(share) * 1152));
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_LE(after[i], before[i]);
    before = after;
  }
}

TEST(WhatIfWeights, OfUnknownValuesAreSharesAlone) {
  ModelBuilder model;
  model.input("x", {1, 10, 9, 9}).output("y").external("w", {7, 10, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"}, "conv");
  const auto profile_of = [&](const char* spec) {
    return weights_profile_of(model.import(pruned(spec)), "conv");
  };
  EXPECT_EQ(profile_of("0.7").nonzeros, nullptr);
  EXPECT_EQ(profile_of("0.7").structure, std::nullopt);
  EXPECT_EQ(profile_of("0.7").origin, DensityOrigin::kWhatIf);
  EXPECT_DOUBLE_EQ(profile_of("0.7").density, 189.0 / 630);
  EXPECT_EQ(profile_of("0.7").placement, ZeroPlacement::kUniform);
  // Groups of 4, 4 and 2.
  EXPECT_DOUBLE_EQ(profile_of("1:4").density, 0.3);
  EXPECT_DOUBLE_EQ(profile_of("3:4").density, 0.8);
  EXPECT_EQ(profile_of("3:4").placement, ZeroPlacement::kGroups);
  // Two of seven channels; each takes the ten weights of a sum.
  EXPECT_DOUBLE_EQ(profile_of("channel:0.3").density, 5.0 / 7);
  EXPECT_EQ(profile_of("channel:0.3").placement, ZeroPlacement::kClustered);
  EXPECT_EQ(profile_of("channel:0.3").cluster, 10);
  EXPECT_EQ(profile_of("0").origin, DensityOrigin::kUnknown);
  EXPECT_THAT(model.import(pruned("0.7")).notes(),
              ElementsAre(HasSubstr("of 1 of 1 tensor(s) the values are unknown")));
}

TEST(WhatIfWeights, OfSparseTensorsAreSharesWhereMoreMustGo) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  onnx::SparseTensorProto& sparse = *model.proto().add_sparse_initializer();
  sparse.mutable_values()->set_name("w");
  sparse.mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
  sparse.mutable_values()->add_dims(3);
  for (const float value : {1.0F, 2.0F, 3.0F}) sparse.mutable_values()->add_float_data(value);
  sparse.mutable_indices()->set_data_type(onnx::TensorProto::INT64);
  sparse.mutable_indices()->add_dims(3);
  for (const std::int64_t place : {1, 5, 6}) sparse.mutable_indices()->add_int64_data(place);
  sparse.add_dims(4);
  sparse.add_dims(2);
  model.node("MatMul", {"x", "w"}, {"y"}, "product");
  const models::Graph as_is = model.import(pruned("0.6"));
  EXPECT_EQ(weights_profile_of(as_is, "product").origin, DensityOrigin::kMeasured);
  EXPECT_THAT(nonzeros_of(weights_profile_of(as_is, "product")),
              ElementsAre(0, 1, 0, 0, 0, 1, 1, 0));
  const models::Graph more = model.import(pruned("0.75"));
  EXPECT_DOUBLE_EQ(weights_profile_of(more, "product").density, 0.25);
  EXPECT_EQ(weights_profile_of(more, "product").nonzeros, nullptr);
}

TEST(WhatIfWeights, AreMadeUpFromASeed) {
  ModelBuilder model;
  model.input("x", {1, 10, 9, 9}).output("y").external("w", {64, 10, 3, 3});
  model.floats("v", {1, 64, 1, 1}, random_values(64, 3));
  model.node("Conv", {"x", "w"}, {"h"}, "conv");
  model.node("Conv", {"h", "v"}, {"y"}, "real");
  const models::Graph graph = model.import(synthetic(pruned("0.7")));
  const SparsityProfile& profile = weights_profile_of(graph, "conv");
  EXPECT_TRUE(profile.synthetic);
  EXPECT_EQ(profile.origin, DensityOrigin::kWhatIf);
  EXPECT_EQ(profile.nonzeros->count(), 5760 - 4032);
  EXPECT_FALSE(weights_profile_of(graph, "real").synthetic);
  EXPECT_THAT(graph.notes(),
              ElementsAre(AllOf(HasSubstr("what-if"), Not(HasSubstr("are unknown"))),
                          HasSubstr("the values of 1 weight tensor(s) are made up from seed 1")));
  const auto pattern = models::weight_pattern(graph, layer_named(graph, "conv"));
  ASSERT_NE(pattern, nullptr);
  EXPECT_TRUE(pattern->synthetic);
  EXPECT_EQ(pattern->nonzeros, 5760 - 4032);
  EXPECT_EQ(nonzeros_of(weights_profile_of(model.import(synthetic(pruned("0.7"))), "conv")),
            nonzeros_of(profile));
  EXPECT_NE(nonzeros_of(weights_profile_of(model.import(synthetic(pruned("0.7"), 2)), "conv")),
            nonzeros_of(profile));
  EXPECT_NE(weights_profile_of(model.import(synthetic(pruned("2:4"))), "conv").nonzeros, nullptr);
  EXPECT_NE(weights_profile_of(model.import(synthetic(pruned("channel:0.3"))), "conv").nonzeros,
            nullptr);
}

TEST(WhatIfWeights, AreDenseWithoutPruning) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").external("w", {4, 8});
  model.node("MatMul", {"x", "w"}, {"y"}, "product");
  ImportOptions options;
  options.weights_optional = true;
  const models::Graph plain = model.import(options);
  EXPECT_FALSE(weights_profile_of(plain, "product").synthetic);
  const models::Graph graph = model.import(synthetic(options));
  const SparsityProfile& profile = weights_profile_of(graph, "product");
  EXPECT_TRUE(profile.synthetic);
  EXPECT_EQ(profile.density, 1);
  EXPECT_EQ(profile.nonzeros, nullptr);
}

TEST(WhatIfWeights, OfRecurrencesAndTheirDirectionsCount) {
  ModelBuilder model;
  model.input("x", {5, 1, 6}).output("y");
  model.external("w", {2, 32, 6}).external("r", {2, 32, 8});
  model.node("LSTM", {"x", "w", "r"}, {"y"}, "lstm")
      .integer("hidden_size", 8)
      .string("direction", "bidirectional");
  const models::Graph graph = model.import(synthetic(pruned("0.75", "^lstm$")));
  EXPECT_THAT(graph.notes().at(0), HasSubstr("all 4 layers with weights"));
  for (const char* layer : {"lstm/forward/hidden_product", "lstm/reverse/hidden_product"}) {
    EXPECT_EQ(weights_profile_of(graph, layer).nonzeros->count(), 64) << layer;
    EXPECT_NE(models::weight_pattern(graph, layer_named(graph, layer)), nullptr) << layer;
  }
  EXPECT_NE(nonzeros_of(weights_profile_of(graph, "lstm/forward/hidden_product")),
            nonzeros_of(weights_profile_of(graph, "lstm/reverse/hidden_product")));
}

TEST(WhatIfWeights, ThatAreSharedArePrunedOnce) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").floats("w", {4, 4}, random_values(16, 2));
  model.node("MatMul", {"x", "w"}, {"h"}, "first");
  model.node("MatMul", {"h", "w"}, {"y"}, "second");
  const models::Graph graph = model.import(pruned("0.5", "second"));
  EXPECT_DOUBLE_EQ(weights_profile_of(graph, "first").density, 0.5);
  EXPECT_EQ(&weights_profile_of(graph, "first"), &weights_profile_of(graph, "second"));
}

TEST(WhatIfWeights, AreReadThroughQuantizationAndTransposes) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.integers("w", {2, 4}, {7, 9, 0, 7, 6, 7, 3, 8}, onnx::TensorProto::UINT8);
  model.floats("scale", {}, {0.5F}).integers("zero", {}, {7}, onnx::TensorProto::UINT8);
  model.node("DequantizeLinear", {"w", "scale", "zero"}, {"d"});
  model.node("Transpose", {"d"}, {"t"});
  model.node("MatMul", {"x", "t"}, {"y"}, "product");
  // Distances 0 2 7 0 1 0 4 1: three zeros, then a one.
  EXPECT_THAT(nonzeros_of(weights_profile_of(model.import(pruned("0.5")), "product")),
              ElementsAre(0, 1, 1, 0, 0, 0, 1, 1));
}

TEST(WhatIfWeights, AreWhereLayersHaveThem) {
  ModelBuilder model;
  two_products(model);
  EXPECT_THAT(model.import_error(pruned("0.5", "frist")),
              HasSubstr("--layers 'frist' is found in the name of no layer; did you mean 'first'"));
  EXPECT_THAT(model.import_error(pruned("0.5", "zzzzzzzz")),
              HasSubstr("layers with weights are 'first', 'second'"));
  ImportOptions unfused = pruned("0.5", "rel");
  unfused.fuse = false;
  EXPECT_THAT(model.import_error(unfused),
              HasSubstr("--layers 'rel' finds 1 layer(s), none of which has weights: 'relu'"));
  EXPECT_THAT(model.import_error(pruned("0.5", "(")), HasSubstr("is no regular expression"));
  ModelBuilder none;
  none.input("x", {1, 4}).output("y").node("Relu", {"x"}, {"y"}, "relu");
  EXPECT_THAT(none.import_error(pruned("0.5")), HasSubstr("no layer with weights"));
}

TEST(WhatIfWeights, AreNotMadeUpWithoutEnd) {
  ModelBuilder model;
  model.input("x", {1, 1 << 17}).output("y").external("w", {1 << 17, 1 << 17});
  model.node("MatMul", {"x", "w"}, {"y"}, "product");
  EXPECT_THAT(model.import_error(synthetic(pruned("0.5"))),
              HasSubstr("more than 2147483648 weights would be made up"));
  EXPECT_DOUBLE_EQ(weights_profile_of(model.import(pruned("0.5")), "product").density, 0.5);
}

}  // namespace
}  // namespace mensa::onnx_import
