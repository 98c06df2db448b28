#include "onnx_import/annotate/sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/annotate/measure.h"
#include "onnx_import/annotate/weight_use.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Profile = std::shared_ptr<const models::SparsityProfile>;

/// A constant on the way from a reader back to the file.
struct ReadStep {
  ValueId value;
  std::optional<WeightLayout> layout;
  std::int64_t zero = 0;
};

/// The place of each axis of `shape` in `other`, where the two differ in axes of extent 1 only.
std::optional<std::vector<std::size_t>> matching_axes(const Shape& shape, const Shape& other) {
  std::vector<std::size_t> places;
  std::size_t at = 0;
  for (const std::int64_t extent : shape) {
    while (at < other.size() && other[at] == 1 && extent != 1) ++at;
    places.push_back(at);
    if (extent == 1) continue;
    if (at == other.size() || other[at] != extent) return std::nullopt;
    ++at;
  }
  return places;
}

std::optional<WeightLayout> usual_layout(const Shape& shape) {
  if (shape.size() < 2) return std::nullopt;
  return WeightLayout{0, 1};
}

/// The layout before a node that only changed the axes' grouping.
std::optional<WeightLayout> before_reshape(std::optional<WeightLayout> layout, const Shape& after,
                                           const Shape& before) {
  const auto axes = matching_axes(after, before);
  if (!layout || !axes) return usual_layout(before);
  const WeightLayout mapped = {(*axes)[layout->output_axis], (*axes)[layout->reduction_axis]};
  const bool valid = mapped.output_axis < before.size() && mapped.reduction_axis < before.size() &&
                     mapped.output_axis != mapped.reduction_axis;
  return valid ? mapped : usual_layout(before);
}

class WeightAnnotator {
 public:
  explicit WeightAnnotator(OperatorGraph& graph) : graph_(graph), makers_(graph.values.size()) {
    find_makers(graph.main);
  }

  void run() { annotate(graph_.main); }

 private:
  void find_makers(const Block& block) {
    for (const Node& node : block.nodes) {
      for (const auto& output : node.outputs) {
        if (output) makers_[output->index()] = &node;
      }
      for (const auto& [name, inner] : node.blocks) find_makers(*inner);
    }
  }

