#include "accelerators/spec/bandwidth_shares.h"

#include <gtest/gtest.h>

#include <cmath>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

TEST(BandwidthShares, GiveAnAcceleratorAPortOfItsOwn) {
  const System system = load_system("mensa_g");
  const System less = with_bandwidth_shares(system, {{"pavlov", 0.25}});
  const Accelerator& pavlov = less.accelerator("pavlov");
  const MemoryPort& own = less.port(pavlov.port);
  const MemoryPort& shared = system.port(system.accelerator("pavlov").port);
  EXPECT_DOUBLE_EQ(own.bandwidth.value(), 0.25 * shared.bandwidth.value());
  EXPECT_EQ(own.latency, shared.latency);
  EXPECT_EQ(own.memory, shared.memory);
  EXPECT_EQ(own.energy_per_bit.nominal, shared.energy_per_bit.nominal);
  EXPECT_EQ(pavlov.id, system.accelerator("pavlov").id);
  // Nobody else's is touched, whoever shared it.
  for (const char* other : {"pascal", "jacquard"}) {
    EXPECT_EQ(less.accelerator(other).port, system.accelerator(other).port);
    EXPECT_EQ(less.port(less.accelerator(other).port).bandwidth,
              system.port(system.accelerator(other).port).bandwidth);
  }
}

TEST(BandwidthShares, AreChecked) {
  const System system = load_system("mensa_g");
  EXPECT_THROW(static_cast<void>(with_bandwidth_shares(system, {{"pavlof", 0.5}})), base::Error);
  for (const double share : {0.0, -1.0, 1.5, std::nan("")}) {
    EXPECT_THROW(static_cast<void>(with_bandwidth_shares(system, {{"pavlov", share}})),
                 base::Error);
  }
  EXPECT_EQ(with_bandwidth_shares(system, {{"pavlov", 1.0}}).ports.size(), system.ports.size() + 1);
}

}  // namespace
}  // namespace mensa::accelerators
