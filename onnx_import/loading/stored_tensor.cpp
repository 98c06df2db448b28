#include "onnx_import/loading/stored_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "models/base/error.h"
#include "models/base/units.h"
#include "onnx_import/loading/file_bytes.h"
#include "onnx_import/loading/raw_data_cuts.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/float_formats.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

bool is_packed(ElementType type) { return models::bits(type) < 8; }

std::uint64_t significant_bits(ElementType type) {
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - models::bits(type));
  // In the formats "uz" the pattern of a negative zero is the one NaN.
  const bool unsigned_zero =
      type == ElementType::kFloat8E4M3Fnuz || type == ElementType::kFloat8E5M2Fnuz;
  return is_float(type) && !unsigned_zero ? all >> 1 : all;
}

void check_count(const onnx::TensorProto& tensor, ElementType type, std::int64_t have,
                 std::int64_t need, std::string_view what) {
  if (have == need) return;
  throw base::Error(fmt::format("holds {} {}; its shape {} of {} needs {}", have, what,
                                fmt::join(tensor.dims(), "x"), models::to_string(type), need));
}

template <class T>
ByteRange in_memory(std::shared_ptr<const void> owner, std::span<const T> values) {
  return {std::make_shared<MemoryBytes>(std::move(owner), std::as_bytes(values)), 0,
          values.size_bytes()};
}

ByteRange raw_bytes(const onnx::TensorProto& tensor, const ModelFile& file) {
  const std::string& raw = tensor.raw_data();
  if (file.raw_data != nullptr) {
    if (const auto place = place_of_raw_data(raw)) {
      return {file.raw_data, place->offset, place->size};
    }
  }
  return in_memory(file.model, std::span<const char>(raw));
}

/// Elements in the typed field of protobuf that holds data of this type (onnx.proto, TensorProto).
StoredTensor typed_elements(const onnx::TensorProto& tensor, ElementType type,
                            std::int64_t elements, const ModelFile& file) {
  const auto take = [&](const auto& field, ElementType stored_as) -> StoredTensor {
    check_count(tensor, type, field.size(), elements, "values");
    const std::span values(field.data(), static_cast<std::size_t>(field.size()));
    return {in_memory(file.model, values), type, stored_as};
  };
  switch (type) {
    case ElementType::kFloat32:
      return take(tensor.float_data(), ElementType::kFloat32);
    case ElementType::kFloat64:
      return take(tensor.double_data(), ElementType::kFloat64);
    case ElementType::kInt64:
      return take(tensor.int64_data(), ElementType::kInt64);
    case ElementType::kUint64:
    case ElementType::kUint32:
      return take(tensor.uint64_data(), ElementType::kUint64);
    default:
      return take(tensor.int32_data(), ElementType::kInt32);
  }
}

/// Four-bit elements of the typed field, as raw data have them: two to a byte.
StoredTensor typed_packed_elements(const onnx::TensorProto& tensor, ElementType type,
                                   std::int64_t elements) {
  const auto& field = tensor.int32_data();
  const std::int64_t pairs = (elements + 1) / 2;
  // Some writers put one value into each entry, though the format packs two.
  const bool single = field.size() == elements && elements != pairs;
  if (!single) check_count(tensor, type, field.size(), pairs, "pairs of values");
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(pairs));
  for (int i = 0; i < field.size(); ++i) {
    if (single) {
      (*bytes)[static_cast<std::size_t>(i / 2)] |=
          static_cast<std::uint8_t>((field[i] & 0xF) << (i % 2 * 4));
    } else {
      (*bytes)[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(field[i]);
    }
  }
  const std::span<const std::uint8_t> held(*bytes);
  return {in_memory(std::move(bytes), held), type, type};
}

/// The bytes read as values of type T, one after the other.
template <class T, class Use>
void for_each(const std::vector<std::byte>& bytes, const Use& use) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    use(value);
  }
}

template <class Use>
void for_each_integer(const std::vector<std::byte>& bytes, ElementType stored_as, const Use& use) {
  switch (stored_as) {
    case ElementType::kInt64:
      return for_each<std::int64_t>(bytes, use);
    case ElementType::kUint64:
      return for_each<std::uint64_t>(bytes, use);
    case ElementType::kInt32:
      return for_each<std::int32_t>(bytes, use);
    case ElementType::kUint32:
      return for_each<std::uint32_t>(bytes, use);
    case ElementType::kInt16:
      return for_each<std::int16_t>(bytes, use);
    case ElementType::kUint16:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return for_each<std::uint16_t>(bytes, use);
    case ElementType::kInt8:
      return for_each<std::int8_t>(bytes, use);
    case ElementType::kInt4:
      return for_each<std::uint8_t>(bytes, [&](std::uint8_t pair) {
        use((pair & 0xF) - (pair << 1 & 0x10));
        use((pair >> 4) - (pair >> 3 & 0x10));
      });
    case ElementType::kUint4:
      return for_each<std::uint8_t>(bytes, [&](std::uint8_t pair) {
        use(pair & 0xF);
        use(pair >> 4);
      });
    default:
      return for_each<std::uint8_t>(bytes, use);  // uint8, bool
  }
}

std::vector<std::byte> read_all(const ByteRange& range) {
  std::vector<std::byte> bytes;
  bytes.reserve(range.size);
  range.visit([&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  });
  return bytes;
}

}  // namespace

DenseContents StoredTensor::contents() const {
  return {bytes, {models::bits(stored_as), significant_bits(type)}};
}

std::vector<std::int64_t> StoredTensor::integers() const {
  std::vector<std::int64_t> values;
  for_each_integer(read_all(bytes), stored_as,
                   [&](auto value) { values.push_back(static_cast<std::int64_t>(value)); });
  return values;
}

std::vector<double> StoredTensor::floats() const {
  std::vector<double> values;
  const std::vector<std::byte> all = read_all(bytes);
  const auto keep = [&](auto value) { values.push_back(static_cast<double>(value)); };
  if (stored_as == ElementType::kFloat64) {
    for_each<double>(all, keep);
  } else if (stored_as == ElementType::kFloat32) {
    for_each<float>(all, keep);
  } else {
    for_each_integer(all, stored_as, [&](auto pattern) {
      keep(float_from_bits(static_cast<std::uint16_t>(pattern), type));
    });
  }
  return values;
}

std::optional<StoredTensor> find_elements(const onnx::TensorProto& tensor, ElementType type,
                                          std::int64_t elements, const ModelFile& file,
                                          ExternalData& external) {
  const std::int64_t need = base::packed_bytes(elements, models::bits(type)).value();
  const bool is_external = tensor.data_location() == onnx::TensorProto::EXTERNAL;
  if (type == ElementType::kString) {
    if (is_external || tensor.has_raw_data()) throw base::Error("holds strings as raw data");
    check_count(tensor, type, tensor.string_data_size(), elements, "values");
    return std::nullopt;
  }
  if (is_external) {
    const auto bytes = external.find(tensor, static_cast<std::uint64_t>(need));
    if (!bytes) return std::nullopt;
    return StoredTensor{*bytes, type, type};
  }
  if (tensor.has_raw_data()) {
    ByteRange bytes = raw_bytes(tensor, file);
    check_count(tensor, type, static_cast<std::int64_t>(bytes.size), need, "bytes of data");
    return StoredTensor{std::move(bytes), type, type};
  }
  if (is_packed(type)) return typed_packed_elements(tensor, type, elements);
  return typed_elements(tensor, type, elements, file);
}

}  // namespace mensa::onnx_import
