#pragma once

#include "tests/support/test_graphs.h"

namespace mensa::scheduler::test {

/// Convolutions, two of them alike, an LSTM that shares its last layer with them, and sums.
inline models::Graph mixed_graph() {
  models::test::GraphBuilder build("mixed");
  const models::TensorId image = build.input("image", {1, 64, 10, 10});
  const models::TensorId a = build.pointwise("one", image, 64, 100, 10);
  const models::TensorId b = build.pointwise("two", a, 100, 100, 10);
  const models::TensorId c = build.pointwise("three", b, 100, 100, 10);
  const models::TensorId sum = build.elementwise("sum", {b, c}, 10'000);
  const models::TensorId words = build.input("words", {20, 1, 320});
  const models::TensorId states = build.lstm("lstm", words, 320, 500, 20);
  return build.finish(build.elementwise("join", {sum, states}, 10'000));
}

}  // namespace mensa::scheduler::test
