#include "accelerators/spec/system.h"

#include <algorithm>

#include "models/base/error.h"

namespace mensa::accelerators {

double Accelerator::peak_macs_per_second() const {
  return static_cast<double>(pe_count() * native_precision().macs_per_pe) * clock.value();
}

const Buffer* Accelerator::buffer_of(models::MacOperand operand) const {
  const auto found = std::find_if(buffers.begin(), buffers.end(), [operand](const Buffer& buffer) {
    return buffer.keeps.contains(operand);
  });
  return found == buffers.end() ? nullptr : &*found;
}

base::Bytes Accelerator::parameter_capacity() const {
  const Buffer* const buffer = buffer_of(models::MacOperand::kWeights);
  if (buffer != nullptr) return buffer->capacity;
  return registers.capacity[models::index(models::MacOperand::kWeights)] * pe_count();
}

const Accelerator& System::accelerator(std::string_view wanted) const {
  const auto found =
      std::find_if(accelerators.begin(), accelerators.end(),
                   [wanted](const Accelerator& candidate) { return candidate.name == wanted; });
  if (found == accelerators.end()) {
    std::vector<std::string> known;
    for (const Accelerator& candidate : accelerators) known.push_back(candidate.name);
    throw base::Error(base::unknown_name_message("accelerator", wanted, known));
  }
  return *found;
}

}  // namespace mensa::accelerators
