#include "sim/modules/engine_module.h"

#include <algorithm>
#include <stdexcept>

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {
namespace {

/// Requests are cut so that initiators on one port take turns at this grain.
constexpr std::int64_t kChunkBytes = std::int64_t{16} * 1024;
/// Tiles in flight on either side of the array: one in use and one on its way.
constexpr int kDoubleBuffer = 2;

}  // namespace

EngineModule::EngineModule(const sc_core::sc_module_name& name, base::Hertz clock,
                           std::vector<LayerTrace>& traces)
    : sc_module(name),
      read_socket("read_socket"),
      write_socket("write_socket"),
      clock_(clock),
      traces_(traces),
      input_slots_("input_slots", kDoubleBuffer),
      inputs_ready_("inputs_ready", 0),
      output_slots_("output_slots", kDoubleBuffer),
      outputs_ready_("outputs_ready", 0) {
  SC_THREAD(bring_in);
  SC_THREAD(compute);
  SC_THREAD(take_out);
}

template <class Visit>
void EngineModule::for_each_tile(const BlockProgram& program, Visit&& visit) {
  for (std::int64_t run = 0; run < program.runs; ++run) {
    for (const LayerProgram& layer : program.layers) {
      bool first = run == 0;
      for (const accelerators::TileStep& tile : layer.tiles) {
        visit(layer, tile, first);
        first = false;
      }
    }
  }
}

void EngineModule::run(const BlockProgram& program) {
  const std::int64_t start = now_ps();
  program_ = &program;
  begin_.notify(sc_core::SC_ZERO_TIME);
  sc_core::wait(done_);
  active_ps_ += now_ps() - start;
}

void EngineModule::note_start(LayerTrace& trace) const {
  if (trace.started) return;
  trace.started = true;
  trace.start_ps = now_ps();
}

sc_core::sc_time EngineModule::transfer(tlm_utils::simple_initiator_socket<EngineModule>& socket,
                                        std::int64_t bytes, tlm::tlm_command command) {
  tlm::tlm_generic_payload request;
  request.set_command(command);
  request.set_address(0);
  request.set_data_ptr(nullptr);  // timing only: no data are modelled
  sc_core::sc_time delay;
  while (bytes > 0) {
    const std::int64_t chunk = std::min(bytes, kChunkBytes);
    request.set_data_length(static_cast<unsigned>(chunk));
    request.set_streaming_width(static_cast<unsigned>(chunk));
    request.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(request, delay);
    if (request.is_response_error()) {
      throw std::logic_error(std::string(name()) + ": the memory answered a request with " +
                             request.get_response_string());
    }
    bytes -= chunk;
  }
  return delay;
}

void EngineModule::bring_in() {
  while (true) {
    sc_core::wait(begin_);
    for_each_tile(*program_, [&](const LayerProgram& layer, const accelerators::TileStep& tile,
                                 bool is_first) {
      input_slots_.wait();
      LayerTrace& trace = traces_[layer.layer.index()];
      note_start(trace);
      std::int64_t bytes = tile.dram.read().value();
      if (is_first && layer.preload.value() > 0) {
        bytes += layer.preload.value();
        trace.dram.parameter_read += layer.preload;
      }
      // The next tile is asked for while the data of this one are still on their way.
      sc_core::sc_time on_its_way;
      if (bytes > 0) on_its_way = transfer(read_socket, bytes, tlm::TLM_READ_COMMAND);
      arrivals_ps_.push_back(now_ps() + to_ps(on_its_way));
      inputs_ready_.post();
    });
  }
}

void EngineModule::compute() {
  while (true) {
    sc_core::wait(begin_);
    std::int64_t charged_until = now_ps();
    for_each_tile(*program_, [&](const LayerProgram& layer, const accelerators::TileStep& tile,
                                 bool /*is_first*/) {
      inputs_ready_.wait();
      const std::int64_t arrival = arrivals_ps_.front();
      arrivals_ps_.pop_front();
      if (arrival > now_ps()) sc_core::wait(from_ps(arrival - now_ps()));
      output_slots_.wait();
      LayerTrace& trace = traces_[layer.layer.index()];
      const std::int64_t busy = to_ps(tile.busy / clock_);
      if (busy > 0) sc_core::wait(from_ps(busy));
      trace.busy_ps += busy;
      trace.charged_ps += now_ps() - charged_until;
      charged_until = now_ps();
      trace.end_ps = now_ps();
      input_slots_.post();
      outputs_ready_.post();
    });
  }
}

void EngineModule::take_out() {
  while (true) {
    sc_core::wait(begin_);
    const BlockProgram& program = *program_;
    LayerTrace* last = nullptr;
    sc_core::sc_time on_its_way;
    for_each_tile(program, [&](const LayerProgram& layer, const accelerators::TileStep& tile,
                               bool /*is_first*/) {
      outputs_ready_.wait();
      LayerTrace& trace = traces_[layer.layer.index()];
      trace.dram += tile.dram;
      const std::int64_t bytes = tile.dram.write().value();
      // A write is posted: its room is free when it is off the port; only the last one is awaited.
      on_its_way =
          bytes > 0 ? transfer(write_socket, bytes, tlm::TLM_WRITE_COMMAND) : sc_core::SC_ZERO_TIME;
      trace.end_ps = std::max(trace.end_ps, now_ps() + to_ps(on_its_way));
      last = &trace;
      output_slots_.post();
    });
    if (on_its_way > sc_core::SC_ZERO_TIME) sc_core::wait(on_its_way);
    // The last writes outlast the computation: they are the last layer's.
    if (last != nullptr) {
      std::int64_t computed = 0;
      std::int64_t start = now_ps();
      for (const LayerProgram& layer : program.layers) {
        computed += traces_[layer.layer.index()].charged_ps;
        start = std::min(start, traces_[layer.layer.index()].start_ps);
      }
      last->charged_ps += now_ps() - start - computed;
    }
    done_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace mensa::sim
