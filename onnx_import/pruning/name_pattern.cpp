#include "onnx_import/pruning/name_pattern.h"

#include <fmt/format.h>

#include <regex>

#include "models/base/error.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::onnx_import {

struct NamePattern::Impl {
  std::regex regex;
};

namespace {

/// Parentheses in parentheses: the library's compiler calls itself for each.
constexpr std::size_t kLongestPattern = 1000;

std::regex::flag_type flags() {
#ifdef __GLIBCXX__
  // Without it names are matched by calls within calls, one for each letter.
  return std::regex::ECMAScript | std::regex_constants::__polynomial;
#else
  return std::regex::ECMAScript;
#endif
}

}  // namespace

NamePattern::NamePattern(const std::string& text) {
  if (text.size() > kLongestPattern) {
    throw base::Error(fmt::format("a regular expression of {} characters; at most {}", text.size(),
                                  kLongestPattern));
  }
  try {
    const std::regex alone(text, flags());  // with parentheses around it "a)(b" would be one
    // Matched as a whole: a search would begin anew at each letter.
    impl_ = std::make_unique<Impl>(Impl{std::regex("[\\s\\S]*(?:" + text + ")[\\s\\S]*", flags())});
  } catch (const std::regex_error& error) {
    throw base::Error(fmt::format("'{}' is no regular expression: {}", text, error.what()));
  }
}

NamePattern::~NamePattern() = default;

void check_layer_pattern(const std::string& text) { const NamePattern pattern(text); }

bool NamePattern::found_in(const std::string& name) const {
  return std::regex_match(name, impl_->regex);
}

}  // namespace mensa::onnx_import
