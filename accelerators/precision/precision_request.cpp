#include "accelerators/precision/precision_request.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

using Kind = PrecisionRequest::Kind;

PrecisionRequest of_formats(NumberFormat weights, NumberFormat activations) {
  return {Kind::kFormats, {weights, activations}};
}

/// Every precision that has a name.
const std::vector<std::pair<std::string, PrecisionRequest>>& named_precisions() {
  static const auto kNamed = [] {
    std::vector<std::pair<std::string, PrecisionRequest>> named = {
        {"native", {Kind::kNative, {}}}, {"as-model", {Kind::kAsModel, {}}}};
    constexpr std::array<int, 3> kWidths = {4, 8, 16};
    for (const int weights : kWidths) {
      for (const int activations : kWidths) {
        named.emplace_back(
            fmt::format("w{}a{}", weights, activations),
            of_formats(NumberFormat::integer(weights), NumberFormat::integer(activations)));
      }
    }
    for (const NumberFormat format : {NumberFormat::floating(16), NumberFormat::floating(32),
                                      NumberFormat{NumberKind::kBrainFloat, 16}}) {
      named.emplace_back(format.to_string(), of_formats(format, format));
    }
    return named;
  }();
  return kNamed;
}

/// A compiled regular expression. The C library's matcher takes bounded stack whatever the text.
class Expression {
 public:
  explicit Expression(const PrecisionRules::Rule& rule) {
    const int code = regcomp(&compiled_, rule.layers.c_str(), REG_EXTENDED | REG_NOSUB);
    if (code == 0) return;
    std::array<char, 256> reason{};
    regerror(code, &compiled_, reason.data(), reason.size());
    throw base::Error(fmt::format("{}: '{}' is no regular expression: {}", rule.place, rule.layers,
                                  reason.data()));
  }
  ~Expression() { regfree(&compiled_); }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  [[nodiscard]] bool matches(const std::string& text) const {
    return regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
};

[[noreturn]] void fail_unmatched(const PrecisionRules::Rule& rule, const models::Graph& graph) {
  std::vector<std::string> names;
  names.reserve(graph.layers().size());
  for (const models::Layer& layer : graph.layers()) names.push_back(layer.name);
  std::string hint = "'mensa inspect' lists them";
  // Most expressions that match nothing are misspelt names, bound to both ends.
  std::string_view wanted = rule.layers;
  if (wanted.substr(0, 1) == "^") wanted.remove_prefix(1);
  if (!wanted.empty() && wanted.back() == '$') wanted.remove_suffix(1);
  const std::vector<std::string> near = base::near_names(wanted, names);
  if (!near.empty()) hint = fmt::format("did you mean '{}'? {}", near.front(), hint);
  throw base::Error(fmt::format("{}: no layer of {} has a name that '{}' matches; {}", rule.place,
                                graph.name(), rule.layers, hint));
}

}  // namespace

std::string PrecisionRequest::to_string() const {
  for (const auto& [name, request] : named_precisions()) {
    if (request == *this) return name;
  }
  return factors.to_string();
}

PrecisionRequest precision_request_from_string(std::string_view text) {
  std::vector<std::string> known;
  for (const auto& [name, request] : named_precisions()) {
    if (name == text) return request;
    known.push_back(name);
  }
  throw base::Error(base::unknown_name_message("precision", text, known));
}

LayerPrecisions layer_precisions(const models::Graph& graph, const PrecisionRules& rules) {
  LayerPrecisions requests(graph.layers().size(), precision_request_from_string(rules.otherwise));
  for (const PrecisionRules::Rule& rule : rules.layers) {
    const PrecisionRequest request = precision_request_from_string(rule.precision);
    const Expression expression(rule);
    bool any = false;
    for (const models::Layer& layer : graph.layers()) {
      if (!expression.matches(layer.name)) continue;
      requests[layer.id.index()] = request;
      any = true;
    }
    if (!any) fail_unmatched(rule, graph);
  }
  return requests;
}

}  // namespace mensa::accelerators
