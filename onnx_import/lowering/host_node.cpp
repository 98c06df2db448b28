#include "onnx_import/lowering/host_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/units.h"

namespace mensa::onnx_import {

void lower_on_host(LayerContext& node) {
  DraftLayer entry = node.new_layer();
  models::VectorWork work{0, 0, 1};
  std::int64_t constants = 0;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    if (!node.has_input(i)) continue;
    node.add_operand(entry, i);
    (node.input(i).constant ? constants : work.elements_in) += node.elements(i);
  }
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (!node.output_used(i)) continue;
    work.elements_out += node.output_elements(i);
    entry.layer.outputs.push_back(node.write(i));
  }
  const std::int64_t touched = work.elements_in + constants + work.elements_out;
  work.operations_per_element =
      base::ceil_div(touched, std::max<std::int64_t>(1, work.elements_out));
  entry.layer.work = work;
  entry.layer.host_only = true;
  entry.layer.approximation =
      fmt::format("not supported ({}): counted as one operation for each element read or written",
                  node.node().unsupported.value());
  entry.integers = IntegerForm::kNone;
  node.add(std::move(entry));
}

}  // namespace mensa::onnx_import
