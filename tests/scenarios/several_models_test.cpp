// `mensa simulate` with more than one model.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/simulated.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string table_of(const std::string& model) { return simulated({model}).out; }

TEST(SeveralModels, TablesStandOneBelowTheOtherForAnyNumberOfJobs) {
  const std::string expected =
      table_of("mobilenet_v2") + "\n" + table_of("ds_cnn") + "\n" + table_of("lstm_acoustic");
  for (const char* jobs : {"1", "2", "3", "1000"}) {
    const Outcome outcome = simulated({"mobilenet_v2", "ds_cnn", "lstm_acoustic", "--jobs", jobs});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, IsEmpty());
    EXPECT_EQ(outcome.out, expected) << jobs;
  }
}

TEST(SeveralModels, FilesAreThoseOfEachAlone) {
  const TemporaryFolder together;
  const TemporaryFolder alone;
  const Outcome outcome = simulated({"mobilenet_v2", "ds_cnn", "--out", together.path().string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_LT(outcome.err.find("wrote " + (together.path() / "mobilenet_v2").string()),
            outcome.err.find("wrote " + (together.path() / "ds_cnn").string()));
  for (const char* model : {"mobilenet_v2", "ds_cnn"}) {
    EXPECT_EQ(simulated({model, "--out", alone.path().string()}).exit_code, 0);
  }
  EXPECT_EQ(contents_of(together.path()), contents_of(alone.path()));
}

TEST(SeveralModels, OneThatFailsDoesNotStopTheOthers) {
  const TemporaryFolder folder;
  const std::string broken = folder.write("broken.onnx", "no model");
  const Outcome outcome = simulated({broken, "ds_cnn"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, simulated({broken}).err);
  EXPECT_EQ(outcome.out, table_of("ds_cnn"));
}

TEST(SeveralModels, WhatIsTrueOfAllIsSaidOnce) {
  const Outcome wrong = simulated({"ds_cnn", "mobilenet_v2", "--policy", "greedi"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_EQ(wrong.err, simulated({"ds_cnn", "--policy", "greedi"}).err);
  const std::vector<std::string> fast = {"--param", "accelerators.pascal.clock=100 GHz"};
  const Outcome one = simulated({"ds_cnn", fast[0], fast[1]});
  EXPECT_THAT(one.err, HasSubstr("warning"));
  EXPECT_EQ(simulated({"ds_cnn", "mobilenet_v2", fast[0], fast[1]}).err, one.err);
}

TEST(SeveralModels, ThatWouldTakeTheSameFilesAreRefused) {
  const TemporaryFolder folder;
  const std::string zoo = std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx";
  const std::string copy = (folder.path() / "ds_cnn.onnx").string();
  fs::copy_file(zoo, copy);
  const std::string out = (folder.path() / "out").string();
  const Outcome outcome = simulated({"ds_cnn", copy, "--out", out});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("'ds_cnn'"), HasSubstr("'" + copy + "'"),
                                 HasSubstr("the same files")));
  EXPECT_TRUE(fs::is_empty(out));
  EXPECT_THAT(simulated({"ds_cnn", "ds_cnn", "--out", out}).err, HasSubstr("given twice"));
  EXPECT_EQ(simulated({"ds_cnn", "ds_cnn"}).out, table_of("ds_cnn") + "\n" + table_of("ds_cnn"));
}

TEST(SeveralModels, OnStandardOutputAreTables) {
  const Outcome outcome = simulated({"ds_cnn", "mobilenet_v2", "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("tables only"), HasSubstr("--out")));
  EXPECT_EQ(simulated({"ds_cnn", "mobilenet_v2", "--format", "table"}).exit_code, 0);
}

TEST(SeveralModels, JobsAreAtLeastOne) {
  for (const char* jobs : {"0", "-1", "two"}) {
    EXPECT_EQ(simulated({"ds_cnn", "--jobs", jobs}).exit_code, 2) << jobs;
  }
}

}  // namespace
}  // namespace mensa
