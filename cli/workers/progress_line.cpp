#include "cli/workers/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "traces/human.h"

namespace mensa::workers {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t width_of(int terminal) {
  winsize size{};
  const bool known = ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualWidth;
}

}  // namespace

ProgressLine::ProgressLine(int terminal, std::chrono::milliseconds delay)
    : terminal_(terminal), is_terminal_(::isatty(terminal) == 1), next_(Clock::now() + delay) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(std::string_view text) {
  if (!is_terminal_) return;
  // In the last column some terminals go on to the next line.
  const std::string line = traces::shortened(text, width_of(terminal_) - 1);
  const std::size_t width = traces::display_width(line);
  // Blanks, no escape sequence: they are known to every terminal.
  const std::string rest(std::max(shown_, width) - width, ' ');
  write("\r" + line + rest);
  shown_ = width;
  next_ = Clock::now() + kInterval;
}

void ProgressLine::clear() {
  if (shown_ == 0) return;
  write("\r" + std::string(shown_, ' ') + "\r");
  shown_ = 0;
}

void ProgressLine::write(std::string_view text) const {
  // One that fails is made up for by the next.
  [[maybe_unused]] const ssize_t written = ::write(terminal_, text.data(), text.size());
}

}  // namespace mensa::workers
