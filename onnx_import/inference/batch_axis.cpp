#include "onnx_import/inference/batch_axis.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace mensa::onnx_import {
namespace {

std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// "batch * heads" is something else.
bool says_batch(std::string_view name) {
  return lower_case(name).find("batch") != std::string::npos &&
         name.find_first_of(" +*/(") == std::string_view::npos;
}

}  // namespace

bool is_batch_axis(const std::vector<DeclaredAxis>& axes, std::size_t index) {
  if (says_batch(axes[index].name)) return true;
  return index == 0 && std::none_of(axes.begin(), axes.end(),
                                    [](const DeclaredAxis& axis) { return says_batch(axis.name); });
}

bool names_batch(std::string_view name) {
  constexpr std::array<std::string_view, 4> kShort = {"", "n", "b", "bs"};
  const std::string lower = lower_case(name);
  // tf2onnx calls an axis that Keras leaves open unk__ and a number.
  return says_batch(lower) || lower.starts_with("unk__") ||
         std::find(kShort.begin(), kShort.end(), lower) != kShort.end();
}

}  // namespace mensa::onnx_import
