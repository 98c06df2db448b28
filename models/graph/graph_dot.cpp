#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "models/graph/graph.h"

namespace mensa::models {
namespace {

std::string dot_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string work_text(const Work& work) {
  if (const auto* mac = std::get_if<MacWork>(&work)) return mac->shape.to_string();
  if (const auto* vector = std::get_if<VectorWork>(&work)) {
    return fmt::format("{} operations", vector->operations());
  }
  return fmt::format("{} elements moved", std::get<MoveWork>(work).elements);
}

std::string layer_text(const Layer& layer) {
  std::string text = fmt::format("{}\n{}\n{}", layer.name, layer.op, work_text(layer.work));
  for (const Epilogue& fused : layer.epilogue) text += fmt::format("\n+ {}", fused.op);
  return text;
}

void write_node(std::ostream& out, const Layer& layer) {
  const char* shape = std::holds_alternative<MacWork>(layer.work)      ? "box"
                      : std::holds_alternative<VectorWork>(layer.work) ? "ellipse"
                                                                       : "parallelogram";
  out << fmt::format("  l{} [shape={}, label={}];\n", layer.id.index(), shape,
                     dot_quoted(layer_text(layer)));
}

std::string shape_text(const Tensor& tensor) {
  return fmt::format("{}{}", fmt::join(tensor.shape, "x"), tensor.per_step_of ? " per step" : "");
}

}  // namespace

void Graph::write_dot(std::ostream& out) const {
  out << "digraph " << dot_quoted(name()) << " {\n";
  for (const Recurrence& loop : recurrences()) {
    out << fmt::format("  subgraph cluster_{} {{\n  label={};\n", loop.id.index(),
                       dot_quoted(fmt::format("{} ({} steps)", loop.name, loop.steps)));
    for (const Layer& layer : layers()) {
      if (layer.recurrence == loop.id) write_node(out, layer);
    }
    out << "  }\n";
  }
  for (const Layer& layer : layers()) {
    if (!layer.recurrence) write_node(out, layer);
  }
  for (const Layer& layer : layers()) {
    for (const TensorId id : layer.outputs) {
      for (const LayerId reader : consumers(id)) {
        out << fmt::format("  l{} -> l{} [label={}];\n", layer.id.index(), reader.index(),
                           dot_quoted(shape_text(tensor(id))));
      }
    }
    // What one step leaves for the next is no edge of the graph, and drawn dashed.
    for (const TensorId id : activation_inputs(layer)) {
      const auto& state = tensor(id).recurrent_state;
      if (!state || !state->next) continue;
      if (const auto writer = producer(*state->next)) {
        out << fmt::format("  l{} -> l{} [style=dashed, constraint=false, label={}];\n",
                           writer->index(), layer.id.index(), dot_quoted(tensor(id).name));
      }
    }
  }
  out << "}\n";
}

}  // namespace mensa::models
