// Mappings that systems share: the same answers as without, whoever asks, and whatever is
// forgotten.

#include "accelerators/cost/shared_mappings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "accelerators/cost/mapping_cache.h"
#include "accelerators/cost/static_power.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "tests/accelerators/cost/questions.h"
#include "tests/accelerators/mapping/small_problems.h"
#include "tests/accelerators/test_system.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using base::Watts;
using models::Dim;
using models::MacOperand;
using test::kDifferentQuestions;
using test::kThreads;
using test::mixed_questions;
using test::question_of;
using ::testing::HasSubstr;

constexpr double kStep = 0.25;  ///< of the grid, in octaves

/// Nothing leaks: the memory's background power is all that is drawn.
System system_at(double watts) {
  System system =
      test::simple_system(test::simple_accelerator(4, 4, {Dim::C}, {Dim::K}, MacOperand::kWeights));
  std::vector<SramPoint> macros = system.technology.sram.points();
  for (SramPoint& macro : macros) macro.leakage = Watts(0);
  system.technology.sram = SramTable(macros);
  system.memories.front().background_power = test::given<Watts>(watts);
  return system;
}

/// A second accelerator as the first one, but for its name.
System system_with_twin() {
  System system = system_at(0.25);
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().id = AcceleratorId(1);
  system.accelerators.back().name = "twin";
  return system;
}

/// All that an answer says, to the last bit.
std::string exact_text(const MappingCache::Answer& answer) {
  if (const auto* missing = std::get_if<Infeasible>(&answer)) return missing->to_string();
  std::ostringstream text;
  text << std::hexfloat;
  for (const auto& [mapping, cost] : std::get<ParetoMappings>(answer)) {
    text << mapping.to_string() << ' ' << cost.cycles.value() << ' ' << cost.memory_cycles.value()
         << ' ' << cost.dram.read().value() << ' ' << cost.time.value();
    for (const base::Picojoules part :
         {cost.energy.mac, cost.energy.register_file, cost.energy.buffer, cost.energy.network,
          cost.energy.dram, cost.energy.static_energy}) {
      text << ' ' << part.value();
    }
    text << '\n';
  }
  return text.str();
}

std::string answer_of(const System& system, const MacQuestion& question,
                      const std::shared_ptr<SharedMappings>& shared,
                      Effort effort = Effort::kFast) {
  MappingCache cache(system, {effort}, shared);
  return exact_text(cache.find(system.accelerators.front(), question));
}

TEST(GridPower, HasStepsOfEqualRatios) {
  for (int step = -41; step <= 13; ++step) {
    const double exact = std::exp2(kStep * step);
    const GridPower here = GridPower::nearest(Watts(exact));
    EXPECT_EQ(here.step, step);
    EXPECT_DOUBLE_EQ(here.power.value(), exact);
    EXPECT_EQ(GridPower::nearest(here.power).power, here.power);
    EXPECT_EQ(GridPower::nearest(Watts(exact * std::exp2(0.499 * kStep))).power, here.power);
    EXPECT_EQ(GridPower::nearest(Watts(exact * std::exp2(-0.499 * kStep))).power, here.power);
    EXPECT_EQ(GridPower::nearest(Watts(exact * std::exp2(0.501 * kStep))).step, step + 1);
  }
  EXPECT_EQ(GridPower::nearest(Watts(0.25)).power, Watts(0.25));
}

TEST(GridPower, NothingIsAStepOfItsOwn) {
  const GridPower none = GridPower::nearest(Watts(0));
  EXPECT_EQ(none.power, Watts(0));
  const double least = std::numeric_limits<double>::denorm_min();
  EXPECT_NE(GridPower::nearest(Watts(least)).step, none.step);
  EXPECT_GT(GridPower::nearest(Watts(least)).power, Watts(0));
}

TEST(SharedMappings, AnswerAsACacheWithoutThem) {
  for (const double watts : {0.0, 0.25, std::sqrt(2.0)}) {
    const System system = system_at(watts);
    ASSERT_EQ(static_power(system, AcceleratorId(0)), Watts(watts));
    for (const Effort effort : {Effort::kFast, Effort::kPruned}) {
      MappingCache alone(system, {effort});
      MappingCache with(system, {effort}, std::make_shared<SharedMappings>());
      for (const MacQuestion& question : mixed_questions()) {
        EXPECT_EQ(exact_text(with.find(system.accelerators.front(), question)),
                  exact_text(alone.find(system.accelerators.front(), question)))
            << question.shape.to_string();
      }
    }
  }
}

