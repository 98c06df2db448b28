#include "accelerators/spec/dram_timing_reader.h"

#include <fmt/format.h>

#include <bit>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

constexpr std::int64_t kMostChannels = 1024;
constexpr std::int64_t kMostDramBanks = 4096;
constexpr std::int64_t kMostRowBytes = std::int64_t{1} << 20;
constexpr std::int64_t kMostInterleaveBytes = std::int64_t{1} << 30;
constexpr std::int64_t kMostBurstBytes = std::int64_t{1} << 16;
// The simulator counts whole picoseconds: a burst must not lose more than 1 % by that.
constexpr base::Seconds kLeastBurstTime{50e-12};
constexpr base::Seconds kLeastTime{1e-12};
constexpr base::Seconds kMostTime{1e-3};
constexpr std::array<std::pair<std::string_view, RefreshOrder>, 2> kRefreshOrders = {
    {{"staggered", RefreshOrder::kStaggered}, {"together", RefreshOrder::kTogether}}};

/// The address mapping takes bits of the address, so it needs powers of two.
std::int64_t power_of_two(const base::YamlValue& value, std::int64_t number) {
  if (!std::has_single_bit(static_cast<std::uint64_t>(number))) {
    throw value.error(fmt::format("{} is no power of two, as addresses need it", number));
  }
  return number;
}

std::int64_t read_count(const base::YamlValue& value, std::int64_t most) {
  return power_of_two(value, value.integer(1, most));
}

base::Bytes read_size(const base::YamlValue& value, std::int64_t most) {
  const base::Bytes size = value.bytes();
  if (size.value() > most) {
    throw value.error(
        fmt::format("{} B is more than a DRAM may have here: {} B", size.value(), most));
  }
  return base::Bytes(power_of_two(value, size.value()));
}

base::Seconds read_time(const base::YamlValue& value, base::Seconds least = kLeastTime) {
  const base::Seconds time = value.seconds();
  if (time < least || time > kMostTime) {
    throw value.error(fmt::format("expected a time from {} ps to {} ms", least.value() * 1e12,
                                  kMostTime.value() * 1e3));
  }
  return time;
}

/// Checks between values, each of which may stand by itself.
void check_sizes(const DramTiming& timing, const base::YamlValue& row,
                 const base::YamlValue& interleave) {
  if (timing.row < timing.burst) {
    throw row.error(
        fmt::format("a row cannot be smaller than a burst of {} B", timing.burst.value()));
  }
  if (timing.interleave < timing.burst) {
    throw interleave.error(
        fmt::format("a channel moves whole bursts of {} B, so it cannot take "
                    "turns with the others at less",
                    timing.burst.value()));
  }
}

void check_times(const DramTiming& timing, const base::YamlValue& t_ras,
                 const base::YamlValue& t_faw, const base::YamlValue& t_rfc) {
  if (timing.t_ras < timing.t_rcd) {
    throw t_ras.error("t_ras must be at least t_rcd: a row stays open until it was read");
  }
  if (timing.t_faw < timing.t_rrd) {
    throw t_faw.error("t_faw must be at least t_rrd: it spans four activates");
  }
  if (timing.t_rfc >= timing.t_refi) {
    throw t_rfc.error("t_rfc must be less than t_refi: nothing would be left beside refreshes");
  }
}

}  // namespace

DramTiming read_dram_timing(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue name = map.required("name");
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue channels = map.required("channels");
  const base::YamlValue banks = map.required("banks");
  const base::YamlValue row = map.required("row");
  const base::YamlValue interleave = map.required("interleave");
  const base::YamlValue burst = map.required("burst");
  const base::YamlValue burst_time = map.required("burst_time");
  const base::YamlValue t_rcd = map.required("t_rcd");
  const base::YamlValue t_rp = map.required("t_rp");
  const base::YamlValue t_ras = map.required("t_ras");
  const base::YamlValue t_rtp = map.required("t_rtp");
  const base::YamlValue t_wr = map.required("t_wr");
  const base::YamlValue t_wtr = map.required("t_wtr");
  const base::YamlValue t_rtw = map.required("t_rtw");
  const base::YamlValue t_rrd = map.required("t_rrd");
  const base::YamlValue t_faw = map.required("t_faw");
  const base::YamlValue t_refi = map.required("t_refi");
  const base::YamlValue t_rfc = map.required("t_rfc");
  const auto refresh = map.optional("refresh");
  const auto activate_energy = map.optional("activate_energy");
  const auto sources = map.optional("sources");
  map.finish();

  DramTiming timing;
  timing.name = name.string();
  if (description) static_cast<void>(description->string());
  if (notes) static_cast<void>(notes->string());
  timing.channels = read_count(channels, kMostChannels);
  timing.banks = read_count(banks, kMostDramBanks);
  timing.row = read_size(row, kMostRowBytes);
  timing.interleave = read_size(interleave, kMostInterleaveBytes);
  timing.burst = read_size(burst, kMostBurstBytes);
  timing.burst_time = read_time(burst_time, kLeastBurstTime);
  timing.t_rcd = read_time(t_rcd);
  timing.t_rp = read_time(t_rp);
  timing.t_ras = read_time(t_ras);
  timing.t_rtp = read_time(t_rtp);
  timing.t_wr = read_time(t_wr);
  timing.t_wtr = read_time(t_wtr);
  timing.t_rtw = read_time(t_rtw);
  timing.t_rrd = read_time(t_rrd);
  timing.t_faw = read_time(t_faw);
  timing.t_refi = read_time(t_refi);
  timing.t_rfc = read_time(t_rfc);
  if (refresh) timing.refresh = read_word(*refresh, "order of refreshes", kRefreshOrders);
  check_sizes(timing, row, interleave);
  check_times(timing, t_ras, t_faw, t_rfc);
  if (activate_energy) {
    timing.activate_energy = read_sourced(
        *activate_energy, [](const base::YamlValue& figure) { return figure.energy(true); });
  }
  check_sources(value, sources);
  return timing;
}

}  // namespace mensa::accelerators
