#include "accelerators/spec/bandwidth_shares.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace mensa::accelerators {

System with_bandwidth_shares(const System& system, const BandwidthShares& shares) {
  System result = system;
  for (const auto& [name, share] : shares) {
    Accelerator& accelerator = result.accelerators[system.accelerator(name).id.index()];
    if (!(share > 0 && share <= 1)) {
      throw base::Error(fmt::format(
          "{} cannot have {} of its port's bandwidth; expected more than 0 and at most 1", name,
          share));
    }
    MemoryPort port = system.port(accelerator.port);
    port.id = PortId(result.ports.size());
    port.name += "_of_" + name;
    port.bandwidth = port.bandwidth * share;
    result.memories[port.memory.index()].ports.push_back(port.id);
    accelerator.port = port.id;
    result.ports.push_back(std::move(port));
  }
  return result;
}

}  // namespace mensa::accelerators
