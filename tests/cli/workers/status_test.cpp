#include "cli/workers/status.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "cli/workers/io.h"
#include "models/base/error.h"

namespace mensa::workers {
namespace {

/// The board as another process would have it.
Descriptor again(const StatusBoard& board) { return Descriptor(::dup(board.descriptor())); }

TEST(StatusBoard, BeginsWithStarting) {
  EXPECT_EQ(to_string(StatusBoard().read(), "a on b"), "starting a on b");
}

TEST(StatusBoard, OthersReadWhatIsWritten) {
  const StatusBoard board;
  StatusBoard writer(again(board));
  writer.begin(Phase::kSimulating, 54);
  writer.begin_layer("conv4_2", 31, 54);
  writer.advance(30);
  writer.advance();
  const Status status = board.read();
  EXPECT_EQ(status.phase, Phase::kSimulating);
  EXPECT_EQ(status.layer, "conv4_2");
  EXPECT_EQ(status.position, 31U);
  EXPECT_EQ(status.layers, 54U);
  EXPECT_EQ(status.done, 31U);
  EXPECT_EQ(status.work, 54U);
  EXPECT_EQ(to_string(status, "resnet50 on mensa_g"),
            "simulating resnet50 on mensa_g: layer 31 of 54 conv4_2");
}

TEST(StatusBoard, APhaseBeginsWithoutALayer) {
  StatusBoard board;
  board.begin(Phase::kMapping, 3);
  board.begin_layer("conv", 1, 3);
  board.advance();
  board.begin(Phase::kScheduling);
  EXPECT_EQ(to_string(board.read(), "a on b"), "scheduling a on b");
  EXPECT_EQ(board.read().done, 0U);
  EXPECT_EQ(board.read().work, 0U);
}

TEST(StatusBoard, LongNamesAreCut) {
  StatusBoard board;
  const std::string name = std::string(215, 'a') + "b";
  board.begin_layer(name.substr(0, 215), 1, 1);
  EXPECT_EQ(board.read().layer, name.substr(0, 215));
  board.begin_layer(name, 1, 1);
  EXPECT_EQ(board.read().layer, name.substr(0, 215));
  board.begin_layer(std::string(100'000, 'c'), 1, 1);
  EXPECT_EQ(board.read().layer, std::string(215, 'c'));
}

TEST(StatusBoard, NamesCannotMoveTheCursor) {
  StatusBoard board;
  board.begin(Phase::kMapping);
  board.begin_layer("a\x1b[2J\nb", 1, 1);
  EXPECT_EQ(to_string(board.read(), "m on s"), "mapping m on s: layer 1 of 1 a?[2J?b");
}

/// A name and its position belong together, whenever one looks.
TEST(StatusBoard, IsReadAsOfOneMoment) {
  const StatusBoard board;
  StatusBoard writer(again(board));
  std::atomic<bool> stop = false;
  std::thread writes([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      writer.begin_layer(std::string(i % 200 + 1, static_cast<char>('a' + i % 26)), i, i);
    }
  });
  int torn = 0;
  for (int reads = 0; reads < 20'000; ++reads) {
    const Status status = board.read();
    if (status.layer.empty()) continue;
    const std::string name(status.position % 200 + 1,
                           static_cast<char>('a' + status.position % 26));
    if (status.layer != name || status.position != status.layers) ++torn;
  }
  stop = true;
  writes.join();
  EXPECT_EQ(torn, 0);
}

TEST(StatusBoard, AnotherFileIsNone) {
  EXPECT_THROW(StatusBoard(memory_file("empty")), base::Error);
  EXPECT_THROW(StatusBoard(Descriptor(-1)), base::Error);
}

}  // namespace
}  // namespace mensa::workers
