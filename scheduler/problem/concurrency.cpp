#include <array>

#include "models/base/error.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {
namespace {

constexpr std::array<std::string_view, 2> kNames = {"sequence", "layers"};

}  // namespace

std::string_view to_string(Concurrency concurrency) {
  return kNames[static_cast<std::size_t>(concurrency)];
}

Concurrency concurrency_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Concurrency>(i);
  }
  throw base::Error(
      base::unknown_name_message("concurrency", name, {kNames.begin(), kNames.end()}));
}

}  // namespace mensa::scheduler
