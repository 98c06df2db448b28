#include "onnx_import/inference/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/inference/batch_axis.h"
#include "onnx_import/inference/dimension_expression.h"
#include "onnx_import/inference/empty_values.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

class InputBinder {
 public:
  InputBinder(OperatorGraph& graph, const ImportOptions& options)
      : graph_(graph), options_(options), given_(graph.dimensions) {}

  void bind() {
    for (const auto& [name, extent] : options_.dimensions) check_extent(name, extent);
    if (options_.batch < 0) check_extent("batch", options_.batch);
    // Names that whole shapes have given values are set as well.
    for (const auto& [name, extent] : graph_.dimensions) open_names_.insert(name);
    note_open_results();
    for (const DeclaredInput& input : graph_.inputs) name_batch(input);
    for (const DeclaredInput& input : graph_.inputs) bind(input);
    report_unresolved();
    report_unused();
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view what) const {
    throw base::Error({graph_.path}, key, what);
  }

  void check_extent(std::string_view name, std::int64_t extent) const {
    if (extent < 0 || extent > kMostElements) {
      fail(fmt::format("dimension '{}'", name),
           fmt::format("is set to {}; it must be at least 0 and at most 2^40", extent));
    }
  }

  void bind(const DeclaredInput& input) {
    Value& value = graph_.value(input.value);
    if (!input.axes) {
      fail(fmt::format("input '{}'", value.name),
           fmt::format("has no shape in the file, not even its number of axes. Give it one, as "
                       "--input {}=1x3x224x224",
                       value.name));
    }
    const bool given = options_.inputs.contains(value.name);
    for (std::size_t i = 0; i < input.axes->size(); ++i) {
      const DeclaredAxis& axis = (*input.axes)[i];
      value.shape.push_back(given ? axis.extent.value() : extent_of(input, i));
    }
    if (value.shape.size() > kHighestRank || !element_count(value.shape)) {
      fail(fmt::format("input '{}'", value.name),
           fmt::format("has shape {}; at most {} axes and 2^40 elements are taken",
                       fmt::join(value.shape, "x"), kHighestRank));
    }
    value.typed = true;
    if (element_count(value.shape) == 0 && !open_) make_empty_constant(value);
    open_ = false;
  }

  /// An axis by the name of the batch has its size wherever that name stands.
  void name_batch(const DeclaredInput& input) {
    if (!input.axes) return;
    for (std::size_t i = 0; i < input.axes->size(); ++i) {
      const DeclaredAxis& axis = (*input.axes)[i];
      const std::string& name = axis.name;
      const bool fixed = axis.extent && *axis.extent > 0;
      if (fixed || name.empty() || options_.dimensions.contains(name) || given_.contains(name) ||
          !is_batch_axis(*input.axes, i) || (options_.batch == 0 && !names_batch(name))) {
        continue;
      }
      if (options_.batch == 0) note_batch_of_1(name, graph_.value(input.value).name);
      batch_taken_ = batch_taken_ || options_.batch > 0;
      given_[name] = std::max<std::int64_t>(1, options_.batch);
    }
  }

  void note_batch_of_1(const std::string& name, const std::string& input) {
    graph_.notes.push_back(
        fmt::format("open batch dimension '{}' of input '{}' taken as 1", name, input));
  }

  /// Where nodes may take the types that the file declares for their results, these have names to
  /// set, too.
  void note_open_results() {
    if (!options_.unsupported_on_host) return;
    for (const auto& [value, type] : graph_.declared) {
      for (const DeclaredAxis& axis : type.axes) {
        if (!axis.name.empty()) open_names_.insert(axis.name);
      }
    }
  }

  std::int64_t extent_of(const DeclaredInput& input, std::size_t index) {
    const DeclaredAxis& axis = (*input.axes)[index];
    const std::int64_t extent = open_extent_of(input, index);
    if (extent > 0 && !axis.name.empty()) graph_.dimensions.try_emplace(axis.name, extent);
    return extent;
  }

  /// 0 where the axis stays open, which is reported for all at once.
  std::int64_t open_extent_of(const DeclaredInput& declared, std::size_t index) {
    const DeclaredAxis& axis = (*declared.axes)[index];
    const std::string& input = graph_.value(declared.value).name;
    // An axis without a name is called by its place.
    const std::string name = axis.name.empty() ? fmt::format("{}.{}", input, index) : axis.name;
    const bool counts_batch = is_batch_axis(*declared.axes, index);
    if (axis.extent && *axis.extent > 0) {
      const bool takes_batch = counts_batch && options_.batch > 0;
      if (takes_batch && (*axis.extent == 1 || *axis.extent == options_.batch)) {
        batch_taken_ = true;
        return options_.batch;
      }
      return *axis.extent;
    }
    if (axis.extent && *axis.extent < -1) {
      fail(fmt::format("input '{}'", input),
           fmt::format("axis {} has extent {}", index, *axis.extent));
    }
    // 0 and -1 stand for an open axis in files of some exporters.
    open_names_.insert(name);
    if (const auto known = known_extent(name)) return *known;
    if (counts_batch && options_.batch > 0) {
      batch_taken_ = true;
      return options_.batch;
    }
    if (counts_batch && names_batch(axis.name)) {
      note_batch_of_1(name, input);
      return 1;
    }
    return computed_extent(name, index, input);
  }

