#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/execution/executor.h"
#include "onnx_import/typed_graph.h"
#include "tests/onnx_import/oracle/recorded_case.h"

// Every model of ONNX's own test data whose operators have kernels is executed, and gives the
// outputs that ONNX's reference recorded.

namespace mensa::onnx_import {
namespace {

/// Of cases that were executed: somewhat below what was counted when this was written (593, and 7
/// at least of other kinds), so that the comparison does not come to nothing unseen.
constexpr int kLeastOfNodes = 587;
constexpr int kLeastOfOthers = 5;

struct ExecutionTally {
  int cases = 0;
  int executed = 0;
};

/// The kernels of the case, ready to run; none where import or execution takes no such model.
/// Inputs that must be known at import are bound as constants: all but the first.
std::optional<Executor> executor_of(const RecordedCase& recorded) {
  for (const std::size_t first_bound : {recorded.inputs.size(), std::size_t{1}}) {
    ImportOptions options;
    options.constants = constants_of(recorded, first_bound);
    std::optional<OperatorGraph> graph;
    try {
      graph = read_executable_graph(recorded.model_path, options);
    } catch (const base::Error&) {
      continue;
    }
    try {
      return Executor(std::move(*graph));
    } catch (const base::Error& error) {
      const std::string what = error.what();
      const bool refused = what.find("cannot be executed") != std::string::npos ||
                           what.find("is not executed") != std::string::npos ||
                           what.find("are not executed") != std::string::npos ||
                           what.find("elements are not in the model") != std::string::npos;
      if (!refused) ADD_FAILURE() << what;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

/// Whether the inputs have the shapes that the model declares: some that say but a type have not.
bool fits(const RecordedCase& recorded, const OperatorGraph& graph) {
  for (const ValueId id : graph.main.inputs) {
    for (const RecordedTensor& input : recorded.inputs) {
      if (input.name == graph.value(id).name && input.shape != graph.value(id).shape) return false;
    }
  }
  return true;
}

Executor::Tensors recorded_inputs(const RecordedCase& recorded, const OperatorGraph& graph) {
  Executor::Tensors inputs;
  for (const ValueId id : graph.main.inputs) {
    for (const RecordedTensor& input : recorded.inputs) {
      if (input.name != graph.value(id).name || !input.values) continue;
      TensorValue value{input.shape, {}};
      if (const auto* floats = std::get_if<std::vector<double>>(&*input.values)) {
        value.elements = std::vector<float>(floats->begin(), floats->end());
      } else {
        value.elements = std::get<std::vector<std::int64_t>>(*input.values);
      }
      inputs.emplace(input.name, std::move(value));
    }
  }
  return inputs;
}

/// Of the cases in double precision some have results that no float holds.
double within_floats(double number) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::abs(number) <= kMost || std::isnan(number)) return number;
  return std::copysign(std::numeric_limits<double>::infinity(), number);
}

bool close(double ours, double theirs, double tolerance) {
  theirs = within_floats(theirs);
  if (std::isnan(ours) || std::isnan(theirs)) return std::isnan(ours) && std::isnan(theirs);
  return ours == theirs || std::abs(ours - theirs) <= tolerance * std::max(1.0, std::abs(theirs));
}

std::string difference(const RecordedTensor& theirs, const TensorValue& ours) {
  if (ours.shape != theirs.shape) return "another shape";
  if (!theirs.values) return "not recorded as numbers";
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&ours.elements)) {
    const auto* recorded = std::get_if<std::vector<std::int64_t>>(&*theirs.values);
    return recorded != nullptr && *recorded == *integers ? "" : "other integers";
  }
  const auto& floats = std::get<std::vector<float>>(ours.elements);
  const auto* recorded = std::get_if<std::vector<double>>(&*theirs.values);
  if (recorded == nullptr || recorded->size() != floats.size()) return "another number of floats";
  double tolerance = 1e-4;
  // Recorded values were computed in half precision; those of bfloat16 were cut off, not rounded.
  if (theirs.type == onnx::TensorProto::FLOAT16) tolerance = 2e-3;
  if (theirs.type == onnx::TensorProto::BFLOAT16) tolerance = 0x1p-7;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (!close(floats[i], (*recorded)[i], tolerance)) {
      return fmt::format("element {} is {}, recorded {}", i, floats[i], (*recorded)[i]);
    }
  }
  return "";
}

void check(const std::string& name, ExecutionTally& tally) {
  SCOPED_TRACE(name);
  const RecordedCase recorded = read_recorded_case(name);
  ++tally.cases;
  std::optional<Executor> executor = executor_of(recorded);
  if (!executor || !fits(recorded, executor->graph())) return;
  try {
    bool computed = false;
    const Executor::Tensors outputs =
        executor->run(recorded_inputs(recorded, executor->graph()),
                      [&](const Value&, const TensorValue&) { computed = true; });
    for (const RecordedTensor& output : recorded.outputs) {
      EXPECT_EQ(difference(output, outputs.at(output.name)), "") << "output " << output.name;
    }
    // Others are known at import.
    if (computed) ++tally.executed;
  } catch (const base::Error& error) {
    ADD_FAILURE() << error.what();
  }
}

class ExecutedCases : public testing::TestWithParam<std::string> {};

TEST_P(ExecutedCases, give_the_recorded_outputs) {
  ExecutionTally tally;
  for (const std::string& name : recorded_case_names(GetParam())) check(name, tally);
  std::cout << fmt::format("{}: {} of {} cases executed\n", GetParam(), tally.executed,
                           tally.cases);
  EXPECT_GE(tally.executed, GetParam() == "node" ? kLeastOfNodes : kLeastOfOthers);
}

INSTANTIATE_TEST_SUITE_P(Onnx, ExecutedCases,
                         testing::Values("node", "simple", "pytorch-operator",
                                         "pytorch-converted"));

}  // namespace
}  // namespace mensa::onnx_import
