// Densities measured by running a network.

#include "onnx_import/profiling/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(118, ' ');
  std::string file = "\x93NUMPY";
  file += {'\x01', '\x00', '\x76', '\x00'};
  return file + header + data;
}

std::string proto(const std::string& name, const std::vector<std::int64_t>& shape,
                  const std::vector<float>& values) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  for (const float value : values) tensor.add_float_data(value);
  return tensor.SerializeAsString();
}

class Profile : public testing::Test {
 protected:
  Profile() {
    model_.input("x", {1, 4}).output("y").floats("w", {4, 2}, {1, 0, 2, 0, 3, 0, 4, -1});
    model_.node("Relu", {"x"}, {"r"});
    model_.integers("shape", {2}, {1, 4});
    model_.node("Reshape", {"r", "shape"}, {"shown"});
    model_.node("MatMul", {"shown", "w"}, {"y"});
  }

  [[nodiscard]] MeasuredDensities measure(const std::string& inputs, std::uint64_t seed = 0) const {
    return measure_densities(folder_.write("net.onnx", model_.bytes()), {{}, inputs, seed});
  }
  [[nodiscard]] std::map<std::string, double> densities(const std::string& inputs) const {
    std::map<std::string, double> found;
    for (const auto& entry : measure(inputs).tensors) found[entry.tensor] = entry.density;
    return found;
  }
  [[nodiscard]] std::string error(const std::string& inputs) const {
    try {
      (void)measure(inputs);
    } catch (const base::Error& caught) {
      return caught.what();
    }
    return "no error";
  }
  /// Writes a file into a folder of inputs, made where it is missing.
  void add(const std::string& name, const std::string& content) const {
    const std::filesystem::path path = inputs() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    (void)folder_.write("inputs/" + name, content);
  }
  [[nodiscard]] std::string inputs() const { return (folder_.path() / "inputs").string(); }

  TemporaryFolder folder_;
  ModelBuilder model_;
};

/// Two runs: r is (1 0 3 0) and (0 0 0 4), y (10 0) and (16 -4).
TEST_F(Profile, is_the_mean_over_all_inputs) {
  add("a/x.npy", npy("<f4", "(1, 4)", bytes_of<float>({1, -2, 3, 0})));
  add("b/input_0.pb", proto("", {1, 4}, {-1, -1, -1, 4}));
  add("b/output_0.pb", "not looked at");
  add("readme.txt", "not looked at");
  const MeasuredDensities measured = measure(inputs());
  EXPECT_EQ(measured.inputs, 2U);
  EXPECT_EQ(measured.model, "net");
  EXPECT_EQ(measured.source, "2 inputs from the folder 'inputs'");
  EXPECT_EQ(measured.model_sha256.size(), 64U);
  EXPECT_THAT(densities(inputs()),
              ElementsAre(Pair("r", 3.0 / 8), Pair("x", 7.0 / 8), Pair("y", 3.0 / 4)));
}

TEST_F(Profile, takes_one_set_in_the_folder_itself) {
  add("any_name.pb", proto("x", {1, 4}, {1, 2, 3, 4}));
  EXPECT_EQ(measure(inputs()).inputs, 1U);
  EXPECT_EQ(densities(inputs()).at("r"), 1);
}

TEST_F(Profile, of_random_inputs_depends_on_the_seed_alone) {
  const auto text = [&](std::uint64_t seed) {
    return density_file_text(measure("random:50", seed));
  };
  EXPECT_EQ(text(3), text(3));
  EXPECT_NE(text(3), text(4));
  EXPECT_THAT(text(3), AllOf(HasSubstr("inputs: 50\nseed: 3\n"), HasSubstr("random")));
  // Of 200 normal numbers half are above zero, give or take 5 deviations of 0.035.
  EXPECT_NEAR(densities("random:50").at("r"), 0.5, 0.18);
}

TEST_F(Profile, names_are_those_that_a_file_of_densities_may_have) {
  const TemporaryFolder folder;
  ImportOptions options;
  options.densities = folder.write("d.yaml", density_file_text(measure("random:1")));
  EXPECT_EQ(model_.import_error(options), "no error");
}

TEST_F(Profile, counts_quantized_tensors_against_their_zero_points) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").floats("scale", {}, {1});
  model.integers("zero", {}, {3}, onnx::TensorProto::UINT8);
  model.node("QuantizeLinear", {"x", "scale", "zero"}, {"q"});
  model.node("Transpose", {"q"}, {"t"});
  model.node("DequantizeLinear", {"t", "scale", "zero"}, {"y"});
  add("x.npy", npy("<f4", "(1, 4)", bytes_of<float>({-3, 0, 0, 5})));
  std::map<std::string, double> found;
  for (const auto& entry :
       measure_densities(folder_.write("q.onnx", model.bytes()), {{}, inputs(), 0}).tensors) {
    found[entry.tensor] = entry.density;
  }
  EXPECT_EQ(found.at("q"), 0.5);
  EXPECT_EQ(found.at("y"), 0.5);
}

