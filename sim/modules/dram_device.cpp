#include "sim/modules/dram_device.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <span>

namespace mensa::sim {
namespace {

/// Before all times, and far from overflow.
constexpr std::int64_t kLongAgo = -(std::int64_t{1} << 60);

/// Rounded up, so that no transfer is faster than its bandwidth, but not for the rounding of the
/// division itself.
std::int64_t duration_ps(std::int64_t bytes, base::BytesPerSecond bandwidth) {
  constexpr double kPicosecondsPerSecond = 1e12;
  constexpr double kRounding = 1e-6;
  return static_cast<std::int64_t>(std::ceil(
      static_cast<double>(bytes) / bandwidth.value() * kPicosecondsPerSecond - kRounding));
}

std::int64_t whole_ps(base::Seconds time) {
  constexpr double kPicosecondsPerSecond = 1e12;
  return std::llround(time.value() * kPicosecondsPerSecond);
}

/// The exponent of a power of two.
int bits_of(std::int64_t number) {
  assert(number > 0 && std::has_single_bit(static_cast<std::uint64_t>(number)));
  return std::countr_zero(static_cast<std::uint64_t>(number));
}

}  // namespace

DeviceService IdealDevice::serve(const MemoryRequest& request, std::int64_t /*arrival_ps*/,
                                 std::int64_t start_ps) {
  assert(request.bytes > 0);
  free_ps_ = std::max(free_ps_, start_ps) + duration_ps(request.bytes, bandwidth_);
  return {free_ps_, {}, 0};
}

DramDevice::DramDevice(const accelerators::DramTiming& timing)
    : times_{whole_ps(timing.burst_time), whole_ps(timing.t_rcd),  whole_ps(timing.t_rp),
             whole_ps(timing.t_ras),      whole_ps(timing.t_rtp),  whole_ps(timing.t_wr),
             whole_ps(timing.t_wtr),      whole_ps(timing.t_rtw),  whole_ps(timing.t_rrd),
             whole_ps(timing.t_faw),      whole_ps(timing.t_refi), whole_ps(timing.t_rfc)},
      burst_bits_(bits_of(timing.burst.value())),
      interleave_bits_(bits_of(timing.interleave.value())),
      channel_bits_(bits_of(timing.channels)),
      row_bits_(bits_of(timing.row.value())),
      bank_bits_(bits_of(timing.banks)),
      channels_(static_cast<std::size_t>(timing.channels)),
      banks_(static_cast<std::size_t>(timing.channels * timing.banks)) {
  assert(times_.rfc < times_.refi);
  assert(burst_bits_ <= interleave_bits_ && burst_bits_ <= row_bits_);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    channel.activates_ps.fill(kLongAgo);
    const std::int64_t turn = timing.refresh == accelerators::RefreshOrder::kTogether
                                  ? timing.channels
                                  : static_cast<std::int64_t>(c) + 1;
    channel.next_refresh_ps = times_.refi * turn / timing.channels;
  }
}

std::int64_t DramDevice::bytes_on(std::int64_t channel, std::int64_t address) const {
  const std::int64_t round = address >> (interleave_bits_ + channel_bits_);
  const std::int64_t turn =
      (address >> interleave_bits_) & ((std::int64_t{1} << channel_bits_) - 1);
  const std::int64_t whole = round << interleave_bits_;
  if (turn < channel) return whole;
  const std::int64_t interleave = std::int64_t{1} << interleave_bits_;
  return whole + (turn > channel ? interleave : (address & (interleave - 1)));
}

