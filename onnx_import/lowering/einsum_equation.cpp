#include "onnx_import/lowering/einsum_equation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

constexpr EinsumLabel kEllipsis = -1;  ///< before it is known how many axes it stands for
constexpr EinsumLabel kFirstInEllipsis = 256;

class Reader {
 public:
  Reader(std::string_view text, const std::vector<Shape>& shapes) : shapes_(shapes) {
    for (const char c : text) {
      if (c != ' ') text_.push_back(c);
    }
  }

  EinsumEquation read() {
    const std::size_t arrow = text_.find("->");
    read_operands(text_.substr(0, arrow));
    if (arrow == std::string::npos) {
      imply_result();
    } else {
      read_result(text_.substr(arrow + 2));
    }
    return std::move(equation_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw base::Error(fmt::format("equation '{}' {}", text_, what));
  }

  std::vector<EinsumLabel> read_term(std::string_view term) const {
    std::vector<EinsumLabel> labels;
    for (std::size_t i = 0; i < term.size(); ++i) {
      if (term.substr(i, 3) == "...") {
        if (std::count(labels.begin(), labels.end(), kEllipsis) > 0) fail("has two ellipses");
        labels.push_back(kEllipsis);
        i += 2;
      } else if (std::isalpha(static_cast<unsigned char>(term[i])) != 0) {
        labels.push_back(static_cast<unsigned char>(term[i]));
      } else {
        fail(fmt::format("has '{}', which is no letter", term[i]));
      }
    }
    return labels;
  }

  void read_operands(std::string_view text) {
    std::vector<std::string_view> terms;
    while (true) {
      const std::size_t comma = text.find(',');
      terms.push_back(text.substr(0, comma));
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
    if (terms.size() != shapes_.size()) {
      fail(fmt::format("has {} operand(s), but there are {}", terms.size(), shapes_.size()));
    }
    for (std::size_t i = 0; i < terms.size(); ++i) add_operand(read_term(terms[i]), shapes_[i]);
  }

  void add_operand(const std::vector<EinsumLabel>& term, const Shape& shape) {
    const bool open = std::count(term.begin(), term.end(), kEllipsis) > 0;
    const std::size_t named = term.size() - (open ? 1 : 0);
    if (open ? shape.size() < named : shape.size() != named) {
      fail(fmt::format("names {} axes of an operand that has {}", named, shape.size()));
    }
    const std::size_t hidden = shape.size() - named;
    hidden_ = std::max(hidden_, hidden);
    std::vector<EinsumLabel> labels;
    for (const EinsumLabel label : term) {
      if (label != kEllipsis) {
        labels.push_back(label);
        continue;
      }
      for (std::size_t i = hidden; i-- > 0;) {
        labels.push_back(kFirstInEllipsis + static_cast<EinsumLabel>(i));
      }
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      std::int64_t& extent = equation_.extents.try_emplace(labels[i], shape[i]).first->second;
      if (extent == 1) extent = shape[i];
      if (shape[i] != 1 && shape[i] != extent) {
        fail(fmt::format("gives one axis extents {} and {}", extent, shape[i]));
      }
    }
    equation_.operands.push_back(std::move(labels));
  }

  void add_ellipsis() {
    for (std::size_t i = hidden_; i-- > 0;) {
      equation_.result.push_back(kFirstInEllipsis + static_cast<EinsumLabel>(i));
    }
  }

  void imply_result() {
    add_ellipsis();
    std::map<EinsumLabel, int> uses;
    for (const auto& operand : equation_.operands) {
      for (const EinsumLabel label : operand) ++uses[label];
    }
    for (const auto& [label, count] : uses) {
      if (count == 1 && label < kFirstInEllipsis) equation_.result.push_back(label);
    }
  }

  void read_result(std::string_view text) {
    for (const EinsumLabel label : read_term(text)) {
      if (label == kEllipsis) {
        add_ellipsis();
      } else if (!equation_.extents.contains(label) ||
                 std::count(equation_.result.begin(), equation_.result.end(), label) > 0) {
        fail(fmt::format("has a result with '{}', which no operand has or which stands twice",
                         static_cast<char>(label)));
      } else {
        equation_.result.push_back(label);
      }
    }
  }

  std::string text_;
  const std::vector<Shape>& shapes_;
  EinsumEquation equation_;
  std::size_t hidden_ = 0;  ///< axes that the ellipsis stands for
};

}  // namespace

Shape EinsumEquation::result_shape() const {
  Shape shape;
  shape.reserve(result.size());
  for (const EinsumLabel label : result) shape.push_back(extents.at(label));
  return shape;
}

EinsumEquation read_einsum(std::string_view equation, const std::vector<Shape>& shapes) {
  return Reader(equation, shapes).read();
}

}  // namespace mensa::onnx_import
