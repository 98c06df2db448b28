// Complete mapping evaluations per CPU second on one core, beside other tools' figures.
//
// Each round evaluates thousands of different random mappings, drawn beforehand, each of which
// fits, with a model that is new and so remembers nothing.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"
#include "bench/program.h"
#include "tests/accelerators/mapping/random_mapping.h"
#include "tests/support/network_layers.h"

namespace mensa::bench {
namespace {

using accelerators::MacCostModel;

constexpr double kGoal = 1e6;  ///< evaluations per CPU second
constexpr std::size_t kMappings = 20'000;
constexpr std::uint64_t kSeed = 1;
constexpr const char* kEvaluations = "evaluations/s";

/// Mappings tried per CPU second, from the slowest to the fastest layer, measured on the machine
/// type that README.md names.
struct Rival {
  const char* name;
  double least;
  double most;
};
constexpr std::array<Rival, 2> kRivals = {Rival{"Timeloop v3.0.3", 435, 1415},
                                          Rival{"ZigZag", 105, 145}};

/// A layer on an accelerator with mappings of it.
struct Case {
  std::string name;
  const accelerators::System* system;
  const accelerators::Accelerator* accelerator;
  accelerators::MacQuestion question;
  std::vector<accelerators::Mapping> mappings;
};

std::vector<accelerators::Mapping> draw(const Case& of) {
  MacCostModel model(*of.system, *of.accelerator, of.question);
  accelerators::test::RandomMappings random(model, kSeed);
  std::vector<accelerators::Mapping> mappings;
  while (mappings.size() < kMappings) {
    accelerators::Mapping mapping = random.next();
    if (model.quick(mapping).has_value()) mappings.push_back(mapping);
  }
  return mappings;
}

std::vector<Case> make_cases(const accelerators::System& system) {
  const std::vector<std::pair<std::string, models::ProblemShape>> layers = {
      {"stem_7x7", test::padded_conv(64, 3, 224, 7, 2)},
      {"stage1_3x3", test::padded_conv(64, 64, 56, 3, 1)},
      {"stage2_3x3_stride2", test::padded_conv(128, 128, 56, 3, 2)},
      {"stage3_expand_1x1", test::padded_conv(1024, 256, 14, 1, 1)},
      {"stage4_3x3", test::padded_conv(512, 512, 7, 3, 1)}};
  const std::vector<models::ProblemShape> known = test::resnet50_layers();
  std::vector<Case> cases;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    for (const auto& [name, shape] : layers) {
      if (std::find(known.begin(), known.end(), shape) == known.end()) {
        throw std::logic_error(name + " is no layer of ResNet-50");
      }
      cases.push_back({accelerator.name + "/" + name,
                       &system,
                       &accelerator,
                       accelerators::test::native_question(shape, accelerator),
                       {}});
      cases.back().mappings = draw(cases.back());
    }
  }
  return cases;
}

template <class Evaluate>
void measure(benchmark::State& state, const Case& of, const Evaluate& evaluate) {
  for (auto _ : state) {
    MacCostModel model(*of.system, *of.accelerator, of.question);
    for (const accelerators::Mapping& mapping : of.mappings) {
      auto cost = evaluate(model, mapping);
      benchmark::DoNotOptimize(cost);
    }
  }
  const double all =
      static_cast<double>(state.iterations()) * static_cast<double>(of.mappings.size());
  state.counters[kEvaluations] = benchmark::Counter(all, benchmark::Counter::kIsRate);
}

/// The usual table, plain; keeps the rates for the summary.
class Reporter : public benchmark::ConsoleReporter {
 public:
  Reporter() : ConsoleReporter(OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto rate = run.counters.find(kEvaluations);
      if (rate == run.counters.end()) continue;
      Rates& rates = run.benchmark_name().rfind("quick/", 0) == 0 ? quick_ : evaluate_;
      rates.add(rate->second.value);
    }
  }

  void print_summary() const {
    print("MacCostModel::evaluate", evaluate_);
    print("MacCostModel::quick", quick_);
  }

 private:
  struct Rates {
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    double seconds_per_evaluation = 0;  ///< summed over the cases
    int cases = 0;

    void add(double rate) {
      least = std::min(least, rate);
      most = std::max(most, rate);
      seconds_per_evaluation += 1 / rate;
      ++cases;
    }
    /// Of as many evaluations of each case.
    [[nodiscard]] double mean() const { return cases / seconds_per_evaluation; }
  };

  static void print(const char* name, const Rates& rates) {
    if (rates.cases == 0) return;  // filtered out
    fmt::print("\n{}: {:.0f} evaluations per CPU second over {} cases, {:.0f} to {:.0f}\n", name,
               rates.mean(), rates.cases, rates.least, rates.most);
    fmt::print("  goal {:.0f}: {}, {:.2f} times; {:.2f} times in the slowest case\n", kGoal,
               rates.mean() >= kGoal ? "met" : "missed", rates.mean() / kGoal, rates.least / kGoal);
    for (const Rival& rival : kRivals) {
      fmt::print(
          "  {}: {:.0f} to {:.0f} mappings tried per CPU second; mensa {:.0f} to {:.0f} times\n",
          rival.name, rival.least, rival.most, rates.mean() / rival.most,
          rates.mean() / rival.least);
    }
  }

  Rates evaluate_;
  Rates quick_;
};

template <class Evaluate>
void add(const char* function, const Case& of, const Evaluate& evaluate) {
  benchmark::RegisterBenchmark(
      fmt::format("{}/{}", function, of.name).c_str(),
      [&of, evaluate](benchmark::State& state) { measure(state, of, evaluate); })
      ->Unit(benchmark::kMillisecond)
      ->MeasureProcessCPUTime();  // by CLOCK_PROCESS_CPUTIME_ID
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const accelerators::System system = accelerators::load_system("mensa_g");
  const std::vector<Case> cases = make_cases(system);
#ifndef __clang_analyzer__  // takes the benchmarks, which the library keeps, for leaks
  for (const Case& of : cases) {
    add("evaluate", of,
        [](MacCostModel& model, const auto& mapping) { return model.evaluate(mapping); });
    add("quick", of, [](MacCostModel& model, const auto& mapping) { return model.quick(mapping); });
  }
#endif
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print_summary();
  return 0;
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_mapping", [&] { return mensa::bench::run(argc, argv); });
}