TEST(SharedMappings, CostsAreThoseOfTheExactPower) {
  const System system = system_at(0.27);
  const System nearest = system_at(0.25);
  const Accelerator& array = system.accelerators.front();
  MappingCache cache(system, {Effort::kFast}, std::make_shared<SharedMappings>());
  for (const MacQuestion& question : mixed_questions()) {
    const auto* found = std::get_if<ParetoMappings>(&cache.find(array, question));
    if (found == nullptr) continue;
    const auto searched = std::get<ParetoMappings>(
        map_layer(nearest, nearest.accelerators.front(), question, {Effort::kFast}));
    MacCostModel model(system, array, question);
    for (const MappedCost& each : *found) {
      EXPECT_EQ(exact_text(ParetoMappings{each}),
                exact_text(ParetoMappings{
                    {each.mapping, std::get<LayerCost>(model.evaluate(each.mapping))}}));
      EXPECT_TRUE(std::any_of(searched.begin(), searched.end(), [&](const MappedCost& other) {
        return other.mapping == each.mapping;
      }));
    }
  }
}

TEST(SharedMappings, SystemsThatDifferElsewhereShare) {
  const auto shared = std::make_shared<SharedMappings>();
  const MacQuestion question = question_of(test::conv(8, 8, 6, 3));
  const std::string plain = answer_of(system_at(0.25), question, shared);
  EXPECT_EQ(shared->searches(), 1);
  System other = system_with_twin();
  other.name = "other";
  other.accelerators.front().name = "renamed";
  other.accelerators.front().launch_overhead = base::Seconds(1e-6);
  other.accelerators.back().rows = 2;
  EXPECT_EQ(answer_of(other, question, shared), plain);
  EXPECT_EQ(shared->searches(), 1);
  EXPECT_EQ(shared->hits(), 1);
  // As much is drawn, nearly.
  EXPECT_NE(answer_of(system_at(0.26), question, shared), plain);
  EXPECT_EQ(shared->searches(), 1);
  EXPECT_EQ(shared->hits(), 2);
}

TEST(SharedMappings, EqualAcceleratorsOfOneSystemShare) {
  const System system = system_with_twin();
  const auto shared = std::make_shared<SharedMappings>();
  MappingCache cache(system, {Effort::kFast}, shared);
  const MacQuestion question = question_of(test::conv(8, 8, 6, 3));
  EXPECT_EQ(exact_text(cache.find(system.accelerators[0], question)),
            exact_text(cache.find(system.accelerators[1], question)));
  EXPECT_EQ(cache.searches(), 2);
  EXPECT_EQ(shared->searches(), 1);
}

TEST(SharedMappings, WhatChangesAnswersIsSearchedForAnew) {
  const auto shared = std::make_shared<SharedMappings>();
  const MacQuestion question = question_of(test::conv(8, 8, 6, 3));
  static_cast<void>(answer_of(system_at(0.25), question, shared));
  std::int64_t searches = 1;
  const std::vector<std::function<void(System&)>> changes = {
      [](System& s) { s.accelerators.front().buffers.front().capacity = base::Bytes(32 * 1024); },
      [](System& s) { s.ports.front().bandwidth = base::BytesPerSecond(5e8); },
      [](System& s) { s.technology.mac.front().energy.nominal = base::Picojoules(2); },
      [](System& s) { s.memories.front().background_power.nominal = Watts(0.5); },
  };
  for (const auto& change : changes) {
    System other = system_at(0.25);
    change(other);
    const std::string answer = answer_of(other, question, shared);
    EXPECT_EQ(shared->searches(), ++searches);
    EXPECT_EQ(answer, answer_of(other, question, std::make_shared<SharedMappings>()));
  }
  static_cast<void>(answer_of(system_at(0.25), question, shared, Effort::kPruned));
  EXPECT_EQ(shared->searches(), ++searches);
  EXPECT_EQ(shared->hits(), 0);
}

