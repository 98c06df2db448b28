// A memory of one's own: any TLM-2.0 target can stand in for a memory port. Here a scratchpad that
// serves one request at a time at 8 bytes a nanosecond after 40 ns, in the place of the Edge TPU's
// LPDDR4.
//
// usage: example_foreign_memory [MODEL.onnx]   (default: the keyword spotter of models/zoo)

#include "sim/platform/foreign_memory.h"

#include <fmt/format.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <exception>
#include <systemc>
#include <tlm>

#include "accelerators/spec/loader.h"
#include "models/base/data_path.h"
#include "onnx_import/import.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"

namespace {

class Scratchpad : public sc_core::sc_module, public mensa::sim::ForeignMemory {
 public:
  explicit Scratchpad(const sc_core::sc_module_name& name) : sc_module(name) {
    socket_.register_b_transport(this, &Scratchpad::b_transport);
  }
  void bind(tlm::tlm_initiator_socket<>& initiator) override { initiator.bind(socket_); }
  [[nodiscard]] std::int64_t requests() const { return requests_; }

 private:
  void b_transport(int /*initiator*/, tlm::tlm_generic_payload& request, sc_core::sc_time& delay) {
    constexpr double kBytesPerNanosecond = 8;
    constexpr double kLatencyNanoseconds = 40;
    turn_.lock();
    wait(sc_core::sc_time(request.get_data_length() / kBytesPerNanosecond, sc_core::SC_NS));
    turn_.unlock();
    delay += sc_core::sc_time(kLatencyNanoseconds, sc_core::SC_NS);
    ++requests_;
    request.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  tlm_utils::multi_passthrough_target_socket<Scratchpad> socket_{"socket"};
  sc_core::sc_mutex turn_;
  std::int64_t requests_ = 0;
};

int run(const std::string& model) {
  namespace base = mensa::base;
  namespace models = mensa::models;
  namespace onnx_import = mensa::onnx_import;
  namespace accelerators = mensa::accelerators;
  namespace scheduler = mensa::scheduler;
  namespace sim = mensa::sim;
  const models::Graph graph =
      onnx_import::import_file(base::find_data_file({"models/zoo", ".onnx", "model"}, model), {});
  const accelerators::System system = accelerators::load_system("edge_tpu");
  accelerators::CostTable costs(graph, system, accelerators::Objective::kEdp);
  const scheduler::SchedulingProblem problem(costs);
  problem.check();
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, scheduler::make_policy("mensa")->plan(problem), "mensa");

  Scratchpad scratchpad("scratchpad");
  const sim::Simulation own{{sim::Stream{&problem, &schedule}}, {}};
  sim::Simulation foreign = own;
  foreign.options.foreign_memories[system.accelerators.front().port] = &scratchpad;
  const std::vector<sim::RunResult> runs = sim::simulate({own, foreign});
  fmt::print("{} on {}: {:.1f} us at LPDDR4, {:.1f} us at the scratchpad ({} requests)\n",
             graph.name(), system.name, runs[0].latency.value() * 1e6,
             runs[1].latency.value() * 1e6, scratchpad.requests());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "ds_cnn");
  } catch (const std::exception& error) {
    fmt::print(stderr, "example_foreign_memory: {}\n", error.what());
    return 1;
  }
}
