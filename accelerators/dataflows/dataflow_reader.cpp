#include "accelerators/dataflows/dataflow_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

/// A list of dimensions; where `groups` is given, an entry may be a list that unrolls as one.
std::vector<models::Dim> read_dims(const base::YamlValue& list,
                                   std::vector<models::DimSet>* groups = nullptr) {
  std::vector<models::Dim> dims;
  for (const base::YamlValue& entry : list.sequence()) {
    if (groups != nullptr && entry.node().kind() == base::YamlNode::Kind::kSequence) {
      models::DimSet group;
      for (const models::Dim dim : read_dims(entry)) group.insert(dim);
      if (!group.within(models::kPixelDims) && !group.within(models::kWindowDims)) {
        throw entry.error(
            "only output positions (N D P Q) or only window dimensions (C T R S) "
            "unroll as one");
      }
      groups->push_back(group);
      continue;
    }
    const std::string name = entry.string();
    const models::Dim dim = located(entry, [&] { return models::dim_from_string(name); });
    if (std::find(dims.begin(), dims.end(), dim) != dims.end()) {
      throw entry.error(fmt::format("the dimension {} stands here twice", name));
    }
    dims.push_back(dim);
  }
  return dims;
}

/// "any", "stationary", or lists of dimensions, outermost list first; what no list names stands
/// outside all of them.
std::vector<models::DimSet> read_loop_order(const base::YamlValue& value) {
  if (value.node().kind() == base::YamlNode::Kind::kScalar) {
    const std::string name = value.string();
    if (name == "any") return {models::kEveryDim};
    if (name == "stationary") return {};
    throw value.error(base::unknown_name_message("loop order", name, {"any", "stationary"}) +
                      ", or lists of dimensions");
  }
  std::vector<models::DimSet> blocks(1);
  models::DimSet named;
  for (const base::YamlValue& entry : value.sequence()) {
    models::DimSet block;
    for (const models::Dim dim : read_dims(entry)) {
      if (named.contains(dim)) {
        throw entry.error(
            fmt::format("the dimension {} stands in two lists", models::to_string(dim)));
      }
      named.insert(dim);
      block.insert(dim);
    }
    blocks.push_back(block);
  }
  for (const models::Dim dim : models::kAllDims) {
    if (!named.contains(dim)) blocks.front().insert(dim);
  }
  return blocks;
}

Movement read_movement(const base::YamlValue& value, models::MacOperand operand) {
  const std::string name = value.string();
  const Movement movement = located(value, [&] { return movement_from_string(name); });
  const Movement impossible =
      operand == models::MacOperand::kOutputs ? Movement::kMulticast : Movement::kReduced;
  if (movement == impossible) {
    throw value.error(fmt::format("{} cannot be {}", models::to_string(operand), name));
  }
  return movement;
}

void check_reduction(const base::YamlValue& axis, const std::vector<models::Dim>& dims,
                     const std::vector<models::DimSet>& groups, Movement outputs) {
  if (outputs == Movement::kReduced || outputs == Movement::kForwarded) return;
  for (const models::DimSet group : groups) {
    if (!group.within(models::kWindowDims)) continue;
    throw axis.error(
        "window dimensions sum over PEs, so movement.outputs must be reduced or forwarded");
  }
  for (const models::Dim dim : dims) {
    if (models::is_relevant(models::MacOperand::kOutputs, dim)) continue;
    throw axis.error(
        fmt::format("{} sums over PEs, so movement.outputs must be reduced or forwarded",
                    models::to_string(dim)));
  }
}

}  // namespace

Dataflow read_dataflow(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue name = map.required("name");
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue rows = map.required("rows");
  const base::YamlValue columns = map.required("columns");
  const base::YamlValue stationary = map.required("stationary");
  const auto register_dims = map.optional("register_dims");
  const auto loop_order = map.optional("loop_order");
  const base::YamlValue movement = map.required("movement");
  const auto folds_overlap = map.optional("folds_overlap");
  const auto source = map.optional("source");
  const auto grade = map.optional("grade");
  map.finish();

  Dataflow dataflow;
  dataflow.name = name.string();
  if (description) dataflow.description = description->string();
  if (notes) static_cast<void>(notes->string());
  dataflow.row_dims = read_dims(rows, &dataflow.row_groups);
  dataflow.column_dims = read_dims(columns, &dataflow.column_groups);
  dataflow.stationary = read_operand(stationary);
  if (register_dims) dataflow.register_dims = read_dims(*register_dims);
  if (loop_order) dataflow.loop_blocks = read_loop_order(*loop_order);
  base::YamlMap movements = movement.map();
  for (const models::MacOperand operand : models::kAllMacOperands) {
    dataflow.movement[models::index(operand)] =
        read_movement(movements.required(models::to_string(operand)), operand);
  }
  movements.finish();
  if (folds_overlap) dataflow.folds_overlap = folds_overlap->boolean();
  if (source) static_cast<void>(source->string());
  if (grade) static_cast<void>(read_grade(*grade));

  const Movement outputs = dataflow.movement_of(models::MacOperand::kOutputs);
  check_reduction(rows, dataflow.row_dims, dataflow.row_groups, outputs);
  check_reduction(columns, dataflow.column_dims, dataflow.column_groups, outputs);
  return dataflow;
}

}  // namespace mensa::accelerators
