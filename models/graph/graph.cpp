#include "models/graph/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/range/iterator_range.hpp>
#include <functional>
#include <queue>
#include <unordered_set>
#include <utility>

#include "models/base/error.h"
#include "models/graph/graph_check.h"

namespace mensa::models {
namespace {

/// Edges are sets: two tensors between the same layers make one edge.
using Dag = boost::adjacency_list<boost::setS, boost::vecS, boost::bidirectionalS>;
using Vertex = boost::graph_traits<Dag>::vertex_descriptor;

/// The ids, each once, in the order of their first appearance.
std::vector<TensorId> each_once(std::vector<TensorId> ids) {
  std::unordered_set<TensorId> seen;
  std::erase_if(ids, [&](TensorId id) { return !seen.insert(id).second; });
  return ids;
}

/// Vertices with every edge pointing forward; of those that are ready the lowest stands first.
/// Shorter than the graph where there is a cycle: it then lacks the cycle and all that follows.
std::vector<Vertex> ordered_prefix(const Dag& dag) {
  std::vector<std::size_t> missing(num_vertices(dag));
  std::priority_queue<Vertex, std::vector<Vertex>, std::greater<>> ready;
  for (const Vertex vertex : boost::make_iterator_range(vertices(dag))) {
    missing[vertex] = in_degree(vertex, dag);
    if (missing[vertex] == 0) ready.push(vertex);
  }
  std::vector<Vertex> order;
  order.reserve(missing.size());
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const auto edge : boost::make_iterator_range(out_edges(order.back(), dag))) {
      if (--missing[target(edge, dag)] == 0) ready.push(target(edge, dag));
    }
  }
  return order;
}

/// One cycle among the vertices that `prefix` lacks, in the direction of the edges.
std::vector<Vertex> find_cycle(const Dag& dag, const std::vector<Vertex>& prefix) {
  std::vector<bool> ordered(num_vertices(dag));
  for (const Vertex vertex : prefix) ordered[vertex] = true;
  // Every vertex left has a predecessor that is left too: walking back must come round.
  std::vector<Vertex> walk = {
      static_cast<Vertex>(std::find(ordered.begin(), ordered.end(), false) - ordered.begin())};
  std::vector<bool> walked(ordered.size());
  while (!walked[walk.back()]) {
    walked[walk.back()] = true;
    for (const auto edge : boost::make_iterator_range(in_edges(walk.back(), dag))) {
      if (ordered[source(edge, dag)]) continue;
      walk.push_back(source(edge, dag));
      break;
    }
  }
  std::vector<Vertex> cycle(std::find(walk.begin(), walk.end(), walk.back()), walk.end());
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

/// "a -> b -> a", cut where a cycle is long.
std::string cycle_text(const std::vector<Vertex>& cycle,
                       const std::function<std::string(Vertex)>& name) {
  constexpr std::size_t kMostNames = 12;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(cycle.size(), kMostNames); ++i) {
    names.push_back(name(cycle[i]));
  }
  if (cycle.size() > kMostNames) {
    names.push_back(fmt::format("... ({} more)", cycle.size() - kMostNames));
  }
  return fmt::format("{}", fmt::join(names, " -> "));
}

}  // namespace

struct Graph::Impl {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Layer> layers;
  std::vector<Recurrence> recurrences;
  std::vector<std::string> group_names;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::vector<std::string> notes;
  std::shared_ptr<const SparsityProfile> assumed_dense = std::make_shared<SparsityProfile>();

  // Made by finish().
  std::vector<std::optional<LayerId>> producers;
  std::vector<std::vector<LayerId>> consumers;
  Dag dag;
  std::vector<LayerId> order;

  void find_producers();
  void check_reads() const;
  void connect();
  void order_layers();
  void list_consumers();

  [[nodiscard]] std::vector<TensorId> activations_read(const Layer& layer) const {
    std::vector<TensorId> ids = layer.inputs;
    for (const Epilogue& fused : layer.epilogue) {
      ids.insert(ids.end(), fused.extra_inputs.begin(), fused.extra_inputs.end());
    }
    return each_once(std::move(ids));
  }

  /// Tensors that must be there before the layer may start: each state stands for its initial
  /// value.
  [[nodiscard]] std::vector<TensorId> awaited(const Layer& layer) const {
    std::vector<TensorId> ids;
    for (const TensorId id : activations_read(layer)) {
      const auto& state = tensors.at(id.index()).recurrent_state;
      if (!state) {
        ids.push_back(id);
      } else if (state->initial) {
        ids.push_back(*state->initial);
      }
    }
    return each_once(std::move(ids));
  }
};

