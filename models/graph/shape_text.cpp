#include "models/graph/shape_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <vector>

#include "models/base/error.h"

namespace mensa::models {
namespace {

constexpr std::int64_t kMostBound = std::int64_t{1} << 53;
constexpr std::int64_t kMostWindow = 1 << 20;
constexpr std::int64_t kMostInput = std::int64_t{1} << 31;
constexpr std::int64_t kMostBits = 64;

[[noreturn]] void fail(std::string_view entry, std::string_view what) {
  throw base::Error(fmt::format("shape: '{}': {}", entry, what));
}

std::int64_t parse_number(std::string_view entry, std::string_view text, std::int64_t low,
                          std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    fail(entry, fmt::format("must be from {} to {}", low, high));
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(entry, "must be a whole number");
  }
  if (value < low || value > high) fail(entry, fmt::format("must be from {} to {}", low, high));
  return value;
}

/// "2", "2x3" or "1x2x3" as depth, height, width; depth keeps `otherwise` where it is not given.
std::array<std::int64_t, 3> parse_window(std::string_view entry, std::string_view text,
                                         std::int64_t low, std::int64_t otherwise) {
  std::vector<std::int64_t> numbers;
  while (true) {
    const std::size_t cross = text.find('x');
    numbers.push_back(parse_number(entry, text.substr(0, cross), low, kMostWindow));
    if (cross == std::string_view::npos) break;
    text = text.substr(cross + 1);
  }
  switch (numbers.size()) {
    case 1:
      return {otherwise, numbers[0], numbers[0]};
    case 2:
      return {otherwise, numbers[0], numbers[1]};
    case 3:
      return {numbers[0], numbers[1], numbers[2]};
    default:
      fail(entry, "must be one number, HxW or DxHxW");
  }
}

void set_input_size(ProblemShape& shape, const std::array<std::int64_t, 3>& pad) {
  for (std::size_t axis = 0; axis < kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = kSlidingAxes[axis];
    const double reach =
        static_cast<double>(shape.bound(output)) * static_cast<double>(shape.stride[axis]) +
        static_cast<double>(shape.bound(kernel)) * static_cast<double>(shape.dilation[axis]);
    if (reach > static_cast<double>(kMostInput)) {
      throw base::Error(fmt::format("shape: the input along {} and {} is longer than 2^31",
                                    to_string(output), to_string(kernel)));
    }
    const std::int64_t span = (shape.bound(output) - 1) * shape.stride[axis] +
                              (shape.bound(kernel) - 1) * shape.dilation[axis] + 1;
    const std::int64_t padding = pad[axis];
    shape.pad_begin[axis] = padding;
    shape.input_size[axis] = span - 2 * padding;
    if (shape.input_size[axis] < 1) {
      throw base::Error(fmt::format(
          "shape: padding of {} on both sides leaves no input where {}={} "
          "and {}={}",
          padding, to_string(output), shape.bound(output), to_string(kernel), shape.bound(kernel)));
    }
  }
}

}  // namespace

ShapeText parse_shape(std::string_view text) {
  const std::vector<std::string> known = {"G",      "N",        "K",   "C",     "D",
                                          "P",      "Q",        "T",   "R",     "S",
                                          "stride", "dilation", "pad", "steps", "bits"};
  ShapeText result;
  ProblemShape& shape = result.shape;
  std::array<std::int64_t, 3> pad = {0, 0, 0};
  std::set<std::string, std::less<>> seen;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view entry = rest.substr(0, comma);
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) {
      fail(entry, "must be NAME=VALUE, as in K=64,C=64,P=56,Q=56,R=3,S=3,stride=2");
    }
    const std::string name(entry.substr(0, equals));
    const std::string_view value = entry.substr(equals + 1);
    if (!seen.insert(name).second) fail(entry, "stands here twice");
    if (name == "stride") {
      shape.stride = parse_window(entry, value, 1, 1);
    } else if (name == "dilation") {
      shape.dilation = parse_window(entry, value, 1, 1);
    } else if (name == "pad") {
      pad = parse_window(entry, value, 0, 0);
    } else if (name == "steps") {
      result.steps = parse_number(entry, value, 1, kMostWindow);
    } else if (name == "bits") {
      result.bits = static_cast<int>(parse_number(entry, value, 1, kMostBits));
    } else if (std::find(known.begin(), known.begin() + kDimCount, name) !=
               known.begin() + kDimCount) {
      shape.bounds[index(dim_from_string(name))] = parse_number(entry, value, 1, kMostBound);
    } else {
      fail(entry, base::unknown_name_message("name", name, known));
    }
    if (comma == std::string_view::npos) break;
    rest = rest.substr(comma + 1);
  }
  ProblemShape bounds_only = shape;
  bounds_only.input_size = {1, 1, 1};
  bounds_only.check("shape");  // before spans are computed from the bounds
  set_input_size(shape, pad);
  shape.check("shape");
  return result;
}

}  // namespace mensa::models
