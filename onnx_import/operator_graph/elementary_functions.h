#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>

// Functions of one number that ONNX's operators are named after, in the precision of their
// argument. Those of integers too take all that are kept as 64 bits.

namespace mensa::onnx_import {

template <std::floating_point T>
T negated(T x) {
  return -x;
}
/// The most negative integer has no counterpart; it stays what it is, as in hardware.
inline std::int64_t negated(std::int64_t x) {
  return static_cast<std::int64_t>(-static_cast<std::uint64_t>(x));
}

template <std::floating_point T>
T absolute(T x) {
  return std::abs(x);
}
inline std::int64_t absolute(std::int64_t x) { return x < 0 ? negated(x) : x; }

/// NaN and zeros of either sign stay.
template <class T>
T sign(T x) {
  return x > 0 ? T{1} : x < 0 ? T{-1} : x;
}

template <class T>
T rectified(T x) {
  return x < 0 ? T{0} : x;
}

template <std::floating_point T>
T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}
template <std::floating_point T>
T hyperbolic_tangent(T x) {
  return std::tanh(x);
}
template <std::floating_point T>
T rounded_up(T x) {
  return std::ceil(x);
}
template <std::floating_point T>
T rounded_down(T x) {
  return std::floor(x);
}
/// Halves to the even neighbour.
template <std::floating_point T>
T rounded_to_even(T x) {
  return std::nearbyint(x);
}
template <std::floating_point T>
T reciprocal(T x) {
  return 1 / x;
}
template <std::floating_point T>
T square_root(T x) {
  return std::sqrt(x);
}
template <std::floating_point T>
T exponential(T x) {
  return std::exp(x);
}
template <std::floating_point T>
T logarithm(T x) {
  return std::log(x);
}
template <std::floating_point T>
T error_function(T x) {
  return std::erf(x);
}
template <std::floating_point T>
T sine(T x) {
  return std::sin(x);
}
template <std::floating_point T>
T cosine(T x) {
  return std::cos(x);
}

}  // namespace mensa::onnx_import
