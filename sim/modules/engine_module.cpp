#include "sim/modules/engine_module.h"

#include <algorithm>
#include <stdexcept>

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {

using models::MacOperand;

namespace {

/// Requests are cut so that initiators on one port take turns at this grain.
constexpr std::int64_t kChunkBytes = std::int64_t{16} * 1024;
constexpr int kDoubleBuffer = 2;

}  // namespace

EngineModule::EngineModule(const sc_core::sc_module_name& name, base::Hertz clock,
                           const std::string& label, EventLog* log)
    : sc_module(name),
      weight_socket("weight_socket"),
      read_socket("read_socket"),
      write_socket("write_socket"),
      clock_(clock),
      weight_slots_("weight_slots", kDoubleBuffer),
      input_slots_("input_slots", kDoubleBuffer),
      output_slots_("output_slots", kDoubleBuffer),
      weights_("weights_ready"),
      inputs_("inputs_ready"),
      outputs_ready_("outputs_ready", 0),
      log_(log) {
  if (log_ != nullptr) {
    const auto track = [&](const char* what) {
      log_->tracks.push_back({label, what});
      return static_cast<std::uint32_t>(log_->tracks.size() - 1);
    };
    layer_track_ = track("layers");
    weight_track_ = track("DMA parameters");
    in_track_ = track("DMA activations");
    array_track_ = track("array");
    out_track_ = track("DMA results");
  }
  SC_THREAD(bring_weights);
  SC_THREAD(bring_inputs);
  SC_THREAD(compute);
  SC_THREAD(take_out);
}

template <class Visit>
void EngineModule::for_each_tile(const BlockProgram& program, Visit&& visit) {
  for (std::int64_t run = 0; run < program.runs; ++run) {
    for (const LayerProgram& layer : program.layers) {
      bool first = true;
      for (const TileProgram& tile : layer.tiles) {
        visit(layer, tile, run, first);
        first = false;
      }
    }
  }
}

void EngineModule::run(const BlockProgram& program, JobId job, std::vector<LayerTrace>& traces) {
  const std::int64_t start = now_ps();
  program_ = &program;
  job_ = job;
  traces_ = &traces;
  runs_written_.assign(program.layers.size(), 0);
  begin_.notify(sc_core::SC_ZERO_TIME);
  sc_core::wait(done_);
  active_ps_ += now_ps() - start;
  log_span(layer_track_, Phase::kLayer, program.layers.front(), start, now_ps(), 0);
}

void EngineModule::charge(Activity activity) {
  times_.add(activity, now_ps() - charged_until_ps_);
  charged_until_ps_ = now_ps();
}

void EngineModule::charge_layer(const LayerProgram& layer, Activity activity,
                                std::int64_t until_ps) {
  const std::int64_t passed = until_ps - charged_until_ps_;
  if (passed <= 0) return;
  times_.add(activity, passed);
  (*traces_)[layer.layer.index()].times.add(activity, passed);
  log_span(array_track_, activity == Activity::kBusy ? Phase::kCompute : Phase::kStall, layer,
           charged_until_ps_, until_ps, 0, activity);
  charged_until_ps_ = until_ps;
}

void EngineModule::log_span(std::uint32_t track, Phase phase, const LayerProgram& layer,
                            std::int64_t start_ps, std::int64_t end_ps, std::int64_t bytes,
                            Activity activity) {
  if (log_ == nullptr || end_ps <= start_ps) return;
  log_->spans.push_back(
      {track, phase, activity, job_, layer.layer.index(), start_ps, end_ps, bytes});
}

void EngineModule::note_start(LayerTrace& trace) const {
  if (trace.started) return;
  trace.started = true;
  trace.start_ps = now_ps();
}

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

void EngineModule::await(const LayerProgram& layer, std::int64_t run) {
  const auto written = [&](const std::vector<std::size_t>& layers, std::int64_t runs) {
    return std::all_of(layers.begin(), layers.end(),
                       [&](std::size_t position) { return runs_written_[position] >= runs; });
  };
  while (!written(layer.reads, run + 1) || !written(layer.reads_of_last_run, run)) {
    sc_core::wait(run_written_);
  }
}

bool EngineModule::brings_weights(const LayerProgram& layer, const TileProgram& tile,
                                  std::int64_t run, bool is_first) {
  return tile.changes.contains(MacOperand::kWeights) || tile.dram.parameter_read.value() > 0 ||
         (run == 0 && is_first && layer.preload.value() > 0);
}

bool EngineModule::brings_inputs(const LayerProgram& layer, const TileProgram& tile,
                                 bool is_first) {
  return tile.changes.contains(MacOperand::kInputs) || tile.dram.activation_read.value() > 0 ||
         (layer.reads_sums && tile.changes.contains(MacOperand::kOutputs)) ||
         (is_first && (!layer.reads.empty() || !layer.reads_of_last_run.empty()));
}

void EngineModule::arrived(Inflow& inflow, Fetched fetched, std::int64_t arrival_ps) {
  // The next tile is asked for while the data of this one are still on their way.
  fetched.arrival_ps = arrival_ps;
  inflow.fetched.push_back(std::move(fetched));
  inflow.ready.post();
}

void EngineModule::bring_weights() {
  while (true) {
    sc_core::wait(begin_);
    const LayerProgram* current = nullptr;
    Stream parameters;
    for_each_tile(*program_, [&](const LayerProgram& layer, const TileProgram& tile,
                                 std::int64_t run, bool is_first) {
      if (!brings_weights(layer, tile, run, is_first)) return;
      if (current != &layer) parameters = {layer.parameters, 0};
      current = &layer;
      if (tile.changes.contains(MacOperand::kWeights)) weight_slots_.wait();
      LayerTrace& trace = (*traces_)[layer.layer.index()];
      note_start(trace);
      base::Bytes bytes = tile.dram.parameter_read;
      if (run == 0 && is_first) {
        bytes += layer.preload;
        trace.dram.parameter_read += layer.preload;
      }
      Fetched fetched;
      const std::int64_t arrival =
          transfer(weight_socket, tlm::TLM_READ_COMMAND, weight_track_,
                   {{{bytes, &parameters, Activity::kParameters, Phase::kReadParameters}, {}}},
                   layer, &fetched.stretches);
      arrived(weights_, std::move(fetched), arrival);
    });
  }
}

void EngineModule::bring_inputs() {
  while (true) {
    sc_core::wait(begin_);
    const LayerProgram* current = nullptr;
    Stream inputs;
    Stream sums;
    for_each_tile(*program_, [&](const LayerProgram& layer, const TileProgram& tile,
                                 std::int64_t run, bool is_first) {
      if (!brings_inputs(layer, tile, is_first)) return;
      if (current != &layer) {
        inputs = {layer.inputs, 0};
        sums = {layer.sums, 0};
      }
      current = &layer;
      if (is_first) await(layer, run);
      if (tile.changes.contains(MacOperand::kInputs)) input_slots_.wait();
      note_start((*traces_)[layer.layer.index()]);
      Part activations{tile.dram.activation_read, &inputs, Activity::kActivations,
                       Phase::kReadActivations};
      const Part partial_sums{tile.dram.partial_sum_read, &sums, Activity::kActivations,
                              Phase::kReadActivations};
      Fetched fetched;
      const auto bring = [&](const std::array<Part, 2>& parts) {
        return transfer(read_socket, tlm::TLM_READ_COMMAND, in_track_, parts, layer,
                        &fetched.stretches);
      };
      if (layer.reads_sums && tile.changes.contains(MacOperand::kOutputs)) {
        if (activations.bytes.value() > 0) static_cast<void>(bring({activations, {}}));
        activations.bytes = base::Bytes(0);
        output_slots_.wait();
      }
      const std::int64_t arrival = bring({activations, partial_sums});
      arrived(inputs_, std::move(fetched), arrival);
    });
  }
}

void EngineModule::take(Inflow& inflow, const LayerProgram& layer, Activity activity) {
  inflow.ready.wait();
  const Fetched fetched = std::move(inflow.fetched.front());
  inflow.fetched.pop_front();
  if (fetched.arrival_ps > now_ps()) sc_core::wait(from_ps(fetched.arrival_ps - now_ps()));
  for (const Stretch& stretch : fetched.stretches) {
    charge_layer(layer, stretch.activity, std::min(stretch.end_ps, now_ps()));
  }
  // Until the last of it arrives.
  charge_layer(layer, activity, now_ps());
}

void EngineModule::compute() {
  while (true) {
    sc_core::wait(begin_);
    for_each_tile(*program_, [&](const LayerProgram& layer, const TileProgram& tile,
                                 std::int64_t run, bool is_first) {
      note_start((*traces_)[layer.layer.index()]);
      if (brings_weights(layer, tile, run, is_first)) take(weights_, layer, Activity::kParameters);
      if (brings_inputs(layer, tile, is_first)) take(inputs_, layer, Activity::kActivations);
      if (tile.changes.contains(MacOperand::kOutputs) && !layer.reads_sums) {
        output_slots_.wait();
      }
      charge_layer(layer, Activity::kWriteBack, now_ps());
      const std::int64_t busy = to_ps(tile.busy / clock_);
      if (busy > 0) sc_core::wait(from_ps(busy));
      charge_layer(layer, Activity::kBusy, now_ps());
      (*traces_)[layer.layer.index()].end_ps = now_ps();
      if (tile.releases.contains(MacOperand::kWeights)) weight_slots_.post();
      if (tile.releases.contains(MacOperand::kInputs)) input_slots_.post();
      outputs_ready_.post();
    });
  }
}

void EngineModule::take_out() {
  while (true) {
    sc_core::wait(begin_);
    const BlockProgram& program = *program_;
    const LayerProgram* current = nullptr;
    Stream sums;
    Stream outputs;
    std::int64_t landed = now_ps();  // when the last of all writes is done
    for_each_tile(program, [&](const LayerProgram& layer, const TileProgram& tile, std::int64_t run,
                               bool /*is_first*/) {
      outputs_ready_.wait();
      if (current != &layer) {
        current = &layer;
        sums = {layer.sums, 0};
        outputs = {layer.outputs, 0};
      }
      LayerTrace& trace = (*traces_)[layer.layer.index()];
      trace.dram += tile.dram;
      // A write is posted: its room is free when it is off the port; only the last one is awaited.
      const std::int64_t lands = transfer(
          write_socket, tlm::TLM_WRITE_COMMAND, out_track_,
          {{{tile.dram.partial_sum_write, &sums, Activity::kWriteBack, Phase::kWriteResults},
            {tile.dram.activation_write, &outputs, Activity::kWriteBack, Phase::kWriteResults}}},
          layer, nullptr);
      landed = std::max(landed, lands);
      trace.end_ps = std::max(trace.end_ps, lands);
      if (tile.releases.contains(MacOperand::kOutputs)) output_slots_.post();
      if (&tile != &layer.tiles.back()) return;
      runs_written_[static_cast<std::size_t>(&layer - program.layers.data())] = run + 1;
      run_written_.notify(sc_core::SC_ZERO_TIME);
    });
    if (landed > now_ps()) sc_core::wait(from_ps(landed - now_ps()));
    // The last writes outlast the computation: they are the last layer's.
    if (current != nullptr) charge_layer(*current, Activity::kWriteBack, now_ps());
    done_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace mensa::sim
