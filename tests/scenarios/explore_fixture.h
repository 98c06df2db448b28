#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "explore/store/study_store.h"
#include "models/base/error.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {

/// 1950 points of some 2 ms, a few of them too large.
inline const std::string kSpace = R"(schema: mensa-space/1
name: sizes
system: mensa_g
models: [ds_cnn]
parameters:
  array: {path: accelerators.pascal.pe_array, values: [16x16, 16x32, 32x32, 32x64, 64x64]}
  weights:
    path: accelerators.pascal.buffers.parameters.capacity
    powers_of_two: {from: 16 KiB, to: 512 KiB}
  activations:
    path: accelerators.pascal.buffers.activations.capacity
    powers_of_two: {from: 64 KiB, to: 1 MiB}
  clock:
    paths: [accelerators.pavlov.clock, accelerators.jacquard.clock]
    range: {from: 400 MHz, to: 1 GHz, step: 50 MHz}
constraints: [area <= 4 mm2]
objectives: [latency, energy, area]
search: {method: nsga2, seed: 1, population: 8}
)";

class Explore : public testing::Test {
 protected:
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] const std::string& space() const { return space_; }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  /// `mensa explore SPACE --study NAME`, so many points, and more.
  [[nodiscard]] std::vector<std::string> command(const std::string& study, int points,
                                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        MENSA_BINARY,          "explore", space_, "--study", path(study), "--points",
        std::to_string(points)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] Outcome run(const std::string& study, int points,
                            const std::vector<std::string>& more = {}) const {
    return run_process(command(study, points, more));
  }

  /// Every point of a study with all that is known of it but durations.
  [[nodiscard]] std::string exported(const std::string& study) const {
    const Outcome outcome = mensa({"study", path(study), "export", "--all"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  /// What a run comes to that nothing disturbs.
  [[nodiscard]] std::string undisturbed(int points) const {
    const Outcome outcome = run("undisturbed.study", points);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return exported("undisturbed.study");
  }

  /// Points in a study; 0 where there is none yet.
  [[nodiscard]] std::uint64_t stored(const std::string& study) const {
    try {
      return explore::StudyStore::open_read_only(path(study)).count();
    } catch (const base::Error&) {
      return 0;
    }
  }
  [[nodiscard]] bool wait_for_points(const std::string& study, std::uint64_t points) const {
    return wait_until([&] { return stored(study) >= points; });
  }

  /// A run refused as a mistake of the user's; returns the message.
  [[nodiscard]] static std::string refused(const std::vector<std::string>& words) {
    const Outcome outcome = run_process(words);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }

 private:
  TemporaryFolder folder_;
  std::string space_ = folder_.write("space.yaml", kSpace);
};

}  // namespace mensa
