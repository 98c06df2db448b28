#include "onnx_import/profiling/normal_numbers.h"

namespace mensa::onnx_import {

double NormalNumbers::uniform() {
  constexpr int kDropped = 64 - 53;
  return static_cast<double>(random_() >> kDropped) * 0x1p-53;
}

// A run of uniform numbers that fall from 1/2 on has at least n of them with a chance of
// (1/2)^n / n!, so that its length is even with one of exp(-1/2) (von Neumann).
bool NormalNumbers::once_in_root_e() {
  bool even = true;
  double last = 0.5;
  while (true) {
    const double number = uniform();
    if (number >= last) return even;
    last = number;
    even = !even;
  }
}

bool NormalNumbers::all_once_in_root_e(int times) {
  for (int i = 0; i < times; ++i) {
    if (!once_in_root_e()) return false;
  }
  return true;
}

// The same from x on, where each number is taken with a chance of (2 k + x) / (2 k + 2) only.
bool NormalNumbers::accepts_fraction(int k, double x) {
  const double chance = (2 * k + x) / (2 * k + 2);
  bool even = true;
  double last = x;
  while (true) {
    const double number = uniform();
    if (number >= last || uniform() >= chance) return even;
    last = number;
    even = !even;
  }
}

float NormalNumbers::next() {
  while (true) {
    // The whole part, and with it the fraction, of a normal number.
    int whole = 0;
    while (once_in_root_e()) ++whole;
    if (!all_once_in_root_e(whole * (whole - 1))) continue;
    const double fraction = uniform();
    bool accepted = true;
    for (int i = 0; accepted && i <= whole; ++i) accepted = accepts_fraction(whole, fraction);
    if (!accepted) continue;
    const auto magnitude = static_cast<float>(whole + fraction);
    return random_() >> 63 != 0 ? -magnitude : magnitude;
  }
}

}  // namespace mensa::onnx_import
