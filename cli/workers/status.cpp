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

constexpr std::array<std::string_view, 6> kPhases = {"starting",   "importing",  "mapping",
                                                     "scheduling", "simulating", "reporting"};
constexpr std::size_t kLongestName = 216;
/// Reads that found the writer at work before one takes what there is: the writer is dead then.
constexpr int kReadAttempts = 10'000;

using Number = std::atomic<std::uint64_t>;
static_assert(Number::is_always_lock_free && std::atomic<char>::is_always_lock_free,
              "others than lock-free ones do not work across processes");

}  // namespace

/// Written under a sequence lock: `version` is odd while that happens.
struct StatusBoard::Page {
  Number version;
  Number phase;
  Number position;
  Number layers;
  Number done;
  Number work;
  std::array<std::atomic<char>, kLongestName> name;  ///< up to a zero

  template <class Change>
  void write(Change&& change) {
    const std::uint64_t before = version.load(std::memory_order_relaxed);
    version.store(before + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    change();
    version.store(before + 2, std::memory_order_release);
  }
  void set_name(std::string_view text) {
    const std::size_t size = std::min(text.size(), kLongestName - 1);
    for (std::size_t i = 0; i < size; ++i) name[i].store(text[i], std::memory_order_relaxed);
    name[size].store('\0', std::memory_order_relaxed);
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
  page_->write([&] {
    page_->phase.store(static_cast<std::uint64_t>(phase), std::memory_order_relaxed);
    page_->done.store(0, std::memory_order_relaxed);
    page_->work.store(work, std::memory_order_relaxed);
    page_->set_name("");
  });
}

void StatusBoard::begin_layer(std::string_view name, std::uint64_t position, std::uint64_t layers) {
  page_->write([&] {
    page_->position.store(position, std::memory_order_relaxed);
    page_->layers.store(layers, std::memory_order_relaxed);
    page_->set_name(name);
  });
}

void StatusBoard::advance(std::uint64_t work) {
  page_->write([&] {
    page_->done.store(page_->done.load(std::memory_order_relaxed) + work,
                      std::memory_order_relaxed);
  });
}

Status StatusBoard::read() const {
  Status status;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const std::uint64_t before = page_->version.load(std::memory_order_acquire);
    status.phase = static_cast<Phase>(
        std::min<std::uint64_t>(page_->phase.load(std::memory_order_relaxed), kPhases.size() - 1));
    status.position = page_->position.load(std::memory_order_relaxed);
    status.layers = page_->layers.load(std::memory_order_relaxed);
    status.done = page_->done.load(std::memory_order_relaxed);
    status.work = page_->work.load(std::memory_order_relaxed);
    status.layer.clear();
    for (const std::atomic<char>& byte : page_->name) {
      const char c = byte.load(std::memory_order_relaxed);
      if (c == '\0') break;
      status.layer += c;
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool whole = before % 2 == 0 && page_->version.load(std::memory_order_relaxed) == before;
    if (whole) break;
  }
  return status;
}

}  // namespace mensa::workers
