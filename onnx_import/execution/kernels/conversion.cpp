#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/float_formats.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// Towards zero, then wrapped; what no integer of 64 bits holds, which ONNX leaves undefined, is
/// the nearest that one does, NaN 0.
std::int64_t to_integer(float number, ElementType type) {
  if (type == ElementType::kBool) return number != 0 ? 1 : 0;
  if (std::isnan(number)) return 0;
  if (number >= 0x1p63F) return wrapped(std::numeric_limits<std::int64_t>::max(), type);
  if (number < -0x1p63F) return wrapped(std::numeric_limits<std::int64_t>::min(), type);
  return wrapped(static_cast<std::int64_t>(number), type);
}

/// To the type of the result. A narrower float is rounded to, so that what follows sees the zeros
/// that it makes.
void execute_cast(KernelContext& node) {
  const ElementType type = node.output(0).type;
  std::visit(
      [&](const auto& from) {
        if (is_float(type)) {
          std::vector<float> result;
          result.reserve(from.size());
          for (const auto number : from) {
            result.push_back(static_cast<float>(round_to_type(static_cast<double>(number), type)));
          }
          return node.set(0, std::move(result));
        }
        std::vector<std::int64_t> result;
        result.reserve(from.size());
        for (const auto number : from) {
          if constexpr (std::is_same_v<std::decay_t<decltype(number)>, float>) {
            result.push_back(to_integer(number, type));
          } else {
            result.push_back(wrapped(number, type));
          }
        }
        node.set(0, std::move(result));
      },
      node.input(0));
}

}  // namespace

std::vector<Kernel> conversion_kernels() {
  return {{"Cast", execute_cast}, {"CastLike", execute_cast}};
}

}  // namespace mensa::onnx_import
