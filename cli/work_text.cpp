#include "cli/work_text.h"

#include <fmt/format.h>

#include "traces/human.h"

namespace mensa::cli {

std::string work_text(const models::Work& work) {
  if (const auto* mac = std::get_if<models::MacWork>(&work)) return mac->shape.to_string();
  if (const auto* vector = std::get_if<models::VectorWork>(&work)) {
    return fmt::format("{} operations", traces::si_count(vector->operations()));
  }
  return fmt::format("{} elements moved",
                     traces::si_count(std::get<models::MoveWork>(work).elements));
}

}  // namespace mensa::cli
