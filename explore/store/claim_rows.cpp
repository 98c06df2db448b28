#include "explore/store/claim_rows.h"

#include <chrono>

namespace mensa::explore {
namespace {

/// What a process of another machine claimed is its own for so long: nobody can see whether it
/// still runs. Points take milliseconds, a batch of them seconds.
constexpr std::int64_t kForeignSeconds = 600;

std::int64_t seconds_since_epoch() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ClaimRows::ClaimRows(Database& database, std::string_view version)
    : database_(database),
      version_(version),
      self_(this_process()),
      find_claim_(database.prepare("SELECT run, made FROM claims WHERE key = ?")),
      set_claim_(database.prepare("INSERT OR REPLACE INTO claims (key, run, made) "
                                  "VALUES (?, ?, ?)")),
      drop_claim_(database.prepare("DELETE FROM claims WHERE key = ?")) {}

std::int64_t ClaimRows::begin_run() {
  database_
      .prepare(
          "INSERT INTO runs (version, host, boot, pid, started, seconds) "
          "VALUES (?, ?, ?, ?, ?, 0)")
      .with(std::string_view(version_), std::string_view(self_.host), std::string_view(self_.boot),
            self_.pid, self_.started)
      .run();
  run_ = database_.integer("SELECT last_insert_rowid()");
  return run_;
}

void ClaimRows::set_seconds(double seconds) {
  database_.prepare("UPDATE runs SET seconds = ? WHERE id = ?").with(seconds, run_).run();
}

bool ClaimRows::claim(std::string_view key) {
  bool ours = true;
  bool known = false;
  if (find_claim_.with(key).next()) {
    const std::int64_t run = find_claim_.integer(0);
    known = run == run_;
    ours = known || !stands(run, find_claim_.integer(1));
  }
  find_claim_.reset();
  if (ours && !known) set_claim_.with(key, run_, seconds_since_epoch()).run();
  return ours;
}

void ClaimRows::drop(std::string_view key) { drop_claim_.with(key).run(); }

void ClaimRows::drop_all() {
  database_.prepare("DELETE FROM claims WHERE run = ?").with(run_).run();
}

bool ClaimRows::stands(std::int64_t run, std::int64_t made) {
  const auto known = standing_.find(run);
  const Life life = known != standing_.end() ? known->second : (standing_[run] = life_of_run(run));
  if (life != Life::kUnknown) return life == Life::kAlive;
  return seconds_since_epoch() - made < kForeignSeconds;
}

Life ClaimRows::life_of_run(std::int64_t run) {
  Statement statement = database_.prepare("SELECT host, boot, pid, started FROM runs WHERE id = ?");
  if (!statement.with(run).next()) return Life::kGone;
  const ProcessIdentity process = {std::string(statement.text(0)), std::string(statement.text(1)),
                                   statement.integer(2), statement.integer(3)};
  return life_of(process, self_);
}

}  // namespace mensa::explore
