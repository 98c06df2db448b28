#include "sim/modules/buffer_occupancy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace mensa::sim {

using accelerators::LayerRoom;
using models::index;
using models::MacOperand;

BufferOccupancy::BufferOccupancy(std::string label, std::vector<accelerators::Buffer> buffers,
                                 EventLog* log)
    : label_(std::move(label)),
      buffers_(std::move(buffers)),
      used_(buffers_.size()),
      peaks_(buffers_.size()),
      log_(log) {
  if (log_ == nullptr) return;
  counter_ = static_cast<std::uint32_t>(log_->counters.size());
  for (const accelerators::Buffer& buffer : buffers_) {
    samples_.push_back(log_->samples.size());
    log_->samples.push_back({static_cast<std::uint32_t>(log_->counters.size()), 0, 0});
    log_->counters.push_back({label_, "buffer " + buffer.name, "B"});
  }
}

void BufferOccupancy::begin(const BlockProgram& block, std::int64_t now_ps) {
  block_ = &block;
  first_ = 0;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    change(b, block.stays[b] - stays_[b], block.layers.front(), now_ps);
  }
  stays_ = block.stays;
}

void BufferOccupancy::end(std::int64_t now_ps) {
  assert(turns_.empty());
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    change(b, block_->leaves[b] - stays_[b], block_->layers.back(), now_ps);
  }
  stays_ = block_->leaves;
  block_ = nullptr;
}

void BufferOccupancy::add_turn() {
  const std::size_t next = first_ + turns_.size();
  turns_.push_back({&block_->layers[next % block_->layers.size()]});
}

base::Bytes BufferOccupancy::held(const Turn& turn, std::size_t operand) {
  const LayerRoom::Tile& tile = turn.layer->room.tiles[operand];
  return tile.bytes * std::min(tile.copies, turn.taken[operand] - turn.released[operand]);
}

base::Bytes BufferOccupancy::claim(const Turn& turn, std::size_t operand) {
  const LayerRoom::Tile& tile = turn.layer->room.tiles[operand];
  return tile.bytes *
         std::min(tile.copies, turn.layer->tile_counts[operand] - turn.released[operand]);
}

bool BufferOccupancy::leaves_room(std::size_t turn, std::size_t buffer, base::Bytes more) {
  base::Bytes bytes = stays_[buffer] + more;
  for (std::size_t t = first_; t <= turn; ++t) {
    const Turn& entry = at(t);
    if (t < turn || entry.opened) bytes += entry.layer->room.beside[buffer];
    for (std::size_t o = 0; o < models::kMacOperandCount; ++o) {
      if (entry.layer->room.tiles[o].buffer != buffer) continue;
      bytes += t < turn ? claim(entry, o) : held(entry, o);
    }
  }
  return bytes <= buffers_[buffer].capacity;
}

bool BufferOccupancy::may_take_early(std::size_t turn, MacOperand operand) {
  const std::size_t o = index(operand);
  const LayerRoom::Tile& tile = at(turn).layer->room.tiles[o];
  if (operand == MacOperand::kOutputs) {
    for (std::size_t before = first_; before < turn; ++before) {
      if (at(before).taken[o] < at(before).layer->tile_counts[o]) return false;
    }
  }
  return tile.buffer == LayerRoom::Tile::kNowhere || leaves_room(turn, tile.buffer, tile.bytes);
}

void BufferOccupancy::take(std::size_t turn, MacOperand operand, std::int64_t now_ps) {
  count_tile(turn, operand, &Turn::taken, now_ps);
}

void BufferOccupancy::release(std::size_t turn, MacOperand operand, std::int64_t now_ps) {
  count_tile(turn, operand, &Turn::released, now_ps);
}

void BufferOccupancy::count_tile(std::size_t turn, MacOperand operand, ByOperand Turn::*count,
                                 std::int64_t now_ps) {
  Turn& entry = at(turn);
  const std::size_t o = index(operand);
  const base::Bytes before = held(entry, o);
  ++(entry.*count)[o];
  const std::size_t buffer = entry.layer->room.tiles[o].buffer;
  if (buffer == LayerRoom::Tile::kNowhere) return;
  change(buffer, held(entry, o) - before, *entry.layer, now_ps);
}

bool BufferOccupancy::may_open_early(std::size_t turn) {
  const Turn& entry = at(turn);
  if (entry.opened) return true;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    const base::Bytes beside = entry.layer->room.beside[b];
    if (beside > base::Bytes(0) && !leaves_room(turn, b, beside)) return false;
  }
  return true;
}

void BufferOccupancy::open(std::size_t turn, std::int64_t now_ps) {
  Turn& entry = at(turn);
  if (std::exchange(entry.opened, true)) return;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    change(b, entry.layer->room.beside[b], *entry.layer, now_ps);
  }
}

void BufferOccupancy::finish(std::size_t turn, std::int64_t now_ps) {
  assert(turn == first_);
  const Turn entry = at(turn);
  turns_.pop_front();
  ++first_;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (entry.opened) change(b, base::Bytes(0) - entry.layer->room.beside[b], *entry.layer, now_ps);
  }
}

void BufferOccupancy::change(std::size_t buffer, base::Bytes by, const LayerProgram& layer,
                             std::int64_t now_ps) {
  if (by == base::Bytes(0)) return;
  base::Bytes& used = used_[buffer];
  used += by;
  const base::Bytes capacity = buffers_[buffer].capacity;
  if (used > capacity || used < base::Bytes(0)) {
    throw std::logic_error(fmt::format("{}: buffer '{}' holds {} B of {} B in layer '{}'", label_,
                                       buffers_[buffer].name, used.value(), capacity.value(),
                                       layer.name));
  }
  peaks_[buffer] = std::max(peaks_[buffer], used);
  if (log_ == nullptr) return;
  // Of changes at one moment the last one counts.
  EventLog::Sample& latest = log_->samples[samples_[buffer]];
  if (latest.at_ps == now_ps) {
    latest.value = used.value();
    return;
  }
  samples_[buffer] = log_->samples.size();
  log_->samples.push_back({counter_ + static_cast<std::uint32_t>(buffer), now_ps, used.value()});
}

}  // namespace mensa::sim
