#include "onnx_import/lowering/quantization.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/base/units.h"
#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/quantized_values.h"
#include "onnx_import/operator_graph/element_types.h"

// Steps between floats and integers of few bits.

namespace mensa::onnx_import {
namespace {

/// Which scale an element has: one for all, that of its index along an axis, or that of its block
/// of neighbours along it. Inference has checked that scales and data fit together.
class ScalePlaces {
 public:
  explicit ScalePlaces(const KernelContext& node) {
    const Shape& data = node.shape(kQuantizationData);
    const Shape& scale = node.shape(kQuantizationScale);
    if (scale.empty() || (scale.size() == 1 && scale[0] == 1)) return;
    const std::int64_t block = node.attributes().integer_or("block_size", 0);
    const std::int64_t given = node.attributes().integer_or("axis", 1);
    const std::size_t axis =
        given == 1 && data.size() == 1 ? 0 : node.types().checked_axis(given, data.size());
    extent_ = data[axis];
    for (std::size_t i = axis + 1; i < data.size(); ++i) inner_ *= data[i];
    is_blocked_ = block > 0;
    block_ = is_blocked_ ? block : 1;
    blocks_ = base::ceil_div(extent_, block_);
  }

  [[nodiscard]] std::size_t of(std::size_t element) const {
    if (extent_ == 0) return 0;
    const auto place = static_cast<std::int64_t>(element);
    const std::int64_t along = place / inner_ % extent_ / block_;
    if (!is_blocked_) return static_cast<std::size_t>(along);
    const std::int64_t outer = place / inner_ / extent_;
    return static_cast<std::size_t>((outer * blocks_ + along) * inner_ + place % inner_);
  }

 private:
  std::int64_t extent_ = 0;  ///< of the axis; 0: one scale for all
  std::int64_t inner_ = 1;   ///< elements from one index of the axis to the next
  std::int64_t block_ = 1;
  std::int64_t blocks_ = 1;
  bool is_blocked_ = false;
};

std::int64_t zero_point_at(const KernelContext& node, std::size_t place) {
  return node.has_input(kQuantizationZeroPoint) ? node.integers(kQuantizationZeroPoint).at(place)
                                                : 0;
}

void execute_quantize(KernelContext& node) {
  const ScalePlaces places(node);
  const models::ElementType type = node.output(0).type;
  const std::vector<float>& scales = node.floats(kQuantizationScale);
  std::vector<std::int64_t> result(node.output_size(0));
  std::visit(
      [&](const auto& data) {
        for (std::size_t i = 0; i < data.size(); ++i) {
          const std::size_t place = places.of(i);
          const float scaled = static_cast<float>(data[i]) / scales.at(place);
          result[i] = quantized(scaled, zero_point_at(node, place), type);
        }
      },
      node.input(kQuantizationData));
  node.set(0, std::move(result));
}

void execute_dequantize(KernelContext& node) {
  const ScalePlaces places(node);
  const std::vector<float>& scales = node.floats(kQuantizationScale);
  const std::vector<std::int64_t>& data = node.integers(kQuantizationData);
  std::vector<float> result(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t place = places.of(i);
    result[i] = static_cast<float>(data[i] - zero_point_at(node, place)) * scales.at(place);
  }
  node.set(0, std::move(result));
}

/// To eight bits that take in the smallest number, the largest and zero.
void execute_dynamic_quantize(KernelContext& node) {
  constexpr float kSteps = 255;
  const models::ElementType type = models::ElementType::kUint8;
  const std::vector<float>& data = node.floats(kQuantizationData);
  float low = 0;
  float high = 0;
  for (const float number : data) {
    low = std::min(low, number);
    high = std::max(high, number);
  }
  const float scale = (high - low) / kSteps;
  const std::int64_t zero = scale > 0 ? quantized(-low / scale, 0, type) : 0;
  std::vector<std::int64_t> result(data.size(), zero);
  if (scale > 0) {
    std::transform(data.begin(), data.end(), result.begin(),
                   [&](float number) { return quantized(number / scale, zero, type); });
  }
  node.set(0, std::move(result));
  node.set(1, std::vector<float>{scale});
  node.set(2, std::vector<std::int64_t>{zero});
}

void check_dequantize(const TypeContext& node) {
  if (is_integral(node.input(kQuantizationData).type)) return;
  TypeContext::unsupported(fmt::format("of {}; it is executed of integers only",
                                       models::to_string(node.input(kQuantizationData).type)));
}

}  // namespace

std::vector<Kernel> quantization_kernels() {
  return {{"QuantizeLinear", execute_quantize},
          {"DequantizeLinear", execute_dequantize, check_dequantize},
          {"DynamicQuantizeLinear", execute_dynamic_quantize, check_floats}};
}

}  // namespace mensa::onnx_import
