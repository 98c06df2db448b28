#include "accelerators/mapping/mapping.h"

#include <fmt/format.h>

#include <algorithm>

namespace mensa::accelerators {

models::Dim Mapping::walking_dim(models::Dim dim) const {
  const GroupUnroll* group = group_of(dim);
  if (group == nullptr) return dim;
  const auto& order = at(Level::kBuffers).order;
  return *std::find_if(order.begin(), order.end(),
                       [&](models::Dim member) { return group->dims.contains(member); });
}

std::int64_t Mapping::walked_extent(models::Dim dim, const models::DimArray& extents) const {
  const GroupUnroll* group = group_of(dim);
  return group == nullptr ? extents[models::index(dim)] : models::product(extents, group->dims);
}

models::DimSet Mapping::walked_in_buffers() const {
  models::DimSet walked;
  for (const models::Dim dim : models::kAllDims) {
    if (walked_extent(dim, at(Level::kBuffers).tile) > walked_step(dim)) walked.insert(dim);
  }
  return walked;
}

std::string Mapping::to_string() const {
  std::string text;
  const auto section = [&](std::string_view name, const std::string& loops) {
    if (loops.empty()) return;
    if (!text.empty()) text += ' ';
    text += fmt::format("{}[{}]", name, loops);
  };
  const auto add_loop = [](std::string& list, const std::string& name, std::int64_t iterations) {
    if (iterations <= 1) return;
    if (!list.empty()) list += ' ';
    list += fmt::format("{}{}", name, iterations);
  };
  const auto name_of = [&](models::Dim dim) {
    const GroupUnroll* group = group_of(dim);
    if (group == nullptr) return std::string(models::to_string(dim));
    std::string names = "(";
    for (const models::Dim member : models::kAllDims) {
      if (group->dims.contains(member) && at(Level::kDram).tile[models::index(member)] > 1) {
        names += models::to_string(member);
      }
    }
    return names + ")";
  };

  std::string loops;
  for (const models::Dim dim : at(Level::kDram).order) {
    const std::size_t d = models::index(dim);
    add_loop(loops, std::string(models::to_string(dim)),
             base::ceil_div(at(Level::kDram).tile[d], at(Level::kBuffers).tile[d]));
  }
  section("dram", loops);
  loops.clear();
  for (const models::Dim dim : at(Level::kBuffers).order) {
    if (walking_dim(dim) != dim) continue;
    add_loop(loops, name_of(dim),
             base::ceil_div(walked_extent(dim, at(Level::kBuffers).tile), walked_step(dim)));
  }
  section("buffers", loops);
  constexpr std::array<std::string_view, 2> kAxes = {"rows", "columns"};
  for (std::size_t axis = 0; axis < kAxes.size(); ++axis) {
    loops.clear();
    for (const models::Dim dim : models::kAllDims) {
      add_loop(loops, std::string(models::to_string(dim)),
               (axis == 0 ? row_unroll : column_unroll)[models::index(dim)]);
      const GroupUnroll& group = groups[axis];
      if (group.dims.contains(dim) && walking_dim(dim) == dim) {
        add_loop(loops, name_of(dim), group.factor);
      }
    }
    section(kAxes[axis], loops);
  }
  loops.clear();
  for (const models::Dim dim : at(Level::kRegisters).order) {
    add_loop(loops, std::string(models::to_string(dim)),
             at(Level::kRegisters).tile[models::index(dim)]);
  }
  section("registers", loops);
  return text.empty() ? "single" : text;
}

std::string Infeasible::to_string() const {
  return fmt::format("{} needs {} but has {}; {}", resource, need, have, hint);
}

}  // namespace mensa::accelerators
