// Ports of a memory under the kernel: who gets how much of them, and what requests are told.

#include "sim/modules/memory_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/modules/sc_time_tools.h"
#include "sim/modules/transfer_info.h"
#include "tests/sim/modules/dram_requests.h"

// ctest runs every test in a process of its own: each may start the kernel once.

namespace mensa::sim {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::int64_t kKiB = 1024;
constexpr base::BytesPerSecond kKibibytePer32Ns(32e9);
constexpr base::Seconds kLatency(100e-9);

/// What became of one request.
struct Answer {
  std::int64_t asked_ps = 0;
  std::int64_t returned_ps = 0;  ///< from b_transport
  std::int64_t data_ps = 0;      ///< the delay on top of that
  TransferInfo info;
};

/// Sends requests one after another, each when b_transport has returned from the one before.
class Requester : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Requester> socket{"socket"};

  struct Plan {
    int count = 1;
    std::int64_t bytes = kKiB;
    std::int64_t start_ps = 0;
    std::int64_t pause_ps = 0;  ///< between requests
    bool is_write = false;
  };
  Requester(const sc_core::sc_module_name& name, const Plan& plan) : sc_module(name), plan_(plan) {
    SC_HAS_PROCESS(Requester);
    SC_THREAD(send);
  }

  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }
  /// When the port was done with each request.
  [[nodiscard]] std::vector<std::int64_t> returned_ps() const {
    std::vector<std::int64_t> list;
    for (const Answer& answer : answers_) list.push_back(answer.returned_ps);
    return list;
  }

 private:
  void send() {
    if (plan_.start_ps > 0) wait(from_ps(plan_.start_ps));
    tlm::tlm_generic_payload request;
    request.set_command(plan_.is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    request.set_data_length(static_cast<unsigned>(plan_.bytes));
    for (int i = 0; i < plan_.count; ++i) {
      Answer answer;
      answer.asked_ps = now_ps();
      request.set_extension(&answer.info);
      sc_core::sc_time delay;
      socket->b_transport(request, delay);
      request.clear_extension(&answer.info);
      answer.returned_ps = now_ps();
      answer.data_ps = now_ps() + to_ps(delay);
      answers_.push_back(answer);
      if (plan_.pause_ps > 0) wait(from_ps(plan_.pause_ps));
    }
  }

  Plan plan_;
  std::vector<Answer> answers_;
};

/// A memory with ports, and who asks there.
class PortBench {
 public:
  explicit PortBench(base::BytesPerSecond device) : core_(std::make_unique<IdealDevice>(device)) {}

  MemoryPortModule& add_port(base::BytesPerSecond bandwidth,
                             accelerators::Duplex duplex = accelerators::Duplex::kHalf) {
    const std::size_t index = core_.add_port(bandwidth, duplex);
    ports_.push_back(std::make_unique<MemoryPortModule>(sc_core::sc_gen_unique_name("port"), core_,
                                                        index, kLatency));
    return *ports_.back();
  }
  const Requester& add(MemoryPortModule& port, std::size_t owner, const Requester::Plan& plan,
                       std::int64_t priority = 0) {
    requesters_.push_back(
        std::make_unique<Requester>(sc_core::sc_gen_unique_name("requester"), plan));
    requesters_.back()->socket.bind(port.socket);
    port.add_initiator(owner, priority);
    return *requesters_.back();
  }
  [[nodiscard]] const MemoryCore& core() const { return core_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Requester>>& requesters() const {
    return requesters_;
  }

 private:
  MemoryCore core_;
  std::vector<std::unique_ptr<MemoryPortModule>> ports_;
  std::vector<std::unique_ptr<Requester>> requesters_;
};

std::vector<std::int64_t> waits_behind_others(const Requester& requester) {
  std::vector<std::int64_t> list;
  for (const Answer& answer : requester.answers()) list.push_back(answer.info.behind_others_ps);
  return list;
}

TEST(MemoryPort, OneInitiatorStreamsAtThePortsBandwidth) {
  PortBench bench(base::BytesPerSecond(256e9));
  const Requester& one = bench.add(bench.add_port(kKibibytePer32Ns), 0, {.count = 100});
  sc_core::sc_start();
  ASSERT_THAT(one.answers(), SizeIs(100));
  for (std::size_t i = 0; i < 100; ++i) {
    const Answer& answer = one.answers()[i];
    const auto number = static_cast<std::int64_t>(i);
    EXPECT_EQ(answer.asked_ps, number * 32 * test::kNs);
    EXPECT_EQ(answer.returned_ps, (number + 1) * 32 * test::kNs);
    EXPECT_EQ(answer.data_ps, answer.returned_ps + 100 * test::kNs);  // while the next one moves
    EXPECT_EQ(answer.info.behind_own_ps, 0);
    EXPECT_EQ(answer.info.behind_others_ps, 0);
    EXPECT_EQ(answer.info.device_contention_ps, 0);
  }
  EXPECT_EQ(bench.core().counters(0).read_bytes, 100 * kKiB);
  EXPECT_EQ(bench.core().counters(0).busy_ps, 100 * 32 * test::kNs);
}

TEST(MemoryPort, TwoInitiatorsTakeTurns) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  const Requester& first = bench.add(port, 0, {.count = 50});
  const Requester& second = bench.add(port, 1, {.count = 50});
  sc_core::sc_start();
  ASSERT_THAT(first.answers(), SizeIs(50));
  ASSERT_THAT(second.answers(), SizeIs(50));
  for (std::size_t i = 0; i < 50; ++i) {
    const std::int64_t round = static_cast<std::int64_t>(i) * 64 * test::kNs;
    EXPECT_EQ(first.answers()[i].returned_ps, round + 32 * test::kNs);
    EXPECT_EQ(second.answers()[i].returned_ps, round + 64 * test::kNs);
    EXPECT_EQ(first.answers()[i].info.behind_others_ps, i == 0 ? 0 : 32 * test::kNs);
    EXPECT_EQ(second.answers()[i].info.behind_others_ps, 32 * test::kNs);
  }
  EXPECT_EQ(bench.core().counters(0).busy_ps, 100 * 32 * test::kNs);
}

