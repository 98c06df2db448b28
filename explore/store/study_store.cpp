#include "explore/store/study_store.h"

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <stdexcept>

#include "explore/store/claim_rows.h"
#include "explore/store/point_rows.h"
#include "explore/store/sqlite.h"
#include "explore/store/study_file.h"
#include "explore/store/study_schema.h"
#include "models/base/version.h"

namespace mensa::explore {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

/// Everything behind one lock: a connection is for one thread at a time.
class StudyStore::Implementation {
 public:
  Implementation(std::unique_ptr<Database> database, bool may_write)
      : database_(std::move(database)),
        description_(read_description(*database_)),
        names_(*database_),
        points_(*database_, names_) {
    if (!may_write) return;
    claims_.emplace(*database_, base::kVersion);
    Transaction transaction(*database_, Transaction::Kind::kWrite);
    run_ = claims_->begin_run();
    transaction.commit();
  }

  ~Implementation();
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return database_->path(); }
  [[nodiscard]] const StudyDescription& description() const { return description_; }
  PointRows& points() { return points_; }
  NameTable& names() { return names_; }
  ClaimRows& claims() { return *claims_; }
  Database& database() { return *database_; }
  [[nodiscard]] std::int64_t run() const { return run_; }

  /// `work` in a transaction that is nothing where it throws.
  template <class Work>
  auto write(Work work) {
    const std::lock_guard lock(mutex_);
    if (!claims_) throw std::logic_error("a study that was opened for reading is to be changed");
    try {
      Transaction transaction(*database_, Transaction::Kind::kWrite);
      claims_->look_again();
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        transaction.commit();
      } else {
        auto result = work();
        transaction.commit();
        return result;
      }
    } catch (...) {
      names_.clear();  // it may know names that were not written
      throw;
    }
  }

  /// `work` on the study as it is now.
  template <class Work>
  auto read(Work work) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_, Transaction::Kind::kRead);
    return work();
  }

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - began_).count();
  }

 private:
  std::mutex mutex_;
  Clock::time_point began_ = Clock::now();
  std::unique_ptr<Database> database_;
  StudyDescription description_;
  NameTable names_;
  PointRows points_;
  std::optional<ClaimRows> claims_;  ///< none where the study is only read
  std::int64_t run_ = 0;
};

StudyStore::Implementation::~Implementation() {
  if (!claims_) return;
  try {
    write([&] { claims_->drop_all(); });
  } catch (const std::exception&) {
    static_cast<void>(0);  // they lapse when this process ends
  }
}

