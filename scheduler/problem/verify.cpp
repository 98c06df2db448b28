#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "models/base/error.h"
#include "scheduler/problem/memory_room.h"
#include "scheduler/problem/verification.h"

namespace mensa::scheduler {

using models::Layer;
using models::LayerId;
using models::TensorId;

Verification::Verification(const SchedulingProblem& problem, const Schedule& schedule)
    : problem_(problem), schedule_(schedule) {
  place_layers();
}

void Verification::place_layers() {
  const std::size_t count = graph().layers().size();
  if (schedule_.layers.size() != count) {
    report("the schedule has {} layers, the model {}", schedule_.layers.size(), count);
    return;
  }
  position_.assign(count, 0);
  block_of_.assign(count, 0);
  std::vector<std::size_t> times_seen(count, 0);
  for (std::size_t block = 0; block < schedule_.blocks.size(); ++block) place(block, times_seen);
  for (std::size_t i = 0; i < count; ++i) {
    if (times_seen[i] != 1) {
      report("layer '{}' is scheduled {} times", name(LayerId(i)), times_seen[i]);
    }
    if (schedule_.layers[i].layer != LayerId(i)) {
      report("entry {} does not describe layer '{}'", i, name(LayerId(i)));
    }
    if (schedule_.layers[i].accelerator > costs().host()) {
      report("layer '{}' is on an accelerator that the system does not have", name(LayerId(i)));
    }
  }
}

void Verification::place(std::size_t block, std::vector<std::size_t>& times_seen) {
  if (schedule_.blocks[block].accelerator > costs().host()) {
    report("block {} is on an accelerator that the system does not have", block);
  }
  if (schedule_.blocks[block].layers.empty()) report("block {} has no layers", block);
  // Blocks before this one have at most as many layers each as there are in all.
  std::size_t position = block * times_seen.size();
  for (const LayerId id : schedule_.blocks[block].layers) {
    if (id.index() >= times_seen.size()) {
      report("block {} has a layer that the model does not have", block);
      continue;
    }
    ++times_seen[id.index()];
    position_[id.index()] = position++;
    block_of_[id.index()] = block;
  }
}

namespace {

/// What is neither time nor residency.
class Verifier {
 public:
  explicit Verifier(Verification& verification)
      : verification_(verification),
        graph_(verification.graph()),
        costs_(verification.costs()),
        schedule_(verification.schedule()) {}

  void run() {
    what_is_asked_for();
    blocks_are_of_one_kind();
    recurrences_share_a_block();
    everything_runs_where_it_is();
    order_respects_data();
    parameters_stay_where_they_fit();
    transfers_are_listed();
    memories_have_room();
  }

 private:
  template <class... Args>
  void report(fmt::format_string<Args...> text, Args&&... args) {
    verification_.report(text, std::forward<Args>(args)...);
  }
  template <class Id>
  [[nodiscard]] const std::string& name(Id id) const {
    return verification_.name(id);
  }

  void what_is_asked_for() {
    const Concurrency asked = verification_.problem().concurrency();
    if (schedule_.concurrency == asked) return;
    report("the schedule is for concurrency {}, asked for is {}", to_string(schedule_.concurrency),
           to_string(asked));
  }

  void blocks_are_of_one_kind() {
    for (const Block& block : schedule_.blocks) {
      const auto& recurrence = graph_.layer(block.layers.front()).recurrence;
      for (const LayerId id : block.layers) {
        if (schedule_.at(id).accelerator != block.accelerator) {
          report("layer '{}' is planned on another accelerator than its block", name(id));
        }
        const Layer& layer = graph_.layer(id);
        const bool stepped =
            layer.recurrence.has_value() && !costs_.batches_over_time(layer, block.accelerator);
        const std::int64_t runs = stepped ? graph_.steps(layer) : 1;
        if (block.runs != runs) {
          report("layer '{}' runs {} times instead of {}", name(id), block.runs, runs);
        }
        if (block.layers.size() > 1 && (!stepped || layer.recurrence != recurrence)) {
          report("layer '{}' takes turns with layers outside of its recurrence", name(id));
        }
      }
    }
  }

  void recurrences_share_a_block() {
    std::map<models::RecurrenceId, std::size_t> home;
    for (const Layer& layer : graph_.layers()) {
      if (!layer.recurrence.has_value() || layer.time_batchable) continue;
      const std::size_t block = verification_.block_of(layer.id);
      const auto [entry, is_new] = home.try_emplace(*layer.recurrence, block);
      if (!is_new && entry->second != block) {
        report("layer '{}' does not run in one block with its recurrence", layer.name);
      }
    }
  }

  void everything_runs_where_it_is() {
    for (const ScheduledLayer& entry : schedule_.layers) {
      const auto& result = costs_.evaluate(entry.layer, entry.accelerator, entry.residency);
      if (const auto* missing = std::get_if<accelerators::Infeasible>(&result)) {
        report("layer '{}' does not run on {}: {}", name(entry.layer),
               costs_.name(entry.accelerator), missing->to_string());
      }
    }
  }

