#include <gtest/gtest.h>

#include "accelerators/mapping/check_mapping.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/mapping/mapping_bounds.h"
#include "tests/accelerators/mapping/small_problems.h"
#include "tests/support/sanitizers.h"

namespace mensa::accelerators {
namespace {

struct Place {
  std::string system;
  std::string accelerator;
  std::string dataflow;  ///< another one than its own
  bool sparse = false;   ///< with features for zeros, and zeros
};
std::ostream& operator<<(std::ostream& out, const Place& place) {
  return out << place.accelerator << (place.dataflow.empty() ? "" : "/" + place.dataflow)
             << (place.sparse ? " sparse" : "");
}

test::SmallProblems problems_on(const Place& place, std::uint64_t seed) {
  ParameterOverrides values;
  if (!place.dataflow.empty()) {
    values.push_back({"accelerators." + place.accelerator + ".dataflow", place.dataflow});
  }
  test::SmallProblems problems(place.system, place.accelerator, values, seed, 90);
  if (place.sparse) problems.make_sparse();
  return problems;
}

/// Smallest cycles with the least energy among those, least energy, least energy-delay product.
struct Best {
  std::int64_t cycles = 0;
  double energy_of_fastest = 0;
  double energy = 0;
  double product = 0;
};
Best best(const ParetoMappings& mappings) {
  Best best;
  best.cycles = mappings.front().cost.cycles.value();
  best.energy_of_fastest = mappings.front().cost.energy.total().value();
  best.energy = mappings.back().cost.energy.total().value();
  best.product = best.energy * static_cast<double>(mappings.back().cost.cycles.value());
  for (const MappedCost& entry : mappings) {
    best.product = std::min(best.product, entry.cost.energy.total().value() *
                                              static_cast<double>(entry.cost.cycles.value()));
  }
  return best;
}

class Optimality : public testing::TestWithParam<Place> {};

TEST_P(Optimality, PrunedEqualsExhaustive) {
  const int cases = mensa::test::kSanitized ? 12 : 200;
  test::SmallProblems problems = problems_on(GetParam(), 1);
  int mapped = 0;
  for (int i = 0; i < cases; ++i) {
    const test::SmallProblem problem = problems.next();
    SCOPED_TRACE(problem.question.shape.to_string());
    const Accelerator& accelerator = problem.system.accelerators[problem.accelerator];
    const auto all =
        map_layer(problem.system, accelerator, problem.question, {Effort::kExhaustive});
    const auto pruned = map_layer(problem.system, accelerator, problem.question);
    ASSERT_EQ(all.index(), pruned.index());
    if (std::holds_alternative<Infeasible>(all)) {
      EXPECT_EQ(std::get<Infeasible>(all).resource, std::get<Infeasible>(pruned).resource);
      continue;
    }
    ++mapped;
    const Best expected = best(std::get<ParetoMappings>(all));
    const Best found = best(std::get<ParetoMappings>(pruned));
    EXPECT_EQ(found.cycles, expected.cycles);
    EXPECT_NEAR(found.energy_of_fastest / expected.energy_of_fastest, 1, 3e-9);
    EXPECT_NEAR(found.energy / expected.energy, 1, 3e-9);
    EXPECT_NEAR(found.product / expected.product, 1, 3e-9);
  }
  // Of the first few fewer map than of all.
  EXPECT_GT(mapped, mensa::test::kSanitized ? cases / 3 : cases / 2);
}

TEST_P(Optimality, FastIsLegalAndNeverBetter) {
  test::SmallProblems problems = problems_on(GetParam(), 2);
  for (int i = 0; i < 50; ++i) {
    const test::SmallProblem problem = problems.next();
    SCOPED_TRACE(problem.question.shape.to_string());
    const Accelerator& accelerator = problem.system.accelerators[problem.accelerator];
    const auto fast = map_layer(problem.system, accelerator, problem.question, {Effort::kFast});
    const auto pruned = map_layer(problem.system, accelerator, problem.question);
    if (std::holds_alternative<Infeasible>(pruned)) {
      EXPECT_TRUE(std::holds_alternative<Infeasible>(fast));
      continue;
    }
    ASSERT_TRUE(std::holds_alternative<ParetoMappings>(fast)) << "fits, but fast finds nothing";
    const Best expected = best(std::get<ParetoMappings>(pruned));
    const Best found = best(std::get<ParetoMappings>(fast));
    EXPECT_GE(found.cycles, expected.cycles);
    EXPECT_GE(found.energy, expected.energy * (1 - 1e-9));
    EXPECT_GE(found.product, expected.product * (1 - 1e-9));
    for (const MappedCost& entry : std::get<ParetoMappings>(fast)) {
      EXPECT_NO_THROW(check_mapping(entry.mapping, problem.question.shape, accelerator));
    }
  }
}

/// No mapping of the fast search costs less than the bounds that the pruned one would drop it by.
TEST_P(Optimality, BoundsStayBelowWhatMappingsCost) {
  test::SmallProblems problems = problems_on(GetParam(), 3);
  for (int i = 0; i < 100; ++i) {
    const test::SmallProblem problem = problems.next();
    SCOPED_TRACE(problem.question.shape.to_string());
    const Accelerator& accelerator = problem.system.accelerators[problem.accelerator];
    const auto result = map_layer(problem.system, accelerator, problem.question, {Effort::kFast});
    if (std::holds_alternative<Infeasible>(result)) continue;
    MacCostModel model(problem.system, accelerator, problem.question);
    const MappingBounds bounds(model);
    for (const auto& [mapping, cost] : std::get<ParetoMappings>(result)) {
      const ArrayMapping array{mapping.row_unroll, mapping.column_unroll, mapping.groups,
                               mapping.at(Level::kRegisters).tile};
      const models::DimArray& tile = mapping.at(Level::kBuffers).tile;
      TileCounts counts;
      ReuseClass innermost = ReuseClass::kPixels;
      for (const models::Dim dim : mapping.at(Level::kDram).order) {
        const std::size_t d = models::index(dim);
        const std::int64_t tiles = base::ceil_div(problem.question.shape.bounds[d], tile[d]);
        if (dim == models::Dim::G) {
          counts.groups *= tiles;
          continue;
        }
        counts.by_class[index(class_of(dim))] *= tiles;
        if (tiles > 1) innermost = class_of(dim);
      }
      const ArrayBound bound = bounds.array(array);
      EXPECT_TRUE(bound.allows(counts));
      const auto staying =
          bound.may_stay(counts, innermost) ? std::optional(innermost) : std::nullopt;
      const double share = bounds.tiles().input_share(tile, innermost);
      const TimeAndEnergy least = model.time_and_energy(
          bound.under(counts, staying), bounds.tiles().work(counts, innermost, share));
      EXPECT_LE(least.cycles, cost.cycles.value());
      EXPECT_LE(least.energy, cost.energy.total().value() * (1 + 1e-12));
      const TimeAndEnergy any =
          model.at_least(bounds.any_array(), bounds.tiles().work({}, innermost));
      EXPECT_LE(any.cycles, cost.cycles.value());
      EXPECT_LE(any.energy, cost.energy.total().value() * (1 + 1e-12));
      EXPECT_LE(model.compute_cycles(bounds.array_cycles(array)),
                static_cast<double>(cost.compute_cycles.value()) + 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    SmallLayers, Optimality,
    testing::Values(Place{"mensa_g", "pascal", ""}, Place{"mensa_g", "pavlov", ""},
                    Place{"mensa_g", "jacquard", ""}, Place{"eyeriss_v2", "eyeriss_v2", ""},
                    Place{"edge_tpu", "edge_tpu", ""}, Place{"nvdla", "nvdla", ""},
                    Place{"edge_tpu", "edge_tpu", "input_stationary_multicast"},
                    Place{"systolic_ideal", "systolic", "output_stationary"},
                    Place{"systolic_ideal", "systolic", "weight_stationary"},
                    Place{"systolic_ideal", "systolic", "input_stationary"},
                    Place{"mensa_g", "pascal", "", true}, Place{"mensa_g", "pavlov", "", true},
                    Place{"eyeriss_v2", "eyeriss_v2", "", true}, Place{"nvdla", "nvdla", "", true},
                    Place{"systolic_ideal", "systolic", "weight_stationary", true}),
    [](const auto& place) {
      return place.param.accelerator + (place.param.dataflow.empty() ? "" : "_") +
             place.param.dataflow + (place.param.sparse ? "_sparse" : "");
    });

/// With a larger array, larger buffers or more bandwidth the fastest mapping is never slower:
/// every mapping of the smaller accelerator is one of the larger, and takes no more time there.
TEST(Monotonicity, MoreOfAnythingIsNeverSlower) {
  for (const char* name : {"pascal", "pavlov", "jacquard"}) {
    test::SmallProblems problems = problems_on({"mensa_g", name, ""}, 4);
    for (int i = 0; i < (mensa::test::kSanitized ? 5 : 60); ++i) {
      const test::SmallProblem problem = problems.next();
      SCOPED_TRACE(std::string(name) + " " + problem.question.shape.to_string());
      const auto fastest = [&](auto&& change) -> std::optional<std::int64_t> {
        System system = problem.system;
        change(system, system.accelerators[problem.accelerator]);
        const auto result =
            map_layer(system, system.accelerators[problem.accelerator], problem.question);
        if (std::holds_alternative<Infeasible>(result)) return std::nullopt;
        return std::get<ParetoMappings>(result).front().cost.cycles.value();
      };
      const auto before = fastest([](System& /*system*/, Accelerator& /*accelerator*/) {});
      if (!before.has_value()) continue;
      const auto rows = fastest([](System& /*system*/, Accelerator& a) { a.rows += 3; });
      const auto columns = fastest([](System& /*system*/, Accelerator& a) { a.columns *= 2; });
      const auto room = fastest([](System& /*system*/, Accelerator& a) {
        for (Buffer& buffer : a.buffers) buffer.capacity = buffer.capacity * 2;
      });
      const auto width = fastest([](System& /*system*/, Accelerator& a) {
        for (Buffer& buffer : a.buffers) buffer.width += base::Bytes(3);
      });
      const auto bandwidth = fastest([](System& system, Accelerator& a) {
        MemoryPort& port = system.ports[a.port.index()];
        port.bandwidth = base::BytesPerSecond(port.bandwidth.value() * 1.5);
      });
      EXPECT_LE(rows, before);
      EXPECT_LE(columns, before);
      EXPECT_LE(room, before);
      EXPECT_LE(width, before);
      EXPECT_LE(bandwidth, before);
    }
  }
}

}  // namespace
}  // namespace mensa::accelerators
