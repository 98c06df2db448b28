#include "accelerators/dataflows/dataflow_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

std::vector<models::Dim> read_dims(const base::YamlValue& list) {
  std::vector<models::Dim> dims;
  for (const base::YamlValue& entry : list.sequence()) {
    const std::string name = entry.string();
    const models::Dim dim = located(entry, [&] { return models::dim_from_string(name); });
    if (std::find(dims.begin(), dims.end(), dim) != dims.end()) {
      throw entry.error(fmt::format("the dimension {} stands here twice", name));
    }
    dims.push_back(dim);
  }
  return dims;
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
                     Movement outputs) {
  if (outputs == Movement::kReduced || outputs == Movement::kForwarded) return;
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
  const base::YamlValue movement = map.required("movement");
  const auto folds_overlap = map.optional("folds_overlap");
  const auto source = map.optional("source");
  const auto grade = map.optional("grade");
  map.finish();

  Dataflow dataflow;
  dataflow.name = name.string();
  if (description) dataflow.description = description->string();
  if (notes) static_cast<void>(notes->string());
  dataflow.row_dims = read_dims(rows);
  dataflow.column_dims = read_dims(columns);
  dataflow.stationary = read_operand(stationary);
  if (register_dims) dataflow.register_dims = read_dims(*register_dims);
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
  check_reduction(rows, dataflow.row_dims, outputs);
  check_reduction(columns, dataflow.column_dims, outputs);
  return dataflow;
}

}  // namespace mensa::accelerators