  void order_respects_data() {
    for (const Layer& layer : graph_.layers()) {
      for (const LayerId before : graph_.predecessors(layer.id)) {
        if (verification_.position(before) >= verification_.position(layer.id)) {
          report("layer '{}' is dispatched before '{}', which it reads", layer.name, name(before));
        }
      }
    }
  }

  void parameters_stay_where_they_fit() {
    const auto& accelerators = costs_.system().accelerators;
    if (schedule_.kept_parameters.size() != accelerators.size()) {
      report("the schedule says for {} accelerators whether parameters stay, the system has {}",
             schedule_.kept_parameters.size(), accelerators.size());
      return;
    }
    std::vector<base::Bytes> needed(accelerators.size());
    for (const ScheduledLayer& entry : schedule_.layers) {
      if (entry.residency.kept_parameters != base::Bytes(0)) {
        report("layer '{}' finds parameters on chip in the first inference", name(entry.layer));
      }
      if (entry.accelerator == costs_.host()) continue;
      const std::size_t index = entry.accelerator.index();
      needed[index] += costs_.parameter_bytes(graph_.layer(entry.layer), entry.accelerator);
      if (schedule_.kept_parameters[index] == base::Bytes(0)) continue;
      const auto& result =
          costs_.evaluate(entry.layer, entry.accelerator, schedule_.warm_residency(entry.layer));
      if (const auto* missing = std::get_if<accelerators::Infeasible>(&result)) {
        report("layer '{}' does not run on {} beside the parameters that stay: {}",
               name(entry.layer), costs_.name(entry.accelerator), missing->to_string());
      }
    }
    for (std::size_t a = 0; a < accelerators.size(); ++a) {
      const base::Bytes kept = schedule_.kept_parameters[a];
      if (kept == base::Bytes(0)) continue;
      if (!accelerators[a].keeps_parameters) {
        report("parameters stay on {}, which does not keep them", accelerators[a].name);
      }
      if (kept != needed[a]) {
        report("{} B of parameters stay on {}, its layers have {} B", kept.value(),
               accelerators[a].name, needed[a].value());
      }
      if (kept > accelerators[a].parameter_capacity()) {
        report("{} B of parameters stay on {}, which has room for {} B", kept.value(),
               accelerators[a].name, accelerators[a].parameter_capacity().value());
      }
    }
  }

  void transfers_are_listed() {
    using Key = std::tuple<TensorId, AcceleratorId, AcceleratorId>;
    std::set<Key> needed;
    for (const models::Tensor& tensor : graph_.tensors()) {
      const auto producer = graph_.producer(tensor.id);
      if (!producer.has_value()) continue;
      const AcceleratorId from = schedule_.at(*producer).accelerator;
      for (const LayerId reader : graph_.consumers(tensor.id)) {
        const AcceleratorId to = schedule_.at(reader).accelerator;
        if (to != from) needed.insert({tensor.id, from, to});
      }
    }
    std::set<Key> listed;
    for (const Transfer& transfer : schedule_.transfers) {
      if (transfer.tensor.index() >= graph_.tensors().size()) {
        report("a transfer is listed of a tensor that the model does not have");
        continue;
      }
      const Key key{transfer.tensor, transfer.from, transfer.to};
      const bool is_new = listed.insert(key).second;
      if (!is_new) report("the transfer of '{}' is listed twice", name(transfer.tensor));
      if (is_new && key < *listed.rbegin()) {
        report("the transfer of '{}' is listed out of its order", name(transfer.tensor));
      }
      if (needed.count(key) == 0) {
        report("a transfer of '{}' is listed that nothing needs", name(transfer.tensor));
        continue;  // its accelerators may not be there
      }
      const base::Bytes bytes = costs_.tensor_bytes(transfer.tensor, transfer.from);
      if (transfer.bytes != bytes) {
        report("the transfer of '{}' is of {} B, the tensor has {} B", name(transfer.tensor),
               transfer.bytes.value(), bytes.value());
      }
    }
    for (const auto& [tensor, from, to] : needed) {
      if (listed.count({tensor, from, to}) == 0) {
        report("the transfer of '{}' from {} to {} is missing", name(tensor), costs_.name(from),
               costs_.name(to));
      }
    }
  }

  void memories_have_room() {
    try {
      check_memory_room(verification_.problem(), schedule_);
    } catch (const base::Error& error) {
      report("{}", error.what());
    }
  }

  Verification& verification_;
  const models::Graph& graph_;
  CostTable& costs_;
  const Schedule& schedule_;
};

}  // namespace

std::vector<std::string> violations(const SchedulingProblem& problem, const Schedule& schedule) {
  Verification verification(problem, schedule);
  if (verification.found().empty()) {  // the other checks index by layer
    Verifier(verification).run();
    verify_times(verification);
    verify_residency(verification);
  }
  return verification.found();
}

void verify(const SchedulingProblem& problem, const Schedule& schedule) {
  const std::vector<std::string> found = violations(problem, schedule);
  if (found.empty()) return;
  throw std::logic_error(fmt::format("the schedule of policy {} is not valid:\n  {}",
                                     schedule.policy, fmt::join(found, "\n  ")));
}

}  // namespace mensa::scheduler
