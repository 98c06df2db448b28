#include "onnx_import/loading/tensor_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "models/base/error.h"
#include "models/base/units.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

models::ElementType checked_type(std::int32_t number) {
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

/// Number of values in whichever typed field holds data of this type (onnx.proto, TensorProto).
std::int64_t typed_values(const onnx::TensorProto& tensor, ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return tensor.float_data_size();
    case ElementType::kFloat64:
      return tensor.double_data_size();
    case ElementType::kInt64:
      return tensor.int64_data_size();
    case ElementType::kUint64:
    case ElementType::kUint32:
      return tensor.uint64_data_size();
    case ElementType::kString:
      return tensor.string_data_size();
    default:
      return tensor.int32_data_size();
  }
}

bool is_packed(ElementType type) { return models::bits(type) < 8; }

void check_amount(const onnx::TensorProto& tensor, ElementType type, std::int64_t elements) {
  if (tensor.has_raw_data()) {
    if (type == ElementType::kString) throw base::Error("holds strings as raw data");
    const auto have = static_cast<std::int64_t>(tensor.raw_data().size());
    const std::int64_t need = base::packed_bytes(elements, models::bits(type)).value();
    if (have == need) return;
    throw base::Error(fmt::format("holds {} bytes of data; its shape {} of {} needs {}", have,
                                  fmt::join(tensor.dims(), "x"), models::to_string(type), need));
  }
  const std::int64_t have = typed_values(tensor, type);
  const std::int64_t need = is_packed(type) ? (elements + 1) / 2 : elements;
  // Some writers put one 4-bit value into each entry, though the format packs two.
  if (have == need || (is_packed(type) && have == elements)) return;
  throw base::Error(fmt::format("holds {} values; its shape {} of {} needs {}", have,
                                fmt::join(tensor.dims(), "x"), models::to_string(type), need));
}

template <class T>
std::vector<std::int64_t> from_raw(const std::string& raw) {
  std::vector<std::int64_t> values(raw.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value{};
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<std::int64_t>(value);  // NOLINT(bugprone-signed-char-misuse)
  }
  return values;
}

std::vector<std::int64_t> raw_integers(const std::string& raw, ElementType type) {
  switch (type) {
    case ElementType::kInt64:
      return from_raw<std::int64_t>(raw);
    case ElementType::kUint64:
      return from_raw<std::uint64_t>(raw);
    case ElementType::kInt32:
      return from_raw<std::int32_t>(raw);
    case ElementType::kUint32:
      return from_raw<std::uint32_t>(raw);
    case ElementType::kInt16:
      return from_raw<std::int16_t>(raw);
    case ElementType::kUint16:
      return from_raw<std::uint16_t>(raw);
    case ElementType::kInt8:
      return from_raw<std::int8_t>(raw);
    default:
      return from_raw<std::uint8_t>(raw);  // uint8, bool
  }
}

std::vector<std::int64_t> typed_integers(const onnx::TensorProto& tensor, ElementType type) {
  switch (type) {
    case ElementType::kInt64:
      return {tensor.int64_data().begin(), tensor.int64_data().end()};
    case ElementType::kUint64:
    case ElementType::kUint32: {
      std::vector<std::int64_t> values;
      for (const std::uint64_t value : tensor.uint64_data()) {
        values.push_back(static_cast<std::int64_t>(value));
      }
      return values;
    }
    default:
      return {tensor.int32_data().begin(), tensor.int32_data().end()};
  }
}

}  // namespace

ConstantData read_tensor(const onnx::TensorProto& tensor, IntegerBudget& budget) {
  ConstantData data;
  data.type = checked_type(tensor.data_type());
  data.shape.assign(tensor.dims().begin(), tensor.dims().end());
  const std::int64_t elements = checked_elements(data.shape);
  if (tensor.has_segment()) throw base::Error("is stored in segments, which mensa does not read");
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    data.values_unknown = true;
    return data;
  }
  check_amount(tensor, data.type, elements);
  if (!is_integral(data.type) || is_packed(data.type)) return data;
  if (elements > kMostKeptIntegers || elements > budget.left) return data;
  budget.left -= elements;
  data.integers = tensor.has_raw_data() ? raw_integers(tensor.raw_data(), data.type)
                                        : typed_integers(tensor, data.type);
  return data;
}

ConstantData read_sparse_tensor(const onnx::SparseTensorProto& tensor) {
  ConstantData data;
  data.type = checked_type(tensor.values().data_type());
  data.shape.assign(tensor.dims().begin(), tensor.dims().end());
  (void)checked_elements(data.shape);
  return data;
}

}  // namespace mensa::onnx_import