TEST(MemoryPort, OwnersAreToldWhatIsLeftOfTheirBandwidth) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  // Two initiators of one owner, one of another, and one that comes when all is quiet.
  bench.add(port, 0, {.count = 10});
  bench.add(port, 0, {.count = 10});
  bench.add(port, 1, {.count = 10});
  bench.add(port, 2, {.count = 5, .start_ps = 5000 * test::kNs, .pause_ps = 1000 * test::kNs});
  sc_core::sc_start();
  // In turns, so that the last turn of 32 ns is the other owner's.
  EXPECT_EQ(port.transfers(0).on_port_ps, 20 * 32 * test::kNs);
  EXPECT_EQ(port.transfers(0).under_way_ps, 29 * 32 * test::kNs);
  EXPECT_EQ(port.transfers(1).on_port_ps, 10 * 32 * test::kNs);
  EXPECT_EQ(port.transfers(1).under_way_ps, 30 * 32 * test::kNs);
  // Pauses are nobody's.
  EXPECT_EQ(port.transfers(2).on_port_ps, 5 * 32 * test::kNs);
  EXPECT_EQ(port.transfers(2).under_way_ps, 5 * 32 * test::kNs);
  EXPECT_EQ(port.transfers(3).under_way_ps, 0);
}

/// Behind ports that ask for more than the device has, what is missing counts as others' doing.
TEST(MemoryPort, OwnersAreToldWhatTheDeviceKeepsFromThem) {
  PortBench bench(base::BytesPerSecond(32e9));
  MemoryPortModule& first = bench.add_port(kKibibytePer32Ns);
  MemoryPortModule& second = bench.add_port(kKibibytePer32Ns);
  bench.add(first, 0, {.count = 200});
  bench.add(second, 1, {.count = 200});
  sc_core::sc_start();
  for (const auto& [port, owner] : {std::pair(&first, 0U), std::pair(&second, 1U)}) {
    const MemoryPortModule::Transfers transfers = port->transfers(owner);
    const double share =
        static_cast<double>(transfers.on_port_ps) / static_cast<double>(transfers.under_way_ps);
    EXPECT_NEAR(share, 0.5, 0.02);
  }
}