DeviceService DramDevice::serve(const MemoryRequest& request, std::int64_t arrival_ps,
                                std::int64_t start_ps) {
  assert(request.bytes > 0 && request.address >= 0 && arrival_ps <= start_ps);
  const std::int64_t end = request.address + request.bytes;
  const std::int64_t first_turn = request.address >> interleave_bits_;
  const std::int64_t turns = ((end - 1) >> interleave_bits_) - first_turn + 1;
  const std::int64_t channel_count = std::int64_t{1} << channel_bits_;
  const std::int64_t bank_mask = (std::int64_t{1} << bank_bits_) - 1;
  const std::int64_t burst_bytes = std::int64_t{1} << burst_bits_;

  DeviceService service;
  for (std::int64_t turn = 0; turn < std::min(turns, channel_count); ++turn) {
    const std::int64_t c = (first_turn + turn) & (channel_count - 1);
    Channel& channel = channels_[static_cast<std::size_t>(c)];
    DeviceService share;
    // What a request has on one channel is consecutive among the bytes of that channel.
    std::int64_t from = bytes_on(c, request.address);
    const std::int64_t to = bytes_on(c, end);
    while (from < to) {
      const std::int64_t row = from >> row_bits_;
      const std::int64_t until = std::min(to, (row + 1) << row_bits_);
      Piece piece;
      piece.bank = static_cast<std::size_t>((c << bank_bits_) | (row & bank_mask));
      piece.row = row >> bank_bits_;
      piece.bursts = ((until + burst_bytes - 1) >> burst_bits_) - (from >> burst_bits_);
      piece.is_write = request.is_write;
      move(channel, piece, arrival_ps, start_ps, share);
      from = until;
    }
    service.activates += share.activates;
    if (channel.free_ps > service.end_ps) {
      service.end_ps = channel.free_ps;
      service.delays = share.delays;
    }
  }
  return service;
}

void DramDevice::move(Channel& channel, const Piece& piece, std::int64_t arrival_ps,
                      std::int64_t start_ps, DeviceService& service) {
  Bank& bank = banks_[piece.bank];
  const std::int64_t earliest = std::max(start_ps, channel.free_ps);
  std::int64_t begin = earliest;

  // Each cause takes what it adds to those before it.
  if (channel.next_refresh_ps <= earliest) {
    begin = std::max(begin, refresh(piece.bank >> bank_bits_, earliest));
    service.delays.refresh_ps += begin - earliest;
  }
  if (channel.was_used && channel.last_was_write != piece.is_write) {
    const std::int64_t turned = channel.free_ps + (piece.is_write ? times_.rtw : times_.wtr);
    if (turned > begin) {
      service.delays.turnaround_ps += turned - begin;
      begin = turned;
    }
  }
  if (bank.open_row != piece.row) {
    const std::int64_t open = activate(channel, bank, piece.row, arrival_ps) + times_.rcd;
    ++service.activates;
    if (open > begin) {
      service.delays.row_ps += open - begin;
      begin = open;
    }
  }

  channel.free_ps = begin + piece.bursts * times_.burst;
  channel.last_was_write = piece.is_write;
  channel.was_used = true;
  const std::int64_t recovered =
      piece.is_write ? channel.free_ps + times_.wr : channel.free_ps - times_.burst + times_.rtp;
  bank.precharge_ps = std::max(bank.precharge_ps, recovered);
}

std::int64_t DramDevice::refresh(std::size_t channel_index, std::int64_t now_ps) {
  Channel& channel = channels_[channel_index];
  const std::span<Bank> banks(&banks_[channel_index << bank_bits_], std::size_t{1} << bank_bits_);
  // The first refresh waits for the bus and for all banks to be precharged.
  std::int64_t first = std::max(channel.next_refresh_ps, channel.free_ps);
  for (const Bank& bank : banks) {
    first = std::max(first, bank.open_row < 0 ? bank.activate_ps : bank.precharge_ps + times_.rp);
  }
  // Further ones are due where the channel had nothing to do for long. Each starts when it is due
  // or when the one before it ends.
  const std::int64_t more = (now_ps - channel.next_refresh_ps) / times_.refi;
  const std::int64_t last_due = channel.next_refresh_ps + more * times_.refi;
  const std::int64_t end = std::max(first + (more + 1) * times_.rfc, last_due + times_.rfc);
  channel.next_refresh_ps = last_due + times_.refi;
  for (Bank& bank : banks) bank = {-1, end, end};
  return end;
}

std::int64_t DramDevice::activate(Channel& channel, Bank& bank, std::int64_t row,
                                  std::int64_t earliest_ps) const {
  std::int64_t at = earliest_ps;
  if (bank.open_row < 0) {
    at = std::max(at, bank.activate_ps);
  } else {
    at = std::max(at, bank.precharge_ps) + times_.rp;
  }
  std::int64_t& oldest = channel.activates_ps[channel.oldest_activate];
  const std::int64_t latest =
      channel.activates_ps[(channel.oldest_activate + kWindow - 1) % kWindow];
  at = std::max({at, latest + times_.rrd, oldest + times_.faw});
  oldest = at;
  channel.oldest_activate = (channel.oldest_activate + 1) % kWindow;
  bank.open_row = row;
  bank.precharge_ps = at + times_.ras;
  return at;
}

}  // namespace mensa::sim
