#include "explore/design/work_items.h"

#include <algorithm>
#include <map>
#include <optional>

namespace mensa::explore {
namespace {

using models::Graph;
using models::Layer;
using models::LayerId;

/// Groups the layers of one model.
class Grouping {
 public:
  Grouping(const Graph& graph, std::size_t model) : graph_(graph), model_(model) {}

  std::vector<WorkItem> run() {
    item_of_.resize(graph_.layers().size());
    for (const LayerId id : graph_.topological_order()) place(id);
    if (items_.empty()) return {};
    for (const LayerId id : before_) items_.front().layers.push_back(id);
    for (WorkItem& item : items_) item.traits = scheduler::layer_traits(graph_, layer(item.main));
    return std::move(items_);
  }

 private:
  [[nodiscard]] const Layer& layer(LayerId id) const { return graph_.layer(id); }

  void place(LayerId id) {
    const Layer& here = layer(id);
    const bool takes_turns = here.recurrence.has_value() && !here.time_batchable;
    std::optional<std::size_t> item;
    if (takes_turns) {
      const auto known = item_of_recurrence_.find(*here.recurrence);
      if (known != item_of_recurrence_.end()) item = known->second;
    }
    if (!item && (takes_turns || std::holds_alternative<models::MacWork>(here.work))) {
      item = items_.size();
      items_.push_back({model_, {}, id, {}, 0});
      if (takes_turns) item_of_recurrence_[*here.recurrence] = *item;
    }
    if (!item) item = item_of_producer(here);
    if (!item) {
      before_.push_back(id);
      return;
    }
    item_of_[id.index()] = item;
    add(id, items_[*item]);
  }

  void add(LayerId id, WorkItem& item) const {
    item.layers.push_back(id);
    const std::int64_t macs = graph_.macs(layer(id));
    if (macs > graph_.macs(layer(item.main))) item.main = id;
    item.macs += macs;
  }

  [[nodiscard]] std::optional<std::size_t> item_of_producer(const Layer& of) const {
    for (const models::TensorId input : graph_.activation_inputs(of)) {
      const auto producer = graph_.producer(input);
      if (producer && item_of_[producer->index()]) return item_of_[producer->index()];
    }
    return std::nullopt;
  }

  const Graph& graph_;
  std::size_t model_;
  std::vector<WorkItem> items_;
  std::vector<std::optional<std::size_t>> item_of_;  ///< by layer
  std::map<models::RecurrenceId, std::size_t> item_of_recurrence_;
  std::vector<LayerId> before_;  ///< of no item yet
};

}  // namespace

std::vector<WorkItem> work_items(const std::vector<DesignModel>& models) {
  std::vector<WorkItem> items;
  for (std::size_t m = 0; m < models.size(); ++m) {
    if (models[m].graph.macs() == 0) continue;
    for (WorkItem& item : Grouping(models[m].graph, m).run()) items.push_back(std::move(item));
  }
  return items;
}

}  // namespace mensa::explore
