#include "onnx_import/inference/evaluation/evaluators.h"

#include <cassert>
#include <map>

namespace mensa::onnx_import {
namespace {

using Table = std::map<std::string_view, Evaluator>;

Table make_table() {
  Table table;
  for (const auto make :
       {conversion_evaluators, elementwise_evaluators, generation_evaluators, indexing_evaluators,
        movement_evaluators, reduction_evaluators, unary_evaluators}) {
    for (const Evaluator& evaluator : make()) {
      [[maybe_unused]] const bool added = table.emplace(evaluator.op, evaluator).second;
      assert(added && "two evaluators of one operator");
    }
  }
  return table;
}

}  // namespace

const Evaluator* find_evaluator(std::string_view domain, std::string_view op) {
  static const Table kTable = make_table();
  if (!domain.empty()) return nullptr;
  const auto found = kTable.find(op);
  return found == kTable.end() ? nullptr : &found->second;
}

}  // namespace mensa::onnx_import