/// Turns are of requests: who asks for more at a time gets more. Whoever comes late waits for its
/// turn like the others, and what one leaves the others have.
TEST(MemoryPort, ThreeInitiatorsTakeTurnsWhileTheyAsk) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  const Requester& a = bench.add(port, 0, {.count = 4});
  const Requester& b = bench.add(port, 1, {.count = 3, .bytes = 2 * kKiB});
  const Requester& c = bench.add(port, 2, {.count = 2, .start_ps = 40 * test::kNs});
  sc_core::sc_start();
  EXPECT_THAT(a.returned_ps(),
              ElementsAre(32 * test::kNs, 128 * test::kNs, 256 * test::kNs, 384 * test::kNs));
  EXPECT_THAT(b.returned_ps(), ElementsAre(96 * test::kNs, 224 * test::kNs, 352 * test::kNs));
  EXPECT_THAT(c.returned_ps(), ElementsAre(160 * test::kNs, 288 * test::kNs));
}

TEST(MemoryPort, WaysOfAFullDuplexPortDoNotWaitForOneAnother) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns, accelerators::Duplex::kFull);
  const Requester& reads = bench.add(port, 0, {.count = 50});
  const Requester& writes = bench.add(port, 1, {.count = 50, .is_write = true});
  sc_core::sc_start();
  for (const Requester* const each : {&reads, &writes}) {
    ASSERT_THAT(each->answers(), SizeIs(50));
    EXPECT_EQ(each->returned_ps().back(), 50 * 32 * test::kNs);
    EXPECT_THAT(waits_behind_others(*each), Each(0));
  }
  EXPECT_EQ(bench.core().counters(0).read_bytes, 50 * kKiB);
  EXPECT_EQ(bench.core().counters(0).written_bytes, 50 * kKiB);
}

TEST(MemoryPort, ReadsAndWritesShareAHalfDuplexPort) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  const Requester& reads = bench.add(port, 0, {.count = 50});
  const Requester& writes = bench.add(port, 1, {.count = 50, .is_write = true});
  sc_core::sc_start();
  EXPECT_EQ(reads.returned_ps().back(), 99 * 32 * test::kNs);
  EXPECT_EQ(writes.returned_ps().back(), 100 * 32 * test::kNs);
}

/// What is on the port, one request after another; all that the label says but the track, which
/// is who asked.
TEST(MemoryPort, LogsItsTransfers) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  EventLog log;
  log.tracks = {{"pascal", "DMA"}};
  port.log_to(log, "stack.external");
  bench.add(port, 0, {.count = 2});
  bench.add(port, 1, {.count = 1, .is_write = true});
  sc_core::sc_start();
  ASSERT_THAT(log.tracks, SizeIs(2));
  EXPECT_EQ(log.tracks[1].group, "stack.external");
  EXPECT_EQ(log.tracks[1].name, "transfers");
  ASSERT_THAT(log.spans, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = static_cast<std::int64_t>(i);
    EXPECT_EQ(log.spans[i].track, 1U);
    EXPECT_EQ(log.spans[i].asked_by, 0U);
    EXPECT_EQ(log.spans[i].start_ps, number * 32 * test::kNs);
    EXPECT_EQ(log.spans[i].end_ps, (number + 1) * 32 * test::kNs);
    EXPECT_EQ(log.spans[i].bytes, kKiB);
  }
}

TEST(MemoryPort, LogsTheWaysOfAFullDuplexPortByThemselves) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns, accelerators::Duplex::kFull);
  EventLog log;
  port.log_to(log, "stack.external");
  bench.add(port, 0, {.count = 1});
  bench.add(port, 1, {.count = 1, .is_write = true});
  sc_core::sc_start();
  ASSERT_THAT(log.tracks, SizeIs(2));
  EXPECT_EQ(log.tracks[0].name, "reads");
  EXPECT_EQ(log.tracks[1].name, "writes");
  ASSERT_THAT(log.spans, SizeIs(2));
  EXPECT_NE(log.spans[0].track, log.spans[1].track);
  EXPECT_EQ(log.spans[0].start_ps, log.spans[1].start_ps);
}

/// A request of higher priority waits for what is on the port, 512 ns at the most, and for nothing
/// else, however many others wait.
TEST(MemoryPort, HigherPriorityWaitsForOneChunkAtMost) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  for (std::size_t owner = 1; owner < 4; ++owner) {
    bench.add(port, owner, {.count = 50, .bytes = 16 * kKiB});
  }
  const Requester& high =
      bench.add(port, 0, {.count = 40, .start_ps = 7 * test::kNs, .pause_ps = 601 * test::kNs}, 1);
  sc_core::sc_start();
  ASSERT_THAT(high.answers(), SizeIs(40));
  for (const Answer& answer : high.answers()) {
    EXPECT_GT(answer.info.behind_others_ps, 0);
    EXPECT_LE(answer.info.behind_others_ps, 512 * test::kNs);
    EXPECT_EQ(answer.returned_ps, answer.asked_ps + answer.info.behind_others_ps + 32 * test::kNs);
  }
  EXPECT_EQ(high.answers().front().info.behind_others_ps, (512 - 7) * test::kNs);
}

