// Counts, energies and cycles of given mappings equal Timeloop's, but for differences that are
// meant. Those are:
//
// - What a level sends to the level above (drains) is read from it here. Timeloop counts no read
//   for it.
// - Partial sums that return to PEs which are added up are read by one of them here, and the
//   others start at zero. Timeloop fills, and reads, the same sum in each of them, though it reads
//   it only once from the level above. (Case D1, whose columns add up 12 PEs.)
// - Cycles: Timeloop's are those of the slowest level. Ours are too, plus the first fill and the
//   last drain, which no computation hides. What drains do to a buffer's ports follows from the
//   first point.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/mapping/check_mapping.h"
#include "accelerators/mapping/mapping_yaml.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/reference/csv_rows.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::index;
using models::MacOperand;
using test::CsvRow;

struct Case {
  std::string name;    ///< in timeloop.csv, and of the mapping file
  std::string system;  ///< file
  models::ProblemShape shape;
  /// PEs that are added up on their way to the buffer.
  std::int64_t reduced_pes = 1;
};

std::ostream& operator<<(std::ostream& stream, const Case& one) { return stream << one.name; }

std::string reference_file(const std::string& name) {
  return std::string(MENSA_SOURCE_DIR) + "/tests/reference/" + name;
}

/// Our model on a case, beside the published figures.
class Timeloop : public ::testing::TestWithParam<Case> {
 protected:
  Timeloop()
      : system_(load_system(reference_file(GetParam().system))),
        accelerator_(system_.accelerators.front()),
        counter_(GetParam().shape, storage_view(accelerator_)) {
    for (const CsvRow& row : test::reference_rows("timeloop.csv")) {
      if (row.at("case") == GetParam().name) rows_.push_back(row);
    }
    const Precision& precision = accelerator_.native_precision();
    MacQuestion question;
    question.shape = GetParam().shape;
    question.bits = {precision.factors.weights.bits, precision.factors.activations.bits,
                     precision.factors.activations.bits, precision.accumulators.bits};
    mapping_ = read_mapping(
        base::read_yaml_file(reference_file(fmt::format("timeloop_{}.yaml", GetParam().name))),
        question.shape);
    check_mapping(mapping_, question.shape, accelerator_);
    MacCostModel model(system_, accelerator_, question);
    const auto result = model.evaluate(mapping_);
    if (const auto* missing = std::get_if<Infeasible>(&result)) {
      ADD_FAILURE() << missing->to_string();
      return;
    }
    cost_ = std::get<LayerCost>(result);
    counts_ = model.counts();
    // All words are of one width, whatever they hold.
    bits_per_word_ = precision.factors.weights.bits;
    EXPECT_EQ(precision.factors.activations.bits, bits_per_word_);
    EXPECT_EQ(precision.accumulators.bits, bits_per_word_);
  }

  /// The rows of single operands, each with the level and the operand it is about.
  struct OperandRow {
    Level level = Level::kDram;
    MacOperand operand = MacOperand::kWeights;
    CsvRow row;
    [[nodiscard]] std::int64_t number(const std::string& column) const {
      return std::stoll(row.at(column));
    }
    [[nodiscard]] std::string what() const { return row.at("level") + " " + row.at("operand"); }
  };
  [[nodiscard]] std::vector<OperandRow> operand_rows() const {
    std::vector<OperandRow> found;
    for (const Level level : {Level::kDram, Level::kBuffers, Level::kRegisters}) {
      for (const MacOperand operand : models::kAllMacOperands) {
        for (const CsvRow& row : rows_) {
          if (row.at("level") == to_string(level) && row.at("operand") == to_string(operand)) {
            found.push_back({level, operand, row});
          }
        }
      }
    }
    return found;
  }
  /// The row of a whole level, or of the total; null where there is none.
  [[nodiscard]] const CsvRow* find_level_row(std::string_view level) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const CsvRow& row) {
      return row.at("level") == level && row.at("operand").empty();
    });
    return found == rows_.end() ? nullptr : &*found;
  }
  [[nodiscard]] const CsvRow& level_row(std::string_view level) const {
    const CsvRow* row = find_level_row(level);
    if (row == nullptr) throw std::out_of_range("timeloop.csv has no row of " + std::string(level));
    return *row;
  }

  /// Words that Timeloop fills into PEs, and reads again, and we do not: partial sums for all but
  /// one of those that are added up.
  [[nodiscard]] std::int64_t repeated_fills(const OperandRow& row) const {
    if (row.level != Level::kRegisters || row.operand != MacOperand::kOutputs) return 0;
    const std::int64_t instances = row.number("instances");
    return (instances - instances / GetParam().reduced_pes) * row.number("fills");
  }

  [[nodiscard]] double pj_per_word(Level level, MacOperand operand) const {
    const double bytes = bits_per_word_ / 8.0;
    switch (level) {
      case Level::kDram:
        return system_.port(accelerator_.port).energy_per_bit.nominal.value() * bits_per_word_;
      case Level::kBuffers: {
        const Buffer& buffer = *accelerator_.buffer_of(operand);
        const SramPoint macro = system_.technology.sram.at(buffer.bank_capacity(), buffer.width);
        EXPECT_EQ(macro.read, macro.write);
        return macro.read.value() / static_cast<double>(buffer.width.value()) * bytes;
      }
      case Level::kRegisters:
        return system_.technology
                   .register_energy_per_byte(accelerator_.registers.capacity[index(operand)])
                   .value() *
               bytes;
    }
    return 0;
  }

  System system_;
  const Accelerator& accelerator_;
  AccessCounter counter_;
  Mapping mapping_;
  LayerCost cost_;
  AccessCounts counts_;
  int bits_per_word_ = 0;
  std::vector<CsvRow> rows_;
};

