#include "explore/design/item_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

using testing::ElementsAre;

void check(const ItemClusters& clusters, std::size_t items) {
  ASSERT_EQ(clusters.labels.size(), items);
  const std::set<std::size_t> used(clusters.labels.begin(), clusters.labels.end());
  EXPECT_EQ(used.size(), clusters.count);
  EXPECT_EQ(*used.rbegin(), clusters.count - 1);
  EXPECT_FALSE(clusters.origin.empty());
}

TEST(StartingClusters, AreOfEveryNumberAndDiffer) {
  const auto models = test::zoo_models({"mobilenet_v2", "lstm_acoustic", "ds_cnn"});
  const std::vector<WorkItem> items = work_items(models);
  for (const std::size_t most : {1, 2, 3, 5, 8}) {
    const std::vector<ItemClusters> all = starting_clusters(items, most, 1);
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.front().count, 1U);
    std::set<std::vector<std::size_t>> different;
    std::set<std::size_t> counts;
    for (const ItemClusters& one : all) {
      check(one, items.size());
      EXPECT_LE(one.count, most);
      different.insert(one.labels);
      counts.insert(one.count);
    }
    EXPECT_EQ(different.size(), all.size());
    EXPECT_EQ(counts.size(), most);  // k-means of every k
  }
}

/// Layers of an LSTM use a parameter once a step, convolutions many times: two clusters are these.
TEST(StartingClusters, TellRecurrentLayersFromConvolutions) {
  const auto models = test::zoo_models({"mobilenet_v2", "lstm_acoustic"});
  const std::vector<WorkItem> items = work_items(models);
  const auto all = starting_clusters(items, 2, 1);
  const auto& two = all.at(1);
  ASSERT_EQ(two.origin, "kmeans:k=2,seed=1");
  std::set<std::size_t> of_lstm;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].traits.steps > 1) of_lstm.insert(two.labels[i]);
  }
  EXPECT_EQ(of_lstm.size(), 1U);
  EXPECT_NE(two.labels.front(), *of_lstm.begin());  // the first convolution
}

TEST(StartingClusters, OfOneLayerAreOne) {
  auto models = test::zoo_models({"ds_cnn"});
  std::vector<WorkItem> items = work_items(models);
  items.resize(1);
  const auto all = starting_clusters(items, 3, 1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().count, 1U);
}

/// Products of two activations have no parameters, so that no clustering by them says anything.
TEST(StartingClusters, PutItemsWithoutParametersWhereTheirIntensityIs) {
  auto models = test::zoo_models({"mobilenet_v2", "lstm_acoustic"});
  std::vector<WorkItem> items = work_items(models);
  WorkItem bare = items.front();
  bare.traits.parameter_bytes = 0;
  bare.traits.parameter_reuse = 0;
  bare.traits.mac_intensity = 1;
  items.push_back(bare);
  bare.traits.mac_intensity = 1000;
  items.push_back(bare);
  const ItemClusters two = starting_clusters(items, 2, 1).at(1);
  check(two, items.size());
  std::size_t of_lstm = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].traits.steps > 1) of_lstm = two.labels[i];
  }
  EXPECT_EQ(two.labels[items.size() - 2], of_lstm);
  EXPECT_NE(two.labels[items.size() - 1], of_lstm);
}

TEST(Clusters, AreNumberedByTheirFirstItem) {
  const ItemClusters made = clusters_of("test", {7, 3, 7, 5});
  EXPECT_THAT(made.labels, ElementsAre(0, 1, 0, 2));
  EXPECT_EQ(made.count, 3U);
}

TEST(Clusters, MergeAndSplit) {
  const auto models = test::zoo_models({"mobilenet_v2", "lstm_acoustic"});
  const std::vector<WorkItem> items = work_items(models);
  const ItemClusters three = starting_clusters(items, 3, 1).at(2);
  ASSERT_EQ(three.count, 3U);
  const ItemClusters two = merged(three, 0, 2);
  check(two, items.size());
  EXPECT_EQ(two.count, 2U);
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(two.labels[i] == two.labels[0], three.labels[i] != 1);
  }
  const ItemClusters again = split(two, two.labels[0], items, 1);
  check(again, items.size());
  EXPECT_EQ(again.count, 3U);
  // What is alone cannot be split.
  const ItemClusters alone = clusters_of("test", {0, 1});
  const std::vector<WorkItem> first_two(items.begin(), items.begin() + 2);
  EXPECT_EQ(split(alone, 0, first_two, 1).count, 2U);
}

}  // namespace
}  // namespace mensa::explore
