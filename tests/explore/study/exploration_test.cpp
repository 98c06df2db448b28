#include "explore/study/exploration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/explore/store/sample_study.h"
#include "tests/explore/study/made_evaluation.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::_;
using testing::Each;
using testing::Pair;
using testing::SizeIs;

constexpr std::uint64_t kEndless = std::uint64_t{1} << 40U;

/// Of 4 x 5 x 60 points.
Space searched_by(const std::string& method, std::uint64_t points = kEndless) {
  Space space = numbers_space({4, 5, 60});
  space.search = {method, 3, 16};
  if (points != kEndless) space.stop.points = points;
  return space;
}

class Explorations : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(const std::string& name = "a.study") const {
    return folder_.path() / name;
  }
  [[nodiscard]] StudyStore create(const std::string& name = "a.study") const {
    return StudyStore::create(path(name), sample_description());
  }
  [[nodiscard]] StudyStore resume(const std::string& name = "a.study") const {
    return StudyStore::resume(path(name), sample_description());
  }

  /// All of a study but durations, a line for each point.
  static std::vector<std::string> lines_of(const StudyStore& study) {
    std::vector<std::string> lines;
    study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
      std::string line = std::to_string(entry.number) + ": " + key_of(entry.point) + " " +
                         std::string(to_string(entry.result.status)) + entry.result.reason;
      for (const auto& metric : entry.result.metrics) {
        line += metric ? " " + std::to_string(*metric) : " -";
      }
      lines.push_back(std::move(line));
    });
    return lines;
  }

  /// What an exploration that nothing disturbs comes to.
  [[nodiscard]] std::vector<std::string> undisturbed(const Space& space) const {
    StudyStore study = create("undisturbed.study");
    MadeEvaluation evaluation;
    Exploration(space, evaluation, study).run();
    return lines_of(study);
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Explorations, EvaluateAndStoreEachPointOnce) {
  for (const char* const method : {"grid", "random", "sobol", "nsga2", "moead", "anneal"}) {
    const Space space = searched_by(method, 300);
    StudyStore study = create(method);
    MadeEvaluation evaluation;
    Exploration exploration(space, evaluation, study);
    EXPECT_EQ(exploration.run(), Ending::kPoints) << method;
    EXPECT_EQ(study.count(), 300U);
    EXPECT_EQ(study.last_number(), 300U);
    EXPECT_THAT(evaluation.times(), SizeIs(300));
    EXPECT_THAT(evaluation.times(), Each(Pair(_, 1)));
    const StudyCounts counts = study.counts();
    EXPECT_EQ(exploration.state().points, 300U);
    EXPECT_EQ(exploration.state().evaluated, 300U);
    EXPECT_EQ(exploration.state().feasible, counts.feasible);
    EXPECT_GT(counts.infeasible, 0U);
    EXPECT_GT(exploration.state().front, 1U);
    study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
      EXPECT_TRUE(same(entry.result, MadeEvaluation::result_of(entry.point)));
    });
  }
}

TEST_F(Explorations, EndWhenThereAreNoMorePoints) {
  for (const char* const method : {"grid", "random", "sobol", "nsga2", "moead", "anneal"}) {
    Space space = numbers_space({3, 1, 5});
    space.search = {method, 1, 8};
    StudyStore study = create(method);
    MadeEvaluation evaluation;
    EXPECT_EQ(Exploration(space, evaluation, study).run(), Ending::kExhausted) << method;
    EXPECT_EQ(study.count(), 15U) << method;
  }
}

TEST_F(Explorations, EndWhenASearchFindsNoNewPoints) {
  Space space = numbers_space(std::vector<std::size_t>(60, 2));
  space.objectives = {Metric::kArea};
  space.search = {"anneal", 1, 1};
  StudyStore study = create();
  // Whoever stays at what it has is not looking for more: all but the first point are infeasible.
  class OnlyFirst final : public Evaluation {
   public:
    void run(const std::vector<Point>& points, const Done& done, const Stop& /*stop*/) override {
      for (std::size_t i = 0; i < points.size(); ++i) {
        PointResult result;
        result.metrics[0] = 1;
        if (count_++ > 0) {
          result.status = PointStatus::kInfeasible;
          result.violation = 1e6;
        }
        done(i, std::move(result));
      }
    }
    [[nodiscard]] std::size_t width() const override { return 1; }

   private:
    int count_ = 0;
  } evaluation;
  EXPECT_EQ(Exploration(space, evaluation, study).run(), Ending::kExhausted);
  EXPECT_EQ(study.count(), 61U);  // the first and those one step away
}

