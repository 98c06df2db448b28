#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenarios/systems.h"
#include "tests/support/zoo.h"

namespace mensa {

/// A network of the zoo and a system.
using ZooRun = std::pair<std::string, std::string>;

/// Every third of all networks on all systems, the next network beginning one system earlier: each
/// network has two systems or three, and each system a third of the networks.
inline std::vector<ZooRun> third_of_zoo_runs() {
  constexpr std::size_t kStride = 3;
  const std::vector<ZooNetwork> networks = read_zoo();
  std::vector<ZooRun> runs;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    for (std::size_t j = 0; j < kLibrarySystems.size(); ++j) {
      if ((i + j) % kStride == 0) runs.emplace_back(networks[i].name, kLibrarySystems[j]);
    }
  }
  return runs;
}

inline std::string name_of(const ZooRun& run) { return run.first + "_on_" + run.second; }

}  // namespace mensa
