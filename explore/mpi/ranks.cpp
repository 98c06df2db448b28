#include "explore/mpi/ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/nonblocking.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "explore/evaluation/local_evaluation.h"
#include "models/base/error.h"

namespace mensa::explore {
namespace {

namespace mpi = boost::mpi;
using nlohmann::json;

constexpr int kMaster = 0;

enum Tag : int {
  kWork,     ///< keys of points, as a list of [position, key]
  kResults,  ///< a list of [position, result]
  kEnd,      ///< nothing more comes
};

/// Lists are sent as CBOR (RFC 8949), which takes any number and any bytes of a text.
std::string packed(const json& list) {
  std::string bytes;
  json::to_cbor(list, bytes);
  return bytes;
}

/// Chunks of points that a rank has at a time: while it works on one, the next is on its way.
constexpr std::size_t kChunksAhead = 2;
/// A round gives each rank several chunks, so that all end at about the same time.
constexpr std::size_t kChunksByRound = 4;
constexpr std::size_t kMostInChunk = 64;
/// Rank 0 looks for results this often; an evaluation takes longer.
constexpr std::chrono::microseconds kRankLook{100};

}  // namespace

class Ranks::Implementation {
 public:
  // What an exception ends is told the others by ~Implementation() or abort(), not by Boost.
  Implementation()
      : environment_(mpi::threading::funneled, false),
        world_(std::make_unique<mpi::communicator>()) {}

  ~Implementation() {
    if (world_->rank() != kMaster) return;
    for (int rank = 1; rank < world_->size(); ++rank) world_->send(rank, kEnd);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  [[nodiscard]] mpi::communicator& world() { return *world_; }

 private:
  mpi::environment environment_;
  std::unique_ptr<mpi::communicator> world_;
};

namespace {

/// One round of points, spread over the other ranks.
class Round {
 public:
  Round(mpi::communicator& world, const std::vector<Point>& points, const Evaluation::Done& done,
        const Evaluation::Stop& stop)
      : world_(world),
        points_(points),
        done_(done),
        stop_(stop),
        under_way_(static_cast<std::size_t>(world.size()), 0) {
    const std::size_t chunks = (under_way_.size() - 1) * kChunksByRound;
    chunk_ = std::clamp<std::size_t>(points.size() / chunks, 1, kMostInChunk);
  }

  void run() {
    try {
      give_work();
      while (waiting_ > 0) {
        take_results([this](const std::string& text) { hand_on(text); });
        give_work();
      }
    } catch (...) {
      // The others must not be left with results that nobody takes.
      while (waiting_ > 0) take_results([](const std::string& /*text*/) {});
      mpi::wait_all(sent_.begin(), sent_.end());
      throw;
    }
    mpi::wait_all(sent_.begin(), sent_.end());
  }

 private:
  void give_work() {
    // One for each, then a second one for each.
    for (std::size_t ahead = 0; ahead < kChunksAhead; ++ahead) {
      for (std::size_t rank = 1; rank < under_way_.size(); ++rank) {
        if (under_way_[rank] > ahead) continue;
        if (next_ == points_.size() || stop_()) return;
        give_chunk(rank);
      }
    }
  }

  void give_chunk(std::size_t rank) {
    json work = json::array();
    const std::size_t end = std::min(next_ + chunk_, points_.size());
    for (; next_ < end; ++next_) work.push_back({next_, key_of(points_[next_])});
    // Not a send that waits: the other one may wait itself, for its results to be taken.
    sent_.push_back(world_.isend(static_cast<int>(rank), kWork, packed(work)));
    ++under_way_[rank];
    ++waiting_;
  }

  /// Those of one chunk, where some have come; else waits a moment.
  template <class Take>
  void take_results(const Take& take) {
    const auto message = world_.iprobe(mpi::any_source, kResults);
    if (!message) {
      std::this_thread::sleep_for(kRankLook);
      return;
    }
    std::string text;
    world_.recv(message->source(), kResults, text);
    --under_way_[static_cast<std::size_t>(message->source())];
    --waiting_;
    take(text);
  }

  void hand_on(const std::string& text) const {
    for (const json& entry : json::from_cbor(text)) {
      done_(entry.at(0).get<std::size_t>(), entry.at(1).get<PointResult>());
    }
  }

  mpi::communicator& world_;
  const std::vector<Point>& points_;
  const Evaluation::Done& done_;
  const Evaluation::Stop& stop_;
  std::vector<std::size_t> under_way_;  ///< chunks, by rank
  std::size_t waiting_ = 0;             ///< chunks in all
  std::size_t next_ = 0;
  std::size_t chunk_ = 1;
  std::vector<mpi::request> sent_;
};

class RankEvaluation final : public Evaluation {
 public:
  explicit RankEvaluation(mpi::communicator& world) : world_(world) {}

  void run(const std::vector<Point>& points, const Done& done, const Stop& stop) override {
    Round(world_, points, done, stop).run();
  }
  [[nodiscard]] std::size_t width() const override {
    return static_cast<std::size_t>(world_.size() - 1);
  }

 private:
  mpi::communicator& world_;
};

}  // namespace

bool Ranks::are_supported() { return true; }

Ranks::Ranks() : implementation_(std::make_unique<Implementation>()) {}
Ranks::~Ranks() = default;

int Ranks::rank() const { return implementation_->world().rank(); }
int Ranks::count() const { return implementation_->world().size(); }

void Ranks::agree(const Readiness& own) {
  std::vector<std::string> identities;
  std::vector<std::string> faults;
  mpi::gather(implementation_->world(), own.identity, identities, kMaster);
  mpi::gather(implementation_->world(), own.fault, faults, kMaster);
  if (rank() != kMaster || !own.fault.empty()) return;
  std::string others;
  for (std::size_t i = 1; i < identities.size(); ++i) {
    if (!faults[i].empty()) throw base::Error(fmt::format("rank {}: {}", i, faults[i]));
    if (identities[i] != own.identity) others += fmt::format("{}{}", others.empty() ? "" : ", ", i);
  }
  if (others.empty()) return;
  throw base::Error(fmt::format(
      "ranks {} see another space, other models or another version of mensa than rank 0: give all "
      "machines the same files",
      others));
}

void Ranks::abort() {
  mpi::environment::abort(EXIT_FAILURE);
  std::abort();
}

std::unique_ptr<Evaluation> Ranks::make_evaluation() {
  return std::make_unique<RankEvaluation>(implementation_->world());
}

void Ranks::serve(const Evaluator& evaluator, std::size_t threads) {
  mpi::communicator& world = implementation_->world();
  const auto local = make_local_evaluation(evaluator, threads);
  while (true) {
    // MPI's own waiting takes a core.
    const auto message = world.iprobe(kMaster);
    if (!message) {
      std::this_thread::sleep_for(kRankLook);
      continue;
    }
    if (message->tag() == kEnd) {
      world.recv(kMaster, kEnd);
      return;
    }
    std::string text;
    world.recv(kMaster, kWork, text);
    std::vector<std::size_t> positions;
    std::vector<Point> points;
    for (const json& entry : json::from_cbor(text)) {
      positions.push_back(entry.at(0).get<std::size_t>());
      points.push_back(point_of(entry.at(1).get<std::string>()));
    }
    json results = json::array();
    local->run(
        points,
        [&](std::size_t position, PointResult&& result) {
          results.push_back({positions[position], result});
        },
        [] { return false; });
    world.send(kMaster, kResults, packed(results));
  }
}

}  // namespace mensa::explore
