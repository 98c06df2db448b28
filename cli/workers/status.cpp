#include "cli/workers/status.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <new>

#include "cli/workers/io.h"
#include "models/base/error.h"
#include "traces/human.h"

namespace mensa::workers {
namespace {

constexpr std::array<std::string_view, 7> kPhases = {
    "starting", "importing", "mapping", "scheduling", "varying", "simulating", "reporting"};
constexpr std::size_t kLongestName = 216;
/// Reads during which the writer wrote twice before one gives up: it would have to be so fast every
/// time.
constexpr int kReadAttempts = 10'000;

using Number = std::atomic<std::uint64_t>;
static_assert(Number::is_always_lock_free && std::atomic<char>::is_always_lock_free,
              "others than lock-free ones do not work across processes");

}  // namespace

/// Two statuses, written in turn, so that one is whole at any time, even where the writer stopped
/// or died in the middle. `sequence` is even, twice the number of statuses written, and odd while
/// the next is being written.
struct StatusBoard::Page {
  struct Slot {
    Number phase;
    Number position;
    Number layers;
    Number done;
    Number work;
    std::array<std::atomic<char>, kLongestName> name;  ///< up to a zero
  };
  Number sequence;
  std::array<Slot, 2> slots;

  void write(const Status& status) {
    const std::uint64_t before = sequence.load(std::memory_order_relaxed);
    sequence.store(before + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    Slot& slot = slots[(before / 2 + 1) % 2];
    slot.phase.store(static_cast<std::uint64_t>(status.phase), std::memory_order_relaxed);
    slot.position.store(status.position, std::memory_order_relaxed);
    slot.layers.store(status.layers, std::memory_order_relaxed);
    slot.done.store(status.done, std::memory_order_relaxed);
    slot.work.store(status.work, std::memory_order_relaxed);
    const std::size_t size = std::min(status.layer.size(), kLongestName - 1);
    for (std::size_t i = 0; i < size; ++i) {
      slot.name[i].store(status.layer[i], std::memory_order_relaxed);
    }
    slot.name[size].store('\0', std::memory_order_relaxed);
    sequence.store(before + 2, std::memory_order_release);
  }

  [[nodiscard]] Status read_slot(std::size_t index) const {
    const Slot& slot = slots[index];
    Status status;
    status.phase = static_cast<Phase>(
        std::min<std::uint64_t>(slot.phase.load(std::memory_order_relaxed), kPhases.size() - 1));
    status.position = slot.position.load(std::memory_order_relaxed);
    status.layers = slot.layers.load(std::memory_order_relaxed);
    status.done = slot.done.load(std::memory_order_relaxed);
    status.work = slot.work.load(std::memory_order_relaxed);
    for (const std::atomic<char>& byte : slot.name) {
      const char c = byte.load(std::memory_order_relaxed);
      if (c == '\0') break;
      status.layer += c;
    }
    return status;
  }
};

std::string to_string(const Status& status, std::string_view subject) {
  std::string text = fmt::format("{} {}", kPhases[static_cast<std::size_t>(status.phase)], subject);
  if (!status.layer.empty()) {
    text += fmt::format(": layer {} of {} {}", status.position, status.layers, status.layer);
  }
  return traces::printable(text);
}

StatusBoard::StatusBoard() : file_(memory_file("mensa status")) {
  if (::ftruncate(file_.number(), sizeof(Page)) != 0) throw_start_failure(errno);
  map();
  new (page_) Page{};
}

StatusBoard::StatusBoard(Descriptor file) : file_(std::move(file)) {
  struct stat about {};
  if (::fstat(file_.number(), &about) != 0 || about.st_size != sizeof(Page)) {
    throw base::Error("there is no status board of a worker process");
  }
  map();
}

StatusBoard::~StatusBoard() {
  if (page_ != nullptr) ::munmap(page_, sizeof(Page));
}

void StatusBoard::map() {
  void* const address =
      ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
  if (address == MAP_FAILED) throw_start_failure(errno);
  page_ = static_cast<Page*>(address);
}

void StatusBoard::begin(Phase phase, std::uint64_t work) {
  written_.phase = phase;
  written_.done = 0;
  written_.work = work;
  written_.layer.clear();
  page_->write(written_);
}

void StatusBoard::begin_layer(std::string_view name, std::uint64_t position, std::uint64_t layers) {
  written_.position = position;
  written_.layers = layers;
  written_.layer = name.substr(0, kLongestName - 1);
  page_->write(written_);
}

void StatusBoard::advance(std::uint64_t work) {
  written_.done += work;
  page_->write(written_);
}

Status StatusBoard::read() const {
  Status status;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const std::uint64_t written = page_->sequence.load(std::memory_order_acquire) / 2;
    status = page_->read_slot(written % 2);
    std::atomic_thread_fence(std::memory_order_acquire);
    // The slot is written again with the next status but one.
    const std::uint64_t now = page_->sequence.load(std::memory_order_relaxed);
    if (now < 2 * (written + 1) + 1) break;
  }
  return status;
}

}  // namespace mensa::workers