/// Two streams of an engine of higher priority that keep the port busy: the other one gets what is
/// on the port when they begin, and the rest when they are done.
TEST(MemoryPort, HigherPriorityGetsWhatItGotAlone) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  const Requester& low = bench.add(port, 1, {.count = 3, .bytes = 16 * kKiB});
  const Requester& weights =
      bench.add(port, 0, {.count = 50, .bytes = 16 * kKiB, .start_ps = 1}, 1);
  const Requester& inputs = bench.add(port, 0, {.count = 50, .bytes = 16 * kKiB, .start_ps = 2}, 1);
  sc_core::sc_start();
  EXPECT_EQ(weights.returned_ps().back(), (1 + 99) * 512 * test::kNs);
  EXPECT_EQ(inputs.returned_ps().back(), (1 + 100) * 512 * test::kNs);
  EXPECT_THAT(low.returned_ps(),
              ElementsAre(512 * test::kNs, (1 + 101) * 512 * test::kNs, 103 * 512 * test::kNs));
}

/// When the data of all requests arrived, in order.
std::vector<std::int64_t> arrivals_ps(const PortBench& bench) {
  std::vector<std::int64_t> list;
  for (const auto& requester : bench.requesters()) {
    for (const Answer& answer : requester->answers()) list.push_back(answer.data_ps);
  }
  std::sort(list.begin(), list.end());
  return list;
}

TEST(MemoryPort, PortsOfOneMemoryNeverExceedTheDevice) {
  constexpr double kDevice = 48e9;
  constexpr std::int64_t kChunk = 16 * kKiB;
  PortBench bench{base::BytesPerSecond(kDevice)};
  MemoryPortModule& external = bench.add_port(kKibibytePer32Ns);
  MemoryPortModule& internal = bench.add_port(base::BytesPerSecond(40e9));
  const Requester& one = bench.add(external, 0, {.count = 100, .bytes = kChunk});
  const Requester& other = bench.add(internal, 1, {.count = 100, .bytes = kChunk});
  sc_core::sc_start();
  std::int64_t bytes = 0;
  std::int64_t end = 0;
  for (const std::int64_t arrival : arrivals_ps(bench)) {
    bytes += kChunk;
    end = arrival - 100 * test::kNs;
    EXPECT_LE(static_cast<double>(bytes), kDevice * static_cast<double>(end) * 1e-12 * (1 + 1e-9));
  }
  EXPECT_EQ(bytes, 200 * kChunk);
  EXPECT_GE(static_cast<double>(bytes), 0.98 * kDevice * static_cast<double>(end) * 1e-12);
  // Each port is slower than alone, and is told why.
  for (const Requester* const each : {&one, &other}) {
    EXPECT_THAT(waits_behind_others(*each), Each(0));
    EXPECT_GT(each->answers().back().info.device_contention_ps, 0);
  }
}

/// The same two ports, one after the other.
TEST(MemoryPort, PortsOfOneMemoryHaveTheirOwnBandwidthAlone) {
  PortBench bench(base::BytesPerSecond(48e9));
  MemoryPortModule& external = bench.add_port(kKibibytePer32Ns);
  MemoryPortModule& internal = bench.add_port(base::BytesPerSecond(40e9));
  const std::int64_t second_start = 100 * 512 * test::kNs;
  const Requester& one = bench.add(external, 0, {.count = 100, .bytes = 16 * kKiB});
  const Requester& other =
      bench.add(internal, 1, {.count = 100, .bytes = 16 * kKiB, .start_ps = second_start});
  sc_core::sc_start();
  EXPECT_EQ(one.answers().back().data_ps, second_start + 100 * test::kNs);
  EXPECT_EQ(other.answers().back().data_ps, second_start + 100 * 409600 + 100 * test::kNs);
  for (const auto& requester : bench.requesters()) {
    for (const Answer& answer : requester->answers()) {
      EXPECT_EQ(answer.info.device_contention_ps, 0);
    }
  }
}

