#pragma once

#include <string>

#include "traces/report.h"

namespace mensa::traces {

/// For people: what zeros did, layer by layer; empty where no accelerator makes anything of them.
[[nodiscard]] std::string sparsity_table(const Report& report);

/// For people: which kernels ran how much of the model, and what became of its MACs; empty without
/// MACs.
[[nodiscard]] std::string kernel_table(const Report& report);

}  // namespace mensa::traces