TEST_F(Profile, refuses_files_that_are_no_inputs_by_name) {
  EXPECT_THAT(error(inputs()), AllOf(HasSubstr("/inputs: "), HasSubstr("cannot be read")));
  add("notes.txt", "");
  EXPECT_THAT(error(inputs()),
              AllOf(HasSubstr("holds no inputs"), HasSubstr("x.npy, input_0.npy")));
  const auto with = [&](const std::string& content) {
    add("x.npy", content);
    return error(inputs());
  };
  const std::string four = bytes_of<float>({1, 2, 3, 4});
  EXPECT_THAT(with(npy("<f4", "(4,)", four)),
              HasSubstr("x.npy: has the shape [4]; the input 'x' is [1, 4] of float32"));
  EXPECT_THAT(with(npy("<i4", "(1, 4)", four)), HasSubstr("x.npy: holds elements of int32"));
  EXPECT_THAT(with(npy(">f4", "(1, 4)", four)), HasSubstr("save it as little-endian"));
  EXPECT_THAT(with(npy("<f4", "(1, 4)", four + "more")),
              HasSubstr("holds 20 bytes; its shape [1, 4] of float32 needs 16"));
  EXPECT_THAT(with(npy("<f4", "(1099511627777, 4)", four)), HasSubstr("no shape"));
  EXPECT_THAT(with(npy("<f4", "(1, -4)", four)), HasSubstr("no shape"));
  EXPECT_THAT(with("\x93NUMPY"), HasSubstr("too short"));
  EXPECT_THAT(with("not an array at all"), HasSubstr("is no .npy file"));
  EXPECT_THAT(with(npy("<f4", "(1, 4)", four).substr(0, 60)), HasSubstr("damaged header"));
  add("z.npy", npy("<f4", "(1, 4)", four));
  add("x.npy", npy("<f4", "(1, 4)", four));
  EXPECT_THAT(error(inputs()), HasSubstr("z.npy: unknown input 'z'"));
  std::filesystem::remove(inputs() + "/z.npy");
  add("input_0.pb", proto("", {1, 4}, {1, 2, 3, 4}));
  EXPECT_THAT(error(inputs()), HasSubstr("is of the input 'x', which input_0.pb is already"));
  std::filesystem::remove(inputs() + "/x.npy");
  add("input_0.pb", "\xFF\xFF\xFF");
  EXPECT_THAT(error(inputs()), HasSubstr("input_0.pb: is no tensor as ONNX has them"));
  add("input_0.pb", std::string(std::size_t{2} << 20, 'x'));
  EXPECT_THAT(error(inputs()), HasSubstr("more than any input of the model takes"));
}

TEST_F(Profile, refuses_sets_with_an_input_missing) {
  ModelBuilder model;
  model.input("x", {1, 4}).input("z", {1, 4}).output("y");
  model.node("Add", {"x", "z"}, {"y"});
  add("x.npy", npy("<f4", "(1, 4)", bytes_of<float>({1, 2, 3, 4})));
  try {
    (void)measure_densities(folder_.write("two.onnx", model.bytes()), {{}, inputs(), 0});
    FAIL();
  } catch (const base::Error& caught) {
    EXPECT_THAT(caught.what(),
                HasSubstr("/inputs: has no file for the input 'z', [1, 4] of float32: expected "
                          "z.npy, input_1.npy or input_1.pb"));
  }
}

TEST_F(Profile, refuses_numbers_of_random_inputs_that_are_none) {
  for (const char* count : {"random:0", "random:", "random:-1", "random:2x", "random:100001"}) {
    EXPECT_THAT(error(count), HasSubstr("write random:N")) << count;
  }
}

TEST_F(Profile, refuses_random_inputs_that_are_indices) {
  ModelBuilder model;
  model.input("ids", {4}, onnx::TensorProto::INT64).output("y").weights("table", {9, 3});
  model.node("Gather", {"table", "ids"}, {"y"});
  try {
    (void)measure_densities(folder_.write("ids.onnx", model.bytes()), {{}, "random:1", 0});
    FAIL();
  } catch (const base::Error& caught) {
    EXPECT_THAT(caught.what(), AllOf(HasSubstr("'ids' (int64)"), HasSubstr("--constant")));
  }
}

TEST_F(Profile, refuses_models_without_weights) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").integers("shape", {2}, {4, 64});
  model.node("ConstantOfShape", {"shape"}, {"w"});
  model.node("MatMul", {"x", "w"}, {"y"});
  try {
    (void)measure_densities(folder_.write("bare.onnx", model.bytes()), {{}, "random:1", 0});
    FAIL();
  } catch (const base::Error& caught) {
    EXPECT_THAT(caught.what(), AllOf(HasSubstr("holds no values of its weights"),
                                     HasSubstr("file with trained weights")));
  }
}

}  // namespace
}  // namespace mensa::onnx_import
