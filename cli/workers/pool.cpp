#include "cli/workers/pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/workers/interrupts.h"

namespace mensa::workers {

Pool::Pool(std::vector<Job> jobs, std::size_t at_once)
    : at_once_(std::max<std::size_t>(1, at_once)), progress_(STDERR_FILENO) {
  slots_.reserve(jobs.size());
  for (Job& job : jobs) slots_.push_back({std::move(job), nullptr, std::nullopt});
}

Outcome Pool::next() {
  const InterruptsDeferred deferred;
  Slot& slot = slots_.at(next_++);
  start_more();
  while (!slot.outcome.has_value()) {
    wait();
    start_more();
  }
  progress_.clear();
  return std::move(*slot.outcome);
}

void Pool::start_more() {
  while (running_ < at_once_ && started_ < slots_.size()) {
    Slot& slot = slots_[started_++];
    try {
      slot.process = std::make_unique<WorkerProcess>(std::move(slot.job));
      ++running_;
    } catch (const std::exception&) {
      slot.outcome = Outcome{{}, std::current_exception()};
      ++done_;
    }
  }
}

void Pool::wait() {
  std::vector<pollfd> files = {{InterruptsDeferred::descriptor(), POLLIN, 0}};
  std::vector<Slot*> slots;
  for (Slot& slot : slots_) {
    if (slot.process == nullptr) continue;
    files.push_back({slot.process->descriptor(), POLLIN, 0});
    slots.push_back(&slot);
  }
  const int timeout = progress_.is_seen() ? static_cast<int>(ProgressLine::kInterval.count()) : -1;
  const int ready = ::poll(files.data(), files.size(), timeout);
  InterruptsDeferred::give_up_if_interrupted();
  if (progress_.is_due()) show_progress();
  if (ready <= 0) return;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Slot& slot = *slots[i];
    if (files[i + 1].revents == 0 || slot.process->receive()) continue;
    slot.outcome = slot.process->finish();
    slot.process.reset();
    --running_;
    ++done_;
  }
}

void Pool::show_progress() {
  const auto oldest = std::find_if(slots_.begin(), slots_.end(),
                                   [](const Slot& slot) { return slot.process != nullptr; });
  if (oldest == slots_.end()) return;
  const Status status = oldest->process->status();
  std::string text = to_string(status, oldest->process->job().subject);
  if (status.work > 0) text += fmt::format(", {} %", 100 * status.done / status.work);
  if (slots_.size() > 1) text = fmt::format("{} of {} done, {}", done_, slots_.size(), text);
  progress_.show(text);
}

Result run(Job job) {
  std::vector<Job> jobs;
  jobs.push_back(std::move(job));
  return std::move(Pool(std::move(jobs), 1).next().get());
}

}  // namespace mensa::workers
