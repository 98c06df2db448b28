#include "onnx_import/fusion/patterns/normalization_parts.h"

namespace mensa::onnx_import {

Pattern deviation_of(const Pattern& variance) {
  const Pattern sum = add(variance, small());
  return either({apply("Sqrt", {sum}), apply("Pow", {sum, number(0.5)})});
}

Pattern inverse_deviation(const Pattern& variance) {
  const Pattern deviation = deviation_of(variance);
  return either({apply("Reciprocal", {deviation}), apply("Div", {number(1), deviation}),
                 apply("Pow", {add(variance, small()), number(-0.5)})});
}

Pattern over_deviation(const Pattern& dividend, const Pattern& variance) {
  return either({apply("Div", {dividend, maybe_cast(deviation_of(variance))}),
                 multiply(dividend, maybe_cast(inverse_deviation(variance)))});
}

}  // namespace mensa::onnx_import