TEST_P(Timeloop, TilesAndCountsAreEqual) {
  const auto of_operands = std::count_if(
      rows_.begin(), rows_.end(), [](const CsvRow& row) { return !row.at("operand").empty(); });
  ASSERT_EQ(operand_rows().size(), static_cast<std::size_t>(of_operands));
  ASSERT_GE(of_operands, 7);
  for (const OperandRow& theirs : operand_rows()) {
    const OperandCounts& ours = counts_.at(theirs.level, theirs.operand);
    const std::int64_t instances = theirs.number("instances");
    EXPECT_EQ(counter_.tile_elements(theirs.operand, mapping_.at(theirs.level).tile),
              theirs.number("tile"))
        << theirs.what();
    EXPECT_EQ(ours.reads + repeated_fills(theirs), instances * theirs.number("reads"))
        << theirs.what();
    EXPECT_EQ(ours.fills + repeated_fills(theirs), instances * theirs.number("fills"))
        << theirs.what();
    EXPECT_EQ(ours.updates, instances * theirs.number("updates")) << theirs.what();
    // What leaves a level arrives above it; sums of several PEs arrive as one.
    if (theirs.operand == MacOperand::kOutputs && theirs.level != Level::kDram) {
      const auto above = static_cast<Level>(index(theirs.level) - 1);
      const std::int64_t pes = theirs.level == Level::kRegisters ? GetParam().reduced_pes : 1;
      EXPECT_EQ(ours.drains, pes * counts_.at(above, theirs.operand).updates) << theirs.what();
    } else {
      EXPECT_EQ(ours.drains, 0) << theirs.what();
    }
  }
}

TEST_P(Timeloop, EnergiesAreEqual) {
  constexpr double kLastDigit = 0.0051;          // they print two digits of a level's,
  constexpr double kLastDigitPerMac = 0.000501;  // and three of the energy per MAC
  const auto macs = static_cast<double>(cost_.macs);
  std::map<Level, double> ours;    // from our counts
  std::map<Level, double> theirs;  // the same without what is meant to differ
  for (const OperandRow& row : operand_rows()) {
    const OperandCounts& counts = counts_.at(row.level, row.operand);
    const double pj = pj_per_word(row.level, row.operand);
    const double moved =
        static_cast<double>(counts.reads + counts.fills + counts.updates + counts.drains) * pj;
    const double drained = static_cast<double>(counts.drains) * pj;
    const double repeated = 2 * static_cast<double>(repeated_fills(row)) * pj;
    EXPECT_NEAR(moved - drained + repeated, std::stod(row.row.at("energy_pj")), kLastDigit)
        << row.what();
    if (const std::string& per_mac = row.row.at("energy_per_mac_pj"); !per_mac.empty()) {
      EXPECT_NEAR((moved - drained + repeated) / macs, std::stod(per_mac), kLastDigitPerMac)
          << row.what();
    }
    ours[row.level] += moved;
    theirs[row.level] += moved - drained + repeated;
  }
  EXPECT_DOUBLE_EQ(cost_.energy.dram.value(), ours[Level::kDram]);
  EXPECT_DOUBLE_EQ(cost_.energy.buffer.value(), ours[Level::kBuffers]);
  EXPECT_DOUBLE_EQ(cost_.energy.register_file.value(), ours[Level::kRegisters]);
  EXPECT_EQ(cost_.energy.network.value(), 0);
  EXPECT_EQ(cost_.energy.static_energy.value(), 0);

  double total = cost_.energy.total().value();
  for (const auto& [level, energy] : theirs) {
    total += energy - ours[level];
    const CsvRow* row = find_level_row(to_string(level));
    if (row == nullptr) continue;  // a level for each operand, compared above
    EXPECT_NEAR(energy / macs, std::stod(row->at("energy_per_mac_pj")), kLastDigitPerMac)
        << to_string(level);
  }
  EXPECT_DOUBLE_EQ(cost_.energy.mac.value() / macs,
                   std::stod(level_row("mac").at("energy_per_mac_pj")));
  EXPECT_NEAR(total / macs, std::stod(level_row("total").at("energy_per_mac_pj")),
              kLastDigitPerMac);
}