TEST(SharedMappings, ForgettingChangesNoAnswer) {
  std::vector<MacQuestion> questions;
  for (std::int64_t channels = 1; channels <= 60; ++channels) {
    questions.push_back(question_of(models::gemm_shape(4, channels, 6)));
  }
  const System system = system_at(0.3);
  constexpr std::size_t kLimit = 64 * 1024;
  const auto small = std::make_shared<SharedMappings>(kLimit);
  const auto tiny = std::make_shared<SharedMappings>(0);
  const auto large = std::make_shared<SharedMappings>();
  for (int round = 0; round < 2; ++round) {
    for (const MacQuestion& question : questions) {
      const std::string expected = answer_of(system, question, large);
      EXPECT_EQ(answer_of(system, question, small), expected);
      EXPECT_EQ(answer_of(system, question, tiny), expected);
    }
  }
  const auto asked = static_cast<std::int64_t>(2 * questions.size());
  EXPECT_EQ(large->searches(), asked / 2);
  EXPECT_EQ(large->hits(), asked / 2);
  for (const auto& forgetful : {small, tiny}) {
    EXPECT_GT(forgetful->searches(), asked / 2);
    EXPECT_EQ(forgetful->searches() + forgetful->hits(), asked);
    EXPECT_LT(forgetful->bytes(), large->bytes());
  }
  EXPECT_LT(small->bytes(), 2 * kLimit);
  EXPECT_GT(small->bytes(), tiny->bytes());
}

TEST(SharedMappings, WhatIsAskedForAgainStays) {
  const System system = system_at(0.25);
  const MacQuestion often = question_of(test::conv(8, 8, 6, 3));
  const auto shared = std::make_shared<SharedMappings>(512 * 1024);
  static_cast<void>(answer_of(system, often, shared));
  for (std::int64_t channels = 1; channels <= 400; ++channels) {
    static_cast<void>(answer_of(system, question_of(models::gemm_shape(2, channels, 3)), shared));
    static_cast<void>(answer_of(system, often, shared));
  }
  EXPECT_EQ(shared->hits(), 400);
  EXPECT_LT(shared->bytes(), 512U * 1024U);
}

TEST(SharedMappings, AnswersDoNotDependOnTheNumberOfThreads) {
  const std::vector<MacQuestion> questions = mixed_questions();
  const System system = system_at(0.3);
  const auto shared = std::make_shared<SharedMappings>();
  std::atomic<std::size_t> ready = 0;
  std::vector<std::vector<std::string>> answers(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      MappingCache cache(system, {Effort::kFast}, shared);
      answers[t].resize(questions.size());
      for (std::size_t i = 0; i < questions.size(); ++i) {  // each thread begins elsewhere
        const std::size_t q = (i + t) % questions.size();
        answers[t][q] = exact_text(cache.find(system.accelerators.front(), questions[q]));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared->searches(), kDifferentQuestions);
  EXPECT_EQ(shared->hits(), static_cast<std::int64_t>(kThreads - 1) * kDifferentQuestions);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    const std::string alone = answer_of(system, questions[q], std::make_shared<SharedMappings>());
    for (const auto& of_thread : answers) EXPECT_EQ(of_thread[q], alone);
  }
}

