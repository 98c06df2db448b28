// How many whole networks on whole systems explore evaluates a second, and how soon searches find
// the front of a space of which every point is known.
//
//   bench_explore                     rates, and searches of examples/explore/mensa_g_sizes.yaml
//   bench_explore --store POINTS      so many points of a larger space, stored: memory, and the
//                                     store's share of the time
//
// Rates are of wall time, with as many threads as said.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/program.h"
#include "explore/evaluation/evaluator.h"
#include "explore/evaluation/local_evaluation.h"
#include "explore/insight/hypervolume.h"
#include "explore/insight/pareto.h"
#include "explore/search/positions.h"
#include "explore/search/random_source.h"
#include "explore/search/search.h"
#include "explore/space/space_reader.h"
#include "explore/store/study_store.h"
#include "explore/study/describe.h"
#include "explore/study/exploration.h"

namespace mensa::bench {
namespace {

namespace ex = explore;
using Clock = std::chrono::steady_clock;

constexpr double kWarmGoal = 200;  ///< networks a second
constexpr double kColdGoal = 20;
constexpr double kScalingGoal = 1.8;
constexpr double kMemoryGoal = 500;  ///< MiB
constexpr double kStoreGoal = 0.1;   ///< of the time

/// Every array and every buffer of Mensa-G, so many sizes that hardly two points share one.
constexpr const char* kManySizes = R"(
schema: mensa-space/1
name: many_sizes
system: mensa_g
models: [mobilenet_v2]
parameters:
  pascal_rows: {path: accelerators.pascal.pe_array, values: [8x16, 12x16, 16x16, 20x16, 24x16, 28x16, 32x16, 12x32, 16x32, 20x32, 24x32, 28x32, 32x32, 24x48, 32x48, 40x48]}
  pascal_parameters: {path: accelerators.pascal.buffers.parameters.capacity, range: {from: 64 KiB, to: 512 KiB, step: 4 KiB}}
  pascal_activations: {path: accelerators.pascal.buffers.activations.capacity, range: {from: 128 KiB, to: 1 MiB, step: 8 KiB}}
  pavlov_array: {path: accelerators.pavlov.pe_array, values: [4x8, 8x8, 6x8, 8x12, 8x16, 12x16, 16x16]}
  pavlov_activations: {path: accelerators.pavlov.buffers.activations.capacity, range: {from: 64 KiB, to: 256 KiB, step: 4 KiB}}
  jacquard_array: {path: accelerators.jacquard.pe_array, values: [8x8, 8x12, 8x16, 12x16, 16x16, 16x24, 16x32]}
  jacquard_parameters: {path: accelerators.jacquard.buffers.parameters.capacity, range: {from: 32 KiB, to: 256 KiB, step: 4 KiB}}
  jacquard_activations: {path: accelerators.jacquard.buffers.activations.capacity, range: {from: 64 KiB, to: 256 KiB, step: 4 KiB}}
objectives: [latency, energy]
search: {method: random}
)";

/// What the mappings do not depend on, and few of what they do.
constexpr const char* kFewSizes = R"(
schema: mensa-space/1
name: few_sizes
system: mensa_g
models: [mobilenet_v2]
parameters:
  pascal_array: {path: accelerators.pascal.pe_array, values: [16x16, 32x32]}
  pascal_activations: {path: accelerators.pascal.buffers.activations.capacity, values: [128 KiB, 256 KiB]}
  jacquard_array: {path: accelerators.jacquard.pe_array, values: [8x16, 16x16]}
  pascal_launch: {path: accelerators.pascal.launch_overhead, range: {from: 100 ns, to: 10 us, step: 100 ns}}
  pavlov_launch: {path: accelerators.pavlov.launch_overhead, range: {from: 100 ns, to: 10 us, step: 100 ns}}
  jacquard_launch: {path: accelerators.jacquard.launch_overhead, range: {from: 100 ns, to: 10 us, step: 100 ns}}
objectives: [latency, energy, area]
search: {method: random}
)";

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<ex::Point> random_points(const ex::Space& space, std::size_t count,
                                     std::uint64_t seed) {
  ex::RandomSource random(seed);
  std::vector<ex::Point> points(count);
  for (ex::Point& point : points) {
    for (const ex::Parameter& parameter : space.parameters) {
      point.push_back(static_cast<std::uint32_t>(random.below(parameter.choices.size())));
    }
  }
  return points;
}

