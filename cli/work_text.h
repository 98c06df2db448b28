#pragma once

#include <string>

#include "models/graph/layer.h"

namespace mensa::cli {

/// A layer's work of one step, for people: "K=2000 C=320", "18 k operations".
[[nodiscard]] std::string work_text(const models::Work& work);

}  // namespace mensa::cli