void Graph::Impl::find_producers() {
  producers.assign(tensors.size(), std::nullopt);
  for (const Layer& layer : layers) {
    for (const TensorId id : layer.outputs) {
      const Tensor& tensor = tensors.at(id.index());
      if (tensor.constant || tensor.recurrent_state) {
        throw base::Error({}, fmt::format("layer '{}'", layer.name),
                          fmt::format("writes '{}', which is a {}", tensor.name,
                                      tensor.constant ? "constant" : "recurrent state"));
      }
      auto& producer = producers[id.index()];
      if (producer) {
        throw base::Error({}, fmt::format("tensor '{}'", tensor.name),
                          fmt::format("is written by layers '{}' and '{}'",
                                      layers[producer->index()].name, layer.name));
      }
      producer = layer.id;
    }
  }
}

void Graph::Impl::check_reads() const {
  std::vector<bool> available(tensors.size());
  for (const TensorId id : inputs) available.at(id.index()) = true;
  for (const Layer& layer : layers) {
    const auto fail = [&](TensorId id, std::string_view what) {
      throw base::Error({}, fmt::format("layer '{}'", layer.name),
                        fmt::format("reads '{}', {}", tensors[id.index()].name, what));
    };
    for (const TensorId id : activations_read(layer)) {
      if (tensors.at(id.index()).constant) fail(id, "a constant, as an activation");
    }
    for (const TensorId id : awaited(layer)) {
      if (!available[id.index()] && !producers[id.index()]) fail(id, "which nothing writes");
    }
    const auto check_parameters = [&](const std::vector<TensorId>& parameters) {
      for (const TensorId id : parameters) {
        if (!tensors.at(id.index()).constant) fail(id, "an activation, as a parameter");
      }
    };
    check_parameters(layer.parameters);
    for (const Epilogue& fused : layer.epilogue) check_parameters(fused.parameters);
  }
}

void Graph::Impl::connect() {
  dag = Dag(layers.size());
  for (const Layer& layer : layers) {
    for (const TensorId id : awaited(layer)) {
      if (const auto& producer = producers[id.index()]) {
        add_edge(producer->index(), layer.id.index(), dag);
      }
    }
  }
}

void Graph::Impl::order_layers() {
  const std::vector<Vertex> plain = ordered_prefix(dag);
  if (plain.size() < layers.size()) {
    const auto text = [&](Vertex v) { return fmt::format("'{}'", layers[v].name); };
    throw base::Error(
        fmt::format("the layers form a cycle: {}", cycle_text(find_cycle(dag, plain), text)));
  }
  // Contract what must stand together: the layers of each recurrence that run step by step.
  std::vector<Vertex> unit_of(layers.size());
  std::vector<std::optional<Vertex>> unit_of_recurrence(recurrences.size());
  std::vector<std::vector<LayerId>> members;
  for (const Layer& layer : layers) {
    Vertex unit = members.size();
    if (layer.recurrence && !layer.time_batchable) {
      auto& shared = unit_of_recurrence[layer.recurrence->index()];
      if (!shared) shared = unit;
      unit = *shared;
    }
    if (unit == members.size()) members.emplace_back();
    unit_of[layer.id.index()] = unit;
  }
  for (const Vertex vertex : plain) members[unit_of[vertex]].emplace_back(vertex);
  Dag units(members.size());
  for (const auto edge : boost::make_iterator_range(edges(dag))) {
    const Vertex from = unit_of[source(edge, dag)];
    const Vertex to = unit_of[target(edge, dag)];
    if (from != to) add_edge(from, to, units);
  }
  const std::vector<Vertex> unit_order = ordered_prefix(units);
  if (unit_order.size() < members.size()) {
    const auto text = [&](Vertex unit) {
      const Layer& first = layers[members[unit].front().index()];
      return first.recurrence && !first.time_batchable
                 ? fmt::format("recurrence '{}'", recurrences[first.recurrence->index()].name)
                 : fmt::format("'{}'", first.name);
    };
    throw base::Error(fmt::format("a recurrence needs what others make from its own steps: {}",
                                  cycle_text(find_cycle(units, unit_order), text)));
  }
  order.clear();
  for (const Vertex unit : unit_order) {
    order.insert(order.end(), members[unit].begin(), members[unit].end());
  }
  list_consumers();
}

