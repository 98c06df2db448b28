#include "onnx_import/inference/evaluation/evaluators.h"

#include <cassert>
#include <map>

namespace mensa::onnx_import {
namespace {

using EvaluatorTable = std::map<std::string_view, Evaluator>;

EvaluatorTable make_evaluator_table() {
  EvaluatorTable table;
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
  static const EvaluatorTable kEvaluators = make_evaluator_table();
  if (!domain.empty()) return nullptr;
  const auto found = kEvaluators.find(op);
  return found == kEvaluators.end() ? nullptr : &found->second;
}

}  // namespace mensa::onnx_import