TEST_F(Explorations, StopAtSoManyPointsAndNotOneMore) {
  for (const std::uint64_t points : {1U, 15U, 16U, 17U}) {
    const Space space = searched_by("nsga2", points);
    StudyStore study = create(std::to_string(points));
    MadeEvaluation evaluation;
    EXPECT_EQ(Exploration(space, evaluation, study).run(), Ending::kPoints);
    EXPECT_EQ(study.count(), points);
  }
}

TEST_F(Explorations, StopWhereTheFrontStaysAsItIs) {
  Space space = searched_by("anneal");
  space.search.population = 1;  // one point at a time
  space.stop.stagnation = 40;
  StudyStore study = create();
  MadeEvaluation evaluation;
  EXPECT_EQ(Exploration(space, evaluation, study).run(), Ending::kStagnation);
  // The front by hand: the last change, and 40 points after it.
  ParetoFront front;
  std::uint64_t last = 0;
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    if (!entry.result.is_feasible()) return;
    const bool changes =
        front.add({to_minimise(Metric::kLatency, *entry.result.metric(Metric::kLatency)),
                   to_minimise(Metric::kEnergy, *entry.result.metric(Metric::kEnergy))},
                  entry.number);
    if (changes) last = entry.number;
  });
  EXPECT_EQ(study.count(), last + 40);
}

TEST_F(Explorations, StopAfterATime) {
  Space space = searched_by("grid");
  space.stop.time = base::Seconds(0.05);
  StudyStore study = create();
  MadeEvaluation evaluation(std::chrono::milliseconds(2));
  EXPECT_EQ(Exploration(space, evaluation, study).run(), Ending::kTime);
  EXPECT_GT(study.count(), 0U);
  EXPECT_LT(study.count(), 30U);
  // A time is of one run: the next one has it again.
  StudyStore again = resume();
  const std::uint64_t before = again.count();
  MadeEvaluation more(std::chrono::milliseconds(2));
  EXPECT_EQ(Exploration(space, more, again).run(), Ending::kTime);
  EXPECT_GT(again.count(), before);
}

TEST_F(Explorations, AnswerFromTheStudyWhatItHas) {
  for (const char* const method : {"random", "nsga2", "moead", "anneal"}) {
    const Space space = searched_by(method, 200);
    {
      StudyStore study = create(method);
      MadeEvaluation evaluation;
      Exploration(space, evaluation, study).run();
    }
    StudyStore study = resume(method);
    MadeEvaluation evaluation;
    Exploration exploration(space, evaluation, study);
    EXPECT_EQ(exploration.run(), Ending::kPoints);
    EXPECT_THAT(evaluation.times(), SizeIs(0));
    EXPECT_EQ(exploration.state().points, 200U);
    EXPECT_EQ(exploration.state().evaluated, 0U);
    const Space longer = searched_by(method, 260);
    MadeEvaluation more;
    Exploration(longer, more, study).run();
    EXPECT_THAT(more.times(), SizeIs(60));
    const Space shorter = searched_by(method, 10);
    MadeEvaluation none;
    EXPECT_EQ(Exploration(shorter, none, study).run(), Ending::kPoints);
    EXPECT_THAT(none.times(), SizeIs(0));
  }
}

TEST_F(Explorations, InterruptedAnywhereComeToTheSame) {
  std::mt19937 random(1);
  for (const char* const method : {"random", "nsga2", "moead", "anneal"}) {
    const Space space = searched_by(method, 250);
    const std::vector<std::string> expected = undisturbed(space);
    std::filesystem::remove(path("undisturbed.study"));
    static_cast<void>(create(method));
    std::map<std::string, int> times;
    Ending ending = Ending::kInterrupted;
    int runs = 0;
    while (ending == Ending::kInterrupted) {
      StudyStore study = resume(method);
      MadeEvaluation evaluation;
      Exploration exploration(space, evaluation, study);
      const std::size_t most = 1 + random() % 60;
      exploration.stop_when([&] { return evaluation.times().size() >= most; });
      ending = exploration.run();
      for (const auto& [key, count] : evaluation.times()) times[key] += count;
      ++runs;
    }
    EXPECT_GT(runs, 3);
    EXPECT_THAT(times, Each(Pair(_, 1)));
    EXPECT_EQ(lines_of(resume(method)), expected) << method;
  }
}

TEST_F(Explorations, FinishThePointsInFlightWhenTheyAreInterrupted) {
  const Space space = searched_by("grid");
  StudyStore study = create();
  MadeEvaluation evaluation;
  Exploration exploration(space, evaluation, study);
  exploration.stop_when([&] { return evaluation.times().size() == 25; });
  EXPECT_EQ(exploration.run(), Ending::kInterrupted);
  EXPECT_EQ(study.count(), 25U);
  EXPECT_EQ(exploration.state().points, 25U);
  // What it had claimed is free again.
  StudyStore other = resume();
  EXPECT_THAT(other.claim({{0, 0, 25}, {0, 0, 26}}), Each(Claim::kOurs));
}

