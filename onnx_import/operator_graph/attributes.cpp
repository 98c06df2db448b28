#include "onnx_import/operator_graph/attributes.h"

#include <fmt/format.h>

#include <array>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

// In the order of Attributes::Value.
constexpr std::array<std::string_view, std::variant_size_v<Attributes::Value>> kKinds = {
    "an integer", "a float", "a string", "integers", "floats", "strings", "a tensor"};

/// The attribute as T; null where it is not there.
template <class T>
const T* get(const Attributes& attributes, std::string_view name, std::string_view wanted) {
  const Attributes::Value* value = attributes.find(name);
  if (value == nullptr) return nullptr;
  if (const T* held = std::get_if<T>(value)) return held;
  throw base::Error(
      fmt::format("attribute '{}' is {}; expected {}", name, kKinds[value->index()], wanted));
}

}  // namespace

const Attributes::Value* Attributes::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::int64_t Attributes::integer_or(std::string_view name, std::int64_t fallback) const {
  const auto* value = get<std::int64_t>(*this, name, "an integer");
  return value == nullptr ? fallback : *value;
}

double Attributes::number_or(std::string_view name, double fallback) const {
  const auto* value = get<double>(*this, name, "a float");
  return value == nullptr ? fallback : *value;
}

Attributes::Floats Attributes::numbers_or(std::string_view name, const Floats& fallback) const {
  const auto* value = get<Floats>(*this, name, "floats");
  return value == nullptr ? fallback : *value;
}

Attributes::Integers Attributes::integers_or(std::string_view name,
                                             const Integers& fallback) const {
  const auto* value = get<Integers>(*this, name, "integers");
  return value == nullptr ? fallback : *value;
}

double Attributes::float_or(std::string_view name, double fallback) const {
  const auto* value = get<double>(*this, name, "a float");
  return value == nullptr ? fallback : *value;
}

std::string Attributes::string_or(std::string_view name, std::string_view fallback) const {
  const auto* value = get<std::string>(*this, name, "a string");
  return value == nullptr ? std::string(fallback) : *value;
}

}  // namespace mensa::onnx_import
