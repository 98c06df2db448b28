#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "onnx_import/execution/plan.h"
#include "onnx_import/execution/tensor_value.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Bytes of all tensors held at a time while a network is executed, unless the caller says another
/// bound: seven times what VGG-19 takes (0.6 GB), whose first fully connected layer has more
/// weights than any other layer of the classic image networks.
inline constexpr std::int64_t kMostExecutionBytes = std::int64_t{1} << 32;

/// Executes a network on the CPU, in fp32 whatever widths its floats have: the reference of what
/// its tensors hold, made for measuring them and not for speed. One thread.
class Executor {
 public:
  /// Called with each tensor that a node made, just then; those known from the model alone are left
  /// out. `value` has its name and says whether it is a view of another.
  using Observer = std::function<void(const Value& value, const TensorValue& tensor)>;
  using Tensors = std::map<std::string, TensorValue>;

  /// Takes a graph as read_executable_graph leaves it. Throws base::Error as plan_execution does.
  explicit Executor(OperatorGraph graph, std::int64_t most_bytes = kMostExecutionBytes);

  [[nodiscard]] const OperatorGraph& graph() const { return graph_; }
  /// Bytes of all tensors at the node where they are most.
  [[nodiscard]] std::int64_t peak_bytes() const { return plan_.peak_bytes; }

  /// The model's outputs by name, for a tensor for each of its inputs. Tensors are freed after
  /// their last reader, so that an observer is the only one to see those between. Throws
  /// base::Error where an input is missing, unknown or of another shape or kind than the graph's,
  /// and where a node cannot be computed (an index outside of its axis).
  [[nodiscard]] Tensors run(const Tensors& inputs, const Observer& observer = {});

 private:
  OperatorGraph graph_;
  ExecutionPlan plan_;
};

}  // namespace mensa::onnx_import
