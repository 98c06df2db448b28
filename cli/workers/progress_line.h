#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace mensa::workers {

/// One line about long work, for a person who looks on: updated in place, and gone at the end.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  /// Work that takes no longer needs no telling.
  static constexpr std::chrono::milliseconds kDelay{2000};
  /// Between two updates.
  static constexpr std::chrono::milliseconds kInterval{100};

  /// On a terminal; elsewhere nothing is ever shown. The first update is due after `delay`.
  explicit ProgressLine(int terminal, std::chrono::milliseconds delay = kDelay);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Whether anything may ever be shown.
  [[nodiscard]] bool is_seen() const { return is_terminal_; }
  /// Whether it is time for an update.
  [[nodiscard]] bool is_due() const { return is_terminal_ && Clock::now() >= next_; }
  /// Shows a text in the place of the one before, shortened to the terminal's width.
  void show(std::string_view text);
  /// Leaves the line empty.
  void clear();

 private:
  void write(std::string_view text) const;

  int terminal_;
  bool is_terminal_;
  Clock::time_point next_;
  std::size_t shown_ = 0;  ///< characters
};

}  // namespace mensa::workers
