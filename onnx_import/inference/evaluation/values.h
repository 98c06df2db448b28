#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {

/// The values of a constant as T: std::int64_t for integers and bools, double for floats. Null
/// where they are of the other kind.
template <class T>
[[nodiscard]] const std::vector<T>* values_of(const Value& value) {
  if constexpr (std::is_same_v<T, double>) {
    return value.floats ? &*value.floats : nullptr;
  } else {
    return value.integers ? &*value.integers : nullptr;
  }
}

inline void set_values(TypeContext& node, std::size_t output, std::vector<std::int64_t> values) {
  node.set_integers(output, std::move(values));
}
inline void set_values(TypeContext& node, std::size_t output, std::vector<double> values) {
  node.set_floats(output, std::move(values));
}

/// Calls `action` with a std::type_identity of what values of `type` are kept as.
template <class Action>
void with_kept_type(models::ElementType type, const Action& action) {
  if (is_float(type)) {
    action(std::type_identity<double>{});
  } else {
    action(std::type_identity<std::int64_t>{});
  }
}

}  // namespace mensa::onnx_import
