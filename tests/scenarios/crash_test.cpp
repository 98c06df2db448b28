// What users are told when a worker process dies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/long_run.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using workers::Phase;

/// Sanitizers handle some signals themselves.
const Environment kPlainSignals = {{"ASAN_OPTIONS", "handle_segv=0:handle_abort=0"}};

TEST(Crash, InASimulationNamesModelSystemSignalAndLayer) {
  const TemporaryFolder folder;
  Process process(long_simulation({"--out", folder.path().string()}), {kPlainSignals});
  const pid_t worker = worker_at(process.id(), Phase::kSimulating);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGSEGV), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err,
              MatchesRegex("mensa: internal error: simulating mobilenet_v2 on mensa_g: layer "
                           "[0-9]+ of 55 [a-z0-9/]+: the worker process died of SIGSEGV "
                           "\\(Segmentation fault\\)\nThis is a fault of mensa .*\n"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Crash, WhileMappingNamesTheLayerToo) {
  Process process({MENSA_BINARY, "simulate", "resnet50", "--mapper", "exhaustive"},
                  {kPlainSignals});
  const pid_t worker = worker_at(process.id(), Phase::kMapping);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGABRT), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err,
              ContainsRegex("^mensa: internal error: mapping resnet50 on mensa_g: layer [0-9]+ of "
                            "[0-9]+ .+: the worker process died of SIGABRT \\(Aborted\\)\n"));
}

/// Nothing in mensa kills with SIGKILL: the system does, for want of memory, or the user.
TEST(Crash, AWorkerThatWasKilledIsNoFaultOfOurs) {
  Process process(long_simulation());
  const pid_t worker = worker_at(process.id(), Phase::kSimulating);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGKILL), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(
      outcome.err,
      MatchesRegex("mensa: error: simulating mobilenet_v2 on mensa_g: layer [0-9]+ of 55 "
                   "[^:]+: the worker process died of SIGKILL \\(Killed\\); the system does "
                   "that where memory runs out\n"));
}

TEST(Crash, OfOneModelLeavesTheOthers) {
  Process process({MENSA_BINARY, "simulate", "mobilenet_v2", "ds_cnn", "--inferences", "10000",
                   "--concurrency", "layers", "--mapper", "fast", "--jobs", "2"},
                  {kPlainSignals});
  const pid_t worker = worker_at(process.id(), Phase::kSimulating, 55);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGSEGV), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("mobilenet_v2 on mensa_g"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("ds_cnn")));
  EXPECT_THAT(outcome.out, HasSubstr("Model       ds_cnn"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("mobilenet")));
}

TEST(Crash, OfAWorkloadNamesItsModelsLayer) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("phone.yaml",
                   "schema: mensa-workload/1\nmodels:\n"
                   "  camera: {model: mobilenet_v2, period: 1 ms, inferences: 10000}\n");
  Process process({MENSA_BINARY, "workload", file, "--mapper", "fast"}, {kPlainSignals});
  const pid_t worker = worker_at(process.id(), Phase::kSimulating);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGSEGV), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, ContainsRegex("simulating phone on mensa_g: layer [0-9]+ of 55 "
                                         "[a-z0-9/]+ of camera: the worker process died"));
}

}  // namespace
}  // namespace mensa
