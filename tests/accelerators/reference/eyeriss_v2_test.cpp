// Eyeriss v2 on the network that it was published with, MobileNetV1 at half width and 128 x 128
// pixels: the table of docs/sparsity.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "accelerators/cost/sparse_mapping.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::index;
using models::MacOperand;

/// The layers of MobileNetV1 (arXiv 1704.04861, Table 1) with half the channels.
std::vector<models::ProblemShape> layers() {
  std::vector<models::ProblemShape> list = {test::conv(16, 3, 64, 3, 2, true)};
  std::int64_t channels = 16;
  std::int64_t side = 64;
  for (const auto& [outputs, stride] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{32, 1},
                                                          {64, 2},
                                                          {64, 1},
                                                          {128, 2},
                                                          {128, 1},
                                                          {256, 2},
                                                          {256, 1},
                                                          {256, 1},
                                                          {256, 1},
                                                          {256, 1},
                                                          {256, 1},
                                                          {512, 2},
                                                          {512, 1}}) {
    side /= stride;
    list.push_back(test::conv(1, 1, side, 3, stride, true, channels));
    list.push_back(test::conv(outputs, channels, side, 1));
    channels = outputs;
  }
  list.push_back(models::gemm_shape(1, 1000, 512));
  return list;
}

struct EyerissOutcome {
  double inferences_per_second = 0;
  double inferences_per_joule = 0;  ///< of the chip, without DRAM
};

/// Weights of one density and inputs of another, but for the pixels; on chip alone, as the paper's
/// figures are.
EyerissOutcome run(const std::string& name, double weights, double inputs) {
  const System system = load_system(name);
  const Accelerator& accelerator = system.accelerators.front();
  MappingCache mappings(system);
  double cycles = 0;
  double picojoules = 0;
  bool is_first = true;
  for (const models::ProblemShape& shape : layers()) {
    MacQuestion question;
    question.shape = shape;
    question.bits = {8, 8, 8, 20};
    question.zeros[index(MacOperand::kWeights)].density = weights;
    question.zeros[index(MacOperand::kInputs)].density = is_first ? 1 : inputs;
    question.zeros[index(MacOperand::kOutputs)].density = inputs;
    is_first = false;
    const auto found =
        best_sparse_mapping(mappings, accelerator, question, nullptr, Objective::kLatency);
    const LayerCost& cost = std::get<MappedCost>(found).cost;
    cycles += static_cast<double>(std::max(cost.compute_cycles, cost.network_cycles).value());
    picojoules +=
        (cost.energy.mac + cost.energy.register_file + cost.energy.buffer + cost.energy.network)
            .value();
  }
  const double seconds = cycles / accelerator.clock.value();
  double watts = 0;
  for (const Buffer& buffer : accelerator.buffers) {
    watts += system.technology.sram.at(buffer.bank_capacity(), buffer.width).leakage.value() *
             buffer.banks;
  }
  watts +=
      system.technology.pe_leakage.nominal.value() * static_cast<double>(accelerator.pe_count());
  return {1 / seconds, 1 / (picojoules * 1e-12 + watts * seconds)};
}

TEST(EyerissV2, RunsItsNetworkFasterWithZeros) {
  std::int64_t macs = 0;
  for (const models::ProblemShape& shape : layers()) macs += shape.macs();
  EXPECT_NEAR(static_cast<double>(macs) / 49e6, 1, 0.02);  // 49 M (slim/nets/mobilenet_v1.md)
  const EyerissOutcome dense = run("eyeriss_v2", 1, 1);
  const EyerissOutcome with_relu = run("eyeriss_v2_sparse", 1, 0.45);
  const EyerissOutcome sparse = run("eyeriss_v2_sparse", 0.5, 0.45);
  EXPECT_GT(sparse.inferences_per_second, with_relu.inferences_per_second);
  EXPECT_GT(sparse.inferences_per_joule, with_relu.inferences_per_joule);
  // 192 PEs of two MACs at 200 MHz do no more.
  EXPECT_LT(dense.inferences_per_second, 192 * 2 * 200e6 / static_cast<double>(macs));
}

TEST(EyerissV2, IsDocumented) {
  std::ifstream stream(MENSA_SOURCE_DIR "/docs/sparsity.md");
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  struct Row {
    std::string system;
    double weights;
    double inputs;
  };
  for (const Row& row :
       {Row{"eyeriss_v2", 1, 1}, Row{"eyeriss_v2_sparse", 1, 1}, Row{"eyeriss_v2_sparse", 1, 0.45},
        Row{"eyeriss_v2_sparse", 0.7, 0.45}, Row{"eyeriss_v2_sparse", 0.5, 0.45},
        Row{"eyeriss_v2_sparse", 0.3, 0.45}}) {
    const EyerissOutcome outcome = run(row.system, row.weights, row.inputs);
    const std::string line =
        fmt::format("| {} | {} | {} | {:.0f} | {:.0f} |", row.system, row.weights, row.inputs,
                    outcome.inferences_per_second, outcome.inferences_per_joule);
    EXPECT_NE(text.find(line), std::string::npos) << "docs/sparsity.md lacks\n" << line;
  }
}

}  // namespace
}  // namespace mensa::accelerators
