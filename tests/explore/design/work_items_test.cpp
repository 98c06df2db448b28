#include "explore/design/work_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

const std::vector<std::string> kNetworks = {"ds_cnn", "mobilenet_v3_large", "lstm_acoustic",
                                            "show_and_tell"};

TEST(WorkItems, HaveEveryLayerOnce) {
  const auto models = test::zoo_models(kNetworks);
  std::vector<std::vector<int>> seen;
  seen.reserve(models.size());
  for (const DesignModel& model : models) seen.emplace_back(model.graph.layers().size(), 0);
  std::vector<std::int64_t> macs(models.size(), 0);
  for (const WorkItem& item : work_items(models)) {
    for (const models::LayerId id : item.layers) ++seen[item.model][id.index()];
    macs[item.model] += item.macs;
  }
  for (std::size_t m = 0; m < models.size(); ++m) {
    EXPECT_THAT(seen[m], testing::Each(1)) << models[m].name;
    EXPECT_EQ(macs[m], models[m].graph.macs()) << models[m].name;
  }
}

/// One layer with MACs each, but for those of a recurrence, which no schedule takes apart.
TEST(WorkItems, AreWhatSchedulesMayPutAnywhere) {
  const auto models = test::zoo_models(kNetworks);
  for (const WorkItem& item : work_items(models)) {
    const models::Graph& graph = models[item.model].graph;
    std::vector<models::LayerId> with_macs;
    for (const models::LayerId id : item.layers) {
      if (graph.macs(graph.layer(id)) > 0) with_macs.push_back(id);
    }
    ASSERT_FALSE(with_macs.empty());
    for (const models::LayerId id : with_macs) {
      const models::Layer& layer = graph.layer(id);
      EXPECT_LE(graph.macs(layer), graph.macs(graph.layer(item.main)));
      if (with_macs.size() == 1) continue;
      EXPECT_TRUE(layer.recurrence.has_value() && !layer.time_batchable) << layer.name;
      EXPECT_EQ(layer.recurrence, graph.layer(with_macs.front()).recurrence);
    }
    EXPECT_EQ(item.traits.macs * item.traits.steps, graph.macs(graph.layer(item.main)));
  }
}

TEST(WorkItems, VectorLayersFollowTheirProducers) {
  const auto models = test::zoo_models({"mobilenet_v3_large"});
  const models::Graph& graph = models.front().graph;
  std::map<models::LayerId, std::size_t> item_of;
  const std::vector<WorkItem> items = work_items(models);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const models::LayerId id : items[i].layers) item_of[id] = i;
  }
  std::size_t vector_layers = 0;
  for (const models::Layer& layer : graph.layers()) {
    if (graph.macs(layer) > 0) continue;
    ++vector_layers;
    const auto inputs = graph.activation_inputs(layer);
    const bool follows_one = std::any_of(inputs.begin(), inputs.end(), [&](models::TensorId id) {
      const auto producer = graph.producer(id);
      return producer && item_of.at(*producer) == item_of.at(layer.id);
    });
    EXPECT_TRUE(follows_one) << layer.name;
  }
  EXPECT_GT(vector_layers, 0U);
}

}  // namespace
}  // namespace mensa::explore