void Graph::Impl::list_consumers() {
  consumers.assign(tensors.size(), {});
  for (const LayerId id : order) {
    const auto list = [&](const std::vector<TensorId>& reads) {
      for (const TensorId read : reads) {
        std::vector<LayerId>& readers = consumers[read.index()];
        if (readers.empty() || readers.back() != id) readers.push_back(id);
      }
    };
    const Layer& layer = layers[id.index()];
    list(layer.inputs);
    list(layer.parameters);
    for (const Epilogue& fused : layer.epilogue) {
      list(fused.extra_inputs);
      list(fused.parameters);
    }
    list(awaited(layer));
  }
}

Graph::Graph(std::string name) : impl_(std::make_unique<Impl>()) { impl_->name = std::move(name); }
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

TensorId Graph::add_tensor(Tensor tensor) {
  tensor.id = TensorId(impl_->tensors.size());
  if (!tensor.sparsity) tensor.sparsity = impl_->assumed_dense;
  impl_->tensors.push_back(std::move(tensor));
  return impl_->tensors.back().id;
}

RecurrenceId Graph::add_recurrence(std::string name, std::int64_t steps) {
  if (steps < 1) {
    throw base::Error({}, fmt::format("recurrence '{}'", name),
                      fmt::format("has {} steps; it needs at least 1", steps));
  }
  const RecurrenceId id(impl_->recurrences.size());
  impl_->recurrences.push_back({id, std::move(name), steps});
  return id;
}

GroupId Graph::add_group(std::string node_name) {
  impl_->group_names.push_back(std::move(node_name));
  return GroupId(impl_->group_names.size() - 1);
}

LayerId Graph::add_layer(Layer layer) {
  layer.id = LayerId(impl_->layers.size());
  impl_->layers.push_back(std::move(layer));
  return impl_->layers.back().id;
}

void Graph::mark_input(TensorId id) { impl_->inputs.push_back(id); }
void Graph::mark_output(TensorId id) { impl_->outputs.push_back(id); }
void Graph::add_note(std::string note) { impl_->notes.push_back(std::move(note)); }

void Graph::finish() {
  impl_->inputs = each_once(std::move(impl_->inputs));
  impl_->outputs = each_once(std::move(impl_->outputs));
  check_values(impl_->tensors, impl_->layers, impl_->recurrences);
  impl_->find_producers();
  impl_->check_reads();
  impl_->connect();
  impl_->order_layers();
}

const std::string& Graph::name() const { return impl_->name; }
const std::vector<Layer>& Graph::layers() const { return impl_->layers; }
const Layer& Graph::layer(LayerId id) const { return impl_->layers.at(id.index()); }
const std::vector<Tensor>& Graph::tensors() const { return impl_->tensors; }
const Tensor& Graph::tensor(TensorId id) const { return impl_->tensors.at(id.index()); }
const std::vector<Recurrence>& Graph::recurrences() const { return impl_->recurrences; }
const Recurrence& Graph::recurrence(RecurrenceId id) const {
  return impl_->recurrences.at(id.index());
}
std::size_t Graph::group_count() const { return impl_->group_names.size(); }
const std::string& Graph::group_name(GroupId id) const { return impl_->group_names.at(id.index()); }
const std::vector<TensorId>& Graph::inputs() const { return impl_->inputs; }
const std::vector<TensorId>& Graph::outputs() const { return impl_->outputs; }
const std::vector<std::string>& Graph::notes() const { return impl_->notes; }

std::optional<LayerId> Graph::producer(TensorId id) const {
  return impl_->producers.at(id.index());
}
const std::vector<LayerId>& Graph::consumers(TensorId id) const {
  return impl_->consumers.at(id.index());
}

std::vector<LayerId> Graph::predecessors(LayerId id) const {
  std::vector<LayerId> ids;
  for (const auto edge : boost::make_iterator_range(in_edges(id.index(), impl_->dag))) {
    ids.emplace_back(source(edge, impl_->dag));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<LayerId> Graph::successors(LayerId id) const {
  std::vector<LayerId> ids;
  for (const auto edge : boost::make_iterator_range(out_edges(id.index(), impl_->dag))) {
    ids.emplace_back(target(edge, impl_->dag));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

const std::vector<LayerId>& Graph::topological_order() const { return impl_->order; }

}  // namespace mensa::models
