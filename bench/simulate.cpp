// The SystemC simulation alone: CPU time, simulated cycles per CPU second, beside SCALE-Sim's.
//
// SystemC has one kernel per process, so a process times one run: bench_simulate NETWORK SYSTEM.

#include "sim/engine/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "accelerators/spec/loader.h"
#include "bench/cpu_time.h"
#include "bench/program.h"
#include "models/base/data_path.h"
#include "onnx_import/import.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"

namespace mensa::bench {
namespace {

constexpr double kGoalSeconds = 0.1;           ///< ResNet-50 on Mensa-G
constexpr double kGoalCyclesPerSecond = 10e6;  ///< everywhere
constexpr double kGoalMebibytes = 200;
/// SCALE-Sim v3 on this type of machine, simulated cycles per CPU second; a whole ResNet-18 takes
/// it 254 CPU seconds and 5.2 GiB.
constexpr double kScaleSimLeast = 3'700;
constexpr double kScaleSimMost = 16'700;

int run(const std::string& network, const std::string& system_name, bool fine) {
  const accelerators::System system = accelerators::load_system(system_name);
  const models::Graph graph =
      onnx_import::import_file(base::find_data_file({"models/zoo", ".onnx", "model"}, network), {});
  accelerators::CostTable costs(
      graph, accelerators::Objective::kEdp,
      std::make_shared<accelerators::MappingCache>(
          system, accelerators::MapperOptions{accelerators::Effort::kPruned}));
  const scheduler::SchedulingProblem problem(costs);
  problem.check();
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, scheduler::make_policy("mensa")->plan(problem), "mensa");

  sim::SimulationOptions options;
  options.grain = fine ? sim::Grain::kFine : sim::Grain::kCoalesced;
  const double before = cpu_seconds();
  const sim::RunResult result = sim::simulate(problem, schedule, options);
  const double seconds = cpu_seconds() - before;

  base::Hertz clock;
  for (const auto& accelerator : system.accelerators) clock = std::max(clock, accelerator.clock);
  const double cycles = result.latency.value() * clock.value();
  const double rate = cycles / seconds;
  fmt::print("{:<14} {:<18} {:>9} {:>11.4f} {:>12.2f} {:>11.1f} {:>9.0f} {:>9.1f}   {}\n", network,
             system_name, fine ? "fine" : "coalesced", seconds, cycles / 1e6, rate / 1e6,
             rate / kScaleSimMost, peak_mebibytes(),
             rate >= kGoalCyclesPerSecond && peak_mebibytes() <= kGoalMebibytes ? "met" : "missed");
  if (network == "resnet50" && system_name == "mensa_g" && !fine) {
    fmt::print("ResNet-50 on Mensa-G: {:.4f} CPU s, goal {} s: {}, {:.2f} of it\n", seconds,
               kGoalSeconds, seconds <= kGoalSeconds ? "met" : "missed", seconds / kGoalSeconds);
  }
  return 0;
}

int main_of(int argc, char** argv) {
  if (argc == 1) {
    fmt::print("SCALE-Sim: {} to {} cycles per CPU second; goal {} M\n", kScaleSimLeast,
               kScaleSimMost, kGoalCyclesPerSecond / 1e6);
    fmt::print("{:<14} {:<18} {:>9} {:>11} {:>12} {:>11} {:>9} {:>9}\n", "network", "system",
               "grain", "CPU s", "M cycles", "M cycles/s", "SCALE-Sim", "peak MiB");
    return 0;
  }
  const bool fine = argc == 4 && std::strcmp(argv[3], "fine") == 0;
  if (argc != 3 && !fine) {
    fmt::print(stderr, "usage: {} [NETWORK SYSTEM [fine]]; without: the heading\n", argv[0]);
    return 2;
  }
  return run(argv[1], argv[2], fine);
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_simulate",
                                   [&] { return mensa::bench::main_of(argc, argv); });
}
