#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "accelerators/spec/dram_timing.h"
#include "models/base/units.h"

namespace mensa::sim {

/// Consecutive bytes that are read or written.
struct MemoryRequest {
  std::int64_t address = 0;  ///< at least 0
  std::int64_t bytes = 0;    ///< at least 1
  bool is_write = false;
};

/// Why a request took longer than its bytes at full bandwidth.
struct DramDelays {
  std::int64_t row_ps = 0;         ///< its rows were not open in time
  std::int64_t refresh_ps = 0;     ///< its channel was being refreshed
  std::int64_t turnaround_ps = 0;  ///< its data bus turned from writes to reads, or back

  DramDelays& operator+=(const DramDelays& other) {
    row_ps += other.row_ps;
    refresh_ps += other.refresh_ps;
    turnaround_ps += other.turnaround_ps;
    return *this;
  }
  bool operator==(const DramDelays&) const = default;
};

/// What a device made of a request.
struct DeviceService {
  std::int64_t end_ps = 0;  ///< its last data are off the device's buses
  DramDelays delays;        ///< on the channel that ended last
  std::int64_t activates = 0;

  bool operator==(const DeviceService&) const = default;
};

/// The memory behind one or more ports, without the kernel. It serves requests in the order of the
/// calls. Times are picoseconds since the start of the simulation.
class MemoryDevice {
 public:
  MemoryDevice() = default;
  MemoryDevice(const MemoryDevice&) = delete;
  MemoryDevice& operator=(const MemoryDevice&) = delete;
  MemoryDevice(MemoryDevice&&) = delete;
  MemoryDevice& operator=(MemoryDevice&&) = delete;
  virtual ~MemoryDevice() = default;

  /// Books `request`. From `arrival_ps` on the device knows of it and may open its rows; from
  /// `start_ps` on, at or after that, its data may move. `start_ps` must not decrease between
  /// calls.
  virtual DeviceService serve(const MemoryRequest& request, std::int64_t arrival_ps,
                              std::int64_t start_ps) = 0;
};

/// Always gives its whole bandwidth, to one request after another.
class IdealDevice final : public MemoryDevice {
 public:
  explicit IdealDevice(base::BytesPerSecond bandwidth) : bandwidth_(bandwidth) {}

  DeviceService serve(const MemoryRequest& request, std::int64_t arrival_ps,
                      std::int64_t start_ps) override;

 private:
  base::BytesPerSecond bandwidth_;
  std::int64_t free_ps_ = 0;
};

/// A DRAM with open rows: channels with a data bus each, which serve their share of a request at
/// once; banks that open one row at a time; refresh. Works in pieces of a row, not in single
/// bursts. docs/memory-model.md has its rules.
class DramDevice final : public MemoryDevice {
 public:
  /// Sizes and counts of `timing` must be powers of two; its times count in whole picoseconds.
  explicit DramDevice(const accelerators::DramTiming& timing);

  DeviceService serve(const MemoryRequest& request, std::int64_t arrival_ps,
                      std::int64_t start_ps) override;

 private:
  /// DramTiming in picoseconds.
  struct Times {
    std::int64_t burst, rcd, rp, ras, rtp, wr, wtr, rtw, rrd, faw, refi, rfc;
  };
  struct Bank {
    std::int64_t open_row = -1;     ///< -1: none
    std::int64_t precharge_ps = 0;  ///< an open row may be closed from then on
    std::int64_t activate_ps = 0;   ///< where no row is open, one may be opened from then on
  };
  /// t_faw counts four activates.
  static constexpr std::size_t kWindow = 4;
  struct Channel {
    std::int64_t free_ps = 0;  ///< end of the last data on the bus
    bool last_was_write = false;
    bool was_used = false;  ///< the bus has a direction
    std::int64_t next_refresh_ps = 0;
    std::array<std::int64_t, kWindow> activates_ps{};  ///< the last ones
    std::size_t oldest_activate = 0;                   ///< where the oldest of them is
  };
  /// Consecutive bursts in one row of one bank of one channel.
  struct Piece {
    std::size_t bank = 0;  ///< in banks_
    std::int64_t row = 0;
    std::int64_t bursts = 0;
    bool is_write = false;
  };

  /// How many of the bytes below `address` lie on `channel`.
  [[nodiscard]] std::int64_t bytes_on(std::int64_t channel, std::int64_t address) const;
  /// Moves `piece` and adds to `service` its delays and activates.
  void move(Channel& channel, const Piece& piece, std::int64_t arrival_ps, std::int64_t start_ps,
            DeviceService& service);
  /// Does the refreshes that are due by `now_ps`; returns when the last of them ends.
  std::int64_t refresh(std::size_t channel, std::int64_t now_ps);
  /// Opens the piece's row, at `earliest_ps` or later; returns when.
  std::int64_t activate(Channel& channel, Bank& bank, std::int64_t row,
                        std::int64_t earliest_ps) const;

  Times times_;
  // Sizes and counts as powers of two.
  int burst_bits_ = 0;
  int interleave_bits_ = 0;
  int channel_bits_ = 0;
  int row_bits_ = 0;
  int bank_bits_ = 0;
  std::vector<Channel> channels_;
  std::vector<Bank> banks_;  ///< those of channel 0, then those of channel 1 ...
};

}  // namespace mensa::sim
