#include "onnx_import/inference/evaluation/index_space.h"

#include "onnx_import/inference/evaluation/values.h"

namespace mensa::onnx_import {

std::int64_t position_of(const Index& index, const Shape& shape) {
  std::int64_t position = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) position = position * shape[i] + index[i];
  return position;
}

void take(TypeContext& node, std::size_t output, std::size_t input, const Positions& positions) {
  if (!node.has_output(output)) return;
  with_kept_type(node.output(output).type, [&](auto kept) {
    using T = typename decltype(kept)::type;
    const std::vector<T>* from = values_of<T>(node.input(input));
    if (from == nullptr) return;
    std::vector<T> values;
    values.reserve(positions.size());
    for (const std::int64_t at : positions)
      values.push_back(from->at(static_cast<std::size_t>(at)));
    set_values(node, output, std::move(values));
  });
}

std::int64_t extent_product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t i = begin; i < end; ++i) product *= shape[i];
  return product;
}

}  // namespace mensa::onnx_import