  [[nodiscard]] std::optional<std::int64_t> known_extent(const std::string& name) const {
    if (const auto set = options_.dimensions.find(name); set != options_.dimensions.end()) {
      return set->second;
    }
    const auto given = given_.find(name);
    return given == given_.end() ? std::nullopt : std::optional(given->second);
  }

  /// The extent of an axis whose name says how it follows from others; of any other, none is known.
  std::int64_t computed_extent(const std::string& name, std::size_t index,
                               const std::string& input) {
    std::vector<std::string> missing = {name};
    if (const auto expression = DimensionExpression::parse(name)) {
      open_names_.insert(expression->names().begin(), expression->names().end());
      const auto value =
          expression->value([this](const std::string& part) { return known_extent(part); });
      if (value && *value <= kMostElements) return *value;
      std::vector<std::string> parts = expression->names();
      std::erase_if(parts, [this](const std::string& part) { return known_extent(part); });
      if (!parts.empty()) missing = std::move(parts);
    }
    unresolved_.push_back(fmt::format("'{}' (axis {} of input '{}')", name, index, input));
    unresolved_names_.insert(missing.begin(), missing.end());
    if (example_.empty()) example_ = example_shape(input);
    open_ = true;
    return 0;
  }

  /// A shape for the input, as one would type it.
  [[nodiscard]] std::string example_shape(const std::string& input) const {
    constexpr std::int64_t kSomeExtent = 128;
    const auto declared = std::find_if(
        graph_.inputs.begin(), graph_.inputs.end(),
        [&](const DeclaredInput& other) { return graph_.value(other.value).name == input; });
    std::vector<std::int64_t> extents;
    extents.reserve(declared->axes->size());
    for (const DeclaredAxis& axis : *declared->axes) {
      const bool fixed = axis.extent && *axis.extent > 0;
      extents.push_back(fixed ? *axis.extent
                        : is_batch_axis(*declared->axes, extents.size()) && names_batch(axis.name)
                            ? 1
                            : kSomeExtent);
    }
    return fmt::format("{}={}", input, fmt::join(extents, "x"));
  }

  void report_unresolved() const {
    if (unresolved_.empty()) return;
    std::string options;
    for (const std::string& name : unresolved_names_)
      options += fmt::format(" --set {}=VALUE", name);
    fail("", fmt::format("{} dynamic dimension(s) without a value: {}. Give each a value with{}, "
                         "or whole inputs a shape, as --input {}",
                         unresolved_.size(), fmt::join(unresolved_, ", "), options, example_));
  }

  void report_unused() const {
    for (const auto& [name, extent] : options_.dimensions) {
      if (open_names_.contains(name)) continue;
      fail("", open_names_.empty()
                   ? fmt::format("no dimension '{}' to set: all dimensions of its inputs are fixed",
                                 name)
                   : base::unknown_name_message("dimension", name,
                                                {open_names_.begin(), open_names_.end()}));
    }
    if (options_.batch > 0 && !batch_taken_ && !graph_.inputs.empty()) {
      std::vector<std::string> shapes;
      for (const DeclaredInput& input : graph_.inputs) {
        const Value& value = graph_.value(input.value);
        shapes.push_back(fmt::format("'{}' {}", value.name, fmt::join(value.shape, "x")));
      }
      fail("",
           fmt::format("batch {} cannot be set: no input has a first axis that is open or 1 ({})",
                       options_.batch, fmt::join(shapes, ", ")));
    }
  }

  OperatorGraph& graph_;
  const ImportOptions& options_;
  bool batch_taken_ = false;
  std::set<std::string> open_names_;
  std::vector<std::string> unresolved_;
  std::set<std::string> unresolved_names_;
  std::string example_;
  bool open_ = false;  ///< an axis of the input that is being bound has no value
  /// By the shapes of whole inputs, and the batch.
  std::map<std::string, std::int64_t> given_;
};

}  // namespace

void bind_inputs(OperatorGraph& graph, const ImportOptions& options) {
  InputBinder(graph, options).bind();
}

}  // namespace mensa::onnx_import
