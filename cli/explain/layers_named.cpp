#include <fmt/format.h>

#include <algorithm>

#include "cli/explain/explanation.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool stands_for(const models::Layer& layer, const std::string& node) {
  if (contains(layer.merged, node)) return true;
  return std::any_of(layer.epilogue.begin(), layer.epilogue.end(), [&](const auto& fused) {
    return fused.node == node || contains(fused.merged, node);
  });
}

template <class IsWanted>
std::vector<models::LayerId> layers_where(const models::Graph& graph, IsWanted is_wanted) {
  std::vector<models::LayerId> found;
  for (const models::Layer& layer : graph.layers()) {
    if (is_wanted(layer)) found.push_back(layer.id);
  }
  return found;
}

}  // namespace

std::vector<models::LayerId> layers_named(const models::Graph& graph, const std::string& name) {
  std::vector<models::LayerId> found = layers_where(graph, [&](const models::Layer& layer) {
    return layer.name == name || graph.group_name(layer.group) == name;
  });
  if (!found.empty()) return found;
  found = layers_where(graph, [&](const models::Layer& layer) { return stands_for(layer, name); });
  if (!found.empty()) return found;

  std::vector<std::string> known;
  for (const models::Layer& layer : graph.layers()) {
    known.push_back(layer.name);
    if (!contains({layer.name}, graph.group_name(layer.group))) {
      known.push_back(graph.group_name(layer.group));
    }
  }
  std::string near;
  for (const std::string& other : base::near_names(name, known)) {
    near += fmt::format("{}'{}'", near.empty() ? "; did you mean " : " or ", other);
  }
  throw base::Error(fmt::format("{} has no layer and no node '{}'{} ('mensa inspect' lists them)",
                                graph.name(), name, near));
}

}  // namespace mensa::cli
