#include "cli/workers/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <set>
#include <stdexcept>

#include "models/base/error.h"

namespace mensa::workers {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

Job job(std::string kind, Json payload) {
  return {std::move(kind), "resnet50 on mensa_g", std::move(payload)};
}

/// The text of what a job fails with, if that is of the type.
template <class Exception>
std::string failure(Job of) {
  try {
    static_cast<void>(run(std::move(of)));
  } catch (const Exception& error) {
    return error.what();
  }
  return "no such exception";
}

TEST(Pool, GivesBackWhatTheJobGave) {
  const Result result = run(job("echo", {{"text", "one\ntwo\n"}, {"number", 0.1}}));
  EXPECT_EQ(result.value["number"], 0.1);
  EXPECT_EQ(result.texts, std::vector<std::string>{"one\ntwo\n"});
}

TEST(Pool, BytesThatAreNoUtf8TravelUnchanged) {
  const std::string bytes = "a\xff\xfe\0b\x80";
  const Result result = run(job("echo", {{"text", bytes}}));
  EXPECT_EQ(result.value["text"], bytes);
  EXPECT_EQ(result.texts.front(), bytes);
  EXPECT_EQ(failure<base::Error>(job("mistake", bytes)), bytes);
}

/// Later jobs are done first.
TEST(Pool, OutcomesComeInTheOrderOfTheJobs) {
  for (const std::size_t at_once : {1U, 2U, 3U, 100U}) {
    constexpr int kJobs = 7;
    std::vector<Job> jobs;
    for (int i = 0; i < kJobs; ++i) {
      jobs.push_back(job("echo", {{"milliseconds", 10 * (kJobs - i)}, {"number", i}}));
    }
    Pool pool(std::move(jobs), at_once);
    for (int i = 0; i < kJobs; ++i) {
      EXPECT_EQ(pool.next().get().value["number"], i) << at_once;
    }
  }
}

TEST(Pool, RunsAsManyAtATimeAsItMay) {
  for (const std::ptrdiff_t at_once : {1, 3}) {
    constexpr int kJobs = 6;
    std::vector<Job> jobs;
    for (int i = 0; i < kJobs; ++i) jobs.push_back(job("times", 150));
    Pool pool(std::move(jobs), static_cast<std::size_t>(at_once));
    std::vector<std::pair<std::int64_t, std::int64_t>> times;
    for (int i = 0; i < kJobs; ++i) times.emplace_back(pool.next().get().value);
    std::ptrdiff_t most = 0;
    for (const auto& [begin, end] : times) {
      const std::int64_t moment = begin;
      most = std::max(most, std::count_if(times.begin(), times.end(), [&](const auto& other) {
                        return other.first <= moment && moment < other.second;
                      }));
    }
    EXPECT_EQ(most, at_once);
  }
}

/// Far more than a pipe holds, of several workers at once.
TEST(Pool, LongResultsDoNotBlock) {
  constexpr std::size_t kSize = 40'000'000;
  std::vector<Job> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(job("long", kSize));
  Pool pool(std::move(jobs), 3);
  for (int i = 0; i < 3; ++i) {
    const Result result = pool.next().get();
    ASSERT_EQ(result.texts.size(), 3U);
    EXPECT_EQ(result.texts[0], "short");
    EXPECT_EQ(result.texts[1], "");
    ASSERT_EQ(result.texts[2].size(), kSize);
    EXPECT_EQ(result.texts[2][39'999'000], static_cast<char>(39'999));
    EXPECT_EQ(result.texts[2][39'999'001], 'x');
  }
}

TEST(Pool, LongJobsAreNoProblemEither) {
  const std::string text(5'000'000, 'y');
  EXPECT_EQ(run(job("echo", {{"text", text}})).texts.front(), text);
}

TEST(Pool, ErrorsComeBackAsWhatTheyWere) {
  EXPECT_EQ(failure<base::Error>(job("mistake", "a.yaml:3:1: bad\n  line 2")),
            "a.yaml:3:1: bad\n  line 2");
  EXPECT_THROW(static_cast<void>(run(job("memory", nullptr))), std::bad_alloc);
  EXPECT_EQ(failure<std::runtime_error>(job("fault", "cannot be")), "cannot be");
  EXPECT_THAT(failure<std::runtime_error>(job("nosuch", nullptr)), HasSubstr("'nosuch'"));
}

TEST(Pool, AFailureIsThatJobsOnly) {
  Pool pool({job("echo", {{"number", 1}}), job("mistake", "bad"), job("die", SIGSEGV),
             job("echo", {{"number", 4}})},
            2);
  EXPECT_EQ(pool.next().get().value["number"], 1);
  EXPECT_THROW(static_cast<void>(pool.next().get()), base::Error);
  EXPECT_THROW(static_cast<void>(pool.next().get()), std::runtime_error);
  EXPECT_EQ(pool.next().get().value["number"], 4);
}

TEST(Pool, ADeadWorkerSaysWhereItDied) {
  for (const auto& [signal, words] : std::vector<std::pair<int, std::string>>{
           {SIGSEGV, "SIGSEGV (Segmentation fault)"}, {SIGABRT, "SIGABRT (Aborted)"}}) {
    EXPECT_EQ(
        failure<std::runtime_error>(job("die", signal)),
        "simulating resnet50 on mensa_g: layer 31 of 54 conv4_2: the worker process died of " +
            words);
  }
  EXPECT_THAT(failure<base::Error>(job("die", SIGKILL)),
              AllOf(HasSubstr("layer 31 of 54 conv4_2"), HasSubstr("SIGKILL (Killed)"),
                    HasSubstr("memory")));
  EXPECT_EQ(failure<std::runtime_error>(job("exit", 42)),
            "starting resnet50 on mensa_g: the worker process ended with exit code 42 and without "
            "a result");
  EXPECT_THAT(failure<std::runtime_error>(job("exit", 0)), HasSubstr("without a result"));
}

/// Its parent may have been started with the ends of children ignored.
TEST(Pool, TheWayAWorkerEndsIsNeverLost) {
  ::signal(SIGCHLD, SIG_IGN);
  EXPECT_THAT(failure<std::runtime_error>(job("die", SIGSEGV)), HasSubstr("SIGSEGV"));
}

/// Else a worker's end would not be seen before that of the others.
TEST(Pool, AWorkerHasNoFilesOfOthers) {
  std::vector<Job> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(job("files", nullptr));
  Pool pool(std::move(jobs), 3);
  std::set<std::size_t> numbers;
  for (int i = 0; i < 3; ++i) {
    const auto files = pool.next().get().value.get<std::vector<std::string>>();
    numbers.insert(files.size());  // with those that every program here has
    for (const char* const name : {"mensa job", "mensa status"}) {
      EXPECT_EQ(
          std::count_if(files.begin(), files.end(),
                        [&](const auto& file) { return file.find(name) != std::string::npos; }),
          1);
    }
  }
  EXPECT_EQ(numbers.size(), 1U);
}

TEST(Pool, SignalsOfTheTerminalAreForTheParent) {
  EXPECT_EQ(run(job("signals", nullptr)).value, Json({true, true, true, false}));
}

TEST(Pool, JobsThatNobodyAskedAboutEndWithIt) {
  std::vector<Job> jobs;
  for (int i = 0; i < 4; ++i) jobs.push_back(job("echo", {{"milliseconds", i == 0 ? 0 : 60'000}}));
  {
    Pool pool(std::move(jobs), 3);
    static_cast<void>(pool.next());
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

}  // namespace
}  // namespace mensa::workers
