#include "accelerators/cost/mapping_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "tests/accelerators/cost/questions.h"
#include "tests/accelerators/test_system.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::MacOperand;
using test::kDifferentQuestions;
using test::kThreads;
using test::mixed_questions;
using test::question_of;

System small_system() {
  return test::simple_system(
      test::simple_accelerator(4, 4, {Dim::C}, {Dim::K}, MacOperand::kWeights));
}

/// Runs `ask(thread)` in so many threads, which begin together.
void in_threads(const std::function<void(std::size_t)>& ask) {
  std::atomic<std::size_t> ready = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      ask(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// All that an answer says, comparable.
std::string text_of(const MappingCache::Answer& answer) {
  if (const auto* missing = std::get_if<Infeasible>(&answer)) return missing->to_string();
  std::string text;
  for (const MappedCost& each : std::get<ParetoMappings>(answer)) {
    text += each.mapping.to_string() + " " + std::to_string(each.cost.cycles.value()) + " " +
            std::to_string(each.cost.energy.total().value()) + "\n";
  }
  return text;
}

TEST(MappingCache, EqualQuestionsAreSearchedForOnce) {
  const System system = small_system();
  MappingCache cache(system);
  const Accelerator& array = system.accelerators.front();
  const auto& first = cache.find(array, question_of(test::conv(8, 8, 6, 3)));
  EXPECT_EQ(&cache.find(array, question_of(test::conv(8, 8, 6, 3))), &first);
  EXPECT_EQ(cache.searches(), 1);
  EXPECT_NE(&cache.find(array, question_of(test::conv(8, 8, 5, 3))), &first);
  EXPECT_EQ(cache.searches(), 2);
}

TEST(MappingCache, EveryPartOfAQuestionTellsItFromOthers) {
  using Change = std::function<void(MacQuestion&)>;
  const std::vector<Change> changes = {
      [](MacQuestion& q) { q.shape.bounds[models::index(Dim::N)] = 2; },
      [](MacQuestion& q) { q.shape.stride[2] = 2; },
      [](MacQuestion& q) { q.shape.dilation[2] = 2; },
      [](MacQuestion& q) { q.shape.pad_begin[2] = 1; },
      [](MacQuestion& q) { q.shape.input_size[2] = 9; },
      [](MacQuestion& q) { q.bits.weights = 4; },
      [](MacQuestion& q) { q.bits.inputs = 4; },
      [](MacQuestion& q) { q.bits.outputs = 4; },
      [](MacQuestion& q) { q.bits.accumulators = 24; },
      [](MacQuestion& q) { q.resident.weights = true; },
      [](MacQuestion& q) { q.resident.inputs = true; },
      [](MacQuestion& q) { q.resident.outputs = true; },
      [](MacQuestion& q) { q.reserved_activations = base::Bytes(1); },
      [](MacQuestion& q) { q.reserved_parameters = base::Bytes(1); },
      [](MacQuestion& q) { q.tail.operations = 1; },
      [](MacQuestion& q) { q.tail.activation_read = base::Bytes(1); },
      [](MacQuestion& q) { q.tail.activation_read_from_dram = base::Bytes(1); },
      [](MacQuestion& q) { q.tail.parameter_read = base::Bytes(1); },
      [](MacQuestion& q) { q.tail.streamed_operands = 1; },
      [](MacQuestion& q) { q.input_positions = InputPositions::kBoundingBox; },
  };
  System system = small_system();
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().id = AcceleratorId(1);
  MappingCache cache(system, {Effort::kFast});
  const MacQuestion plain = question_of(test::conv(2, 2, 3, 2));
  static_cast<void>(cache.find(system.accelerators[0], plain));
  std::int64_t searches = 1;
  for (const Change& change : changes) {
    MacQuestion other = plain;
    change(other);
    static_cast<void>(cache.find(system.accelerators[0], other));
    EXPECT_EQ(cache.searches(), ++searches);
  }
  static_cast<void>(cache.find(system.accelerators[1], plain));
  EXPECT_EQ(cache.searches(), ++searches);
}

TEST(MappingCache, ConcurrentAskersShareOneSearch) {
  const System system = small_system();
  MappingCache cache(system);
  std::array<const MappingCache::Answer*, kThreads> answers = {};
  in_threads([&](std::size_t thread) {
    answers[thread] =
        &cache.find(system.accelerators.front(), question_of(test::conv(16, 16, 8, 3)));
  });
  EXPECT_EQ(cache.searches(), 1);
  for (const auto* answer : answers) EXPECT_EQ(answer, answers.front());
  EXPECT_TRUE(std::holds_alternative<ParetoMappings>(*answers.front()));
}

TEST(MappingCache, AnswersDoNotDependOnTheNumberOfThreads) {
  const System system = small_system();
  const Accelerator& array = system.accelerators.front();
  const std::vector<MacQuestion> questions = mixed_questions();
  MappingCache alone(system);
  MappingCache shared(system);
  in_threads([&](std::size_t thread) {
    for (std::size_t i = 0; i < questions.size(); ++i) {  // each thread begins elsewhere
      static_cast<void>(shared.find(array, questions[(i + thread) % questions.size()]));
    }
  });
  for (const MacQuestion& question : questions) {
    EXPECT_EQ(text_of(shared.find(array, question)), text_of(alone.find(array, question)))
        << question.shape.to_string();
  }
  EXPECT_TRUE(std::holds_alternative<Infeasible>(alone.find(array, questions.back())));
  EXPECT_EQ(alone.searches(), kDifferentQuestions);
  EXPECT_EQ(shared.searches(), kDifferentQuestions);
}

TEST(MappingCache, WhatASearchThrowsReachesEveryAsker) {
  const System system = small_system();
  const Accelerator& array = system.accelerators.front();
  MappingCache cache(system);
  MacQuestion no_shape = question_of(test::conv(8, 8, 6, 3));
  no_shape.shape.bounds[models::index(Dim::K)] = 0;
  std::atomic<std::size_t> thrown = 0;
  in_threads([&](std::size_t) {
    try {
      static_cast<void>(cache.find(array, no_shape));
    } catch (const base::Error&) {
      ++thrown;
    }
  });
  EXPECT_EQ(thrown, kThreads);
  EXPECT_THROW(static_cast<void>(cache.find(array, no_shape)), base::Error);
  EXPECT_EQ(cache.searches(), 1);
}

TEST(MappingCache, SearchesAsItsOptionsSay) {
  const System system = small_system();
  const MacQuestion question = question_of(test::conv(8, 8, 6, 3));
  MappingCache fast(system, {Effort::kFast});
  EXPECT_EQ(text_of(fast.find(system.accelerators.front(), question)),
            text_of(map_layer(system, system.accelerators.front(), question, {Effort::kFast})));
  EXPECT_EQ(&fast.system(), &system);
  EXPECT_EQ(fast.options().effort, Effort::kFast);
}

TEST(MappingCache, ServesSeveralCostTables) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("mensa_g");
  const auto cache = std::make_shared<MappingCache>(system, MapperOptions{Effort::kFast});
  const auto ask_all = [&](Objective objective) {
    CostTable costs(graph, objective, cache);
    EXPECT_EQ(&costs.system(), &system);
    EXPECT_EQ(costs.mapper(), Effort::kFast);
    for (const models::Layer& layer : graph.layers()) {
      for (const Accelerator& accelerator : system.accelerators) {
        EXPECT_NE(costs.find(layer.id, accelerator.id), nullptr) << layer.name;
      }
    }
  };
  ask_all(Objective::kEdp);
  const std::int64_t searches = cache->searches();
  EXPECT_GT(searches, 0);
  ask_all(Objective::kLatency);
  EXPECT_EQ(cache->searches(), searches);
}

}  // namespace
}  // namespace mensa::accelerators
