#include "tests/onnx_import/oracle/recorded_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

namespace mensa::onnx_import {
namespace {

namespace fs = std::filesystem;
using onnx::TensorProto;

template <class Message>
void parse(const fs::path& path, Message& message) {
  std::ifstream file(path, std::ios::binary);
  if (!file || !message.ParseFromIstream(&file)) {
    throw std::runtime_error(fmt::format("{} is missing or damaged", path.string()));
  }
}

template <class T, class Kept>
std::vector<Kept> from_bytes(const std::string& bytes) {
  std::vector<Kept> values;
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof(T));
    values.push_back(static_cast<Kept>(value));
  }
  return values;
}

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  double value =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

double brain_float(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

std::vector<double> from_bit_patterns(const TensorProto& tensor) {
  const auto patterns =
      tensor.has_raw_data()
          ? from_bytes<std::uint16_t, std::int64_t>(tensor.raw_data())
          : std::vector<std::int64_t>(tensor.int32_data().begin(), tensor.int32_data().end());
  std::vector<double> values;
  for (const std::int64_t pattern : patterns) {
    const auto bits = static_cast<std::uint16_t>(pattern);
    values.push_back(tensor.data_type() == TensorProto::FLOAT16 ? half(bits) : brain_float(bits));
  }
  return values;
}

template <class T, class Kept, class Field>
std::vector<Kept> read(const TensorProto& tensor, const Field& field) {
  if (tensor.has_raw_data()) return from_bytes<T, Kept>(tensor.raw_data());
  return {field.begin(), field.end()};
}

decltype(RecordedTensor::values) recorded_values(const TensorProto& tensor) {
  using Integer = std::int64_t;
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return read<float, double>(tensor, tensor.float_data());
    case TensorProto::DOUBLE:
      return read<double, double>(tensor, tensor.double_data());
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return from_bit_patterns(tensor);
    case TensorProto::INT64:
      return read<std::int64_t, Integer>(tensor, tensor.int64_data());
    case TensorProto::UINT64:
      return read<std::uint64_t, Integer>(tensor, tensor.uint64_data());
    case TensorProto::UINT32:
      return read<std::uint32_t, Integer>(tensor, tensor.uint64_data());
    case TensorProto::INT32:
      return read<std::int32_t, Integer>(tensor, tensor.int32_data());
    case TensorProto::INT16:
      return read<std::int16_t, Integer>(tensor, tensor.int32_data());
    case TensorProto::UINT16:
      return read<std::uint16_t, Integer>(tensor, tensor.int32_data());
    case TensorProto::INT8:
      return read<std::int8_t, Integer>(tensor, tensor.int32_data());
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return read<std::uint8_t, Integer>(tensor, tensor.int32_data());
    default:
      return std::nullopt;
  }
}

RecordedTensor read_recorded(const onnx::ValueInfoProto& declared, const fs::path& path) {
  RecordedTensor recorded;
  recorded.name = declared.name();
  if (!declared.type().has_tensor_type()) return recorded;
  TensorProto tensor;
  parse(path, tensor);
  // The writer of the cases had no bfloat16 and recorded its bits.
  const bool bits_of_bfloat16 =
      declared.type().tensor_type().elem_type() == TensorProto::BFLOAT16 &&
      tensor.data_type() == TensorProto::UINT16;
  if (bits_of_bfloat16) tensor.set_data_type(TensorProto::BFLOAT16);
  recorded.type = tensor.data_type();
  recorded.shape.assign(tensor.dims().begin(), tensor.dims().end());
  recorded.values = recorded_values(tensor);
  return recorded;
}

}  // namespace

fs::path recorded_cases_folder() { return "/usr/share/libonnx-testdata/data"; }

std::vector<std::string> recorded_case_names(const std::string& kind) {
  const fs::path folder = recorded_cases_folder() / kind;
  std::vector<std::string> names;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(kind + "/" + entry.path().filename().string());
    }
  }
  if (names.empty()) {
    throw std::runtime_error(
        fmt::format("no cases in {}; install Debian's package libonnx-testdata", folder.string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

RecordedCase read_recorded_case(const std::string& name) {
  RecordedCase recorded;
  recorded.name = name;
  const fs::path folder = recorded_cases_folder() / name;
  recorded.model_path = folder / "model.onnx";
  parse(recorded.model_path, recorded.model);
  const onnx::GraphProto& graph = recorded.model.graph();
  std::set<std::string> initialized;
  for (const auto& initializer : graph.initializer()) initialized.insert(initializer.name());
  int number = 0;
  for (const auto& input : graph.input()) {
    if (initialized.contains(input.name())) continue;
    recorded.inputs.push_back(
        read_recorded(input, folder / fmt::format("test_data_set_0/input_{}.pb", number++)));
  }
  for (int i = 0; i < graph.output_size(); ++i) {
    recorded.outputs.push_back(
        read_recorded(graph.output(i), folder / fmt::format("test_data_set_0/output_{}.pb", i)));
  }
  return recorded;
}

std::map<std::string, ConstantInput> constants_of(const RecordedCase& recorded, std::size_t first) {
  std::map<std::string, ConstantInput> constants;
  for (std::size_t i = 0; i < recorded.inputs.size(); ++i) {
    const RecordedTensor& input = recorded.inputs[i];
    const bool empty = std::count(input.shape.begin(), input.shape.end(), 0) > 0;
    if (input.values && (i >= first || empty)) constants[input.name] = {input.shape, *input.values};
  }
  return constants;
}

}  // namespace mensa::onnx_import
