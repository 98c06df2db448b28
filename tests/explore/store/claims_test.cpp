// Who works on which point, among runs that live, have ended, or may be anywhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "explore/store/process_identity.h"
#include "explore/store/sqlite.h"
#include "explore/store/study_store.h"
#include "tests/explore/store/sample_study.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::ElementsAre;

/// A process that ends at once.
pid_t spawn_true() {
  std::string name = "true";
  const std::array<char*, 2> arguments = {name.data(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, "/bin/true", nullptr, nullptr, arguments.data(), environ);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), "/bin/true");
  return pid;
}

pid_t ended_process() {
  const pid_t pid = spawn_true();
  waitpid(pid, nullptr, 0);
  return pid;
}

class Claims : public testing::Test {
 protected:
  [[nodiscard]] StudyStore resume() const {
    return StudyStore::resume(path_, sample_description());
  }
  /// Makes the first run's process another one, and its claims of another time.
  void change(const std::string& sql) const {
    Database database(path_, Database::Mode::kWrite);
    database.execute(sql);
  }
  [[nodiscard]] StudyStore& first() { return first_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "study.db";
  StudyStore first_ = StudyStore::create(path_, sample_description());
};

TEST_F(Claims, AreOfWhoComesFirst) {
  StudyStore second = resume();
  first().add(1, {0, 0}, sample_result());
  EXPECT_THAT(first().claim({{0, 0}, {0, 1}, {0, 2}}),
              ElementsAre(Claim::kDone, Claim::kOurs, Claim::kOurs));
  EXPECT_THAT(second.claim({{0, 0}, {0, 1}, {1, 0}}),
              ElementsAre(Claim::kDone, Claim::kElsewhere, Claim::kOurs));
  EXPECT_THAT(first().claim({{0, 1}, {1, 0}}), ElementsAre(Claim::kOurs, Claim::kElsewhere));
  EXPECT_THAT(first().claim({}), ElementsAre());
}

TEST_F(Claims, EndWithThePoint) {
  StudyStore second = resume();
  static_cast<void>(first().claim({{0, 1}}));
  first().add(1, {0, 1}, sample_result());
  EXPECT_THAT(second.claim({{0, 1}}), ElementsAre(Claim::kDone));
  // One that failed to be added is still claimed.
  static_cast<void>(first().claim({{0, 2}}));
  EXPECT_THROW(first().add(1, {0, 2}, sample_result()), std::logic_error);
  EXPECT_THAT(second.claim({{0, 2}}), ElementsAre(Claim::kElsewhere));
}

TEST_F(Claims, AreReleased) {
  StudyStore second = resume();
  static_cast<void>(first().claim({{0, 1}}));
  static_cast<void>(second.claim({{0, 2}}));
  first().release_claims();
  EXPECT_THAT(second.claim({{0, 1}, {0, 2}}), ElementsAre(Claim::kOurs, Claim::kOurs));
}

TEST_F(Claims, AreReleasedAtTheEnd) {
  {
    StudyStore second = resume();
    static_cast<void>(second.claim({{0, 1}}));
    EXPECT_THAT(first().claim({{0, 1}}), ElementsAre(Claim::kElsewhere));
  }
  EXPECT_THAT(first().claim({{0, 1}}), ElementsAre(Claim::kOurs));
}

TEST_F(Claims, OfAProcessThatIsGoneAreTakenOver) {
  static_cast<void>(first().claim({{0, 1}}));
  StudyStore second = resume();
  EXPECT_THAT(second.claim({{0, 1}}), ElementsAre(Claim::kElsewhere));
  change("UPDATE runs SET pid = " + std::to_string(ended_process()) + " WHERE id = 1");
  EXPECT_THAT(second.claim({{0, 1}}), ElementsAre(Claim::kOurs));
  StudyStore third = resume();
  EXPECT_THAT(third.claim({{0, 1}}), ElementsAre(Claim::kElsewhere));
}

/// Another process with the number of the one that claimed.
TEST_F(Claims, OfAnEarlierProcessOfThatNumberAreTakenOver) {
  static_cast<void>(first().claim({{0, 1}}));
  change("UPDATE runs SET started = started - 1 WHERE id = 1");
  EXPECT_THAT(resume().claim({{0, 1}}), ElementsAre(Claim::kOurs));
}

TEST_F(Claims, FromBeforeTheMachineStartedAreTakenOver) {
  static_cast<void>(first().claim({{0, 1}}));
  change("UPDATE runs SET boot = 'another' WHERE id = 1");
  EXPECT_THAT(resume().claim({{0, 1}}), ElementsAre(Claim::kOurs));
}

TEST_F(Claims, OfAnotherMachineStandForTenMinutes) {
  static_cast<void>(first().claim({{0, 1}}));
  change("UPDATE runs SET host = 'another', pid = " + std::to_string(ended_process()) +
         " WHERE id = 1");
  change("UPDATE claims SET made = made - 590");
  StudyStore second = resume();
  EXPECT_THAT(second.claim({{0, 1}}), ElementsAre(Claim::kElsewhere));
  change("UPDATE claims SET made = made - 10");
  EXPECT_THAT(second.claim({{0, 1}}), ElementsAre(Claim::kOurs));
}

/// Two at once never both get a point.
TEST_F(Claims, OfThreadsNeverOverlap) {
  StudyStore second = resume();
  constexpr std::uint32_t kPoints = 200;
  std::array<std::vector<Claim>, 2> claims;
  const auto claim_all = [](StudyStore& study, std::vector<Claim>& claims_of_it) {
    for (std::uint32_t i = 0; i < kPoints; i += 2) {
      for (const Claim claim : study.claim({{i, 0}, {i + 1, 0}})) claims_of_it.push_back(claim);
    }
  };
  std::thread other(claim_all, std::ref(second), std::ref(claims[1]));
  claim_all(first(), claims[0]);
  other.join();
  for (std::size_t i = 0; i < kPoints; ++i) {
    EXPECT_NE(claims[0][i] == Claim::kOurs, claims[1][i] == Claim::kOurs) << i;
  }
}

TEST(LifeOf, Processes) {
  const ProcessIdentity self = this_process();
  EXPECT_GT(self.started, 0);
  EXPECT_EQ(life_of(self, self), Life::kAlive);
  ProcessIdentity gone = self;
  gone.pid = ended_process();
  EXPECT_EQ(life_of(gone, self), Life::kGone);
  ProcessIdentity elsewhere = gone;
  elsewhere.host = "another";
  EXPECT_EQ(life_of(elsewhere, self), Life::kUnknown);
}

/// It ran to its end, and nobody has asked how it ended.
TEST(LifeOf, AProcessThatNobodyWaitsFor) {
  const ProcessIdentity self = this_process();
  ProcessIdentity ended = self;
  ended.pid = spawn_true();
  siginfo_t info = {};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(ended.pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(life_of(ended, self), Life::kGone);
  waitpid(static_cast<pid_t>(ended.pid), nullptr, 0);
}

}  // namespace
}  // namespace mensa::explore
