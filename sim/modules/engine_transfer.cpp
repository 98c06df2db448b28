// What one tile moves, cut into requests, and what held each of them up.
#include <algorithm>
#include <stdexcept>

#include "sim/modules/engine_module.h"
#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {
namespace {

/// Requests are cut so that initiators on one port take turns at this grain.
constexpr std::int64_t kChunkBytes = std::int64_t{16} * 1024;

}  // namespace

std::int64_t EngineModule::transfer(tlm_utils::simple_initiator_socket<EngineModule>& socket,
                                    tlm::tlm_command command, std::uint32_t track,
                                    std::array<Part, 2> parts, const LayerProgram& layer,
                                    std::vector<Stretch>* stretches) {
  const bool is_write = command == tlm::TLM_WRITE_COMMAND;
  LayerTrace& trace = (*traces_)[layer.layer.index()];
  tlm::tlm_generic_payload request;
  TransferInfo info;
  request.set_command(command);
  request.set_data_ptr(nullptr);  // timing only: no data are modelled
  request.set_extension(&info);
  // The parts of one transfer are of one phase.
  info.label.track = track;
  info.label.phase = parts.front().phase;
  info.label.job = job_;
  info.label.layer = layer.layer.index();
  const auto add_stretch = [&](Activity what, std::int64_t end_ps) {
    if (stretches == nullptr) return;
    if (!stretches->empty() && stretches->back().activity == what) {
      stretches->back().end_ps = end_ps;
    } else {
      stretches->push_back({end_ps, what});
    }
  };
  std::int64_t arrival = now_ps();  // of the last data
  std::int64_t contention = 0;
  std::size_t at = 0;
  while (true) {
    // Gathers what comes next, up to a chunk.
    info.clear();
    std::int64_t chunk = 0;
    std::array<std::int64_t, 2> taken = {};
    for (; at < parts.size() && chunk < kChunkBytes; at += parts[at].bytes.value() == 0 ? 1 : 0) {
      Part& part = parts[at];
      if (part.bytes.value() == 0) continue;
      Stream& stream = *part.stream;
      const std::int64_t bytes =
          std::min({part.bytes.value(), kChunkBytes - chunk, stream.region.bytes - stream.offset});
      info.pieces.push_back({stream.region.address + stream.offset, bytes, is_write});
      stream.offset = (stream.offset + bytes) % stream.region.bytes;
      part.bytes -= base::Bytes(bytes);
      taken[at] += bytes;
      chunk += bytes;
    }
    if (chunk == 0) break;
    request.set_address(static_cast<sc_dt::uint64>(info.pieces.front().address));
    request.set_data_length(static_cast<unsigned>(chunk));
    request.set_streaming_width(static_cast<unsigned>(chunk));
    request.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    const std::int64_t asked = now_ps();
    socket->b_transport(request, delay);
    if (request.is_response_error()) {
      request.clear_extension(&info);
      throw std::logic_error(std::string(name()) + ": the memory answered a request with " +
                             request.get_response_string());
    }
    arrival = std::max(arrival, now_ps() + to_ps(delay));
    trace.dram_delays += info.dram;
    trace.activates += info.activates;
    // Behind requests of its own the port is as slow as it is.
    std::int64_t start = asked + info.behind_others_ps;
    if (info.behind_others_ps > 0) add_stretch(Activity::kContention, start);
    start += info.behind_own_ps;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (taken[p] == 0) continue;
      const std::int64_t end =
          start +
          static_cast<std::int64_t>(static_cast<double>(now_ps() - start) *
                                    static_cast<double>(taken[p]) / static_cast<double>(chunk));
      chunk -= taken[p];
      const std::int64_t until = chunk == 0 ? now_ps() : end;
      add_stretch(parts[p].activity, until);
      log_span(track, parts[p].phase, layer, start, until, taken[p]);
      start = until;
    }
    contention = info.device_contention_ps;
  }
  if (contention > 0 && stretches != nullptr) {
    // Then what is still missing is on its way.
    const Activity last = stretches->back().activity;
    add_stretch(Activity::kContention, now_ps() + contention);
    add_stretch(last, arrival);
  }
  request.clear_extension(&info);
  return arrival;
}

}  // namespace mensa::sim
