#include "tests/onnx_import/oracle/importing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/import.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/typed_graph.h"

namespace mensa::onnx_import {
namespace {

Outcome read_with(const RecordedCase& recorded, std::size_t first_bound) {
  ImportOptions options;
  options.constants = constants_of(recorded, first_bound);
  try {
    return {"", read_typed_graph(recorded.model_path, options)};
  } catch (const base::Error& error) {
    return {error.what(), std::nullopt};
  }
}

bool has_layers(const OperatorGraph& graph) {
  for (const Node& node : graph.main.nodes) {
    for (const auto& output : node.outputs) {
      if (!output) continue;
      const Value& value = graph.value(*output);
      if (value.used && !value.constant && !value.view_of) return true;
    }
  }
  return false;
}

/// The text of the error that lowering ends with; empty without one.
std::string lowering_error(const RecordedCase& recorded, std::size_t first_bound) {
  ImportOptions options;
  options.constants = constants_of(recorded, first_bound);
  try {
    (void)import_file(recorded.model_path, options);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

bool equal(double ours, double theirs, double tolerance) {
  if (std::isnan(ours) || std::isnan(theirs)) return std::isnan(ours) && std::isnan(theirs);
  return ours == theirs || std::abs(ours - theirs) <= tolerance * std::max(1.0, std::abs(theirs));
}

std::string float_difference(const std::vector<double>& ours, const RecordedTensor& recorded) {
  const auto* theirs = std::get_if<std::vector<double>>(&*recorded.values);
  if (theirs == nullptr || theirs->size() != ours.size()) return "values of another kind or number";
  // Recorded values were computed in single precision, some of them in half. Those of functions
  // that ONNX expands into operators are the function's own: the expanded windows use 3.1415 for
  // pi.
  double tolerance = 1e-4;
  if (recorded.type == onnx::TensorProto::FLOAT16) tolerance = 2e-3;
  // One in the last place: bfloat16 was cut off, not rounded.
  if (recorded.type == onnx::TensorProto::BFLOAT16) tolerance = 0x1p-7;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (!equal(ours[i], (*theirs)[i], tolerance)) {
      return fmt::format("element {} is {}, recorded {}", i, ours[i], (*theirs)[i]);
    }
  }
  return "";
}

std::string integer_difference(const std::vector<std::int64_t>& ours,
                               const RecordedTensor& recorded) {
  const auto* theirs = std::get_if<std::vector<std::int64_t>>(&*recorded.values);
  if (theirs == nullptr || theirs->size() != ours.size()) return "values of another kind or number";
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] != (*theirs)[i]) {
      return fmt::format("element {} is {}, recorded {}", i, ours[i], (*theirs)[i]);
    }
  }
  return "";
}

}  // namespace

Outcome import_case(const RecordedCase& recorded) {
  Outcome outcome;
  for (const std::size_t first_bound : {recorded.inputs.size(), std::size_t{1}, std::size_t{0}}) {
    outcome = read_with(recorded, first_bound);
    if (!outcome.graph) continue;
    if (has_layers(*outcome.graph)) outcome.refusal = lowering_error(recorded, first_bound);
    break;
  }
  return outcome;
}

Outcome fold_case(const RecordedCase& recorded) { return read_with(recorded, 0); }

std::string type_differences(const RecordedCase& recorded, const OperatorGraph& graph) {
  std::string text;
  for (std::size_t i = 0; i < recorded.outputs.size(); ++i) {
    const RecordedTensor& theirs = recorded.outputs[i];
    const Value& ours = graph.value(graph.main.outputs[i]);
    if (ours.shape == theirs.shape && element_type(theirs.type) == ours.type) continue;
    text += fmt::format("output '{}' is {} [{}], recorded {} [{}]\n", theirs.name,
                        models::to_string(ours.type), fmt::join(ours.shape, ", "),
                        onnx_type_name(theirs.type), fmt::join(theirs.shape, ", "));
  }
  return text;
}

std::string value_differences(const RecordedCase& recorded, const OperatorGraph& graph,
                              int& compared) {
  std::string text;
  for (std::size_t i = 0; i < recorded.outputs.size(); ++i) {
    const RecordedTensor& theirs = recorded.outputs[i];
    const Value& ours = graph.value(graph.main.outputs[i]);
    if (!theirs.values || (!ours.integers && !ours.floats)) continue;
    ++compared;
    const std::string difference = ours.floats ? float_difference(*ours.floats, theirs)
                                               : integer_difference(*ours.integers, theirs);
    if (!difference.empty()) text += fmt::format("output '{}': {}\n", theirs.name, difference);
  }
  return text;
}

}  // namespace mensa::onnx_import
