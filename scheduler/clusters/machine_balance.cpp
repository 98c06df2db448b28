#include "scheduler/clusters/machine_balance.h"

#include <set>

namespace mensa::scheduler {

double machine_balance(const accelerators::System& system) {
  double macs_per_second = 0;
  std::set<accelerators::PortId> ports;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    macs_per_second += accelerator.peak_macs_per_second();
    ports.insert(accelerator.port);
  }
  double bytes_per_second = 0;
  for (const accelerators::PortId id : ports) {
    const accelerators::MemoryPort& port = system.port(id);
    const double directions = port.duplex == accelerators::Duplex::kFull ? 2 : 1;
    bytes_per_second += directions * port.bandwidth.value();
  }
  return macs_per_second / bytes_per_second;
}

}  // namespace mensa::scheduler
