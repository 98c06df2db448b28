#include "onnx_import/operator_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "onnx_import/lowering/builtins.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

std::string_view title_of(std::string_view domain) { return domain.empty() ? "ai.onnx" : domain; }

/// Names by comma; in brackets those that make no layer.
std::string names_of(const LoweringEntry& entry) {
  std::vector<std::string> names;
  for (const Operator& op : entry.make().operators) {
    names.push_back(op.lower == nullptr ? fmt::format("({})", op.name) : std::string(op.name));
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return a.substr(a[0] == '(' ? 1 : 0) < b.substr(b[0] == '(' ? 1 : 0);
  });
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string operator_table() {
  std::map<std::string_view, std::size_t> counts;
  for (const LoweringEntry& entry : lowerings()) {
    const Lowering family = entry.make();
    counts[family.domain] += family.operators.size();
  }
  std::string text = "# Operators\n\nmensa takes ";
  std::vector<std::string> sums;
  sums.reserve(counts.size());
  for (const auto& [domain, count] : counts) {
    sums.push_back(fmt::format("{} operators of {}", count, title_of(domain)));
  }
  text +=
      fmt::format("{}, in operator sets {} to {}. `mensa list operators` writes this\ntable.\n\n",
                  fmt::join(sums, " and "), kOldestOpset, kNewestOpset);
  text +=
      "Operators in brackets never make a layer: their results are known at import, are views, or "
      "stand for a branch.\nWhat is not in the table, or is asked for in a form that the last "
      "column "
      "does not take, is refused with all\nother such nodes at once; with `--unsupported host` it "
      "runs on the host, approximately.\n";
  for (const auto& [domain, count] : counts) {
    text += fmt::format("\n## {}\n\n| family | operators | what is taken |\n|---|---|---|\n",
                        title_of(domain));
    for (const LoweringEntry& entry : lowerings()) {
      if (entry.make().domain != domain) continue;
      text += fmt::format("| {} | {} | {} |\n", entry.name, names_of(entry), entry.help);
    }
  }
  return text;
}

}  // namespace mensa::onnx_import
