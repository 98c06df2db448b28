#include "explore/study/exploration.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "models/base/words.h"

namespace mensa::explore {
namespace {

constexpr base::Words<Ending, 5> kEndings("ending", {"points", "time", "stagnation", "exhausted",
                                                     "interrupted"});

/// A search that asks so often for points that it has had finds no more.
constexpr std::uint64_t kMostBarren = 20'000;
constexpr std::uint64_t kMostBarrenPopulations = 200;

/// Of the points that a search asks for at once, one in so many is claimed at a time, that other
/// processes find some too; but no fewer than so many for each thread.
constexpr std::size_t kShare = 4;
constexpr std::size_t kLeastRounds = 4;

/// Between two looks at what another process works on.
constexpr std::chrono::milliseconds kClaimLook{5};

Judgement judgement_of(const Space& space, const PointResult& result) {
  Judgement judgement;
  judgement.feasible = result.is_feasible();
  judgement.violation = result.violation;
  if (!judgement.feasible) return judgement;
  judgement.objectives.reserve(space.objectives.size());
  for (const Metric metric : space.objectives) {
    judgement.objectives.push_back(to_minimise(metric, *result.metric(metric)));
  }
  return judgement;
}

}  // namespace

std::string_view to_string(Ending ending) { return kEndings.of(ending); }

Exploration::Exploration(const Space& space, Evaluation& evaluation, StudyStore& study)
    : space_(space), evaluation_(evaluation), study_(study) {}

Ending Exploration::run() {
  begin_ = std::chrono::steady_clock::now();
  study_.for_each(StudyStore::Parts::kPoint, [this](const Entry& entry) {
    answered_.emplace(key_of(entry.point), judgement_of(space_, entry.result));
  });
  const std::unique_ptr<Search> search = find_search(space_.search.method).make(space_);
  try {
    search->run([this](const std::vector<Point>& points) { return judge(points); });
  } catch (const SearchEnded&) {
    // Somebody called end().
  } catch (...) {
    release_claims_of_a_failure();
    throw;
  }
  study_.release_claims();
  update_running();
  return ending_;
}

void Exploration::release_claims_of_a_failure() const {
  try {
    study_.release_claims();
  } catch (const std::exception&) {
    static_cast<void>(0);  // as likely as not for the same reason; they lapse with this process
  }
}

std::vector<Judgement> Exploration::judge(const std::vector<Point>& points) {
  const std::vector<Point> new_points = fresh(points);
  barren_ = new_points.empty() ? barren_ + points.size() : 0;
  if (!find_out(new_points)) end(ending_);
  count(new_points);
  std::vector<Judgement> judgements;
  judgements.reserve(points.size());
  for (const Point& point : points) {
    const auto known = known_.find(key_of(point));
    if (known == known_.end()) end(Ending::kPoints);  // fresh() left it out
    judgements.push_back(known->second.judgement);
  }
  if (space_.stop.points && known_.size() >= *space_.stop.points) end(Ending::kPoints);
  if (space_.stop.stagnation && since_change_ >= *space_.stop.stagnation) end(Ending::kStagnation);
  const std::uint64_t most_barren =
      std::max(kMostBarren, kMostBarrenPopulations * space_.search.population);
  if (space_.size() == known_.size() || barren_ >= most_barren) end(Ending::kExhausted);
  if (must_stop()) end(ending_);
  return judgements;
}

std::vector<Point> Exploration::fresh(const std::vector<Point>& points) {
  std::vector<Point> found;
  numbers_.clear();
  for (const Point& point : points) {
    if (space_.stop.points && known_.size() + found.size() >= *space_.stop.points) break;
    std::string key = key_of(point);
    if (known_.contains(key)) continue;
    if (!numbers_.emplace(std::move(key), known_.size() + found.size() + 1).second) continue;
    found.push_back(point);
  }
  return found;
}

bool Exploration::find_out(const std::vector<Point>& points) {
  std::vector<Point> missing;
  for (const Point& point : points) {
    const std::string key = key_of(point);
    const auto answer = answered_.find(key);
    if (answer == answered_.end()) {
      missing.push_back(point);
      continue;
    }
    known_.emplace(key, Known{numbers_.at(key), std::move(answer->second)});
    answered_.erase(answer);
  }
  std::vector<Point> elsewhere;
  while (!missing.empty()) {
    const std::vector<Point> asked = take_share(missing);
    const std::vector<Claim> claims = study_.claim(asked);
    std::vector<Point> ours;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (claims[i] == Claim::kOurs) ours.push_back(asked[i]);
      if (claims[i] == Claim::kElsewhere) elsewhere.push_back(asked[i]);
      if (claims[i] == Claim::kDone) learn(asked[i], study_.find(asked[i])->result);
    }
    evaluate(ours);
    if (must_stop()) return false;
    if (!missing.empty() || elsewhere.empty()) continue;
    // Whoever has them is likely to be done with them soon, or has ended.
    missing.swap(elsewhere);
    if (ours.empty()) std::this_thread::sleep_for(kClaimLook);
  }
  return true;
}

std::vector<Point> Exploration::take_share(std::vector<Point>& points) const {
  // Enough that the threads wait little for the last one of each share.
  const std::size_t least = kLeastRounds * evaluation_.width();
  const std::size_t size = std::min(points.size(), std::max(least, points.size() / kShare));
  const auto end = points.begin() + static_cast<std::ptrdiff_t>(size);
  std::vector<Point> share(points.begin(), end);
  points.erase(points.begin(), end);
  return share;
}

void Exploration::evaluate(const std::vector<Point>& points) {
  evaluation_.run(
      points,
      [&](std::size_t position, PointResult&& result) {
        const Point& point = points[position];
        study_.add(numbers_.at(key_of(point)), point, result);
        learn(point, result);
        ++state_.evaluated;
        update_running();
        if (listener_) listener_(state_);
      },
      [this] { return must_stop(); });
}

void Exploration::learn(const Point& point, const PointResult& result) {
  const std::string key = key_of(point);
  known_.emplace(key, Known{numbers_.at(key), judgement_of(space_, result)});
  state_.points = known_.size();
}

void Exploration::count(const std::vector<Point>& points) {
  for (const Point& point : points) {
    const Known& known = known_.at(key_of(point));
    ++since_change_;
    if (!known.judgement.feasible) continue;
    ++state_.feasible;
    const std::vector<double>& objectives = known.judgement.objectives;
    if (front_.add(objectives, known.number)) since_change_ = 0;
    if (state_.best.empty()) state_.best = objectives;
    for (std::size_t i = 0; i < objectives.size(); ++i) {
      state_.best[i] = std::min(state_.best[i], objectives[i]);
    }
  }
  state_.points = known_.size();
  state_.front = front_.members().size();
  update_running();
  if (!points.empty() && listener_) listener_(state_);
}

bool Exploration::must_stop() {
  if (interrupted_ && interrupted_()) {
    ending_ = Ending::kInterrupted;
    return true;
  }
  const auto running = std::chrono::steady_clock::now() - begin_;
  if (space_.stop.time &&
      std::chrono::duration<double>(running).count() > space_.stop.time->value()) {
    ending_ = Ending::kTime;
    return true;
  }
  return false;
}

void Exploration::update_running() { state_.running = std::chrono::steady_clock::now() - begin_; }

void Exploration::end(Ending ending) {
  ending_ = ending;
  throw SearchEnded{};
}

}  // namespace mensa::explore
