#include "onnx_import/loading/node_names.h"

#include <fmt/format.h>

namespace mensa::onnx_import {

std::string NodeNames::take(const std::string& wanted) {
  int& uses = uses_[wanted];
  if (++uses == 1) return wanted;
  std::string other = fmt::format("{}#{}", wanted, uses);
  while (uses_.contains(other)) other = fmt::format("{}#{}", wanted, ++uses);
  uses_[other] = 1;
  return other;
}

}  // namespace mensa::onnx_import
