#include "onnx_import/loading/tensor_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/annotate/nonzero_bits.h"
#include "onnx_import/loading/stored_tensor.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

ElementType checked_type(std::int32_t number) {
  if (const auto type = element_type(number)) return *type;
  throw base::Error(
      fmt::format("has element type {}, which mensa does not know", onnx_type_name(number)));
}

std::int64_t checked_elements(const Shape& shape) {
  if (shape.size() > kHighestRank) {
    throw base::Error(fmt::format("has {} axes; at most {} are read", shape.size(), kHighestRank));
  }
  if (const auto elements = element_count(shape)) return *elements;
  throw base::Error(
      fmt::format("has shape {}; no extent may be negative, and a tensor has at most "
                  "2^40 elements",
                  fmt::join(shape, "x")));
}

Shape shape_of(const onnx::TensorProto& tensor) {
  return {tensor.dims().begin(), tensor.dims().end()};
}

/// Row-major indices of a sparse tensor's entries from either form. `rank` is that of the indices.
std::vector<std::int64_t> linear_indices(std::vector<std::int64_t> indices, std::size_t rank,
                                         const Shape& shape) {
  const std::int64_t elements = element_count(shape).value();
  const std::size_t axes = rank == 2 ? shape.size() : 1;
  const auto fail = [](std::size_t entry, const char* what) {
    throw base::Error(fmt::format("index of value {} {}", entry, what));
  };
  std::size_t entries = 0;
  for (std::size_t at = 0; at < indices.size(); at += axes, ++entries) {
    std::int64_t index = indices[at];
    if (rank == 2) {
      index = 0;
      for (std::size_t axis = 0; axis < axes; ++axis) {
        const std::int64_t coordinate = indices[at + axis];
        if (coordinate < 0 || coordinate >= shape[axis]) fail(entries, "is outside of the shape");
        index = index * shape[axis] + coordinate;
      }
    }
    if (index < 0 || index >= elements) fail(entries, "is outside of the shape");
    if (entries > 0 && index <= indices[entries - 1]) {
      fail(entries, "is not behind the one before it; they must ascend");
    }
    indices[entries] = index;  // what stood there has been read
  }
  indices.resize(entries);
  return indices;
}

}  // namespace

const TensorReader::Elements& TensorReader::elements_of(const onnx::TensorProto& tensor,
                                                        ElementType type, std::int64_t count) {
  const auto known = elements_.find(&tensor);
  if (known != elements_.end()) return known->second;
  Elements found{find_elements(tensor, type, count, file_, external_), nullptr};
  if (found.stored) {
    found.contents = std::make_shared<const TensorContents>(found.stored->contents());
  }
  return elements_.emplace(&tensor, std::move(found)).first->second;
}

ConstantData TensorReader::read(const onnx::TensorProto& tensor) {
  ConstantData data;
  data.type = checked_type(tensor.data_type());
  data.shape = shape_of(tensor);
  const std::int64_t elements = checked_elements(data.shape);
  if (tensor.has_segment()) throw base::Error("is stored in segments, which mensa does not read");
  const auto& [stored, contents] = elements_of(tensor, data.type, elements);
  if (!stored) {
    data.values_unknown = data.type != ElementType::kString;
    return data;
  }
  data.contents = contents;
  if (is_integral(data.type) && elements <= std::min(kMostKeptIntegers, integers_left_)) {
    integers_left_ -= elements;
    data.integers = stored->integers();
    data.integers->resize(static_cast<std::size_t>(elements));  // without a nibble of padding
    const bool beyond_int64 =
        data.type == ElementType::kUint64 &&
        std::any_of(data.integers->begin(), data.integers->end(), [](auto v) { return v < 0; });
    if (beyond_int64) data.integers.reset();
  } else if (is_float(data.type) && models::bits(data.type) >= 16 &&
             elements <= std::min(kMostKeptFloats, floats_left_)) {
    floats_left_ -= elements;
    data.floats = stored->floats();
  }
  return data;
}

ConstantData TensorReader::read_sparse(const onnx::SparseTensorProto& tensor) {
  ConstantData data;
  data.type = checked_type(tensor.values().data_type());
  data.shape.assign(tensor.dims().begin(), tensor.dims().end());
  (void)checked_elements(data.shape);
  const Shape values = shape_of(tensor.values());
  const Shape indices = shape_of(tensor.indices());
  if (values.size() != 1) throw base::Error("its values are no list");
  const std::int64_t count = checked_elements(values);
  const bool linear = indices == Shape{count};
  if (!linear && indices != Shape{count, std::ssize(data.shape)}) {
    throw base::Error(fmt::format("has {} values of a tensor with {} axes, but indices of shape {}",
                                  count, data.shape.size(), fmt::join(indices, "x")));
  }
  if (tensor.indices().data_type() != onnx::TensorProto::INT64) {
    throw base::Error(fmt::format("its indices are {}; int64 are needed",
                                  onnx_type_name(tensor.indices().data_type())));
  }
  const auto stored_values = find_elements(tensor.values(), data.type, count, file_, external_);
  const auto stored_indices = find_elements(tensor.indices(), ElementType::kInt64,
                                            checked_elements(indices), file_, external_);
  if (!stored_values || !stored_indices) {
    data.values_unknown = true;
    return data;
  }
  std::vector<std::int64_t> places =
      linear_indices(stored_indices->integers(), indices.size(), data.shape);
  const NonzeroBits nonzero = find_nonzeros(stored_values->contents(), 0, places.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (nonzero.load(i, 1) != 0) places[kept++] = places[i];
  }
  places.resize(kept);
  data.contents = std::make_shared<const TensorContents>(SparseContents{std::move(places)});
  return data;
}

}  // namespace mensa::onnx_import
