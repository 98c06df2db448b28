#include "accelerators/cost/question_key.h"

#include "accelerators/cost/number_key.h"

namespace mensa::accelerators {

// Every member is named, so that none that is added later can be forgotten here.
std::string question_key(const MacQuestion& question) {
  constexpr std::size_t kNumbers = 64;
  NumberKey key(kNumbers);
  const auto& [shape, bits, resident, reserved_activations, reserved_parameters, tail, positions,
               factors, zeros] = question;
  const auto& [bounds, stride, dilation, pad_begin, input_size] = shape;
  const auto& [weight_bits, input_bits, output_bits, accumulator_bits] = bits;
  const auto& [weights_stay, inputs_stay, outputs_stay] = resident;
  const auto& [operations, activation_read, from_dram, parameter_read, streamed_operands] = tail;
  key.add(weight_bits, input_bits, output_bits, accumulator_bits, weights_stay, inputs_stay,
          outputs_stay, reserved_activations, reserved_parameters, operations, activation_read,
          from_dram, parameter_read, streamed_operands, positions, factors.has_value());
  if (factors) {
    const auto& [weights, activations] = *factors;
    for (const auto& [kind, width] : {weights, activations}) key.add(kind, width);
  }
  for (const OperandZeros& operand : zeros) {
    const auto& [density, placement, cluster, keeps_groups, kept, room] = operand;
    key.add(density, placement, cluster, keeps_groups, kept, room);
  }
  key.add_each(bounds);
  key.add_each(stride);
  key.add_each(dilation);
  key.add_each(pad_begin);
  key.add_each(input_size);
  return key.text();
}

}  // namespace mensa::accelerators