struct Timed {
  double wall = 0;
  double cpu = 0;
  std::vector<ex::PointResult> results;
};

Timed evaluate(const ex::Evaluator& evaluator, const std::vector<ex::Point>& points,
               std::size_t threads) {
  Timed timed;
  timed.results.resize(points.size());
  const auto evaluation = ex::make_local_evaluation(evaluator, threads);
  const Clock::time_point begin = Clock::now();
  const double cpu = cpu_seconds();
  evaluation->run(
      points,
      [&](std::size_t position, ex::PointResult&& result) {
        timed.results[position] = std::move(result);
      },
      [] { return false; });
  timed.wall = seconds_since(begin);
  timed.cpu = cpu_seconds() - cpu;
  return timed;
}

const char* met(bool is_met) { return is_met ? "met" : "MISSED"; }

ex::Space made_space(const char* text) { return ex::read_space_text(text, "bench.yaml"); }

void bench_rates() {
  fmt::print("MobileNetV2 on systems like mensa_g, mapper fast, policy mensa\n\n");
  const ex::Space few = made_space(kFewSizes);
  constexpr std::size_t kWarmPoints = 2000;
  const std::vector<ex::Point> warm = random_points(few, kWarmPoints, 1);
  const ex::Evaluator known(few);
  static_cast<void>(evaluate(known, warm, 2));
  const Timed one = evaluate(known, warm, 1);
  const Timed two = evaluate(known, warm, 2);
  const auto rate = [](const std::vector<ex::Point>& points, const Timed& timed) {
    return static_cast<double>(points.size()) / timed.wall;
  };
  fmt::print("  all mappings known   1 thread  {:7.1f} a second, {:.2f} CPU ms each\n",
             rate(warm, one), one.cpu * 1e3 / kWarmPoints);
  fmt::print("                       2 threads {:7.1f} a second; goal {}: {}\n", rate(warm, two),
             kWarmGoal, met(rate(warm, two) >= kWarmGoal));
  fmt::print("                       scaling {:.2f}; goal {}: {}\n", one.wall / two.wall,
             kScalingGoal, met(one.wall / two.wall >= kScalingGoal));

  const ex::Space many = made_space(kManySizes);
  constexpr std::size_t kColdPoints = 200;
  const std::vector<ex::Point> cold = random_points(many, kColdPoints, 1);
  const ex::Evaluator first(many);
  const Timed cold_one = evaluate(first, cold, 1);
  const ex::Evaluator second(many);
  const Timed cold_two = evaluate(second, cold, 2);
  fmt::print("  new sizes every time 1 thread  {:7.1f} a second, {:.1f} CPU ms each\n",
             rate(cold, cold_one), cold_one.cpu * 1e3 / kColdPoints);
  fmt::print("                       2 threads {:7.1f} a second; goal {}: {}\n",
             rate(cold, cold_two), kColdGoal, met(rate(cold, cold_two) >= kColdGoal));
  fmt::print("                       scaling {:.2f}; goal {}: {}\n", cold_one.wall / cold_two.wall,
             kScalingGoal, met(cold_one.wall / cold_two.wall >= kScalingGoal));

  ex::SpaceOverrides proven;
  proven.mapper = accelerators::Effort::kPruned;
  const ex::Space pruned_space = ex::read_space_text(kManySizes, "bench.yaml", proven);
  constexpr std::size_t kPrunedPoints = 24;
  const std::vector<ex::Point> some(cold.begin(), cold.begin() + kPrunedPoints);
  const ex::Evaluator pruned(pruned_space);
  const Timed best = evaluate(pruned, some, 2);
  fmt::print("  the same, mapper pruned        {:7.1f} a second\n", rate(some, best));
  fmt::print("  what mapper fast loses to it, {} points, geometric mean / worst:", kPrunedPoints);
  for (const ex::Metric metric : {ex::Metric::kLatency, ex::Metric::kEnergy, ex::Metric::kEdp}) {
    double sum = 0;
    double worst = 0;
    for (std::size_t i = 0; i < kPrunedPoints; ++i) {
      const double loss =
          std::log(*cold_two.results[i].metric(metric) / *best.results[i].metric(metric));
      sum += loss;
      worst = std::max(worst, loss);
    }
    fmt::print(" {} {:.1f} / {:.1f} %", ex::info(metric).name,
               std::expm1(sum / kPrunedPoints) * 100, std::expm1(worst) * 100);
  }
  fmt::print("\n\n");
}

