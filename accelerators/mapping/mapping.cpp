#include "accelerators/mapping/mapping.h"

#include <fmt/format.h>

namespace mensa::accelerators {

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, kLevelCount> kNames = {"dram", "buffers", "registers"};
  return kNames[index(level)];
}

std::string Mapping::to_string() const {
  std::string text;
  const auto section = [&](std::string_view name, const std::string& loops) {
    if (loops.empty()) return;
    if (!text.empty()) text += ' ';
    text += fmt::format("{}[{}]", name, loops);
  };
  const auto loops = [&](const std::array<models::Dim, models::kDimCount>& order, auto&& count) {
    std::string list;
    for (const models::Dim dim : order) {
      const std::int64_t iterations = count(dim);
      if (iterations <= 1) continue;
      if (!list.empty()) list += ' ';
      list += fmt::format("{}{}", models::to_string(dim), iterations);
    }
    return list;
  };
  section("dram", loops(at(Level::kDram).order, [&](models::Dim dim) {
            return base::ceil_div(at(Level::kDram).tile[models::index(dim)],
                                  at(Level::kBuffers).tile[models::index(dim)]);
          }));
  section("buffers", loops(at(Level::kBuffers).order, [&](models::Dim dim) {
            return base::ceil_div(at(Level::kBuffers).tile[models::index(dim)], pass_extent(dim));
          }));
  section("rows",
          loops(models::kAllDims, [&](models::Dim dim) { return row_unroll[models::index(dim)]; }));
  section("columns", loops(models::kAllDims,
                           [&](models::Dim dim) { return column_unroll[models::index(dim)]; }));
  section("registers", loops(at(Level::kRegisters).order, [&](models::Dim dim) {
            return at(Level::kRegisters).tile[models::index(dim)];
          }));
  return text.empty() ? "single" : text;
}

std::string Infeasible::to_string() const {
  return fmt::format("{} needs {} but has {}; {}", resource, need, have, hint);
}

}  // namespace mensa::accelerators
