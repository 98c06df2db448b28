#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/units.h"

namespace mensa::traces {

// Figures rounded for people to read. Programs get full digits, from the CSV and JSON writers.

/// "487.1 GFLOP/s", "12.35 us", "0 J": four digits and the SI prefix that leaves one to three of
/// them before the point. Micro is written u.
[[nodiscard]] std::string si(double value, std::string_view unit);

/// A count with an SI suffix: "300.8 M"; whole below 1000.
[[nodiscard]] std::string si_count(std::int64_t count);

/// Four digits where there is room for a point, else a whole number: "347.5", "12544".
[[nodiscard]] std::string plain_number(double value);

/// "3.38 MiB", "640 B".
[[nodiscard]] std::string binary_bytes(base::Bytes bytes);

/// 0.4532 as "45.3".
[[nodiscard]] std::string percent(double ratio);

/// `text` in at most `width` characters, its middle replaced by ".." where it is longer. Characters
/// are UTF-8 code points.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Number of UTF-8 code points.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` with control characters replaced by '?', so that names out of a file cannot move a
/// terminal's cursor or break a line.
[[nodiscard]] std::string printable(std::string_view text);

/// "Conv+BatchNorm+Relu": an operator and those fused behind it, long names made shorter.
[[nodiscard]] std::string operator_label(std::string_view op,
                                         const std::vector<std::string>& fused);

/// Lines of at most `width` characters, broken at blanks and each `indent` characters in. The first
/// line's indentation is the caller's, who writes a label there.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// A line "Label       text" of a report's head, the text printable and wrapped under itself.
[[nodiscard]] std::string labelled(std::string_view label, std::string_view text);

/// What policies plan with, by accelerator: "pascal 50.0 %, pavlov 68.1 % of their ports'
/// bandwidths".
[[nodiscard]] std::string shares_text(const std::map<std::string, double>& shares);

}  // namespace mensa::traces
