#include "accelerators/mapping/mapping_yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;

namespace {

constexpr std::string_view kSchema = "mensa-mapping/1";

std::string factors_to_yaml(const DimArray& factors) {
  std::string text;
  for (const Dim dim : models::kAllDims) {
    if (factors[index(dim)] == 1) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", models::to_string(dim),
                        factors[index(dim)]);
  }
  return "{" + text + "}";
}

std::string order_to_yaml(const std::array<Dim, models::kDimCount>& order) {
  std::string text;
  for (const Dim dim : order) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", models::to_string(dim));
  }
  return "[" + text + "]";
}

std::string group_to_yaml(const GroupUnroll& group) {
  std::string names;
  for (const Dim dim : models::kAllDims) {
    if (!group.dims.contains(dim)) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", models::to_string(dim));
  }
  return fmt::format("{{dims: [{}], factor: {}}}", names, group.factor);
}

Dim read_dim(const base::YamlValue& value, const std::string& name) {
  try {
    return models::dim_from_string(name);
  } catch (const base::Error& unknown) {
    throw value.error(unknown.what());
  }
}

/// {K: 16, P: 4}: factors from 1 to the bounds, `otherwise` for what is left out.
DimArray read_factors(const base::YamlValue& value, const models::ProblemShape& shape,
                      const DimArray& otherwise) {
  DimArray factors = otherwise;
  for (const auto& [name, entry] : value.map().all()) {
    const Dim dim = read_dim(entry, name);
    factors[index(dim)] = entry.integer(1, shape.bound(dim));
  }
  return factors;
}

std::array<Dim, models::kDimCount> read_order(const base::YamlValue& value) {
  std::array<Dim, models::kDimCount> order{};
  std::size_t count = 0;
  models::DimSet named;
  for (const base::YamlValue& entry : value.sequence()) {
    const Dim dim = read_dim(entry, entry.string());
    if (named.contains(dim)) {
      throw entry.error(fmt::format("the dimension {} stands here twice", models::to_string(dim)));
    }
    named.insert(dim);
    order[count++] = dim;
  }
  for (const Dim dim : models::kAllDims) {
    if (!named.contains(dim)) order[count++] = dim;
  }
  return order;
}

GroupUnroll read_group(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  GroupUnroll group;
  for (const base::YamlValue& entry : map.required("dims").sequence()) {
    group.dims.insert(read_dim(entry, entry.string()));
  }
  constexpr std::int64_t kMostFactor = 65536;  // PEs on a side
  group.factor = map.required("factor").integer(1, kMostFactor);
  map.finish();
  return group;
}

}  // namespace

std::string mapping_to_yaml(const Mapping& mapping) {
  std::string text = fmt::format("schema: {}\n", kSchema);
  text += fmt::format("dram: {{order: {}}}\n", order_to_yaml(mapping.at(Level::kDram).order));
  for (const Level level : {Level::kBuffers, Level::kRegisters}) {
    text += fmt::format("{}: {{tile: {}, order: {}}}\n", to_string(level),
                        factors_to_yaml(mapping.at(level).tile),
                        order_to_yaml(mapping.at(level).order));
    if (level == Level::kRegisters) break;
    text += fmt::format("rows: {}\n", factors_to_yaml(mapping.row_unroll));
    text += fmt::format("columns: {}\n", factors_to_yaml(mapping.column_unroll));
    constexpr std::array<std::string_view, 2> kKeys = {"row_group", "column_group"};
    for (std::size_t axis = 0; axis < kKeys.size(); ++axis) {
      if (mapping.groups[axis].dims.empty()) continue;
      text += fmt::format("{}: {}\n", kKeys[axis], group_to_yaml(mapping.groups[axis]));
    }
  }
  return text;
}

Mapping read_mapping(const base::YamlNode& document, const models::ProblemShape& shape,
                     const std::array<Dim, models::kDimCount>& array_order) {
  base::YamlMap root(base::YamlValue(document, ""));
  const base::YamlValue schema = root.required("schema");
  if (schema.string() != kSchema) throw schema.error(fmt::format("must be {}", kSchema));
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  mapping.at(Level::kBuffers).tile = shape.bounds;
  mapping.at(Level::kBuffers).order = array_order;
  for (const Level level : {Level::kDram, Level::kBuffers, Level::kRegisters}) {
    const auto section = root.optional(to_string(level));
    if (!section) continue;
    base::YamlMap map = section->map();
    if (level != Level::kDram) {
      // A tile names what is above 1; without the key it keeps its default.
      if (const auto tile = map.optional("tile")) {
        mapping.at(level).tile = read_factors(*tile, shape, models::kUnitDims);
      }
    }
    if (const auto order = map.optional("order")) mapping.at(level).order = read_order(*order);
    map.finish();
  }
  if (const auto rows = root.optional("rows")) {
    mapping.row_unroll = read_factors(*rows, shape, models::kUnitDims);
  }
  if (const auto columns = root.optional("columns")) {
    mapping.column_unroll = read_factors(*columns, shape, models::kUnitDims);
  }
  if (const auto group = root.optional("row_group")) mapping.groups[0] = read_group(*group);
  if (const auto group = root.optional("column_group")) mapping.groups[1] = read_group(*group);
  root.finish();
  return mapping;
}

}  // namespace mensa::accelerators
