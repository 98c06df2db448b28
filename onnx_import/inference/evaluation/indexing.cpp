#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/index_space.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Integers = std::vector<std::int64_t>;

void evaluate_gather(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis = node.axis_or(0);
  const std::int64_t inner = extent_product(data, axis + 1, data.size());
  Positions positions;
  for (std::int64_t row = 0; row < extent_product(data, 0, axis); ++row) {
    for (const std::int64_t index : node.integers(1, "indices")) {
      const std::int64_t begin =
          (row * data[axis] + TypeContext::checked_index(index, data[axis])) * inner;
      for (std::int64_t i = 0; i < inner; ++i) positions.push_back(begin + i);
    }
  }
  take(node, 0, 0, positions);
}

void evaluate_gather_elements(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis = node.axis_or(0);
  const Integers& indices = node.integers(1, "indices");
  Positions positions;
  for_each_index(node.shape(1), [&](const Index& index) {
    Index from = index;
    from[axis] = TypeContext::checked_index(indices[positions.size()], data[axis]);
    positions.push_back(position_of(from, data));
  });
  take(node, 0, 0, positions);
}

/// Calls `visit` with the position in the data where each index tuple points: the first element of
/// a run that fills the axes which the tuple does not name. `batch` leading axes are common.
template <class Visit>
void for_each_tuple(const TypeContext& node, std::size_t batch, const Visit& visit) {
  const Shape& data = node.shape(0);
  const Shape& indices = node.shape(1);
  const Integers& values = node.integers(1, "indices");
  const auto depth = static_cast<std::size_t>(indices.back());
  const Shape tuples(indices.begin(), indices.end() - 1);
  std::size_t at = 0;
  for_each_index(tuples, [&](const Index& index) {
    Index from(data.size(), 0);
    std::copy_n(index.begin(), batch, from.begin());
    for (std::size_t i = 0; i < depth; ++i) {
      from[batch + i] = TypeContext::checked_index(values[at++], data[batch + i]);
    }
    visit(position_of(from, data));
  });
}

void evaluate_gather_nd(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto batch = static_cast<std::size_t>(node.attributes().integer_or("batch_dims", 0));
  const std::size_t named = batch + static_cast<std::size_t>(node.shape(1).back());
  const std::int64_t run = extent_product(data, named, data.size());
  Positions positions;
  for_each_tuple(node, batch, [&](std::int64_t begin) {
    for (std::int64_t i = 0; i < run; ++i) positions.push_back(begin + i);
  });
  take(node, 0, 0, positions);
}

/// What a scatter does where it writes; none for one that is not computed.
template <class T>
std::optional<T (*)(T, T)> scatter_reduction(const TypeContext& node) {
  const std::string name = node.attributes().string_or("reduction", "none");
  if (name == "none") return [](T, T update) { return update; };
  // Sums of integers may overflow here; that is left to run time.
  if (name == "max") return [](T old, T update) { return std::max(old, update); };
  if (name == "min") return [](T old, T update) { return std::min(old, update); };
  return std::nullopt;
}

/// Writes the updates at these positions, in order.
template <class T>
void scatter(TypeContext& node, const Positions& positions) {
  constexpr std::size_t kUpdates = 2;
  const std::vector<T>* from = values_of<T>(node.input(0));
  const std::vector<T>* updates = values_of<T>(node.input(kUpdates));
  const auto reduce = scatter_reduction<T>(node);
  if (from == nullptr || updates == nullptr || !reduce) return;
  std::vector<T> values = *from;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    T& value = values.at(static_cast<std::size_t>(positions[i]));
    value = (*reduce)(value, updates->at(i));
  }
  set_values(node, 0, std::move(values));
}

void scatter_at(TypeContext& node, const Positions& positions) {
  with_kept_type(node.output(0).type,
                 [&](auto kept) { scatter<typename decltype(kept)::type>(node, positions); });
}

void evaluate_scatter_elements(TypeContext& node) {
  const std::size_t axis = node.axis_or(0);
  const Integers& indices = node.integers(1, "indices");
  Positions positions;
  for_each_index(node.shape(1), [&](const Index& index) {
    Index at = index;
    at[axis] = TypeContext::checked_index(indices[positions.size()], node.shape(0)[axis]);
    positions.push_back(position_of(at, node.shape(0)));
  });
  scatter_at(node, positions);
}

void evaluate_scatter_nd(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto named = static_cast<std::size_t>(node.shape(1).back());
  const std::int64_t run = extent_product(data, named, data.size());
  Positions positions;
  for_each_tuple(node, 0, [&](std::int64_t begin) {
    for (std::int64_t i = 0; i < run; ++i) positions.push_back(begin + i);
  });
  scatter_at(node, positions);
}

/// Row i of the result has the i-th place of every element that is not 0.
void evaluate_non_zero(TypeContext& node) {
  const auto values = node.numbers(0, "input");
  const Shape& shape = node.shape(0);
  std::vector<Integers> rows(shape.size());
  std::size_t at = 0;
  for_each_index(shape, [&](const Index& index) {
    if (values[at++] == 0) return;
    for (std::size_t i = 0; i < index.size(); ++i) rows[i].push_back(index[i]);
  });
  Integers all;
  for (const Integers& row : rows) all.insert(all.end(), row.begin(), row.end());
  node.set_integers(0, std::move(all));
}

void evaluate_compress(TypeContext& node) {
  const Shape& data = node.shape(0);
  const Integers& condition = node.integers(1, "condition");
  const bool flat = !node.attributes().has("axis");
  const std::size_t axis = flat ? 0 : node.axis_or(0);
  std::int64_t at = 0;
  Positions positions;
  for_each_index(data, [&](const Index& index) {
    const std::int64_t place = flat ? at : index[axis];
    if (place < std::ssize(condition) && condition[static_cast<std::size_t>(place)] != 0) {
      positions.push_back(at);
    }
    ++at;
  });
  take(node, 0, 0, positions);
}

}  // namespace

std::vector<Evaluator> indexing_evaluators() {
  return {{"Gather", evaluate_gather},
          {"GatherElements", evaluate_gather_elements},
          {"GatherND", evaluate_gather_nd},
          {"Scatter", evaluate_scatter_elements},
          {"ScatterElements", evaluate_scatter_elements},
          {"ScatterND", evaluate_scatter_nd},
          {"NonZero", evaluate_non_zero},
          {"Compress", evaluate_compress}};
}

}  // namespace mensa::onnx_import