std::string answer_error(const System& system, const Accelerator& accelerator,
                         const MacQuestion& question,
                         const std::shared_ptr<SharedMappings>& shared) {
  MappingCache cache(system, {Effort::kFast}, shared);
  try {
    static_cast<void>(cache.find(accelerator, question));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(SharedMappings, ErrorsReachEveryoneWhoAsks) {
  const System system = system_with_twin();
  const auto shared = std::make_shared<SharedMappings>();
  MacQuestion no_shape = question_of(test::conv(8, 8, 6, 3));
  no_shape.shape.bounds[models::index(Dim::K)] = 0;
  const Accelerator& array = system.accelerators[0];
  const Accelerator& twin = system.accelerators[1];
  EXPECT_THAT(answer_error(system, array, no_shape, shared), HasSubstr("array"));
  EXPECT_EQ(answer_error(system, array, no_shape, shared),
            answer_error(system, array, no_shape, shared));
  EXPECT_THAT(answer_error(system, twin, no_shape, shared), HasSubstr("twin"));
  EXPECT_EQ(shared->searches(), 1);
  EXPECT_EQ(shared->hits(), 0);
}

TEST(SharedMappings, WhatIsMissingIsOfWhoAsks) {
  const System system = system_with_twin();
  const auto shared = std::make_shared<SharedMappings>();
  MappingCache cache(system, {Effort::kFast}, shared);
  MappingCache alone(system, {Effort::kFast});
  const MacQuestion crowded = mixed_questions().back();
  for (const Accelerator& accelerator : system.accelerators) {
    const std::string missing = exact_text(cache.find(accelerator, crowded));
    EXPECT_THAT(missing, HasSubstr(accelerator.name));
    EXPECT_EQ(missing, exact_text(alone.find(accelerator, crowded)));
  }
  EXPECT_EQ(shared->searches(), 1);
  EXPECT_EQ(shared->hits(), 1);
}

MappedCost mapped(std::int64_t cycles, double dynamic) {
  MappedCost entry;
  entry.cost.cycles = base::Cycles(cycles);
  entry.cost.energy.dram = base::Picojoules(dynamic);
  return entry;
}

TEST(AtPower, LeavesOutWhatIsBeatenThere) {
  const ParetoMappings mappings = {mapped(100, 500), mapped(150, 420), mapped(200, 400)};
  const base::Hertz clock(1e9);
  // 1 mW is 1 pJ per cycle of 1 ns: 600, 570, 600.
  const ParetoMappings at_one = at_power(mappings, Watts(1e-3), clock);
  ASSERT_EQ(at_one.size(), 2U);
  EXPECT_EQ(at_one[1].cost.cycles, base::Cycles(150));
  EXPECT_DOUBLE_EQ(at_one[1].cost.energy.static_energy.value(), 150);
  // 520, 450, 440.
  EXPECT_EQ(at_power(mappings, Watts(2e-4), clock).size(), 3U);
  // 700, 720, 800.
  EXPECT_EQ(at_power(mappings, Watts(2e-3), clock).size(), 1U);
  EXPECT_TRUE(at_power({}, Watts(1), clock).empty());
}

double best(const ParetoMappings& mappings, Objective objective) {
  double least = std::numeric_limits<double>::infinity();
  for (const MappedCost& each : mappings) {
    least = std::min(least, score(objective, each.cost.time, each.cost.energy.total()));
  }
  return least;
}

/// The bound of docs/cost-model.md: of a search at a power no further off than half a step.
TEST(SharedMappings, LoseNoMoreThanTheBound) {
  const double most = std::exp2(kStep / 2) - 1;
  for (const auto& [system, accelerator] :
       {std::pair("mensa_g", "pascal"), std::pair("mensa_g", "jacquard"),
        std::pair("eyeriss_v2", "eyeriss_v2")}) {
    test::SmallProblems problems(system, accelerator, {}, 5, 20'000);
    for (int i = 0; i < 12; ++i) {
      const test::SmallProblem problem = problems.next();
      const Accelerator& its = problem.system.accelerators[problem.accelerator];
      const auto found_at = [&](double watts) {
        return map_layer(problem.system, its, problem.question, {Effort::kPruned, Watts(watts)});
      };
      const double power = std::ldexp(1.0, -i / 2);
      const auto exact = found_at(power);
      if (std::holds_alternative<Infeasible>(exact)) continue;
      const auto& optimum = std::get<ParetoMappings>(exact);
      for (const double off : {-kStep / 2, kStep / 2}) {
        const auto found = at_power(std::get<ParetoMappings>(found_at(power * std::exp2(off))),
                                    Watts(power), its.clock);
        double share = 0;  // of static energy, the most of any of them
        for (const auto* list : {&optimum, &found}) {
          for (const MappedCost& each : *list) {
            share = std::max(share, each.cost.energy.static_energy.ratio(each.cost.energy.total()));
          }
        }
        EXPECT_LE(best(found, Objective::kLatency), best(optimum, Objective::kLatency));
        for (const Objective objective : {Objective::kEnergy, Objective::kEdp}) {
          EXPECT_LE(best(found, objective) * (1 - most * share),
                    best(optimum, objective) * (1 + 1e-6))
              << problem.question.shape.to_string() << ' ' << to_string(objective);
        }
      }
    }
  }
}

TEST(SharedMappings, ServeCostTablesOfManySystems) {
  const models::Graph graph = models::test::residual_chain();
  const auto shared = std::make_shared<SharedMappings>();
  const auto ask_all = [&](const System& system) {
    CostTable costs(graph, Objective::kEdp,
                    std::make_shared<MappingCache>(system, MapperOptions{Effort::kFast}, shared));
    for (const models::Layer& layer : graph.layers()) {
      for (const Accelerator& accelerator : system.accelerators) {
        EXPECT_NE(costs.find(layer.id, accelerator.id), nullptr) << layer.name;
      }
    }
  };
  ask_all(load_system("mensa_g"));
  const std::int64_t searches = shared->searches();
  EXPECT_GT(searches, 0);
  ask_all(load_system("mensa_g", {{"accelerators.jacquard.registers.weights", "2 B"}}));
  // Only Jacquard's, a third of them.
  EXPECT_EQ(shared->searches(), searches + searches / 3);
}

}  // namespace
}  // namespace mensa::accelerators
