#pragma once

#include <map>
#include <string>

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// Of the bandwidth of its port, what an accelerator gets, in (0, 1]; by name. Who is not there
/// gets all.
using BandwidthShares = std::map<std::string, double>;

/// The system as it looks to accelerators that get these shares: each has a port of its own with
/// what is left to it. What a schedule is planned with, not what is simulated. Ids are those of
/// `system`; ports are added behind its own. Throws base::Error on an unknown accelerator (the host
/// has no share) or a share outside of (0, 1].
[[nodiscard]] System with_bandwidth_shares(const System& system, const BandwidthShares& shares);

}  // namespace mensa::accelerators
