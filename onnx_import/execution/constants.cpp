#include "onnx_import/execution/constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/float_formats.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

const DenseContents* dense_contents(const Value& value) {
  return value.contents ? std::get_if<DenseContents>(value.contents.get()) : nullptr;
}

/// Appends the elements of a piece of the file, stored as Stored each, one `convert` after another.
template <class Stored, class T, class Convert>
void append_converted(std::span<const std::byte> piece, std::vector<T>& elements,
                      const Convert& convert) {
  for (std::size_t at = 0; at + sizeof(Stored) <= piece.size(); at += sizeof(Stored)) {
    Stored stored{};
    std::memcpy(&stored, piece.data() + at, sizeof(Stored));
    elements.push_back(convert(stored));
  }
}

void append_floats(std::span<const std::byte> piece, ElementType type, int width,
                   std::vector<float>& elements) {
  const auto from_bits = [type](auto bits) {
    return static_cast<float>(float_from_bits(static_cast<std::uint16_t>(bits), type));
  };
  switch (type) {
    case ElementType::kFloat32:
      return append_converted<float>(piece, elements, [](float number) { return number; });
    case ElementType::kFloat64:
      return append_converted<double>(piece, elements,
                                      [](double number) { return static_cast<float>(number); });
    default:
      // Typed fields of protobuf have 16-bit floats in 32 bits.
      if (width == 16) return append_converted<std::uint16_t>(piece, elements, from_bits);
      return append_converted<std::uint32_t>(piece, elements, from_bits);
  }
}

void append_integers(std::span<const std::byte> piece, ElementType type, int width,
                     std::vector<std::int64_t>& elements) {
  const auto as_type = [type](auto stored) {
    return wrapped(static_cast<std::int64_t>(stored), type);
  };
  switch (width) {
    case 8:
      return append_converted<std::uint8_t>(piece, elements, as_type);
    case 16:
      return append_converted<std::uint16_t>(piece, elements, as_type);
    case 32:
      return append_converted<std::uint32_t>(piece, elements, as_type);
    default:
      return append_converted<std::uint64_t>(piece, elements, as_type);
  }
}

template <class T, class Append>
std::vector<T> read_pieces(const DenseContents& contents, std::size_t count,
                           const Append& append_piece) {
  std::vector<T> elements;
  elements.reserve(count);
  contents.bytes.visit([&](std::span<const std::byte> piece) { append_piece(piece, elements); });
  return elements;
}

TensorElements read_elements(const Value& value, const DenseContents& contents, std::size_t count) {
  const int width = contents.stored.width;
  if (is_float(value.type)) {
    return read_pieces<float>(contents, count, [&](auto piece, auto& elements) {
      append_floats(piece, value.type, width, elements);
    });
  }
  return read_pieces<std::int64_t>(contents, count, [&](auto piece, auto& elements) {
    append_integers(piece, value.type, width, elements);
  });
}

}  // namespace

bool is_held(const Value& value) {
  if (!value.typed) return false;
  if (value.floats || value.integers || element_count(value.shape) == 0) return true;
  return value.constant && !value.view_of && dense_contents(value) != nullptr;
}

TensorValue load_constant(const Value& value) {
  const auto count = static_cast<std::size_t>(element_count(value.shape).value_or(0));
  TensorValue loaded{value.shape, {}};
  if (value.floats) {
    std::vector<float> elements(value.floats->size());
    std::transform(value.floats->begin(), value.floats->end(), elements.begin(),
                   [](double number) { return static_cast<float>(number); });
    loaded.elements = std::move(elements);
  } else if (value.integers) {
    loaded.elements = *value.integers;
  } else if (count == 0) {
    if (!is_float(value.type)) loaded.elements = std::vector<std::int64_t>();
  } else {
    loaded.elements = read_elements(value, *dense_contents(value), count);
  }
  if (loaded.size() != count) {
    throw base::Error(fmt::format("constant '{}' has {} elements; its shape needs {}", value.name,
                                  loaded.size(), count));
  }
  return loaded;
}

}  // namespace mensa::onnx_import
