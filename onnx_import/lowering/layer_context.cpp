#include "onnx_import/lowering/layer_context.h"

#include <fmt/format.h>

#include <cassert>
#include <memory>
#include <utility>

#include "onnx_import/lowering/integer_forms.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

using models::TensorId;

const std::vector<TensorId>& ValueTensors::of(ValueId id) {
  const ValueId root = graph_.root(id);
  auto& tensors = tensors_[root.index()];
  if (tensors.empty()) {
    // Only constants may be read before they are written.
    assert(graph_.value(root).constant);
    create(root);
  }
  if (const auto& decoded = graph_.value(id).decoded_by) {
    if (!draft_.scales.contains(tensors.front())) {
      DraftScale scale{of(decoded->scale).front(), std::nullopt, decoded->blocks};
      if (decoded->zero_point) scale.zero_point = of(*decoded->zero_point).front();
      draft_.scales.emplace(tensors.front(), scale);
    }
  }
  return tensors;
}

void ValueTensors::bind(ValueId id, std::vector<TensorId> tensors) {
  tensors_[graph_.root(id).index()] = std::move(tensors);
}

TensorId ValueTensors::create(ValueId id) {
  const Value& value = graph_.value(id);
  models::Tensor tensor;
  tensor.name = value.name;
  tensor.shape = value.shape;
  tensor.type = value.type;
  tensor.constant = value.constant;
  if (value.values_unknown && !value.sparsity) {
    static const auto kUnknown = std::make_shared<const models::SparsityProfile>(
        models::SparsityProfile{1.0, models::DensityOrigin::kUnknown});
    tensor.sparsity = kUnknown;
  } else {
    tensor.sparsity = value.sparsity;
  }
  const TensorId made = draft_.add_tensor(std::move(tensor));
  if (value.weights) draft_.readings.emplace(made, value.weights);
  bind(id, {made});
  return made;
}

TensorId ValueTensors::part(TensorId whole, std::string_view name, Shape shape) {
  const auto [at, is_new] = parts_.try_emplace({whole, std::string(name)});
  if (is_new) {
    models::Tensor tensor = draft_.tensor(whole);
    tensor.name = fmt::format("{}/{}", tensor.name, name);
    tensor.shape = std::move(shape);
    if (tensor.sparsity && (tensor.sparsity->structure || tensor.sparsity->nonzeros)) {
      // The share of zeros is taken to be that of the whole; where they lie is another matter.
      tensor.sparsity = std::make_shared<const models::SparsityProfile>(
          models::SparsityProfile{tensor.sparsity->density, tensor.sparsity->origin});
    }
    at->second = draft_.add_tensor(std::move(tensor));
    if (const auto reading = draft_.readings.find(whole); reading != draft_.readings.end()) {
      WeightReading of_part = *reading->second;
      of_part.contents.reset();
      // What a product unpacks may have other axes.
      if (draft_.tensor(whole).shape.size() != draft_.tensor(at->second).shape.size()) {
        of_part.axes.reset();
      }
      draft_.readings.emplace(at->second, std::make_shared<const WeightReading>(of_part));
    }
    if (const auto scale = draft_.scales.find(whole); scale != draft_.scales.end()) {
      draft_.scales.emplace(at->second, scale->second);
    }
  }
  return at->second;
}

bool LayerContext::has_input(std::size_t index) const {
  return index < node_.inputs.size() && node_.inputs[index].has_value();
}

const Value& LayerContext::input(std::size_t index) const {
  return graph_.value(node_.inputs.at(index).value());
}

std::int64_t LayerContext::elements(std::size_t index) const {
  return element_count(shape(index)).value();
}

bool LayerContext::output_used(std::size_t index) const {
  if (index >= node_.outputs.size() || !node_.outputs[index]) return false;
  const Value& value = graph_.value(*node_.outputs[index]);
  return value.used && !(value.constant && element_count(value.shape) == 0);
}

const Value& LayerContext::output(std::size_t index) const {
  return graph_.value(node_.outputs.at(index).value());
}

std::int64_t LayerContext::output_elements(std::size_t index) const {
  return element_count(output(index).shape).value();
}

