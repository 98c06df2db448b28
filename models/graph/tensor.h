#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/ids.h"
#include "models/base/units.h"
#include "models/graph/sparsity.h"

namespace mensa::models {

enum class ElementType : std::uint8_t {
  kFloat32,
  kFloat64,
  kFloat16,
  kBfloat16,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUint64,
  kUint32,
  kUint16,
  kUint8,
  kInt4,
  kUint4,
  kBool,
  kString,
  kFloat8E4M3Fn,    ///< 8-bit floats as ONNX 1.14 defines them: exponent and significand bits,
  kFloat8E4M3Fnuz,  ///< Fn without infinities, Uz without a negative zero
  kFloat8E5M2,
  kFloat8E5M2Fnuz,
  kFloat4E2M1,
};
[[nodiscard]] std::string_view to_string(ElementType type);
/// As people write it: fp32, int8.
[[nodiscard]] std::string short_name(ElementType type);
/// Storage bits of one element as the model has it (bool 8; string 8, a lower bound).
[[nodiscard]] int bits(ElementType type);

using TensorId = base::Id<struct TensorTag>;
using RecurrenceId = base::Id<struct RecurrenceTag>;

/// What one step of a recurrence leaves for the next, as seen by its readers: they read what
/// `next` got in the step before, and `initial` in the first step. No layer writes such a tensor.
struct RecurrentState {
  /// Activation that holds the value of the first step; none where that is a constant or zero.
  std::optional<TensorId> initial;
  /// Tensor whose newest step becomes the state; none where only the step's number changes.
  std::optional<TensorId> next;
};

/// An array that layers read or write. Shape has one entry per axis, as ONNX orders them.
///
/// Views (reshape, squeeze, ...) are no tensors of their own: their readers read the array that was
/// written, so a layer's work may see other axes than the shape has, but never other elements.
struct Tensor {
  TensorId id;
  std::string name;
  /// Of one step where `per_step_of` is set; else of everything, all time steps included.
  std::vector<std::int64_t> shape;
  ElementType type = ElementType::kFloat32;
  /// Parameters and other values fixed in the model.
  bool constant = false;
  /// Pre-activations between the products of an LSTM and its gates: kept at the accumulator width
  /// of the accelerator, not at activation width.
  bool accumulator_width = false;
  /// Set where the tensor lives inside one step of that recurrence and the next step overwrites
  /// it. A layer outside of the recurrence that reads it gets what the last step left.
  std::optional<RecurrenceId> per_step_of;
  /// Set (with `per_step_of`) on what a recurrence hands from one step to the next.
  std::optional<RecurrentState> recurrent_state;
  std::shared_ptr<const SparsityProfile> sparsity;  ///< never null once in a Graph

  /// Product of the shape; 1 for a scalar.
  [[nodiscard]] std::int64_t elements() const;
};

}  // namespace mensa::models