TEST_P(Timeloop, CyclesAreEqual) {
  const auto cycles = [](const CsvRow& row) { return base::Cycles(std::stoll(row.at("cycles"))); };
  EXPECT_EQ(cost_.compute_cycles, cycles(level_row("mac")));
  EXPECT_EQ(cost_.macs,
            cost_.compute_cycles.value() * std::stoll(level_row("mac").at("instances")));
  // Registers never hold up their MAC, here or there.
  for (const CsvRow& row : rows_) {
    if (row.at("level") == "registers" && !row.at("cycles").empty()) {
      EXPECT_EQ(cost_.compute_cycles, cycles(row));
    }
  }

  // The buffer's reads decide; the drains among them are what Timeloop leaves out.
  const Buffer& buffer = *accelerator_.buffer_of(MacOperand::kOutputs);
  std::int64_t reads = 0;
  std::int64_t writes = 0;
  for (const MacOperand operand : models::kAllMacOperands) {
    const OperandCounts& counts = counts_.at(Level::kBuffers, operand);
    reads += counts.reads;
    writes += counts.fills + counts.updates;
  }
  const std::int64_t drains = counts_.at(Level::kBuffers, MacOperand::kOutputs).drains;
  const auto buffer_cycles = [&](std::int64_t words) {
    return whole_cycles(static_cast<double>(words) * bits_per_word_ / 8.0 /
                        static_cast<double>(buffer.bytes_per_cycle().value()));
  };
  EXPECT_GT(reads + drains, writes);
  EXPECT_EQ(cost_.network_cycles, buffer_cycles(reads + drains));
  const base::Cycles network = buffer_cycles(std::max(reads, writes));
  EXPECT_EQ(std::max(cost_.compute_cycles, network), cycles(level_row("buffers")));
  EXPECT_EQ(std::max(cost_.compute_cycles, cost_.memory_cycles), cycles(level_row("dram")));
  EXPECT_EQ(std::max({cost_.compute_cycles, network, cost_.memory_cycles}),
            cycles(level_row("total")));

  // Ours: the slowest, with the drains, and the first fill and the last drain of DRAM.
  const double bytes_per_cycle =
      system_.port(accelerator_.port).bandwidth.value() / accelerator_.clock.value();
  double exposed = static_cast<double>((cost_.dram.read() + cost_.dram.write()).value());
  if (counts_.tiles > 1) {
    // The first tile of weights and inputs, and the last one of outputs.
    exposed = 0;
    for (const CsvRow& row : rows_) {
      if (row.at("level") == "buffers" && !row.at("operand").empty()) {
        exposed += std::stod(row.at("tile")) * bits_per_word_ / 8.0;
      }
    }
  }
  EXPECT_EQ(cost_.exposed_cycles, whole_cycles(exposed / bytes_per_cycle));
  EXPECT_EQ(cost_.cycles,
            std::max({cost_.compute_cycles, cost_.network_cycles, cost_.memory_cycles}) +
                cost_.exposed_cycles);
}

INSTANTIATE_TEST_SUITE_P(Published, Timeloop,
                         ::testing::Values(
                             // Weights stay in 16 PEs, everything fits the buffer.
                             Case{"a", "timeloop_ws.yaml", test::conv(32, 16, 8, 3)},
                             // Stride 2 in 2 x 2 tiles. The halo is fetched once where the walk
                             // goes straight on: 4 x 8x15x15 - 2 x 8x15x1 = 6960 words.
                             Case{"c", "timeloop_ws.yaml", test::conv(16, 8, 14, 3, 2)},
                             // AlexNet's third layer on an Eyeriss-like array.
                             Case{"d1", "timeloop_eyeriss.yaml", test::conv(384, 192, 13, 3), 12}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace mensa::accelerators
