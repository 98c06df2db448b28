#include "explore/design/resident_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMebi = 1024 * 1024;

const Platform& mensa_g_platform() {
  static const Platform kPlatform(test::mensa_g_memories());
  return kPlatform;
}

/// Cells of 500: 500 x 2000 hidden weights of a byte, which take a buffer of 1 MiB.
TEST(ResidentSizes, HoldWhatRecurs) {
  const auto models = test::zoo_models({"lstm_acoustic"});
  EXPECT_THAT(resident_sizes(models, mensa_g_platform(), base::Bytes(64 * kMebi)),
              ElementsAre(base::Bytes(kMebi)));
  EXPECT_THAT(resident_sizes(models, mensa_g_platform(), base::Bytes(kMebi - 1)), IsEmpty());
}

TEST(ResidentSizes, AreNoneWhereNothingRecurs) {
  EXPECT_THAT(resident_sizes(test::zoo_models({"mobilenet_v2", "ds_cnn"}), mensa_g_platform(),
                             base::Bytes(64 * kMebi)),
              IsEmpty());
}

TEST(ResidentSizes, AreTheFewThatDoMost) {
  auto models = test::zoo_models({"rnnt", "rnnt_timit", "rnnt_timit_small", "lstm_acoustic",
                                  "lstm_keyboard", "lstm_ptb_medium", "deepspeech"});
  const auto sizes = resident_sizes(models, mensa_g_platform(), base::Bytes(64 * kMebi));
  EXPECT_EQ(sizes.size(), kMostResidentSizes);
  EXPECT_TRUE(std::is_sorted(sizes.begin(), sizes.end()));
  // One model that counts far more than the others decides.
  for (DesignModel& model : models) model.weight = model.name == "lstm_acoustic" ? 1e6 : 1e-6;
  EXPECT_THAT(resident_sizes(models, mensa_g_platform(), base::Bytes(64 * kMebi)),
              testing::Contains(base::Bytes(kMebi)));
}

TEST(ResidentSizes, KnowTheLargestBufferThatFits) {
  EXPECT_EQ(largest_weight_buffer(mensa_g_platform(), 0.001).value(), 0);
  const base::Bytes largest = largest_weight_buffer(mensa_g_platform(), 2.15);
  EXPECT_GE(largest.value(), 2 * kMebi);
  EXPECT_LE(largest.value(), 3 * kMebi);
}

}  // namespace
}  // namespace mensa::explore
