#pragma once

#include <filesystem>
#include <string_view>

#include "accelerators/precision/precision_request.h"

namespace mensa::accelerators {

/// What the key `schema` of a precisions file must say.
inline constexpr std::string_view kPrecisionsSchema = "mensa-precisions/1";

/// Reads a precisions file (docs/precision.md has its keys). Throws base::Error with
/// file:line:column where a key, a precision or an expression is wrong.
[[nodiscard]] PrecisionRules read_precision_rules(const std::filesystem::path& file);

/// What --precision and --precisions ask for together: a file, where one is named, with `precision`
/// in the place of its default. Empty texts are not given. Throws base::Error as above, and where
/// both give a default.
[[nodiscard]] PrecisionRules precision_rules(std::string_view precision,
                                             const std::filesystem::path& file);

}  // namespace mensa::accelerators
