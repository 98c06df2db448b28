// What is left when a run is interrupted: no process, no file that is not whole.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/long_run.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using workers::Phase;

constexpr const char* kLine = "mensa: interrupted\n";

/// As `kill PID` and services do it: workers get no signal of their own.
TEST(Interrupt, OfTheParentAloneEndsAll) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const TemporaryFolder folder;
    Process process(long_simulation({"--out", folder.path().string()}));
    const pid_t worker = worker_at(process.id(), Phase::kSimulating);
    ASSERT_GT(worker, 0);
    ASSERT_EQ(::kill(process.id(), signal), 0);
    const Outcome outcome = process.wait();
    EXPECT_FALSE(is_alive(worker));
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_EQ(outcome.err, kLine);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_TRUE(fs::is_empty(folder.path()));
  }
}

/// As the terminal does it on Ctrl-C.
TEST(Interrupt, OfTheWholeGroupIsNoCrashOfAWorker) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Surroundings surroundings;
    surroundings.own_group = true;
    Process process(long_simulation(), surroundings);
    const pid_t worker = worker_at(process.id(), Phase::kSimulating);
    ASSERT_GT(worker, 0);
    ASSERT_EQ(::kill(-process.id(), signal), 0);
    const Outcome outcome = process.wait();
    EXPECT_FALSE(is_alive(worker));
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_EQ(outcome.err, kLine);
  }
}

TEST(Interrupt, EndsAllWorkers) {
  const std::string model = std::string(MENSA_SOURCE_DIR) + "/models/zoo/mobilenet_v2.onnx";
  Process process(long_simulation({model, "--jobs", "2"}));
  std::vector<pid_t> workers;
  ASSERT_TRUE(wait_until([&] {
    workers = workers_of(process.id());
    return workers.size() == 2;
  }));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  EXPECT_EQ(process.wait().err, kLine);
  for (const pid_t worker : workers) EXPECT_FALSE(is_alive(worker));
}

TEST(Interrupt, NotEvenAKilledParentLeavesAWorker) {
  Process process(long_simulation());
  const pid_t worker = worker_at(process.id(), Phase::kSimulating);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(process.id(), SIGKILL), 0);
  EXPECT_EQ(process.wait().exit_code, 128 + SIGKILL);
  EXPECT_TRUE(wait_until([&] { return !is_alive(worker); }));
}

/// The parent may be gone before its worker can ask to be told.
TEST(Interrupt, NotEvenOneThatHasJustBegun) {
  for (int i = 0; i < 20; ++i) {
    Process process(long_simulation());
    std::vector<pid_t> workers;
    ASSERT_TRUE(wait_until([&] {
      workers = workers_of(process.id());
      return !workers.empty();
    }));
    ASSERT_EQ(::kill(process.id(), SIGKILL), 0);
    static_cast<void>(process.wait());
    EXPECT_TRUE(wait_until([&] { return !is_alive(workers.front()); }));
  }
}

TEST(Interrupt, AtAnyTimeLeavesWholeFilesOnly) {
  const TemporaryFolder whole;
  const auto command = [](const fs::path& folder) {
    return std::vector<std::string>{
        MENSA_BINARY, "simulate",     "ds_cnn", "--format", "perfetto,table,csv,json",
        "--out",      folder.string()};
  };
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(run_process(command(whole.path())).exit_code, 0);
  const auto length = std::chrono::steady_clock::now() - begin;
  const auto expected = contents_of(whole.path());
  ASSERT_EQ(expected.size(), 4U);

  constexpr int kTimes = 40;
  int interrupted = 0;
  for (int i = 0; i < kTimes; ++i) {
    const TemporaryFolder folder;
    Process process(command(folder.path()));
    std::this_thread::sleep_for(length * i / kTimes);
    ::kill(process.id(), SIGINT);
    const Outcome outcome = process.wait();
    for (const auto& [name, content] : contents_of(folder.path())) {
      ASSERT_TRUE(expected.contains(name)) << name;
      EXPECT_EQ(content, expected.at(name)) << name;
    }
    if (outcome.exit_code == 0) continue;
    ++interrupted;
    EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  }
  EXPECT_GT(interrupted, 0);
}

/// Nobody looks on: there is no word about progress, however long it takes.
TEST(Interrupt, OfALongRunFindsNothingOnStandardError) {
  Process process(long_simulation());
  ASSERT_GT(worker_at(process.id(), Phase::kSimulating), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  EXPECT_EQ(process.wait().err, kLine);
}

/// With its output blocked, the program waits and does not work.
TEST(Interrupt, ComesThroughWhereNobodyReadsTheOutput) {
  Process process({MENSA_BINARY, "simulate", "mobilenet_v2", "--format", "perfetto"});
  ASSERT_TRUE(wait_until([&] { return !workers_of(process.id()).empty(); }));
  ASSERT_TRUE(wait_until([&] { return workers_of(process.id()).empty(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_EQ(outcome.err, kLine);
}

}  // namespace
}  // namespace mensa
