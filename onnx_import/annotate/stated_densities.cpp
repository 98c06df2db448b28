#include "onnx_import/annotate/stated_densities.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/base/error.h"
#include "models/base/sha256.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;

/// Values that were read: what the user could state of them is known better.
bool is_counted(const SparsityProfile* profile) {
  return profile != nullptr && profile->origin == DensityOrigin::kMeasured && !profile->synthetic;
}

std::shared_ptr<const SparsityProfile> shared(const StatedDensity& stated) {
  return std::make_shared<const SparsityProfile>(stated.profile);
}

std::string model_note(const DensityFile& file, const OperatorGraph& graph) {
  const std::filesystem::path model(graph.path);
  const std::string name = file.path.filename().string();
  if (file.model != model.stem().string() && file.model != graph.name) {
    return fmt::format("the densities of {} are of the model '{}', not of this one", name,
                       file.model);
  }
  if (!file.model_sha256.empty() && file.model_sha256 != base::sha256_of_file(model)) {
    return fmt::format("the densities of {} were measured on another file of this model", name);
  }
  return {};
}

}  // namespace

StatedDensities::StatedDensities(const std::string& path) {
  if (path.empty()) return;
  file_ = read_density_file(path);
  entries_.reserve(file_.tensors.size());
  for (StatedDensity& stated : file_.tensors) {
    places_.emplace(stated.tensor, entries_.size());
    entries_.push_back({std::move(stated)});
  }
}

void StatedDensities::set_values(OperatorGraph& graph) {
  if (entries_.empty()) return;
  value_names_.reserve(graph.values.size());
  // What a value is a view of has its own name, which goes before that of the view.
  for (const bool views : {false, true}) {
    for (Value& value : graph.values) {
      if (value.view_of.has_value() == views) set(graph, value);
    }
  }
  graph.notes.push_back(fmt::format("{} densities of {}: {}", models::to_string(file_.origin),
                                    file_.path.filename().string(), file_.source));
  if (std::string note = model_note(file_, graph); !note.empty()) {
    graph.notes.push_back(std::move(note));
  }
}

void StatedDensities::set(OperatorGraph& graph, Value& value) {
  if (!value.name.empty()) value_names_.push_back(value.name);
  const auto place = places_.find(value.name);
  if (place == places_.end()) return;
  Entry& entry = entries_[place->second];
  entry.found = true;
  Value& root = value.view_of ? graph.value(*value.view_of) : value;
  if (root.constant && (is_counted(root.sparsity.get()) || is_counted(value.sparsity.get()))) {
    entry.known = true;
    return;
  }
  const bool named_itself = &root != &value && places_.contains(root.name);
  if (!named_itself) root.sparsity = shared(entry.stated);
  value.sparsity = root.sparsity;
}

void StatedDensities::finish(Draft& draft) {
  if (entries_.empty()) return;
  for (models::Tensor& tensor : draft.tensors) {
    const auto place = places_.find(tensor.name);
    if (place == places_.end() || entries_[place->second].found) continue;
    Entry& entry = entries_[place->second];
    if (tensor.constant && is_counted(tensor.sparsity.get())) {
      entry.known = true;
      continue;
    }
    tensor.sparsity = shared(entry.stated);
  }
  for (const models::Tensor& tensor : draft.tensors) {
    const auto place = places_.find(tensor.name);
    if (place != places_.end()) entries_[place->second].found = true;
    value_names_.push_back(tensor.name);
  }
  const bool valid = std::all_of(entries_.begin(), entries_.end(),
                                 [](const Entry& entry) { return entry.found && !entry.known; });
  if (valid) return;
  std::sort(value_names_.begin(), value_names_.end());
  value_names_.erase(std::unique(value_names_.begin(), value_names_.end()), value_names_.end());
  fail(value_names_);
}

void StatedDensities::fail(const std::vector<std::string>& known) const {
  std::string errors;
  std::size_t count = 0;
  for (const Entry& entry : entries_) {
    if (entry.found && !entry.known) continue;
    if (++count > kMostDensityErrors) continue;
    std::string message =
        "its values are in the model, which says itself how many of them are zero";
    if (!entry.found) {
      message = "the model has no tensor of that name";
      const std::vector<std::string> near = base::near_names(entry.stated.tensor, known);
      if (!near.empty()) message += fmt::format("; did you mean '{}'?", fmt::join(near, "' or '"));
    }
    const base::Error error(entry.stated.where, fmt::format("tensors.{}", entry.stated.tensor),
                            message);
    errors += fmt::format("{}{}", count > 1 ? "\n" : "", error.what());
  }
  if (count > kMostDensityErrors)
    errors += fmt::format("\n... and {} more", count - kMostDensityErrors);
  throw base::Error(errors);
}

}  // namespace mensa::onnx_import
