#include "sim/modules/engine_module.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {

using models::MacOperand;

namespace {

constexpr int kDoubleBuffer = 2;

}  // namespace

EngineModule::EngineModule(const sc_core::sc_module_name& name, base::Hertz clock,
                           std::vector<accelerators::Buffer> buffers, const std::string& label,
                           EventLog* log)
    : sc_module(name),
      weight_socket("weight_socket"),
      read_socket("read_socket"),
      write_socket("write_socket"),
      clock_(clock),
      buffers_(label, std::move(buffers), log),
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
  std::size_t turn = 0;
  for (std::int64_t run = 0; run < program.runs; ++run) {
    for (const LayerProgram& layer : program.layers) {
      bool first = true;
      for (const TileProgram& tile : layer.tiles) {
        visit(Step{layer, tile, run, turn, first});
        first = false;
      }
      ++turn;
    }
  }
}

void EngineModule::run(const BlockProgram& program, JobId job, std::vector<LayerTrace>& traces) {
  const std::int64_t start = now_ps();
  program_ = &program;
  job_ = job;
  traces_ = &traces;
  runs_written_.assign(program.layers.size(), 0);
  buffers_.begin(program, start);
  begin_.notify(sc_core::SC_ZERO_TIME);
  sc_core::wait(done_);
  buffers_.end(now_ps());
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

void EngineModule::await(const LayerProgram& layer, std::int64_t run) {
  const auto written = [&](const std::vector<std::size_t>& layers, std::int64_t runs) {
    return std::all_of(layers.begin(), layers.end(),
                       [&](std::size_t position) { return runs_written_[position] >= runs; });
  };
  while (!written(layer.reads, run + 1) || !written(layer.reads_of_last_run, run)) {
    sc_core::wait(run_written_);
  }
}

bool EngineModule::brings_weights(const Step& step) {
  return step.tile.changes.contains(MacOperand::kWeights) ||
         step.tile.dram.parameter_read.value() > 0 ||
         (step.run == 0 && step.is_first && step.layer.preload.value() > 0);
}

bool EngineModule::brings_inputs(const Step& step) {
  const LayerProgram& layer = step.layer;
  return step.tile.changes.contains(MacOperand::kInputs) ||
         step.tile.dram.activation_read.value() > 0 ||
         (layer.reads_sums && step.tile.changes.contains(MacOperand::kOutputs)) ||
         (step.is_first && (!layer.reads.empty() || !layer.reads_of_last_run.empty()));
}

void EngineModule::wait_for_room() {
  ++waiting_for_room_;
  sc_core::wait(room_changed_);
  --waiting_for_room_;
}

void EngineModule::tell_of_room() {
  if (waiting_for_room_ > 0) room_changed_.notify(sc_core::SC_ZERO_TIME);
}

void EngineModule::take_room(sc_core::sc_semaphore& slots, const Step& step, MacOperand operand) {
  while (!buffers_.may_take(step.turn, operand)) wait_for_room();
  slots.wait();
  while (!buffers_.may_take(step.turn, operand)) wait_for_room();
  buffers_.take(step.turn, operand, now_ps());
  tell_of_room();
}

void EngineModule::free_room(sc_core::sc_semaphore& slots, const Step& step, MacOperand operand) {
  slots.post();
  buffers_.release(step.turn, operand, now_ps());
  tell_of_room();
}

void EngineModule::open_turn(const Step& step) {
  while (!buffers_.may_open(step.turn)) wait_for_room();
  buffers_.open(step.turn, now_ps());
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
    for_each_tile(*program_, [&](const Step& step) {
      if (!brings_weights(step)) return;
      const LayerProgram& layer = step.layer;
      if (current != &layer) parameters = {layer.parameters, 0};
      current = &layer;
      if (step.tile.changes.contains(MacOperand::kWeights)) {
        take_room(weight_slots_, step, MacOperand::kWeights);
      }
      LayerTrace& trace = (*traces_)[layer.layer.index()];
      note_start(trace);
      base::Bytes bytes = step.tile.dram.parameter_read;
      if (step.run == 0 && step.is_first) {
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
    std::optional<std::size_t> open;  // the turn
    Stream inputs;
    Stream sums;
    for_each_tile(*program_, [&](const Step& step) {
      if (!brings_inputs(step)) return;
      const LayerProgram& layer = step.layer;
      const TileProgram& tile = step.tile;
      if (current != &layer) {
        inputs = {layer.inputs, 0};
        sums = {layer.sums, 0};
      }
      current = &layer;
      if (step.is_first) await(layer, step.run);
      if (open != step.turn) open_turn(step);
      open = step.turn;
      if (tile.changes.contains(MacOperand::kInputs)) {
        take_room(input_slots_, step, MacOperand::kInputs);
      }
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
        take_room(output_slots_, step, MacOperand::kOutputs);
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
    for_each_tile(*program_, [&](const Step& step) {
      const LayerProgram& layer = step.layer;
      const TileProgram& tile = step.tile;
      note_start((*traces_)[layer.layer.index()]);
      if (brings_weights(step)) take(weights_, layer, Activity::kParameters);
      if (brings_inputs(step)) take(inputs_, layer, Activity::kActivations);
      if (step.is_first) open_turn(step);
      if (tile.changes.contains(MacOperand::kOutputs) && !layer.reads_sums) {
        take_room(output_slots_, step, MacOperand::kOutputs);
      }
      charge_layer(layer, Activity::kWriteBack, now_ps());
      const std::int64_t busy = to_ps(tile.busy / clock_);
      if (busy > 0) sc_core::wait(from_ps(busy));
      charge_layer(layer, Activity::kBusy, now_ps());
      (*traces_)[layer.layer.index()].end_ps = now_ps();
      if (tile.releases.contains(MacOperand::kWeights)) {
        free_room(weight_slots_, step, MacOperand::kWeights);
      }
      if (tile.releases.contains(MacOperand::kInputs)) {
        free_room(input_slots_, step, MacOperand::kInputs);
      }
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
    for_each_tile(program, [&](const Step& step) {
      const LayerProgram& layer = step.layer;
      const TileProgram& tile = step.tile;
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
      if (tile.releases.contains(MacOperand::kOutputs)) {
        free_room(output_slots_, step, MacOperand::kOutputs);
      }
      if (&tile != &layer.tiles.back()) return;
      buffers_.finish(step.turn, now_ps());
      tell_of_room();
      runs_written_[static_cast<std::size_t>(&layer - program.layers.data())] = step.run + 1;
      run_written_.notify(sc_core::SC_ZERO_TIME);
    });
    if (landed > now_ps()) sc_core::wait(from_ps(landed - now_ps()));
    // The last writes outlast the computation: they are the last layer's.
    if (current != nullptr) charge_layer(*current, Activity::kWriteBack, now_ps());
    done_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace mensa::sim
