// What activations are taken to hold where nobody stated it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/annotate/relu_densities.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using testing::HasSubstr;

double relu_density(double depth) { return ReluDensities::load().at(depth); }

/// Every node a layer of its own.
models::Graph import_unfused(const ModelBuilder& model) {
  ImportOptions options;
  options.fuse = false;
  return model.import(options);
}

/// x through `nodes` operators to y, with a product in front: Conv -> a.
void add_convolution(ModelBuilder& model, const std::string& from, const std::string& to) {
  model.weights(to + "w", {4, 4, 1, 1});
  model.node("Conv", {from, to + "w"}, {to});
}

TEST(ActivationDensities, relus_have_a_default_by_depth_and_get_sparser) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).output("y");
  add_convolution(model, "x", "a");
  model.node("Relu", {"a"}, {"ar"});
  add_convolution(model, "ar", "b");
  model.node("Relu", {"b"}, {"br"});
  add_convolution(model, "br", "c");
  model.node("Relu", {"c"}, {"y"});
  for (const bool fuse : {false, true}) {
    ImportOptions options;
    options.fuse = fuse;
    const models::Graph graph = model.import(options);
    EXPECT_DOUBLE_EQ(profile_of(graph, "ar").density, relu_density(1.0 / 3));
    EXPECT_DOUBLE_EQ(profile_of(graph, "br").density, relu_density(2.0 / 3));
    EXPECT_DOUBLE_EQ(profile_of(graph, "y").density, relu_density(1));
    EXPECT_EQ(profile_of(graph, "y").origin, DensityOrigin::kDefault);
    EXPECT_EQ(profile_of(graph, "x").origin, DensityOrigin::kAssumedDense);
    EXPECT_EQ(profile_of(graph, "x").density, 1);
  }
  EXPECT_GT(relu_density(1.0 / 3), relu_density(2.0 / 3));
  EXPECT_GT(relu_density(2.0 / 3), relu_density(1));
}

/// The longest way counts: b stands behind two products, whichever way its other operand came.
TEST(ActivationDensities, depth_is_that_of_the_longest_way) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).output("y").output("z");
  add_convolution(model, "x", "a");
  add_convolution(model, "a", "b");
  model.node("Add", {"b", "a"}, {"sum"});
  model.node("Relu", {"sum"}, {"z"});
  add_convolution(model, "z", "c");
  add_convolution(model, "c", "y");
  EXPECT_DOUBLE_EQ(profile_of(import_unfused(model), "z").density, relu_density(0.5));
}

TEST(ActivationDensities, clips_from_zero_are_relus_and_others_are_not) {
  const auto origin = [](std::int64_t opset, auto&& add) {
    ModelBuilder model(opset);
    model.input("x", {1, 4, 8, 8}).output("y");
    model.floats("zero", {}, {0}).floats("six", {}, {6}).floats("less", {}, {-1});
    model.floats("zeros", {4, 1, 1}, {0, 0, 0, 0});
    add(model);
    return profile_of(import_unfused(model), "y").origin;
  };
  const auto plain = [](const std::string& op, const std::vector<std::string>& inputs) {
    return [=](ModelBuilder& model) { model.node(op, inputs, {"y"}); };
  };
  EXPECT_EQ(origin(13, plain("Clip", {"x", "zero", "six"})), DensityOrigin::kDefault);
  EXPECT_EQ(origin(13, plain("Clip", {"x", "zero"})), DensityOrigin::kDefault);
  EXPECT_EQ(origin(13, plain("Clip", {"x", "less", "six"})), DensityOrigin::kAssumedDense);
  EXPECT_EQ(origin(13, plain("Clip", {"x", "", "six"})), DensityOrigin::kAssumedDense);
  EXPECT_EQ(origin(6,
                   [](ModelBuilder& model) {
                     model.node("Clip", {"x"}, {"y"}).real("min", 0).real("max", 6);
                   }),
            DensityOrigin::kDefault);
  EXPECT_EQ(origin(6, [](ModelBuilder& model) { model.node("Clip", {"x"}, {"y"}).real("max", 6); }),
            DensityOrigin::kAssumedDense);
  EXPECT_EQ(origin(13, plain("Max", {"x", "zeros"})), DensityOrigin::kDefault);
  EXPECT_EQ(origin(13, plain("Max", {"x", "six"})), DensityOrigin::kAssumedDense);
  for (const char* other : {"LeakyRelu", "Sigmoid", "Elu", "HardSigmoid", "Softplus", "Tanh"}) {
    EXPECT_EQ(origin(13, plain(other, {"x"})), DensityOrigin::kAssumedDense) << other;
  }
  EXPECT_EQ(origin(14, plain("HardSwish", {"x"})), DensityOrigin::kAssumedDense);
  EXPECT_EQ(origin(13, plain("PRelu", {"x", "zero"})), DensityOrigin::kAssumedDense);
}

