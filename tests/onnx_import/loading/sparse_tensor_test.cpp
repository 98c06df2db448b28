#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// x (1 x 4) times a sparse tensor 'w' (4 x 8).
class SparseModel {
 public:
  SparseModel(const std::vector<float>& values, const std::vector<std::int64_t>& indices,
              const std::vector<std::int64_t>& indices_shape) {
    model_.input("x", {1, 4}).output("y");
    model_.node("MatMul", {"x", "w"}, {"y"}, "product");
    tensor().add_dims(4);
    tensor().add_dims(8);
    tensor().mutable_values()->set_name("w");
    tensor().mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
    tensor().mutable_values()->add_dims(static_cast<std::int64_t>(values.size()));
    for (const float value : values) tensor().mutable_values()->add_float_data(value);
    tensor().mutable_indices()->set_data_type(onnx::TensorProto::INT64);
    for (const std::int64_t extent : indices_shape) tensor().mutable_indices()->add_dims(extent);
    for (const std::int64_t index : indices) tensor().mutable_indices()->add_int64_data(index);
  }
  onnx::SparseTensorProto& tensor() {
    return model_.proto().sparse_initializer_size() == 0
               ? *model_.proto().add_sparse_initializer()
               : *model_.proto().mutable_sparse_initializer(0);
  }
  [[nodiscard]] std::string error() const { return model_.import_error(); }
  [[nodiscard]] models::SparsityProfile profile() const {
    const models::Graph graph = model_.import();
    return *graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity;
  }

 private:
  ModelBuilder model_;
};

TEST(SparseTensor, is_read_in_both_forms) {
  // Column 2 has rows 0 and 1, column 7 row 3; an explicit zero at (2, 0) is none.
  const SparseModel linear({1, 2, 0, 3}, {2, 10, 16, 31}, {4});
  const SparseModel coordinates({1, 2, 0, 3}, {0, 2, 1, 2, 2, 0, 3, 7}, {4, 2});
  for (const SparseModel* model : {&linear, &coordinates}) {
    const models::SparsityProfile profile = model->profile();
    EXPECT_EQ(profile.origin, models::DensityOrigin::kMeasured);
    EXPECT_DOUBLE_EQ(profile.density, 3.0 / 32);
    // The columns of a right factor are the output channels.
    EXPECT_THAT(profile.structure->channels->nonzeros, ElementsAre(0, 0, 2, 0, 0, 0, 0, 1));
    EXPECT_THAT(profile.structure->groups_of_4, ElementsAre(6, 1, 1, 0, 0));
  }
}

TEST(SparseTensor, errors_name_the_entry) {
  const std::string place = "sparse initializer 'w': ";
  EXPECT_EQ(SparseModel({1, 2}, {3, 32}, {2}).error(),
            place + "index of value 1 is outside of the shape");
  EXPECT_EQ(SparseModel({1, 2}, {-1, 3}, {2}).error(),
            place + "index of value 0 is outside of the shape");
  EXPECT_EQ(SparseModel({1, 2}, {3, 3}, {2}).error(),
            place + "index of value 1 is not behind the one before it; they must ascend");
  EXPECT_EQ(SparseModel({1, 2}, {0, 2, 0, 8}, {2, 2}).error(),
            place + "index of value 1 is outside of the shape");
  EXPECT_EQ(SparseModel({1, 2}, {1, 0, 0, 7}, {2, 2}).error(),
            place + "index of value 1 is not behind the one before it; they must ascend");
  EXPECT_EQ(SparseModel({1, 2}, {1, 2, 3}, {3}).error(),
            place + "has 2 values of a tensor with 2 axes, but indices of shape 3");
  SparseModel type({1, 2}, {1, 2}, {2});
  type.tensor().mutable_indices()->set_data_type(onnx::TensorProto::INT32);
  EXPECT_EQ(type.error(), place + "its indices are int32 (6); int64 are needed");
  SparseModel list({1, 2}, {1, 2}, {2});
  list.tensor().mutable_values()->add_dims(1);
  EXPECT_EQ(list.error(), place + "its values are no list");
  SparseModel huge({1, 2}, {1, 2}, {2});
  huge.tensor().set_dims(0, std::int64_t{1} << 60);
  EXPECT_THAT(huge.error(), HasSubstr("at most 2^40 elements"));
}

TEST(SparseTensor, without_values_is_unknown) {
  EXPECT_EQ(SparseModel({}, {}, {0}).profile().origin, models::DensityOrigin::kUnknown);
}

}  // namespace
}  // namespace mensa::onnx_import
