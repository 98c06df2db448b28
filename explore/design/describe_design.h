#pragma once

#include <memory>
#include <string>
#include <vector>

#include "explore/design/design_report.h"

namespace mensa::explore {

/// Sets accelerators, host_time_share and origin of `report` from what a designer found: what each
/// accelerator does, what it is called, what else it could be and why it is not.
void describe_accelerators(const PlatformDesign& found, const Platform& platform,
                           const std::vector<DesignModel>& models, const SchedulingRules& rules,
                           const std::shared_ptr<accelerators::SharedMappings>& mappings,
                           DesignReport& report);

/// "32x32 pascal at stack.external, 128 KiB of weights, 256 KiB of activations".
[[nodiscard]] std::string to_text(const Platform& platform, const Blueprint& blueprint);
/// "128 KiB", "1536 KiB", "none".
[[nodiscard]] std::string buffer_text(base::Bytes capacity);

}  // namespace mensa::explore
