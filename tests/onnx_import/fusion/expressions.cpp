#include "tests/onnx_import/fusion/expressions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <sstream>
#include <stdexcept>

namespace mensa::onnx_import {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    std::erase_if(part, [](unsigned char c) { return std::isspace(c) != 0; });
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

bool is_literal(const std::string& text) {
  return std::isdigit(static_cast<unsigned char>(text[0])) != 0 || text[0] == '-';
}

void set_brackets(NodeBuilder& node, const std::string& op, const std::string& inside) {
  std::vector<std::int64_t> values;
  for (const std::string& value : split(inside, ',')) values.push_back(std::stoll(value));
  if (op.starts_with("Reduce")) {
    node.integers("axes", values);
  } else if (op == "Transpose") {
    node.integers("perm", values);
  } else {
    node.integer(op == "Cast" ? "to" : "axis", values.at(0));
  }
}

}  // namespace

void add_expressions(GraphBuilder& model, const std::string& text) {
  for (const std::string& line : split(text, ';')) {
    const auto equals = line.find('=');
    const auto open = line.find('(');
    if (equals == std::string::npos || open == std::string::npos) {
      throw std::runtime_error("no expression: " + line);
    }
    const std::string result = line.substr(0, equals);
    std::string op = line.substr(equals + 1, open - equals - 1);
    std::string inside;
    if (const auto bracket = op.find('['); bracket != std::string::npos) {
      inside = op.substr(bracket + 1, op.size() - bracket - 2);
      op.resize(bracket);
    }
    std::vector<std::string> operands = split(line.substr(open + 1, line.size() - open - 2), ',');
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!is_literal(operands[i])) continue;
      const std::string name = fmt::format("{}_operand_{}", result, i);
      model.floats(name, {}, {std::stof(operands[i])});
      operands[i] = name;
    }
    NodeBuilder node = model.node(op, operands, {result}, result);
    if (!inside.empty()) set_brackets(node, op, inside);
  }
}

models::Graph import_expressions(const std::string& text, const ImportOptions& options) {
  ModelBuilder model;
  model.input("x", {2, 5, 8}).weights("scale", {8}).weights("shift", {8}).output("y");
  add_expressions(model, text);
  return model.import(options);
}

std::string ops_text(const models::Graph& graph) {
  std::vector<std::string> ops;
  for (const models::LayerId id : graph.topological_order()) {
    const models::Layer& layer = graph.layer(id);
    std::string text = layer.op;
    for (const models::Epilogue& fused : layer.epilogue) text += "+" + fused.op;
    ops.push_back(text);
  }
  return fmt::format("{}", fmt::join(ops, " "));
}

}  // namespace mensa::onnx_import
