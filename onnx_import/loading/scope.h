#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The names that nodes see: of a graph, or of one call of a function.
struct Scope {
  struct Definition {
    std::optional<ValueId> value;  ///< none for an input that the call of a function leaves out
    std::string by;                ///< "an input", "an initializer", "node 'x'"
  };

  /// The scope of a graph that is an attribute: names are looked up in `seen_from` too, which is
  /// where the graph is written; `around` is where its node stands.
  static Scope of_inner_graph(Scope& seen_from, Scope& around) {
    Scope scope;
    scope.outer = &seen_from;
    scope.enclosing = around.block();
    return scope;
  }
  /// The scope of a function's body, whose nodes stand in the block of the call. It sees no names
  /// but its own.
  static Scope of_call(Scope& caller) {
    Scope scope;
    scope.block_of_call = caller.block();
    return scope;
  }

  /// The scope of the graph that the nodes become part of.
  [[nodiscard]] Scope* block() { return block_of_call != nullptr ? block_of_call : this; }

  Scope* outer = nullptr;
  Scope* enclosing = nullptr;
  Scope* block_of_call = nullptr;
  std::unordered_map<std::string_view, Definition> names;
  /// Values that stand ready for the names of a function's outputs.
  std::unordered_map<std::string_view, ValueId> promised;
  /// What the graph reads from outside, in the order of first use.
  std::vector<ValueId> captures;
  std::unordered_set<ValueId> captured;
};

}  // namespace mensa::onnx_import
