#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "scheduler/problem/scheduling_problem.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler::test {

/// On mensa_g: a compute-bound convolution, a matrix-vector product of 4 M parameters, each used
/// once, and a small layer.
class ThreeLayers : public ::testing::Test {
 protected:
  ThreeLayers()
      : graph_(make()),
        system_(accelerators::load_system("mensa_g")),
        costs_(graph_, system_, accelerators::Objective::kEdp),
        problem_(costs_) {}

  [[nodiscard]] std::vector<std::string> names_of(const Assignment& assignment) const {
    std::vector<std::string> names;
    names.reserve(assignment.size());
    for (const AcceleratorId id : assignment) names.push_back(costs_.name(id));
    return names;
  }

  models::Graph graph_;
  accelerators::System system_;
  CostTable costs_;
  SchedulingProblem problem_;

 private:
  static models::Graph make() {
    models::test::GraphBuilder build("three");
    const models::TensorId x = build.input("input", {1, 64, 32, 32});
    const models::TensorId a = build.pointwise("conv", x, 64, 64, 32);
    const models::TensorId b =
        build.mac("fc", a, models::gemm_shape(1, 2048, 2048), {2048, 2048}, {1, 2048});
    return build.finish(build.mac("small", b, models::gemm_shape(1, 8, 2048), {8, 2048}, {1, 8}));
  }
};

}  // namespace mensa::scheduler::test