/// One engine's second initiator waits for the first's request; another engine's for both.
TEST(MemoryPort, RequestsAreToldWhatTheyWaitedFor) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  const Requester& weights = bench.add(port, 0, {.count = 2});
  const Requester& inputs = bench.add(port, 0, {.start_ps = 10 * test::kNs});
  const Requester& other = bench.add(port, 1, {.start_ps = 20 * test::kNs});
  sc_core::sc_start();
  using Waits = std::pair<std::int64_t, std::int64_t>;
  const auto waits = [](const Requester& requester, std::size_t index) {
    const TransferInfo& info = requester.answers()[index].info;
    return Waits(info.behind_own_ps / test::kNs, info.behind_others_ps / test::kNs);
  };
  EXPECT_EQ(waits(weights, 0), Waits(0, 0));
  EXPECT_EQ(waits(inputs, 0), Waits(22, 0));    // from 10 to 32 ns
  EXPECT_EQ(waits(other, 0), Waits(0, 44));     // from 20 to 64 ns
  EXPECT_EQ(waits(weights, 1), Waits(32, 32));  // from 32 to 96 ns, behind both
  EXPECT_THAT(weights.returned_ps(), ElementsAre(32 * test::kNs, 128 * test::kNs));
}

/// Whatever stood in the extension before is overwritten, and a port that is free is told as such.
TEST(MemoryPort, AFreePortAnswersAnew) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  bench.add(port, 1, {});
  const Requester& late = bench.add(port, 0, {.start_ps = 32 * test::kNs + 1});
  sc_core::sc_start();
  EXPECT_EQ(late.answers().front().info.behind_own_ps, 0);
  EXPECT_EQ(late.answers().front().info.behind_others_ps, 0);
  EXPECT_EQ(late.returned_ps().front(), 64 * test::kNs + 1);
}

/// Sends one request with what `send` makes of it, and notes the answer.
class Custom : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Custom> socket{"socket"};
  tlm::tlm_generic_payload request;
  sc_core::sc_time delay;
  std::int64_t returned_ps = 0;

  explicit Custom(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Custom);
    SC_THREAD(send);
  }

 private:
  void send() {
    socket->b_transport(request, delay);
    returned_ps = now_ps();
  }
};

TEST(MemoryPort, PlainPayloadsAreServedToo) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(256e9)));
  MemoryPortModule port("port", core, core.add_port(kKibibytePer32Ns), kLatency);
  Custom plain("plain");
  plain.socket.bind(port.socket);
  port.add_initiator(0, 0);
  plain.request.set_write();
  plain.request.set_address(4096);
  plain.request.set_data_length(64);
  plain.delay = from_ps(5 * test::kNs);  // the initiator's own time, ahead of the kernel's
  EXPECT_EQ(plain.request.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_start();
  EXPECT_EQ(plain.request.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(plain.returned_ps, (5 + 2) * test::kNs);
  EXPECT_EQ(to_ps(plain.delay), 100 * test::kNs);
  EXPECT_EQ(core.counters(0).written_bytes, 64);
  EXPECT_EQ(core.counters(0).read_bytes, 0);
}

/// A request that gathers pieces is as long as they are, whatever its payload says.
TEST(MemoryPort, RequestsGatherPieces) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(256e9)));
  MemoryPortModule port("port", core, core.add_port(kKibibytePer32Ns), kLatency);
  Custom gathers("gathers");
  gathers.socket.bind(port.socket);
  port.add_initiator(0, 0);
  TransferInfo info;
  info.pieces = {{0, 512, false}, {65536, 256, false}, {131072, 256, false}};
  gathers.request.set_read();
  gathers.request.set_data_length(1);
  gathers.request.set_extension(&info);
  sc_core::sc_start();
  gathers.request.clear_extension(&info);
  EXPECT_EQ(gathers.returned_ps, 32 * test::kNs);
  EXPECT_EQ(core.counters(0).read_bytes, kKiB);
}

TEST(MemoryPort, AStreamOfHigherPriorityGetsWhatItGotAlone) {
  PortBench bench(base::BytesPerSecond(256e9));
  MemoryPortModule& port = bench.add_port(kKibibytePer32Ns);
  bench.add(port, 1, {.count = 50, .bytes = 16 * kKiB});
  const Requester& high = bench.add(port, 0, {.count = 50, .bytes = 16 * kKiB}, 1);
  sc_core::sc_start();
  EXPECT_LE(high.returned_ps().back(), (1 + 50) * 512 * test::kNs);
}

}  // namespace
}  // namespace mensa::sim
