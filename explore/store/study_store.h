#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/evaluation/point_result.h"
#include "explore/store/study_description.h"

namespace mensa::explore {

/// A point that has been evaluated, or rejected.
struct Entry {
  /// 1, 2, ... in the order in which the search asked for different points: the same whoever
  /// evaluates them, and whenever.
  std::uint64_t number = 0;
  Point point;
  PointResult result;
};

/// Whose a point is that somebody wants to evaluate.
enum class Claim : std::uint8_t {
  kOurs,       ///< nobody else's until it is added or released
  kDone,       ///< the study has it
  kElsewhere,  ///< another run that still lives works on it
};

/// A model of a point by both models of time, of one inference.
struct Verification {
  std::uint64_t number = 0;      ///< of the point
  std::string model;             ///< its name in the space
  double analytic_latency = 0;   ///< s
  double analytic_energy = 0;    ///< J
  double simulated_latency = 0;  ///< s
  double simulated_energy = 0;   ///< J
  bool operator==(const Verification&) const = default;
};

/// A process that worked on the study.
struct StudyRun {
  std::string version;       ///< of mensa
  std::uint64_t points = 0;  ///< that it added
  double seconds = 0;        ///< from its opening of the study to what it did last
};

/// How many points there are of each kind.
struct StudyCounts {
  std::uint64_t feasible = 0;
  std::uint64_t infeasible = 0;
  std::uint64_t failed = 0;
  [[nodiscard]] std::uint64_t all() const { return feasible + infeasible + failed; }
};

/// What an exploration has found so far, in one SQLite file (with FILE-wal and FILE-shm beside it
/// while it is open). Every point is stored at once, whole or not at all: an end of the process
/// loses none, a power cut the last few at most. Several processes may write the same study, and
/// others read it meanwhile.
///
/// All functions may be called by several threads at once. Where SQLite fails (a full disk, a
/// damaged file, a lock that others hold for a minute) they throw base::Error naming the file,
/// SQLite's reason and what to do; what was stored before stays, and the call may be repeated.
class StudyStore {
 public:
  /// A new study. base::Error where there is a file of that name, or it cannot be written.
  [[nodiscard]] static StudyStore create(const std::filesystem::path& path,
                                         const StudyDescription& description);
  /// To go on with a study. base::Error where there is none, the file is none or one of another
  /// schema, or its identity is another: the text names every part of it that differs.
  [[nodiscard]] static StudyStore resume(const std::filesystem::path& path,
                                         const StudyDescription& description);
  /// To look at one, also while others write it. Whatever would change it throws std::logic_error.
  [[nodiscard]] static StudyStore open_read_only(const std::filesystem::path& path);

  /// Releases the claims.
  ~StudyStore();
  StudyStore(StudyStore&& other) noexcept;
  StudyStore& operator=(StudyStore&& other) noexcept;
  StudyStore(const StudyStore&) = delete;
  StudyStore& operator=(const StudyStore&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const;
  /// As it was created with.
  [[nodiscard]] const StudyDescription& description() const;

  /// Stores a point and drops the claim on it. False, with nothing stored, where the study has it.
  /// std::logic_error where it has another point of that number, or the point under another one.
  bool add(std::uint64_t number, const Point& point, const PointResult& result);
  /// The same for several points in one transaction: sooner, and all of them are stored or none.
  void add_all(const std::vector<Entry>& entries);

  [[nodiscard]] bool contains(const Point& point) const;
  [[nodiscard]] std::optional<Entry> find(const Point& point) const;
  [[nodiscard]] std::optional<Entry> find(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] StudyCounts counts() const;
  /// The highest number, 0 of an empty study.
  [[nodiscard]] std::uint64_t last_number() const;

  enum class Parts : std::uint8_t {
    kPoint,  ///< models and accelerators are left empty
    kAll,
  };
  /// Every point in the order of the numbers, one at a time, as the study was when this was called.
  /// `visit` must not call the store.
  void for_each(Parts parts, const std::function<void(const Entry&)>& visit) const;

  /// Whose each of the points is: those that are neither done nor somebody's become ours. So is
  /// what a process of this machine had claimed that is gone, or one of another machine more than
  /// ten minutes ago.
  [[nodiscard]] std::vector<Claim> claim(const std::vector<Point>& points);
  /// Gives back what was claimed and not added.
  void release_claims();

  /// Stores it in the place of an earlier one of the same point and model. base::Error where the
  /// study has no such point.
  void add_verification(const Verification& verification);
  /// By number of the point, then in the order in which they were added first.
  [[nodiscard]] std::vector<Verification> verifications() const;

  /// In the order in which they began.
  [[nodiscard]] std::vector<StudyRun> runs() const;

 private:
  class Implementation;
  explicit StudyStore(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace mensa::explore
