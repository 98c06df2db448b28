#pragma once

#include <cstdint>
#include <vector>

#include "sim/modules/dram_device.h"

namespace mensa::sim::test {

constexpr std::int64_t kNs = 1000;  // in picoseconds
constexpr base::Seconds kNever{1e3};

inline MemoryRequest read(std::int64_t address, std::int64_t bytes) {
  return {address, bytes, false};
}
inline MemoryRequest write(std::int64_t address, std::int64_t bytes) {
  return {address, bytes, true};
}

/// What `request` makes of 0, 1, ... count - 1.
template <class Request>
std::vector<MemoryRequest> repeated(std::int64_t count, Request request) {
  std::vector<MemoryRequest> requests(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) requests[static_cast<std::size_t>(i)] = request(i);
  return requests;
}

/// Asks for all at once; returns the time from the end of the first to the end of the last, by
/// request.
inline double period_ns(MemoryDevice& device, const std::vector<MemoryRequest>& requests) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  for (const MemoryRequest& request : requests) {
    last = device.serve(request, 0, 0).end_ps;
    if (first == 0) first = last;
  }
  return static_cast<double>(last - first) / static_cast<double>(requests.size() - 1) / kNs;
}

}  // namespace mensa::sim::test
