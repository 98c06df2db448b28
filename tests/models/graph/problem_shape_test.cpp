#include "models/graph/problem_shape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/models/base/error_of.h"

namespace mensa::models {
namespace {

/// One axis of a window and a part of its outputs and kernels.
struct Part {
  ProblemShape shape;
  std::int64_t output_begin = 0;
  std::int64_t output_count = 0;
  std::int64_t kernel_begin = 0;
  std::int64_t kernel_count = 0;
};

std::int64_t touched_one_by_one(const Part& part, std::size_t axis) {
  std::set<std::int64_t> positions;
  for (std::int64_t o = part.output_begin; o < part.output_begin + part.output_count; ++o) {
    for (std::int64_t k = part.kernel_begin; k < part.kernel_begin + part.kernel_count; ++k) {
      const std::int64_t position =
          o * part.shape.stride[axis] + k * part.shape.dilation[axis] - part.shape.pad_begin[axis];
      if (position >= 0 && position < part.shape.input_size[axis]) positions.insert(position);
    }
  }
  return static_cast<std::int64_t>(positions.size());
}

/// A number in [low, high), each alike: RapidCheck's own ranges start small.
std::int64_t any_between(std::int64_t low, std::int64_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high));
}

RC_GTEST_PROP(ProblemShapeTouched, equals_counting_positions_one_by_one, ()) {
  const auto axis = static_cast<std::size_t>(any_between(0, 3));
  Part part;
  part.shape.stride[axis] = any_between(1, 8);
  part.shape.dilation[axis] = any_between(1, 8);
  part.shape.pad_begin[axis] = any_between(0, 12);
  part.shape.input_size[axis] = any_between(1, 60);
  part.output_begin = any_between(0, 12);
  part.output_count = any_between(0, 12);
  part.kernel_begin = any_between(0, 12);
  part.kernel_count = any_between(0, 12);
  RC_ASSERT(part.shape.touched(axis, part.output_begin, part.output_count, part.kernel_begin,
                               part.kernel_count) == touched_one_by_one(part, axis));
}

TEST(ProblemShape, counts_a_strided_padded_convolution_by_hand) {
  // conv1 of ResNet-50: 7 x 7 over 224 x 224, stride 2, padding 3, 3 to 64 channels.
  ProblemShape shape;
  shape.bounds[index(Dim::K)] = 64;
  shape.bounds[index(Dim::C)] = 3;
  shape.bounds[index(Dim::P)] = shape.bounds[index(Dim::Q)] = 112;
  shape.bounds[index(Dim::R)] = shape.bounds[index(Dim::S)] = 7;
  shape.stride = {1, 2, 2};
  shape.pad_begin = {0, 3, 3};
  shape.input_size = {1, 224, 224};
  EXPECT_EQ(shape.macs(), 64LL * 3 * 112 * 112 * 49);
  EXPECT_EQ(shape.elements(MacOperand::kWeights), 64 * 3 * 49);
  EXPECT_EQ(shape.elements(MacOperand::kOutputs), 64 * 112 * 112);
  EXPECT_EQ(shape.elements(MacOperand::kInputs), 3 * 224 * 224);  // each, and no padding
}

TEST(ProblemShape, leaves_out_positions_that_strides_skip) {
  // 1 x 1 with stride 2 reads every second row and column of 56.
  ProblemShape shape;
  shape.bounds[index(Dim::P)] = shape.bounds[index(Dim::Q)] = 28;
  shape.stride = {1, 2, 2};
  shape.input_size = {1, 56, 56};
  EXPECT_EQ(shape.elements(MacOperand::kInputs), 28 * 28);
}

TEST(ProblemShape, checks_every_field) {
  const ProblemShape good = gemm_shape(2, 3, 4);
  EXPECT_NO_THROW(good.check("layer 'x'"));
  ProblemShape bad = good;
  bad.bounds[index(Dim::K)] = 0;
  EXPECT_EQ(error_of([&] {
              bad.check("layer 'x'");
              return 0;
            }),
            "layer 'x': bound K is 0; it must be at least 1");
  bad = good;
  bad.pad_begin[1] = -1;
  EXPECT_NE(error_of([&] {
              bad.check("x");
              return 0;
            }),
            "no error");
  bad = good;
  bad.bounds[index(Dim::K)] = std::int64_t{1} << 50;
  EXPECT_EQ(error_of([&] {
              bad.check("x");
              return 0;
            }),
            "no error");  // 2 x 4 x 2^50 = 2^53
  bad.bounds[index(Dim::P)] = 3;
  EXPECT_EQ(error_of([&] {
              bad.check("x");
              return 0;
            }),
            "x: the layer has more than 2^53 MACs");
}

TEST(ProblemShape, names_its_dimensions) {
  EXPECT_EQ(gemm_shape(2, 3, 4).to_string(), "K=3 C=4 P=2");
  EXPECT_EQ(dim_from_string("Q"), Dim::Q);
  EXPECT_NE(error_of([] { return dim_from_string("X"); }).find("unknown dimension 'X'"),
            std::string::npos);
}

}  // namespace
}  // namespace mensa::models