DraftLayer LayerContext::new_layer(std::string_view part) {
  if (!group_) group_ = draft_.add_group(node_.name);
  DraftLayer entry;
  entry.layer.name = part.empty() ? node_.name : fmt::format("{}/{}", node_.name, part);
  entry.layer.op = node_.op;
  entry.layer.group = *group_;
  entry.layer.merged = node_.merged;
  entry.layer.approximation = node_.approximation;
  entry.integers = integer_form(node_.op);
  return entry;
}

TensorId LayerContext::new_tensor(std::string_view name, Shape shape, models::ElementType type) {
  models::Tensor tensor;
  tensor.name = fmt::format("{}/{}", node_.name, name);
  tensor.shape = std::move(shape);
  tensor.type = type;
  return draft_.add_tensor(std::move(tensor));
}

const std::vector<TensorId>& LayerContext::read(std::size_t index) {
  return tensors_.of(node_.inputs.at(index).value());
}

TensorId LayerContext::read_whole(std::size_t index) {
  const std::vector<TensorId> parts = read(index);
  if (parts.size() == 1) return parts.front();
  // Not bound to the value: what is copied inside of a Loop's body is of one step.
  models::Tensor joined;
  joined.name = fmt::format("{}/{}", node_.name, input(index).name);
  joined.shape = shape(index);
  joined.type = input(index).type;
  const TensorId whole = draft_.add_tensor(std::move(joined));
  DraftLayer join = new_layer(fmt::format("join_{}", input(index).name));
  join.layer.op = "Concat";
  join.layer.work = models::MoveWork{elements(index)};
  join.layer.inputs = parts;
  join.layer.outputs = {whole};
  add(std::move(join));
  return whole;
}

void LayerContext::add_operand(DraftLayer& entry, std::size_t index) {
  // An empty constant has no tensor: read() makes one.
  if (input(index).constant && elements(index) <= 1) return;
  const std::vector<TensorId>& tensors = read(index);
  if (!input(index).constant) {
    entry.layer.inputs.insert(entry.layer.inputs.end(), tensors.begin(), tensors.end());
  } else {
    entry.layer.parameters.insert(entry.layer.parameters.end(), tensors.begin(), tensors.end());
  }
}

TensorId LayerContext::write(std::size_t index) {
  return tensors_.create(node_.outputs.at(index).value());
}

void LayerContext::add_vector_layer(std::int64_t operations_per_element, FusionRole role) {
  DraftLayer entry = new_layer();
  models::VectorWork work{0, output_elements(0), operations_per_element};
  for (std::size_t i = 0; i < node_.inputs.size(); ++i) {
    if (!has_input(i)) continue;
    add_operand(entry, i);
    if (!input(i).constant) work.elements_in += elements(i);
  }
  entry.layer.work = work;
  entry.layer.outputs = {write(0)};
  entry.role = role;
  add(std::move(entry));
}

void LayerContext::add_vector_layer_of(const std::vector<std::size_t>& inputs,
                                       std::int64_t operations_per_element, FusionRole role,
                                       bool host_only) {
  DraftLayer entry = new_layer();
  entry.layer.host_only = host_only;
  models::VectorWork work{0, 0, operations_per_element};
  for (const std::size_t index : inputs) {
    add_operand(entry, index);
    if (!input(index).constant) work.elements_in += elements(index);
  }
  for (std::size_t i = 0; i < node_.outputs.size(); ++i) {
    if (!output_used(i)) continue;
    work.elements_out += output_elements(i);
    entry.layer.outputs.push_back(write(i));
  }
  entry.layer.work = work;
  entry.role = role;
  add(std::move(entry));
}

void LayerContext::add_move_layer(const std::vector<std::size_t>& inputs) {
  DraftLayer entry = new_layer();
  models::MoveWork work;
  for (const std::size_t index : inputs) add_operand(entry, index);
  for (std::size_t i = 0; i < node_.outputs.size(); ++i) {
    if (!output_used(i)) continue;
    work.elements += output_elements(i);
    entry.layer.outputs.push_back(write(i));
  }
  entry.layer.work = work;
  add(std::move(entry));
}

}  // namespace mensa::onnx_import
