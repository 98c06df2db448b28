#pragma once

#include <string>

#include "explore/design/design_report.h"

namespace mensa::explore {

/// The design as a system file: what `mensa check` and `--system` take, with what each accelerator
/// is for, and why it is as it is, as notes and comments. `command`: how it was asked for.
[[nodiscard]] std::string design_yaml(const DesignReport& report, const Platform& platform,
                                      const std::string& command);

}  // namespace mensa::explore
