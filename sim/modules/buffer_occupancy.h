#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/engine/block_program.h"
#include "sim/engine/event_log.h"

namespace mensa::sim {

/// What lies in the buffers of one accelerator, in bytes, without the kernel. Whoever fills a
/// buffer takes room first and gives it back when it is done; nothing may ever exceed a capacity.
///
/// A block is played turn by turn: turn t is layer t mod layers of run t / layers. The next turn's
/// tiles may come while the last ones of a turn are still there, but only into room that no turn
/// before it can still need: so the first turn that is not over can always go on.
class BufferOccupancy {
 public:
  /// `log` may be null: nothing is logged. Else each buffer has a counter under `label`.
  BufferOccupancy(std::string label, std::vector<accelerators::Buffer> buffers, EventLog* log);

  /// A block begins; it must live until end(). What stays through it enters, or is there.
  void begin(const BlockProgram& block, std::int64_t now_ps);
  /// All turns are over; what the block leaves stays.
  void end(std::int64_t now_ps);

  /// Whether a turn may take room for its next tile of an operand. Always true in the first turn
  /// that is not over. Room for results is taken turn by turn.
  [[nodiscard]] bool may_take(std::size_t turn, models::MacOperand operand) {
    return turn == first_ || may_take_early(turn, operand);
  }
  void take(std::size_t turn, models::MacOperand operand, std::int64_t now_ps);
  /// A tile is of no more use, or out.
  void release(std::size_t turn, models::MacOperand operand, std::int64_t now_ps);
  /// Whether a turn may have what it needs beside its tiles.
  [[nodiscard]] bool may_open(std::size_t turn) { return turn == first_ || may_open_early(turn); }
  /// The first time: takes it.
  void open(std::size_t turn, std::int64_t now_ps);
  /// A turn is over: gives that back. Turns are over one after the other.
  void finish(std::size_t turn, std::int64_t now_ps);

  /// Of each buffer, the most that was in it at a time.
  [[nodiscard]] const std::vector<base::Bytes>& peaks() const { return peaks_; }
  [[nodiscard]] base::Bytes occupied(std::size_t buffer) const { return used_[buffer]; }

 private:
  using ByOperand = std::array<std::int64_t, models::kMacOperandCount>;
  /// A turn that is not over.
  struct Turn {
    const LayerProgram* layer = nullptr;
    bool opened = false;
    ByOperand taken = {};  ///< tiles
    ByOperand released = {};
  };

  [[nodiscard]] Turn& at(std::size_t turn) {
    while (turn - first_ >= turns_.size()) add_turn();
    return turns_[turn - first_];
  }
  void add_turn();
  /// In a turn before which others are not over.
  [[nodiscard]] bool may_take_early(std::size_t turn, models::MacOperand operand);
  [[nodiscard]] bool may_open_early(std::size_t turn);
  void count_tile(std::size_t turn, models::MacOperand operand, ByOperand Turn::*count,
                  std::int64_t now_ps);
  /// What a turn's tiles of an operand take, and the most that they may take from now on.
  [[nodiscard]] static base::Bytes held(const Turn& turn, std::size_t operand);
  [[nodiscard]] static base::Bytes claim(const Turn& turn, std::size_t operand);
  /// Whether so much more leaves the turns before this one all that they may need.
  [[nodiscard]] bool leaves_room(std::size_t turn, std::size_t buffer, base::Bytes more);
  void change(std::size_t buffer, base::Bytes by, const LayerProgram& layer, std::int64_t now_ps);

  std::string label_;
  std::vector<accelerators::Buffer> buffers_;
  std::vector<base::Bytes> used_;
  std::vector<base::Bytes> peaks_;
  accelerators::RoomByBuffer stays_ = {};  ///< now

  const BlockProgram* block_ = nullptr;
  std::deque<Turn> turns_;
  std::size_t first_ = 0;  ///< number of the turn at the front of `turns_`

  EventLog* log_;
  std::uint32_t counter_ = 0;  ///< of the first buffer
  /// By buffer: its latest sample.
  std::vector<std::size_t> samples_;
};

}  // namespace mensa::sim
