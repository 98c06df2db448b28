#pragma once

#include <rapidcheck.h>

#include "models/graph/problem_shape.h"

namespace mensa::accelerators::test {

/// Inside of a property: a nest of small bounds, with any stride and dilation.
inline models::ProblemShape random_shape(std::int64_t most_padding) {
  using models::Dim;
  models::ProblemShape shape;
  for (const Dim dim : models::kAllDims) {
    const bool kernel = dim == Dim::T || dim == Dim::R || dim == Dim::S;
    shape.bounds[models::index(dim)] = *rc::gen::inRange<std::int64_t>(1, kernel ? 4 : 6);
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    shape.stride[axis] = *rc::gen::inRange<std::int64_t>(1, 4);
    shape.dilation[axis] = *rc::gen::inRange<std::int64_t>(1, 4);
    shape.pad_begin[axis] = *rc::gen::inRange<std::int64_t>(0, most_padding + 1);
    shape.input_size[axis] = *rc::gen::inRange<std::int64_t>(1, 12);
  }
  return shape;
}

}  // namespace mensa::accelerators::test
