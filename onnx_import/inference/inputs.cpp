#include "onnx_import/inference/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Whether an open first axis is the batch, which is 1 where nothing else is said. A first axis
/// with a name of another kind may be a sequence, for which no value would be right.
bool names_batch(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 4> kShort = {"", "n", "b", "bs"};
  return std::find(kShort.begin(), kShort.end(), lower) != kShort.end() ||
         lower.find("batch") != std::string::npos || lower.starts_with("unk__");
}

class InputBinder {
 public:
  InputBinder(OperatorGraph& graph, const ImportOptions& options)
      : graph_(graph), options_(options) {}

  void bind() {
    for (const auto& [name, extent] : options_.dimensions) check_extent(name, extent);
    if (options_.batch < 0) check_extent("batch", options_.batch);
    for (const DeclaredInput& input : graph_.inputs) bind(input);
    report_unresolved();
    report_unused();
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view what) const {
    throw base::Error({graph_.path}, key, what);
  }

  void check_extent(std::string_view name, std::int64_t extent) const {
    if (extent < 1 || extent > kMostElements) {
      fail(fmt::format("dimension '{}'", name),
           fmt::format("is set to {}; it must be at least 1 and at most 2^40", extent));
    }
  }

  void bind(const DeclaredInput& input) {
    Value& value = graph_.value(input.value);
    for (std::size_t i = 0; i < input.axes.size(); ++i) {
      value.shape.push_back(extent_of(input.axes[i], i, value.name));
    }
    if (value.shape.size() > kHighestRank || !element_count(value.shape)) {
      fail(fmt::format("input '{}'", value.name),
           fmt::format("has shape {}; at most {} axes and 2^40 elements are taken",
                       fmt::join(value.shape, "x"), kHighestRank));
    }
    value.typed = true;
  }

  /// 0 where the axis stays open, which is reported for all at once.
  std::int64_t extent_of(const DeclaredAxis& axis, std::size_t index, const std::string& input) {
    // An axis without a name is called by its place.
    const std::string name = axis.name.empty() ? fmt::format("{}.{}", input, index) : axis.name;
    if (axis.extent && *axis.extent > 0) {
      const bool takes_batch = index == 0 && options_.batch > 0;
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
    if (const auto set = options_.dimensions.find(name); set != options_.dimensions.end()) {
      return set->second;
    }
    if (index == 0 && options_.batch > 0) {
      batch_taken_ = true;
      return options_.batch;
    }
    if (index == 0 && names_batch(axis.name)) {
      graph_.notes.push_back(
          fmt::format("open batch dimension '{}' of input '{}' taken as 1", name, input));
      return 1;
    }
    unresolved_.push_back(fmt::format("'{}' (axis {} of input '{}')", name, index, input));
    unresolved_names_.insert(name);
    return 0;
  }

  void report_unresolved() const {
    if (unresolved_.empty()) return;
    std::string options;
    for (const std::string& name : unresolved_names_)
      options += fmt::format(" --set {}=VALUE", name);
    fail("", fmt::format("{} dynamic dimension(s) without a value: {}. Give each a value with{}",
                         unresolved_.size(), fmt::join(unresolved_, ", "), options));
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
};

}  // namespace

void bind_inputs(OperatorGraph& graph, const ImportOptions& options) {
  InputBinder(graph, options).bind();
}

}  // namespace mensa::onnx_import
