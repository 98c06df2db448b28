#include "sim/platform/memory_model.h"

#include <array>

#include "models/base/error.h"

namespace mensa::sim {
namespace {

constexpr std::array<std::string_view, 2> kNames = {"ideal", "detailed"};

}  // namespace

std::string_view to_string(MemoryModel model) { return kNames[static_cast<std::size_t>(model)]; }

MemoryModel memory_model_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<MemoryModel>(i);
  }
  throw base::Error(
      base::unknown_name_message("memory model", name, {kNames.begin(), kNames.end()}));
}

}  // namespace mensa::sim
