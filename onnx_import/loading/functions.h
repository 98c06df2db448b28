#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "onnx_import/loading/scope.h"

namespace mensa::onnx_import {

/// A function that a model brings along for its nodes to call.
struct Function {
  const onnx::FunctionProto* proto = nullptr;
  std::string title;                           ///< "domain.name", for messages
  std::vector<onnx::AttributeProto> defaults;  ///< of its attributes
  std::int64_t opset = 0;                      ///< of ONNX's own operators in its body
  std::size_t bytes = 0;                       ///< in memory, as protobuf holds it
  std::size_t names = 0;                       ///< that a call makes: of nodes and values
};

/// The functions of one model.
class FunctionTable {
 public:
  /// `opset` holds where a function names none. Throws base::Error for a function that is defined
  /// twice or whose operator set is not one that mensa reads.
  FunctionTable(const onnx::ModelProto& model, std::int64_t opset);

  /// The function that a node calls; null where it is an operator. A function hides the operator of
  /// its name.
  [[nodiscard]] const Function* find(const onnx::NodeProto& node) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // domain, name, overload
  std::map<Key, Function> functions_;
};

/// An attribute as a call gives it, and where it is written.
struct ActualAttribute {
  const onnx::AttributeProto* proto = nullptr;
  Scope* scope = nullptr;
  const struct Call* call = nullptr;
};

/// A call whose function's body is being copied in.
struct Call {
  const Function* function = nullptr;
  const Call* caller = nullptr;  ///< the call that this one is in; null in the model's graphs
  std::string prefix;            ///< of the names in the body: "name of the call/"
  std::map<std::string_view, ActualAttribute> attributes;
};

/// ONNX's own domain has two names.
[[nodiscard]] inline std::string plain_domain(const std::string& domain) {
  return domain == "ai.onnx" ? "" : domain;
}

}  // namespace mensa::onnx_import