/// Every point of a space, judged.
class Table {
 public:
  explicit Table(const ex::Space& space) : space_(space) {
    const std::uint64_t size = *space.size();
    std::vector<ex::Point> points;
    points.reserve(size);
    for (std::uint64_t i = 0; i < size; ++i) points.push_back(ex::point_at(space, i));
    const ex::Evaluator evaluator(space);
    const Timed timed = evaluate(evaluator, points, 2);
    fmt::print("{}: all {} points in {:.0f} s of wall time with 2 threads, {:.0f} a second\n",
               space.name, size, timed.wall, static_cast<double>(size) / timed.wall);
    judgements_.reserve(size);
    for (const ex::PointResult& result : timed.results) judgements_.push_back(judged(result));
    front_ = front_of(judgements_);
    fmt::print("  {} feasible, {} on the front\n\n", feasible_, front_.size());
  }

  [[nodiscard]] const ex::Judgement& at(const ex::Point& point) const {
    return judgements_[position(point)];
  }
  [[nodiscard]] std::uint64_t position(const ex::Point& point) const {
    std::uint64_t position = 0;
    for (std::size_t i = 0; i < point.size(); ++i) {
      position = position * space_.parameters[i].choices.size() + point[i];
    }
    return position;
  }
  [[nodiscard]] std::size_t size() const { return judgements_.size(); }

  /// Of the front of points, over that of all points: 0 to 1.
  [[nodiscard]] double hypervolume_share(const std::vector<ex::Judgement>& points) const {
    const std::vector<ex::ObjectiveVector> front = front_of(points);
    if (front.empty()) return 0;
    return ex::hypervolume(front, reference_) / ex::hypervolume(front_, reference_);
  }

 private:
  ex::Judgement judged(const ex::PointResult& result) {
    ex::Judgement judgement;
    judgement.feasible = result.is_feasible();
    judgement.violation = result.violation;
    if (!judgement.feasible) return judgement;
    ++feasible_;
    for (const ex::Metric metric : space_.objectives) {
      judgement.objectives.push_back(ex::to_minimise(metric, *result.metric(metric)));
    }
    if (reference_.empty()) reference_ = judgement.objectives;
    for (std::size_t i = 0; i < reference_.size(); ++i) {
      reference_[i] = std::max(reference_[i], judgement.objectives[i]);
    }
    return judgement;
  }

  [[nodiscard]] static std::vector<ex::ObjectiveVector> front_of(
      const std::vector<ex::Judgement>& points) {
    std::vector<ex::ObjectiveVector> vectors;
    for (const ex::Judgement& point : points) {
      if (point.feasible) vectors.push_back(point.objectives);
    }
    std::vector<ex::ObjectiveVector> front;
    for (const std::size_t i : ex::pareto_front(vectors)) front.push_back(vectors[i]);
    return front;
  }

  const ex::Space& space_;
  std::vector<ex::Judgement> judgements_;
  std::vector<ex::ObjectiveVector> front_;
  ex::ObjectiveVector reference_;  ///< the worst feasible value of each objective
  std::size_t feasible_ = 0;
};

constexpr std::array<double, 3> kShares = {0.01, 0.05, 0.1};
constexpr std::array<std::uint64_t, 3> kSeeds = {1, 2, 3};

/// Shares of the hypervolume after so many different points each.
std::vector<double> shares_of(const Table& table, ex::Space space, const std::string& method,
                              std::uint64_t seed) {
  space.search.method = method;
  space.search.seed = seed;
  std::map<std::uint64_t, bool> seen;
  std::vector<ex::Judgement> found;
  std::vector<double> shares;
  const auto budget = [&](std::size_t i) {
    return static_cast<std::size_t>(kShares[i] * static_cast<double>(table.size()));
  };
  constexpr std::size_t kMostBarren = 200'000;
  std::size_t barren = 0;
  try {
    ex::find_search(method).make(space)->run([&](const std::vector<ex::Point>& points) {
      std::vector<ex::Judgement> answers;
      answers.reserve(points.size());
      for (const ex::Point& point : points) {
        answers.push_back(table.at(point));
        ++barren;
        if (!seen.emplace(table.position(point), true).second) continue;
        barren = 0;
        found.push_back(answers.back());
        if (found.size() == budget(shares.size())) {
          shares.push_back(table.hypervolume_share(found));
          if (shares.size() == kShares.size()) throw ex::SearchEnded{};
        }
      }
      if (barren > kMostBarren) throw ex::SearchEnded{};
      return answers;
    });
  } catch (const ex::SearchEnded&) {
    // All budgets are spent, or no new points come.
  }
  while (shares.size() < kShares.size()) shares.push_back(table.hypervolume_share(found));
  return shares;
}

