#pragma once

#include <string>
#include <vector>

namespace mensa {

/// A simulation of half a minute, after a short time for mapping: for tests that end it.
inline std::vector<std::string> long_simulation(const std::vector<std::string>& more = {}) {
  std::vector<std::string> command = {MENSA_BINARY, "simulate",      "mobilenet_v2",
                                      "--mapper",   "fast",          "--inferences",
                                      "10000",      "--concurrency", "layers"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace mensa