TEST_F(Explorations, EndWithWhatAnEvaluationThrows) {
  const Space space = searched_by("nsga2", 200);
  const std::vector<std::string> expected = undisturbed(space);
  StudyStore study = create();
  MadeEvaluation evaluation;
  evaluation.before = [&](const Point&) {
    if (evaluation.times().size() == 20) throw std::runtime_error("no more");
  };
  Exploration exploration(space, evaluation, study);
  EXPECT_THROW(exploration.run(), std::runtime_error);
  EXPECT_EQ(study.count(), 20U);
  // Others need not wait for what it had claimed, though its study is still open.
  StudyStore other = resume();
  MadeEvaluation more;
  EXPECT_EQ(Exploration(space, more, other).run(), Ending::kPoints);
  EXPECT_THAT(more.times(), SizeIs(180));
  EXPECT_EQ(lines_of(other), expected);
}

/// Two that search alike, as two programs on one file.
TEST_F(Explorations, OfOneStudyAtOnceShareItsPoints) {
  for (const char* const method : {"random", "nsga2", "anneal"}) {
    const Space space = searched_by(method, 200);
    const std::vector<std::string> expected = undisturbed(space);
    std::filesystem::remove(path("undisturbed.study"));
    StudyStore first = create(method);
    StudyStore second = resume(method);
    MadeEvaluation one(std::chrono::milliseconds(2), 1);
    MadeEvaluation two(std::chrono::milliseconds(2), 1);
    Exploration exploration(space, one, first);
    Exploration other(space, two, second);
    std::thread thread([&] { EXPECT_EQ(exploration.run(), Ending::kPoints); });
    EXPECT_EQ(other.run(), Ending::kPoints);
    thread.join();
    EXPECT_EQ(one.times().size() + two.times().size(), 200U) << method;
    // Neither of them had all the work.
    EXPECT_GT(one.times().size(), 50U) << method;
    EXPECT_GT(two.times().size(), 50U) << method;
    EXPECT_EQ(exploration.state().front, other.state().front);
    EXPECT_EQ(exploration.state().best, other.state().best);
    EXPECT_EQ(exploration.state().points, 200U);
    EXPECT_EQ(lines_of(first), expected);
    EXPECT_EQ(lines_of(second), expected);
  }
}

TEST_F(Explorations, TakeOverFromOneThatWasInterrupted) {
  const Space space = searched_by("nsga2", 150);
  const std::vector<std::string> expected = undisturbed(space);
  StudyStore first = create();
  StudyStore second = resume();
  MadeEvaluation one(std::chrono::microseconds(500), 1);
  MadeEvaluation two(std::chrono::microseconds(500), 1);
  Exploration exploration(space, one, first);
  exploration.stop_when([&] { return one.times().size() == 20; });
  std::thread thread([&] { EXPECT_EQ(exploration.run(), Ending::kInterrupted); });
  EXPECT_EQ(Exploration(space, two, second).run(), Ending::kPoints);
  thread.join();
  EXPECT_EQ(one.times().size() + two.times().size(), 150U);
  EXPECT_EQ(lines_of(second), expected);
}

TEST_F(Explorations, TellHowFarTheyAre) {
  const Space space = searched_by("nsga2", 100);
  StudyStore study = create();
  MadeEvaluation evaluation;
  Exploration exploration(space, evaluation, study);
  std::uint64_t last = 0;
  std::uint64_t told = 0;
  exploration.tell([&](const ExplorationState& state) {
    EXPECT_GE(state.points, last);
    EXPECT_LE(state.points, 100U);
    EXPECT_LE(state.feasible, state.points);
    EXPECT_EQ(state.points, state.evaluated);
    last = state.points;
    ++told;
  });
  exploration.run();
  EXPECT_GE(told, 100U);
  EXPECT_EQ(last, 100U);
  double least = 1e9;
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    if (entry.result.is_feasible()) {
      least =
          std::min(least, to_minimise(Metric::kLatency, *entry.result.metric(Metric::kLatency)));
    }
  });
  ASSERT_EQ(exploration.state().best.size(), 2U);
  EXPECT_EQ(exploration.state().best[0], least);
}

TEST(Endings, HaveWords) {
  EXPECT_EQ(to_string(Ending::kPoints), "points");
  EXPECT_EQ(to_string(Ending::kExhausted), "exhausted");
  EXPECT_EQ(to_string(Ending::kInterrupted), "interrupted");
}

}  // namespace
}  // namespace mensa::explore