void bench_searches() {
  const ex::Space space = ex::read_space(std::filesystem::path(MENSA_SOURCE_DIR) /
                                         "examples/explore/mensa_g_sizes.yaml");
  const Table table(space);
  fmt::print(
      "Hypervolume of the front found over that of the whole space's front, in logarithms of the\n"
      "objectives, from the worst feasible values; in %, of {} seeds: mean (least to most)\n\n",
      kSeeds.size());
  fmt::print("  {:8}", "");
  for (const double share : kShares) fmt::print("{:>8.0f} % of points  ", share * 100);
  fmt::print("\n");
  for (const ex::SearchEntry& search : ex::searches()) {
    if (search.name == "grid") continue;
    std::vector<std::vector<double>> runs;
    runs.reserve(kSeeds.size());
    for (const std::uint64_t seed : kSeeds)
      runs.push_back(shares_of(table, space, search.name, seed));
    fmt::print("  {:8}", search.name);
    for (std::size_t i = 0; i < kShares.size(); ++i) {
      double sum = 0;
      double least = HUGE_VAL;
      double most = 0;
      for (const auto& run : runs) {
        sum += run[i];
        least = std::min(least, run[i]);
        most = std::max(most, run[i]);
      }
      fmt::print("{:6.2f} ({:6.2f} to {:6.2f})", sum / static_cast<double>(runs.size()) * 100,
                 least * 100, most * 100);
    }
    fmt::print("\n");
  }
}

/// Passes points on and takes the time that their storing takes.
class StoreTimer final : public ex::Evaluation {
 public:
  explicit StoreTimer(ex::Evaluation& inner) : inner_(inner) {}
  void run(const std::vector<ex::Point>& points, const Done& done, const Stop& stop) override {
    inner_.run(
        points,
        [&](std::size_t position, ex::PointResult&& result) {
          const Clock::time_point begin = Clock::now();
          done(position, std::move(result));
          seconds_ += seconds_since(begin);
        },
        stop);
  }
  [[nodiscard]] std::size_t width() const override { return inner_.width(); }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  ex::Evaluation& inner_;
  double seconds_ = 0;
};

void bench_store(std::uint64_t points) {
  ex::SpaceOverrides overrides;
  overrides.points = points;
  const ex::Space space = ex::read_space_text(kFewSizes, "bench.yaml", overrides);
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "bench_explore.study";
  for (const char* const suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(path.string() + suffix);
  const ex::Evaluator evaluator(space);
  const auto local = ex::make_local_evaluation(evaluator, 2);
  StoreTimer timer(*local);
  {
    ex::StudyStore study = ex::StudyStore::create(path, ex::describe(space));
    ex::Exploration exploration(space, timer, study);
    const Clock::time_point begin = Clock::now();
    static_cast<void>(exploration.run());
    const double wall = seconds_since(begin);
    const auto stored = static_cast<double>(study.count());
    fmt::print("{:.0f} points stored in {:.0f} s with 2 threads, {:.0f} a second\n", stored, wall,
               stored / wall);
    fmt::print("  storing them: {:.1f} us each, {:.1f} % of the threads' time; goal {} %: {}\n",
               timer.seconds() / stored * 1e6, timer.seconds() / (2 * wall) * 100, kStoreGoal * 100,
               met(timer.seconds() <= kStoreGoal * 2 * wall));
  }
  fmt::print("  peak memory {:.0f} MiB; goal {}: {}; file {:.1f} MiB\n", peak_mebibytes(),
             kMemoryGoal, met(peak_mebibytes() <= kMemoryGoal),
             static_cast<double>(std::filesystem::file_size(path)) / 1048576);
  std::filesystem::remove(path);
}

int run(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--store") == 0) {
    bench_store(static_cast<std::uint64_t>(std::strtoull(argv[2], nullptr, 10)));
    return 0;
  }
  bench_rates();
  bench_searches();
  return 0;
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  return mensa::bench::run_program("bench_explore", [&] { return mensa::bench::run(argc, argv); });
}
