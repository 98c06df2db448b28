#include "cli/workers/progress_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>

#include "cli/workers/descriptor.h"

namespace mensa::workers {
namespace {

using std::chrono::milliseconds;

class ProgressLineTest : public testing::Test {
 protected:
  void SetUp() override {
    int screen = -1;
    int terminal = -1;
    ASSERT_EQ(::openpty(&screen, &terminal, nullptr, nullptr, nullptr), 0);
    screen_ = Descriptor(screen);
    terminal_ = Descriptor(terminal);
    ::fcntl(screen, F_SETFL, O_NONBLOCK);
    set_width(40);
  }
  void set_width(unsigned short columns) const {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    ASSERT_EQ(::ioctl(terminal_.number(), TIOCSWINSZ, &size), 0);
  }
  /// What was written since the last call.
  [[nodiscard]] std::string shown() const {
    std::array<char, 1000> text{};
    const ssize_t count = ::read(screen_.number(), text.data(), text.size());
    return count < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(count));
  }
  Descriptor screen_;
  Descriptor terminal_;
};

TEST_F(ProgressLineTest, IsUpdatedInPlaceAndGoneAtTheEnd) {
  {
    ProgressLine line(terminal_.number(), milliseconds(0));
    EXPECT_TRUE(line.is_due());
    line.show("layer 10 of 12");
    EXPECT_EQ(shown(), "\rlayer 10 of 12");
    line.show("layer 9");
    EXPECT_EQ(shown(), "\rlayer 9       ");
    line.clear();
    EXPECT_EQ(shown(), "\r       \r");
    line.clear();
    EXPECT_EQ(shown(), "");
    line.show("again");
    EXPECT_EQ(shown(), "\ragain");
  }
  EXPECT_EQ(shown(), "\r     \r");
}

TEST_F(ProgressLineTest, StaysInItsLine) {
  ProgressLine line(terminal_.number(), milliseconds(0));
  set_width(20);
  line.show("1234567890123456789");
  EXPECT_EQ(shown(), "\r1234567890123456789");
  line.show("12345678901234567890");
  EXPECT_EQ(shown().size(), 1U + 19U);
  set_width(0);  // as terminals that do not know
  line.show(std::string(100, 'x'));
  EXPECT_EQ(shown().size(), 1U + 79U);
}

TEST_F(ProgressLineTest, CountsCharactersNotBytes) {
  ProgressLine line(terminal_.number(), milliseconds(0));
  line.show("caf\u00e9");
  EXPECT_EQ(shown(), "\rcaf\u00e9");
  line.clear();
  EXPECT_EQ(shown(), "\r    \r");
}

TEST_F(ProgressLineTest, IsDueAfterItsDelayAndThenOnceInAWhile) {
  ProgressLine line(terminal_.number(), milliseconds(50));
  EXPECT_FALSE(line.is_due());
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_TRUE(line.is_due());
  line.show("a");
  EXPECT_FALSE(line.is_due());
  std::this_thread::sleep_for(ProgressLine::kInterval + milliseconds(10));
  EXPECT_TRUE(line.is_due());
  EXPECT_FALSE(ProgressLine(terminal_.number()).is_due());
  EXPECT_EQ(ProgressLine::kDelay, milliseconds(2000));
}

TEST(ProgressLineElsewhere, ShowsNothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  {
    ProgressLine line(write_end.number(), milliseconds(0));
    EXPECT_FALSE(line.is_seen());
    EXPECT_FALSE(line.is_due());
    line.show("layer 1 of 2");
    line.clear();
  }
  write_end.close();
  char byte = 0;
  EXPECT_EQ(::read(read_end.number(), &byte, 1), 0);
}

}  // namespace
}  // namespace mensa::workers
