#include "explore/store/study_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include "models/base/error.h"
#include "models/base/version.h"
#include "tests/explore/store/sample_study.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

class AStudy : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "study.db"; }
  [[nodiscard]] StudyStore create() const {
    return StudyStore::create(path(), sample_description());
  }
  [[nodiscard]] StudyStore resume() const {
    return StudyStore::resume(path(), sample_description());
  }

 private:
  TemporaryFolder folder_;
};

std::vector<std::uint64_t> numbers(const StudyStore& study) {
  std::vector<std::uint64_t> numbers;
  study.for_each(StudyStore::Parts::kPoint,
                 [&](const Entry& entry) { numbers.push_back(entry.number); });
  return numbers;
}

TEST_F(AStudy, KeepsWhatItIsOf) {
  { EXPECT_EQ(create().description(), sample_description()); }
  EXPECT_EQ(resume().description(), sample_description());
  EXPECT_EQ(StudyStore::open_read_only(path()).description(), sample_description());
}

/// Every field, bit by bit, of points with all of them and with none.
TEST_F(AStudy, KeepsPointsAsTheyWere) {
  PointResult failed;
  failed.status = PointStatus::kFailed;
  failed.reason = "a fault: \xe2\x82\xac 'quoted' \n of two lines";
  {
    StudyStore study = create();
    EXPECT_TRUE(study.add(2, {1, 2}, rejected_result()));
    EXPECT_TRUE(study.add(1, {0, 0}, sample_result(7)));
    EXPECT_TRUE(study.add(5, {1, 0}, failed));
    EXPECT_TRUE(study.add(7, {4'294'967'295, 1}, sample_result(8)));
  }
  const StudyStore study = resume();
  const auto first = study.find(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->point, (Point{0, 0}));
  EXPECT_TRUE(same(first->result, sample_result(7)));
  const auto rejected = study.find(Point{1, 2});
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->number, 2U);
  EXPECT_TRUE(same(rejected->result, rejected_result()));
  EXPECT_TRUE(same(study.find(5)->result, failed));
  EXPECT_EQ(study.find(7)->point, (Point{4'294'967'295, 1}));
  EXPECT_FALSE(study.find(3));
  EXPECT_FALSE(study.find(Point{0, 1}));
  EXPECT_TRUE(study.contains({1, 0}));
  EXPECT_FALSE(study.contains({0, 1}));
  EXPECT_EQ(study.count(), 4U);
  EXPECT_EQ(study.last_number(), 7U);
  EXPECT_EQ(study.counts().feasible, 2U);
  EXPECT_EQ(study.counts().infeasible, 1U);
  EXPECT_EQ(study.counts().failed, 1U);
  EXPECT_EQ(study.counts().all(), 4U);
}

TEST_F(AStudy, IsEmptyAtFirst) {
  const StudyStore study = create();
  EXPECT_EQ(study.count(), 0U);
  EXPECT_EQ(study.counts().all(), 0U);
  EXPECT_EQ(study.last_number(), 0U);
  EXPECT_THAT(numbers(study), IsEmpty());
  EXPECT_THAT(study.verifications(), IsEmpty());
}

TEST_F(AStudy, VisitsPointsByNumber) {
  StudyStore study = create();
  study.add(3, {3, 0}, sample_result(3));
  study.add(1, {1, 0}, rejected_result());
  study.add(2, {2, 0}, sample_result(2));
  EXPECT_THAT(numbers(study), ElementsAre(1, 2, 3));
  std::vector<Entry> entries;
  study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) { entries.push_back(entry); });
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_TRUE(same(entries[0].result, rejected_result()));
  EXPECT_TRUE(same(entries[1].result, sample_result(2)));
  EXPECT_TRUE(same(entries[2].result, sample_result(3)));
  study.for_each(StudyStore::Parts::kPoint, [](const Entry& entry) {
    EXPECT_THAT(entry.result.models, IsEmpty());
    EXPECT_THAT(entry.result.accelerators, IsEmpty());
  });
}

TEST_F(AStudy, IsUsableAfterAVisitorThrew) {
  StudyStore study = create();
  study.add(1, {1, 0}, sample_result());
  EXPECT_THROW(study.for_each(StudyStore::Parts::kAll,
                              [](const Entry&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_TRUE(study.add(2, {2, 0}, sample_result()));
  EXPECT_EQ(study.count(), 2U);
}

TEST_F(AStudy, HasAPointOnce) {
  StudyStore study = create();
  EXPECT_TRUE(study.add(1, {1, 0}, sample_result(1)));
  EXPECT_FALSE(study.add(1, {1, 0}, sample_result(2)));
  EXPECT_TRUE(same(study.find(1)->result, sample_result(1)));
  // A search that asks for other points is no other of the same study.
  EXPECT_THAT(
      [&] {
        study.add(1, {0, 1}, sample_result());
      },
      ThrowsMessage<std::logic_error>(HasSubstr("point 1 of a search is another one")));
  EXPECT_THAT(
      [&] {
        study.add(2, {1, 0}, sample_result());
      },
      ThrowsMessage<std::logic_error>(HasSubstr("point 2 of a search is point 1")));
  EXPECT_EQ(study.count(), 1U);
}

TEST_F(AStudy, TakesAllPointsOfAListOrNone) {
  StudyStore study = create();
  study.add_all({{1, {1, 0}, sample_result()}, {2, {2, 0}, rejected_result()}});
  EXPECT_EQ(study.count(), 2U);
  // The names of the first are written in the transaction that comes to nothing.
  PointResult other = sample_result();
  other.models.front().model = "another";
  EXPECT_THROW(study.add_all({{3, {3, 0}, other}, {1, {4, 0}, other}}), std::logic_error);
  EXPECT_EQ(study.count(), 2U);
  study.add(3, {3, 0}, other);
  EXPECT_TRUE(same(study.find(3)->result, other));
}

TEST_F(AStudy, TakesPointsOfSeveralThreads) {
  StudyStore study = create();
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kEach = 50;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&study, thread] {
      for (std::uint32_t i = 0; i < kEach; ++i) {
        const std::uint32_t number = i * kThreads + thread + 1;
        study.add(number, {number, 0}, sample_result(number));
        EXPECT_TRUE(study.contains({number, 0}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(study.count(), kThreads * kEach);
  study.for_each(StudyStore::Parts::kAll, [](const Entry& entry) {
    EXPECT_TRUE(same(entry.result, sample_result(static_cast<double>(entry.number))));
  });
}

/// Two that follow the same search at once, each its own connection: every point once.
TEST_F(AStudy, IsWrittenBySeveralAtOnce) {
  std::vector<StudyStore> studies;
  studies.push_back(create());
  studies.push_back(resume());
  constexpr std::uint32_t kPoints = 100;
  std::vector<std::uint32_t> added(studies.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < studies.size(); ++i) {
    threads.emplace_back([&study = studies[i], &mine = added[i]] {
      for (std::uint32_t number = 1; number <= kPoints; ++number) {
        if (study.add(number, {number, 0}, sample_result(number))) ++mine;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added[0] + added[1], kPoints);
  EXPECT_EQ(studies[0].count(), kPoints);
  const auto runs = studies[1].runs();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].points, added[0]);
  EXPECT_EQ(runs[1].points, added[1]);
  EXPECT_EQ(runs[0].version, base::kVersion);
}

TEST_F(AStudy, IsReadWhileItIsWritten) {
  StudyStore study = create();
  const StudyStore reader = StudyStore::open_read_only(path());
  EXPECT_EQ(reader.count(), 0U);
  study.add(1, {1, 0}, sample_result());
  EXPECT_EQ(reader.count(), 1U);
  std::size_t visited = 0;
  reader.for_each(StudyStore::Parts::kAll, [&](const Entry&) {
    if (visited++ == 0) study.add(2, {2, 0}, sample_result());
  });
  EXPECT_EQ(visited, 1U);  // as it was when it was called
  EXPECT_EQ(reader.count(), 2U);
}

TEST_F(AStudy, IsNotChangedByWhoReads) {
  { create().add(1, {1, 0}, sample_result()); }
  {
    StudyStore reader = StudyStore::open_read_only(path());
    EXPECT_THROW(reader.add(2, {2, 0}, sample_result()), std::logic_error);
    EXPECT_THROW(static_cast<void>(reader.claim({{1, 0}})), std::logic_error);
    EXPECT_THROW(reader.release_claims(), std::logic_error);
    EXPECT_THROW(reader.add_verification({1, "rnnt", 1, 1, 1, 1}), std::logic_error);
    EXPECT_EQ(reader.count(), 1U);
    EXPECT_THAT(reader.runs(), SizeIs(1));
  }
  // Nor does it leave anything behind.
  const std::filesystem::directory_iterator files(path().parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

/// What the files are like when the process is killed: a point that was added is in one of them.
TEST_F(AStudy, LosesNothingByAKill) {
  StudyStore study = create();
  study.add(1, {1, 0}, sample_result(1));
  static_cast<void>(study.claim({{3, 0}}));
  study.add(2, {2, 0}, sample_result(2));
  const std::filesystem::path copy = path().parent_path() / "copy.db";
  std::filesystem::copy_file(path(), copy);
  std::filesystem::copy_file(path().string() + "-wal", copy.string() + "-wal");
  const StudyStore found = StudyStore::resume(copy, sample_description());
  EXPECT_THAT(numbers(found), ElementsAre(1, 2));
  EXPECT_TRUE(same(found.find(2)->result, sample_result(2)));
}

TEST_F(AStudy, KeepsVerifications) {
  StudyStore study = create();
  study.add(1, {1, 0}, sample_result());
  study.add(2, {2, 0}, sample_result());
  const Verification first = {1, "rnnt", 1e-3, 2e-3, 1.1e-3, 2.1e-3};
  const Verification second = {1, "mobilenet_v2", 3e-3, 4e-3, 3.1e-3, 4.1e-3};
  Verification third = {2, "rnnt", 5e-3, 6e-3, 5.1e-3, 6.1e-3};
  study.add_verification(third);
  study.add_verification(first);
  study.add_verification(second);
  third.simulated_energy = 7e-3;
  study.add_verification(third);
  EXPECT_THAT(study.verifications(), ElementsAre(first, second, third));
  EXPECT_THAT(
      [&] {
        study.add_verification({3, "rnnt", 1, 1, 1, 1});
      },
      ThrowsMessage<base::Error>(HasSubstr("has no point 3 to verify")));
}

TEST_F(AStudy, MayBeMoved) {
  StudyStore study = create();
  StudyStore other = std::move(study);
  EXPECT_TRUE(other.add(1, {1, 0}, sample_result()));
  EXPECT_EQ(other.path(), path());
}

/// 640 B each of three models and four accelerators: less of the two of each here.
TEST_F(AStudy, IsCompact) {
  constexpr std::uint32_t kPoints = 1000;
  {
    StudyStore study = create();
    std::vector<Entry> entries;
    entries.reserve(kPoints);
    for (std::uint32_t i = 1; i <= kPoints; ++i) {
      entries.push_back({i, {i, 1, 2, 3, 4, 5, 6, 7}, sample_result(i)});
    }
    study.add_all(entries);
  }
  EXPECT_LT(std::filesystem::file_size(path()), kPoints * 600U);
}

}  // namespace
}  // namespace mensa::explore
