#include "accelerators/spec/sparsity.h"

#include <fmt/format.h>

#include <algorithm>

namespace mensa::accelerators {

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, kLevelCount> kNames = {"dram", "buffers", "registers"};
  return kNames[index(level)];
}

std::string_view to_string(StorageFormat format) {
  constexpr std::array<std::string_view, 6> kNames = {"dense", "bitmask", "run_length",
                                                      "csr",   "csc",     "groups"};
  return kNames[static_cast<std::size_t>(format)];
}

std::string_view to_string(ZeroAction action) {
  constexpr std::array<std::string_view, 3> kNames = {"none", "gate", "skip"};
  return kNames[static_cast<std::size_t>(action)];
}

std::string_view to_string(Matching matching) {
  constexpr std::array<std::string_view, 4> kNames = {"none", "one_sided", "two_sided", "product"};
  return kNames[static_cast<std::size_t>(matching)];
}

std::string OperandSparsity::format_name() const {
  if (format == StorageFormat::kGroups) return fmt::format("{}:{}", groups.nonzeros, groups.of);
  std::string name(to_string(format));
  if (block() > 1) name += fmt::format(" {}x{}", block_outputs, block_reduction);
  return name;
}

bool OperandSparsity::same_format(const OperandSparsity& other) const {
  return format == other.format && groups == other.groups && block() == other.block() &&
         index_bits == other.index_bits && relative_index == other.relative_index &&
         pointer_bits == other.pointer_bits;
}

bool Sparsity::any() const {
  return std::any_of(operands.begin(), operands.end(), [](const OperandSparsity& operand) {
    return operand.compressed() || operand.acts();
  });
}

}  // namespace mensa::accelerators
