#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "accelerators/spec/loader.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::accelerators {

/// A small valid system, on which tests change one thing at a time.
inline constexpr std::string_view kSmallSystem = R"(schema: mensa-system/1
name: small
technology: cmos_22nm
memories:
  dram:
    kind: LPDDR4
    capacity: 1 GiB
    bandwidth: 32 GB/s
    burst: 64 B
    background_power: 60 mW
    ports:
      bus:
        bandwidth: 32 GB/s
        latency: 100 ns
        energy_per_bit: 8 pJ
accelerators:
  tiny:
    pe_array: 8x8
    clock: 1 GHz
    dataflow: output_stationary
    buffers:
      parameters: {capacity: 16 KiB, keeps: [weights], width: 8 B}
      activations: {capacity: 32 KiB, keeps: [inputs, outputs], width: 8 B}
    registers: {weights: 1 B, inputs: 1 B, outputs: 4 B}
    port: dram.bus
host:
  operations_per_second: 1e9
  energy_per_operation: 10 pJ
  port: dram.bus
)";

/// `text` with its one occurrence of `before` replaced.
inline std::string with(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t place = text.find(before);
  if (place == std::string_view::npos || text.find(before, place + 1) != std::string_view::npos) {
    throw std::logic_error("test text does not hold exactly once: " + std::string(before));
  }
  return std::string(text).replace(place, before.size(), after);
}

inline std::string small_system_with(std::string_view before, std::string_view after) {
  return with(kSmallSystem, before, after);
}

/// Loads `text` from a file named s.yaml in `folder`.
inline System load_text(const TemporaryFolder& folder, std::string_view text,
                        const ParameterOverrides& overrides = {}) {
  return load_system(folder.write("s.yaml", text), overrides);
}

inline System load_text(std::string_view text, const ParameterOverrides& overrides = {}) {
  const TemporaryFolder folder;
  return load_text(folder, text, overrides);
}

/// What is wrong with `text`, the temporary folder left out: "s.yaml:3:1: ...".
inline std::string load_error(std::string_view text, const ParameterOverrides& overrides = {}) {
  const TemporaryFolder folder;
  std::string message = error_of([&] { return load_text(folder, text, overrides); });
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t place = message.find(prefix); place != std::string::npos;
       place = message.find(prefix)) {
    message.erase(place, prefix.size());
  }
  return message;
}

}  // namespace mensa::accelerators
