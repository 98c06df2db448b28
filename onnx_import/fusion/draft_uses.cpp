#include "onnx_import/fusion/draft_uses.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mensa::onnx_import {

using models::TensorId;

DraftUses::DraftUses(Draft& draft)
    : draft_(draft),
      layers_(std::make_move_iterator(draft.layers.begin()),
              std::make_move_iterator(draft.layers.end())),
      writers_(draft.tensors.size()),
      readers_(draft.tensors.size()),
      leaves_(draft.tensors.size()) {
  draft.layers.clear();
  for (auto at = layers_.begin(); at != layers_.end(); ++at) enter(at);
  for (const TensorId id : draft.outputs) leaves_[id.index()] = true;
  for (const models::Tensor& tensor : draft.tensors) {
    if (!tensor.recurrent_state) continue;
    for (const auto& id : {tensor.recurrent_state->initial, tensor.recurrent_state->next}) {
      if (id) leaves_[id->index()] = true;
    }
  }
}

void DraftUses::enter(Layers::iterator place) {
  DraftLayer& layer = *place;
  places_.emplace(&layer, place);
  visit_reads(layer, [&](TensorId id) { ++readers_[id.index()][&layer]; });
  for (const TensorId id : layer.layer.outputs) writers_[id.index()] = &layer;
}

void DraftUses::forget_read(DraftLayer& layer, TensorId id) {
  auto& readers = readers_[id.index()];
  const auto found = readers.find(&layer);
  if (--found->second == 0) readers.erase(found);
}

DraftLayer* DraftUses::only_reader(TensorId id) const {
  const auto& readers = readers_[id.index()];
  const bool single = readers.size() == 1 && readers.begin()->second == 1;
  return single && !leaves_[id.index()] ? readers.begin()->first : nullptr;
}

bool DraftUses::only_reads(const DraftLayer& layer, TensorId id) const {
  const auto& readers = readers_[id.index()];
  return readers.size() == 1 && readers.begin()->first == &layer && !leaves_[id.index()];
}

void DraftUses::read_instead(DraftLayer& layer, TensorId from, TensorId to) {
  visit_reads(layer, [&](TensorId& id) {
    if (id != from) return;
    id = to;
    forget_read(layer, from);
    ++readers_[to.index()][&layer];
  });
}

void DraftUses::write_instead(DraftLayer& layer, TensorId from, TensorId to) {
  std::replace(layer.layer.outputs.begin(), layer.layer.outputs.end(), from, to);
  if (writers_[from.index()] == &layer) writers_[from.index()] = nullptr;
  writers_[to.index()] = &layer;
}

TensorId DraftUses::add_tensor(TensorId like, std::string name, models::ElementType type) {
  models::Tensor tensor = draft_.tensor(like);
  tensor.name = std::move(name);
  tensor.type = type;
  writers_.push_back(nullptr);
  readers_.emplace_back();
  leaves_.push_back(false);
  return draft_.add_tensor(std::move(tensor));
}

DraftLayer& DraftUses::add(Layers::iterator place, DraftLayer layer) {
  const auto added = layers_.insert(place, std::move(layer));
  enter(added);
  return *added;
}

DraftUses::Layers::iterator DraftUses::remove(DraftLayer& layer) {
  visit_reads(layer, [&](TensorId id) { forget_read(layer, id); });
  for (const TensorId id : layer.layer.outputs) {
    if (writers_[id.index()] == &layer) writers_[id.index()] = nullptr;
  }
  const auto place = places_.at(&layer);
  places_.erase(&layer);
  return layers_.erase(place);
}

void DraftUses::finish() {
  draft_.layers.assign(std::make_move_iterator(layers_.begin()),
                       std::make_move_iterator(layers_.end()));
  layers_.clear();
}

}  // namespace mensa::onnx_import
