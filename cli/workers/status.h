#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/workers/descriptor.h"

namespace mensa::workers {

enum class Phase : std::uint8_t {
  kStarting,
  kImporting,
  kMapping,
  kScheduling,
  kVarying,  ///< constants within their ranges
  kSimulating,
  kReporting
};

/// How far a worker is.
struct Status {
  Phase phase = Phase::kStarting;
  /// Layer at work, cut after some two hundred bytes; empty: none.
  std::string layer;
  std::uint64_t position = 0;  ///< of that layer in its model, counted from 1
  std::uint64_t layers = 0;    ///< of that model
  std::uint64_t done = 0;      ///< part of the phase's work
  std::uint64_t work = 0;      ///< all of it, in the same unit; 0: unknown
};

/// "simulating SUBJECT: layer 31 of 54 conv4_2", as much of it as there is.
[[nodiscard]] std::string to_string(const Status& status, std::string_view subject);

/// A status in memory that two processes share: the worker writes, whoever started it reads at any
/// time, also after the worker's death. One of them writes, through one object. Writing takes well
/// under a microsecond and never waits.
class StatusBoard {
 public:
  /// A new one. base::Error where the system has no memory for it.
  StatusBoard();
  /// The one behind a descriptor, which it takes over. base::Error where that is none.
  explicit StatusBoard(Descriptor file);
  ~StatusBoard();
  StatusBoard(const StatusBoard&) = delete;
  StatusBoard& operator=(const StatusBoard&) = delete;

  /// What a process is given to see the same board.
  [[nodiscard]] int descriptor() const { return file_.number(); }

  /// A phase begins, without a layer.
  void begin(Phase phase, std::uint64_t work = 0);
  /// Work on a layer begins.
  void begin_layer(std::string_view name, std::uint64_t position, std::uint64_t layers);
  /// More of the phase's work is done.
  void advance(std::uint64_t work = 1);

  /// The latest status that was written as a whole.
  [[nodiscard]] Status read() const;

 private:
  struct Page;
  void map();

  Descriptor file_;
  Page* page_ = nullptr;
  Status written_;  ///< through this object
};

}  // namespace mensa::workers
