#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// The attributes of one node, except graphs, by name. Asking for one as another kind than the file
/// has throws base::Error naming the attribute; callers add the node.
class Attributes {
 public:
  using Integers = std::vector<std::int64_t>;
  using Floats = std::vector<double>;
  using Strings = std::vector<std::string>;
  using Value =
      std::variant<std::int64_t, double, std::string, Integers, Floats, Strings, ConstantData>;

  /// False where the name is taken.
  bool add(std::string name, Value value) {
    return values_.emplace(std::move(name), std::move(value)).second;
  }
  /// In the place of the one that has the name.
  void set(std::string name, Value value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] const Value* find(std::string_view name) const;

  [[nodiscard]] std::int64_t integer_or(std::string_view name, std::int64_t fallback) const;
  [[nodiscard]] double number_or(std::string_view name, double fallback) const;
  [[nodiscard]] Integers integers_or(std::string_view name, const Integers& fallback) const;
  [[nodiscard]] Floats numbers_or(std::string_view name, const Floats& fallback) const;
  [[nodiscard]] double float_or(std::string_view name, double fallback) const;
  [[nodiscard]] std::string string_or(std::string_view name, std::string_view fallback) const;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace mensa::onnx_import