StudyStore::StudyStore(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
StudyStore::~StudyStore() = default;
StudyStore::StudyStore(StudyStore&& other) noexcept = default;
StudyStore& StudyStore::operator=(StudyStore&& other) noexcept = default;

StudyStore StudyStore::create(const std::filesystem::path& path,
                              const StudyDescription& description) {
  return StudyStore(std::make_unique<Implementation>(create_study_file(path, description), true));
}

StudyStore StudyStore::resume(const std::filesystem::path& path,
                              const StudyDescription& description) {
  return StudyStore(std::make_unique<Implementation>(open_study_file(path, description), true));
}

StudyStore StudyStore::open_read_only(const std::filesystem::path& path) {
  return StudyStore(std::make_unique<Implementation>(read_study_file(path), false));
}

const std::filesystem::path& StudyStore::path() const { return implementation_->path(); }

const StudyDescription& StudyStore::description() const { return implementation_->description(); }

bool StudyStore::add(std::uint64_t number, const Point& point, const PointResult& result) {
  const std::string key = key_of(point);
  Implementation& of = *implementation_;
  return of.write([&] {
    const bool added = of.points().insert(of.run(), number, key, result);
    of.claims().drop(key);
    return added;
  });
}

void StudyStore::add_all(const std::vector<Entry>& entries) {
  Implementation& of = *implementation_;
  of.write([&] {
    for (const Entry& entry : entries) {
      const std::string key = key_of(entry.point);
      of.points().insert(of.run(), entry.number, key, entry.result);
      of.claims().drop(key);
    }
  });
}

bool StudyStore::contains(const Point& point) const {
  Implementation& of = *implementation_;
  return of.read([&] { return of.points().number_of(key_of(point)).has_value(); });
}

std::optional<Entry> StudyStore::find(const Point& point) const {
  Implementation& of = *implementation_;
  return of.read([&]() -> std::optional<Entry> {
    const std::optional<std::uint64_t> number = of.points().number_of(key_of(point));
    if (!number) return std::nullopt;
    return of.points().find(*number);
  });
}

std::optional<Entry> StudyStore::find(std::uint64_t number) const {
  Implementation& of = *implementation_;
  return of.read([&] { return of.points().find(number); });
}

std::uint64_t StudyStore::count() const {
  Implementation& of = *implementation_;
  return of.read([&] {
    return static_cast<std::uint64_t>(of.database().integer("SELECT count(*) FROM points"));
  });
}

StudyCounts StudyStore::counts() const {
  Implementation& of = *implementation_;
  return of.read([&] {
    StudyCounts counts;
    Statement statement =
        of.database().prepare("SELECT status, count(*) FROM points GROUP BY status");
    while (statement.next()) {
      const auto count = static_cast<std::uint64_t>(statement.integer(1));
      switch (point_status_from_string(statement.text(0))) {
        case PointStatus::kFeasible:
          counts.feasible = count;
          break;
        case PointStatus::kInfeasible:
          counts.infeasible = count;
          break;
        case PointStatus::kFailed:
          counts.failed = count;
          break;
      }
    }
    return counts;
  });
}

std::uint64_t StudyStore::last_number() const {
  Implementation& of = *implementation_;
  return of.read([&] {
    return static_cast<std::uint64_t>(of.database().integer("SELECT max(number) FROM points"));
  });
}

void StudyStore::for_each(Parts parts, const std::function<void(const Entry&)>& visit) const {
  Implementation& of = *implementation_;
  of.read([&] { of.points().for_each(parts, visit); });
}

std::vector<Claim> StudyStore::claim(const std::vector<Point>& points) {
  Implementation& of = *implementation_;
  return of.write([&] {
    std::vector<Claim> claims;
    claims.reserve(points.size());
    for (const Point& point : points) {
      const std::string key = key_of(point);
      if (of.points().number_of(key)) {
        claims.push_back(Claim::kDone);
      } else {
        claims.push_back(of.claims().claim(key) ? Claim::kOurs : Claim::kElsewhere);
      }
    }
    of.claims().set_seconds(of.seconds());
    return claims;
  });
}

void StudyStore::release_claims() {
  Implementation& of = *implementation_;
  of.write([&] {
    of.claims().drop_all();
    of.claims().set_seconds(of.seconds());
  });
}

void StudyStore::add_verification(const Verification& verification) {
  Implementation& of = *implementation_;
  of.write([&] {
    const auto point = static_cast<std::int64_t>(verification.number);
    Statement exists = of.database().prepare("SELECT 1 FROM points WHERE number = ?");
    if (!exists.with(point).next()) {
      throw base::Error(
          fmt::format("{}: has no point {} to verify", path().string(), verification.number));
    }
    of.database()
        .prepare(
            "INSERT INTO verifications (point, model, analytic_latency, analytic_energy, "
            "simulated_latency, simulated_energy) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (point, model) DO UPDATE SET "
            "analytic_latency = excluded.analytic_latency, "
            "analytic_energy = excluded.analytic_energy, "
            "simulated_latency = excluded.simulated_latency, "
            "simulated_energy = excluded.simulated_energy")
        .with(point, of.names().id_of(verification.model), verification.analytic_latency,
              verification.analytic_energy, verification.simulated_latency,
              verification.simulated_energy)
        .run();
  });
}

std::vector<Verification> StudyStore::verifications() const {
  Implementation& of = *implementation_;
  return of.read([&] {
    std::vector<Verification> verifications;
    Statement statement = of.database().prepare(
        "SELECT point, model, analytic_latency, analytic_energy, simulated_latency, "
        "simulated_energy FROM verifications ORDER BY point, id");
    while (statement.next()) {
      int column = 1;
      Verification one;
      one.number = static_cast<std::uint64_t>(statement.integer(0));
      one.model = of.names().name_of(statement.integer(column));
      one.analytic_latency = statement.real(++column);
      one.analytic_energy = statement.real(++column);
      one.simulated_latency = statement.real(++column);
      one.simulated_energy = statement.real(++column);
      verifications.push_back(one);
    }
    return verifications;
  });
}

std::vector<StudyRun> StudyStore::runs() const {
  Implementation& of = *implementation_;
  return of.read([&] {
    std::vector<StudyRun> runs;
    Statement statement = of.database().prepare(
        "SELECT version, coalesce(points, 0), seconds FROM runs LEFT JOIN "
        "(SELECT run, count(*) AS points FROM points GROUP BY run) ON run = id ORDER BY id");
    while (statement.next()) {
      runs.push_back({std::string(statement.text(0)),
                      static_cast<std::uint64_t>(statement.integer(1)), statement.real(2)});
    }
    return runs;
  });
}

}  // namespace mensa::explore