/// x * Relu6(x + 3) / 6 ends in a product, not in its ReLU.
TEST(ActivationDensities, a_gate_with_a_relu_inside_is_none) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.floats("three", {}, {3}).floats("zero", {}, {0}).floats("six", {}, {6});
  model.node("Add", {"x", "three"}, {"shifted"});
  model.node("Clip", {"shifted", "zero", "six"}, {"gate"});
  model.node("Mul", {"x", "gate"}, {"product"});
  model.node("Div", {"product", "six"}, {"y"});
  EXPECT_EQ(profile_of(model.import(), "y").origin, DensityOrigin::kAssumedDense);
  EXPECT_EQ(profile_of(import_unfused(model), "y").origin, DensityOrigin::kAssumedDense);
}

TEST(ActivationDensities, moves_and_views_keep_them) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).output("y").output("z");
  model.node("Relu", {"x"}, {"r"});
  model.node("Transpose", {"r"}, {"t"}).integers("perm", {0, 2, 3, 1});
  model.integers("shape", {2}, {8, 32});
  model.node("Reshape", {"t", "shape"}, {"v"});
  model.node("Transpose", {"v"}, {"y"});
  model.node("Split", {"y"}, {"s1", "s2"}).integer("axis", 0);
  model.node("Neg", {"s2"}, {"z"});
  const models::Graph graph = import_unfused(model);
  for (const char* name : {"t", "y", "z"}) {
    EXPECT_DOUBLE_EQ(profile_of(graph, name).density, relu_density(0)) << name;
    EXPECT_EQ(profile_of(graph, name).origin, DensityOrigin::kDefault) << name;
  }
}

TEST(ActivationDensities, concatenation_takes_the_mean_by_elements_and_the_weakest_origin) {
  ModelBuilder model;
  model.input("x", {1, 4}).input("z", {1, 12}).output("y");
  model.node("Relu", {"x"}, {"r"});
  model.node("Concat", {"r", "z"}, {"y"}).integer("axis", 1);
  const models::Graph graph = import_unfused(model);
  EXPECT_DOUBLE_EQ(profile_of(graph, "y").density, (4 * relu_density(0) + 12) / 16);
  EXPECT_EQ(profile_of(graph, "y").origin, DensityOrigin::kAssumedDense);

  ModelBuilder two;
  two.input("x", {1, 4}).input("z", {1, 12}).output("y");
  two.node("Relu", {"x"}, {"r"});
  two.node("Relu", {"z"}, {"s"});
  two.node("Concat", {"r", "s"}, {"y"}).integer("axis", 1);
  EXPECT_EQ(profile_of(import_unfused(two), "y").origin, DensityOrigin::kDefault);
}

TEST(ActivationDensities, padding_adds_the_zeros_that_it_fills_in) {
  const auto padded = [](float fill) {
    ModelBuilder model;
    model.input("x", {1, 4}).output("y").floats("fill", {}, {fill});
    model.integers("pads", {4}, {0, 2, 0, 2});
    model.node("Relu", {"x"}, {"r"});
    model.node("Pad", {"r", "pads", "fill"}, {"y"});
    return profile_of(import_unfused(model), "y").density;
  };
  EXPECT_DOUBLE_EQ(padded(0), relu_density(0) / 2);
  EXPECT_DOUBLE_EQ(padded(3), (relu_density(0) + 1) / 2);
}

/// A maximum is zero where all of its window are.
TEST(ActivationDensities, max_pooling_leaves_fewer_zeros_and_averages_count_as_dense) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).output("y").output("z");
  model.node("Relu", {"x"}, {"r"});
  model.node("MaxPool", {"r"}, {"y"}).integers("kernel_shape", {2, 1});
  model.node("AveragePool", {"r"}, {"z"}).integers("kernel_shape", {2, 2});
  const models::Graph graph = import_unfused(model);
  const double zero = 1 - relu_density(0);
  EXPECT_DOUBLE_EQ(profile_of(graph, "y").density, 1 - zero * zero);
  EXPECT_EQ(profile_of(graph, "y").origin, DensityOrigin::kDefault);
  EXPECT_EQ(profile_of(graph, "z").origin, DensityOrigin::kAssumedDense);
}

TEST(ReluDensities, are_read_by_bands_and_checked) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& bands) {
    return ReluDensities::read(
        folder.write("relu.yaml", "schema: mensa-relu-densities/1\nbands:\n" + bands));
  };
  const auto band = [](const std::string& up_to, const std::string& nominal) {
    return "  - {up_to: " + up_to + ", nominal: " + nominal +
           ", low: 0.1, high: 0.9, source: here, grade: X}\n";
  };
  const ReluDensities densities = read(band("0.5", "0.7") + band("1", "0.2"));
  EXPECT_EQ(densities.at(0), 0.7);
  EXPECT_EQ(densities.at(0.5), 0.7);
  EXPECT_EQ(densities.at(0.51), 0.2);
  EXPECT_EQ(densities.at(1), 0.2);
  const auto error = [&](const std::string& bands) -> std::string {
    try {
      (void)read(bands);
    } catch (const base::Error& caught) {
      return caught.what();
    }
    return "no error";
  };
  EXPECT_THAT(error(band("0.5", "0.7")), HasSubstr("must reach up to 1"));
  EXPECT_THAT(error(band("1", "0.95")), HasSubstr("relu.yaml:3:25: bands.0.nominal"));
  EXPECT_THAT(error(band("1", "0.5") + band("0.5", "0.5")), HasSubstr("above that of the band"));
}

}  // namespace
}  // namespace mensa::onnx_import
