#include "accelerators/cost/mapping_cache.h"

#include <bit>

namespace mensa::accelerators {
namespace {

/// Everything that a mapping depends on, as one comparable list. Every member is named, so that
/// none that is added later can be forgotten here.
std::vector<std::int64_t> question_key(AcceleratorId accelerator, const MacQuestion& question) {
  const auto& [shape, bits, resident, reserved_activations, reserved_parameters, tail, positions,
               factors, zeros] = question;
  const auto& [bounds, stride, dilation, pad_begin, input_size] = shape;
  const auto& [weight_bits, input_bits, output_bits, accumulator_bits] = bits;
  const auto& [weights_stay, inputs_stay, outputs_stay] = resident;
  const auto& [operations, activation_read, from_dram, parameter_read, streamed_operands] = tail;
  std::vector<std::int64_t> key = {static_cast<std::int64_t>(accelerator.index()),
                                   weight_bits,
                                   input_bits,
                                   output_bits,
                                   accumulator_bits,
                                   weights_stay,
                                   inputs_stay,
                                   outputs_stay,
                                   reserved_activations.value(),
                                   reserved_parameters.value(),
                                   operations,
                                   activation_read.value(),
                                   from_dram.value(),
                                   parameter_read.value(),
                                   streamed_operands,
                                   static_cast<std::int64_t>(positions)};
  const auto append = [&](const auto& values) {
    key.insert(key.end(), values.begin(), values.end());
  };
  if (factors) {
    const auto& [weights, activations] = *factors;
    for (const auto& [kind, width] : {weights, activations}) {
      append(std::initializer_list<std::int64_t>{static_cast<std::int64_t>(kind), width});
    }
  }
  for (const OperandZeros& operand : zeros) {
    const auto& [density, placement, cluster, keeps_groups, kept, room] = operand;
    append(std::initializer_list<std::int64_t>{
        std::bit_cast<std::int64_t>(density), static_cast<std::int64_t>(placement), cluster,
        static_cast<std::int64_t>(keeps_groups), std::bit_cast<std::int64_t>(kept),
        std::bit_cast<std::int64_t>(room)});
  }
  append(bounds);
  append(stride);
  append(dilation);
  append(pad_begin);
  append(input_size);
  return key;
}

}  // namespace

MappingCache::MappingCache(const System& system, const MapperOptions& options)
    : system_(system), options_(options) {}

const MappingCache::Answer& MappingCache::find(const Accelerator& accelerator,
                                               const MacQuestion& question) {
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Entry>& place = entries_[question_key(accelerator.id, question)];
    if (place == nullptr) place = std::make_unique<Entry>();
    entry = place.get();
  }
  std::call_once(entry->searched, [&] {
    try {
      entry->answer = map_layer(system_, accelerator, question, options_);
    } catch (...) {
      entry->error = std::current_exception();
    }
  });
  if (entry->error != nullptr) std::rethrow_exception(entry->error);
  return *entry->answer;
}

std::int64_t MappingCache::searches() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(entries_.size());
}

}  // namespace mensa::accelerators
