#include "onnx_import/inference/input_shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Axes = std::vector<DeclaredAxis>;

std::string axes_text(const Axes& axes) {
  std::vector<std::string> texts;
  texts.reserve(axes.size());
  for (const DeclaredAxis& axis : axes) {
    texts.push_back(!axis.name.empty() ? axis.name
                    : axis.extent      ? std::to_string(*axis.extent)
                                       : "?");
  }
  return fmt::format("{}", fmt::join(texts, "x"));
}

class ShapeSetter {
 public:
  ShapeSetter(OperatorGraph& graph, const ImportOptions& options)
      : graph_(graph), options_(options) {}

  void set() {
    for (const auto& [name, shape] : options_.inputs) {
      DeclaredInput& input = find(name);
      check(name, shape);
      if (input.axes) {
        compare(name, shape, *input.axes);
      } else {
        input.axes.emplace(shape.size());
      }
      for (std::size_t i = 0; i < shape.size(); ++i) (*input.axes)[i] = {shape[i], ""};
    }
  }

 private:
  [[noreturn]] void fail(std::string_view name, std::string_view what) const {
    throw base::Error({graph_.path}, fmt::format("shape of input '{}'", name), what);
  }

  DeclaredInput& find(const std::string& name) {
    std::vector<std::string> known;
    known.reserve(graph_.inputs.size());
    for (DeclaredInput& input : graph_.inputs) {
      if (graph_.value(input.value).name == name) return input;
      known.push_back(graph_.value(input.value).name);
    }
    throw base::Error({graph_.path}, "", base::unknown_name_message("input", name, known));
  }

  void check(const std::string& name, const Shape& shape) const {
    const bool valid =
        std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent >= 0; });
    if (!valid || shape.size() > kHighestRank || !element_count(shape)) {
      fail(name, fmt::format("{}: extents are at least 0, at most {} axes and 2^40 elements",
                             fmt::join(shape, "x"), kHighestRank));
    }
  }

  void compare(const std::string& name, const Shape& shape, const Axes& axes) {
    if (shape.size() != axes.size()) {
      fail(name, fmt::format("{} has {} axes, but the file declares {}: {}", fmt::join(shape, "x"),
                             shape.size(), axes.size(), axes_text(axes)));
    }
    bool differs = false;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const bool fixed = axes[i].extent && *axes[i].extent > 0;
      differs = differs || (fixed && *axes[i].extent != shape[i]);
      if (!fixed && !axes[i].name.empty()) give(name, axes[i].name, shape[i]);
    }
    if (differs) {
      graph_.notes.push_back(fmt::format("input '{}' is {} in the file, taken as {}", name,
                                         axes_text(axes), fmt::join(shape, "x")));
    }
  }

  void give(const std::string& input, const std::string& dimension, std::int64_t extent) {
    const auto set = options_.dimensions.find(dimension);
    const std::int64_t other = set != options_.dimensions.end()
                                   ? set->second
                                   : graph_.dimensions.try_emplace(dimension, extent).first->second;
    if (other != extent) {
      fail(input, fmt::format("gives dimension '{}' the value {}, but it is set to {} elsewhere",
                              dimension, extent, other));
    }
    graph_.dimensions[dimension] = extent;
  }

  OperatorGraph& graph_;
  const ImportOptions& options_;
};

}  // namespace

void set_input_shapes(OperatorGraph& graph, const ImportOptions& options) {
  ShapeSetter(graph, options).set();
}

}  // namespace mensa::onnx_import
