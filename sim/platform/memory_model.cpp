#include "sim/platform/memory_model.h"

#include "models/base/words.h"

namespace mensa::sim {
namespace {

constexpr base::Words<MemoryModel, 2> kMemoryModels("memory model", {"ideal", "detailed"});

}  // namespace

std::string_view to_string(MemoryModel model) { return kMemoryModels.of(model); }

MemoryModel memory_model_from_string(std::string_view name) { return kMemoryModels.value_of(name); }

}  // namespace mensa::sim