  void annotate(const Block& block) {
    for (const Node& node : block.nodes) {
      for (const auto& [name, inner] : node.blocks) annotate(*inner);
      if (!makes_activations(node)) continue;
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] && graph_.value(*node.inputs[i]).constant) annotate(node, i);
      }
    }
  }

  [[nodiscard]] bool makes_activations(const Node& node) const {
    return std::any_of(node.outputs.begin(), node.outputs.end(), [&](const auto& output) {
      return output && graph_.value(*output).used && !graph_.value(*output).constant;
    });
  }

  void annotate(const Node& node, std::size_t input) {
    const ValueId id = *node.inputs[input];
    const Value& value = graph_.value(id);
    if (element_count(value.shape).value_or(0) < 2) return;
    const WeightUse use = weight_use(node, input, value.shape);
    if (use.packed) return;
    const auto zero = zero_of(node, use.zero_point);
    if (!zero) return;
    if (use.product) note_reading({id, use.layout, *zero});
    if (value.sparsity) return;
    std::vector<ValueId> passed;
    std::optional<ReadStep> at = ReadStep{id, use.layout, *zero};
    while (at && !graph_.value(at->value).contents) {
      passed.push_back(at->value);
      at = step_back(*at);
    }
    if (!at) return;
    passed.push_back(at->value);
    const auto& reading = graph_.value(graph_.root(id)).weights;
    const bool keeps_order = use.product && reading && reading->contents &&
                             reading->contents == graph_.value(at->value).contents;
    const Profile profile = profile_of(*at, keeps_order);
    for (const ValueId each : passed) {
      Value& annotated = graph_.value(each);
      if (!annotated.sparsity) annotated.sparsity = profile;
    }
  }

  /// Notes how a product reads the tensor that a value shows, if it is the first one.
  void note_reading(const ReadStep& reader) {
    const ValueId root = graph_.root(reader.value);
    if (graph_.value(root).weights) return;
    std::optional<ReadStep> at = reader;
    while (at && at->value != root) at = step_back(*at);
    if (!at) return;
    WeightReading reading;
    if (const auto& layout = at->layout) {
      reading.axes = models::ChannelAxes{layout->output_axis, layout->reduction_axis};
    }
    bool same_order = true;
    while (at && !graph_.value(at->value).contents) {
      const Node* maker = makers_[at->value.index()];
      same_order = same_order && maker != nullptr && maker->op != "Transpose";
      at = step_back(*at);
    }
    if (at && same_order && graph_.value(at->value).shape == graph_.value(root).shape) {
      reading.contents = graph_.value(at->value).contents;
      reading.type = graph_.value(at->value).type;
      reading.zero = at->zero;
    }
    graph_.value(root).weights = std::make_shared<const WeightReading>(reading);
  }

  /// The one value that stands for zero; none where it is not known or differs by channel.
  [[nodiscard]] std::optional<std::int64_t> zero_of(const Node& node,
                                                    std::optional<std::size_t> input) const {
    if (!input || *input >= node.inputs.size() || !node.inputs[*input]) return 0;
    const auto& points = graph_.value(*node.inputs[*input]).integers;
    if (!points || points->empty()) return std::nullopt;
    const bool same = std::all_of(points->begin(), points->end(),
                                  [&](std::int64_t point) { return point == points->front(); });
    return same ? std::optional(points->front()) : std::nullopt;
  }

  /// What the value was before the node that made it; none where its zeros were others then.
  [[nodiscard]] std::optional<ReadStep> step_back(const ReadStep& step) const {
    const Node* maker = makers_[step.value.index()];
    if (maker == nullptr || !maker->domain.empty() || maker->inputs.empty() || !maker->inputs[0]) {
      return std::nullopt;
    }
    const ValueId source = *maker->inputs[0];
    const Shape& before = graph_.value(source).shape;
    ReadStep back = {source, step.layout, step.zero};
    if (maker->op == "Transpose") {
      back.layout = before_transpose(step.layout, *maker, before);
    } else if (maker->op == "DequantizeLinear") {
      const auto zero = zero_of(*maker, 2);
      if (!zero) return std::nullopt;
      back.zero = *zero;
    } else if (maker->op == "Reshape" || maker->op == "Squeeze" || maker->op == "Unsqueeze" ||
               maker->op == "Flatten") {
      back.layout = before_reshape(step.layout, graph_.value(step.value).shape, before);
    } else if (maker->op == "Cast") {
      // Fractions become zeros.
      if (is_float(graph_.value(source).type) && !is_float(graph_.value(step.value).type)) {
        return std::nullopt;
      }
    } else if (maker->op != "Identity") {
      return std::nullopt;
    }
    return back;
  }

  [[nodiscard]] static std::optional<WeightLayout> before_transpose(
      std::optional<WeightLayout> layout, const Node& node, const Shape& before) {
    if (!layout) return usual_layout(before);
    Attributes::Integers reversed(before.size());
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const auto permutation = node.attributes.integers_or("perm", reversed);
    // Checked when types were inferred; may count from the last axis.
    const auto source = [&](std::size_t axis) {
      const std::int64_t at = permutation[axis];
      return static_cast<std::size_t>(at < 0 ? at + std::ssize(before) : at);
    };
    return WeightLayout{source(layout->output_axis), source(layout->reduction_axis)};
  }

  /// A tensor that several values refer to (a constant in a function that is called twice) is
  /// measured once, as its first reader sees it. Places of zeros are kept for products alone, in
  /// the order of the tensor that they read.
  Profile profile_of(const ReadStep& step, bool keeps_places) {
    const Value& value = graph_.value(step.value);
    Profile& profile = profiles_[value.contents.get()];
    if (profile) return profile;
    try {
      models::SparsityProfile measured =
          measure_sparsity(*value.contents, value.shape, step.layout, step.zero);
      if (!keeps_places) measured.nonzeros.reset();
      profile = std::make_shared<const models::SparsityProfile>(std::move(measured));
    } catch (const base::Error& error) {
      throw base::Error({graph_.path}, fmt::format("value '{}'", value.name), error.what());
    }
    return profile;
  }

  OperatorGraph& graph_;
  std::vector<const Node*> makers_;
  std::map<const TensorContents*, Profile> profiles_;
};

}  // namespace

void annotate_sparsity(OperatorGraph& graph) { WeightAnnotator(graph).run(); }

}  // namespace mensa::onnx_import
