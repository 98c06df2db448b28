#include "accelerators/dataflows/dataflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "accelerators/dataflows/dataflow_reader.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::MacOperand;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kText = R"(name: mine
rows: [C, R]
columns: [K]
stationary: weights
register_dims: [K, S]
movement: {weights: multicast, inputs: forwarded, outputs: reduced}
folds_overlap: false
)";

Dataflow read_flow(std::string_view text) {
  const base::YamlNode node = base::read_yaml_text(text, "d.yaml");
  return read_dataflow(base::YamlValue(node, ""));
}

std::string read_error(std::string_view before, std::string_view after) {
  return error_of([&] { return read_flow(with(kText, before, after)); });
}

TEST(Dataflow, Reads) {
  const Dataflow dataflow = read_flow(kText);
  EXPECT_EQ(dataflow.name, "mine");
  EXPECT_THAT(dataflow.row_dims, ElementsAre(Dim::C, Dim::R));
  EXPECT_THAT(dataflow.column_dims, ElementsAre(Dim::K));
  EXPECT_THAT(dataflow.register_dims, ElementsAre(Dim::K, Dim::S));
  EXPECT_EQ(dataflow.stationary, MacOperand::kWeights);
  EXPECT_EQ(dataflow.movement_of(MacOperand::kInputs), Movement::kForwarded);
  EXPECT_EQ(dataflow.movement_of(MacOperand::kOutputs), Movement::kReduced);
  EXPECT_FALSE(dataflow.folds_overlap);
  EXPECT_TRUE(dataflow.systolic());
  EXPECT_FALSE(read_flow(with(kText, "inputs: forwarded", "inputs: multicast")).systolic());
}

TEST(Dataflow, GroupsUnrollAsOne) {
  const Dataflow dataflow = read_flow(with(kText, "rows: [C, R]", "rows: [C, [C, R, S]]"));
  EXPECT_THAT(dataflow.row_dims, ElementsAre(Dim::C));
  EXPECT_THAT(dataflow.row_groups, ElementsAre(models::DimSet{Dim::C, Dim::R, Dim::S}));
  EXPECT_THAT(read_error("rows: [C, R]", "rows: [[C, P]]"),
              HasSubstr("d.yaml:2:8: rows.0: only output positions"));
  EXPECT_THAT(read_error("rows: [C, R]", "rows: [[C, C]]"), HasSubstr("stands here twice"));
  EXPECT_THAT(read_error("outputs: reduced", "outputs: unicast"), HasSubstr("sums over PEs"));
}

TEST(Dataflow, MovementNames) {
  for (const Movement movement :
       {Movement::kMulticast, Movement::kForwarded, Movement::kUnicast, Movement::kReduced}) {
    EXPECT_EQ(movement_from_string(to_string(movement)), movement);
  }
  EXPECT_THAT(error_of([] { return movement_from_string("multcast"); }),
              HasSubstr("unknown movement 'multcast'; did you mean 'multicast'?"));
}

TEST(DataflowErrors, Dimensions) {
  EXPECT_THAT(read_error("[C, R]", "[C, Z]"),
              HasSubstr("d.yaml:2:11: rows.1: unknown dimension 'Z'"));
  EXPECT_EQ(read_error("[C, R]", "[C, C]"),
            "d.yaml:2:11: rows.1: the dimension C stands here twice");
  EXPECT_EQ(read_error("[C, R]", "[]"), "no error");
}

TEST(DataflowErrors, Movements) {
  EXPECT_EQ(read_error("weights: multicast", "weights: reduced"),
            "d.yaml:6:21: movement.weights: weights cannot be reduced");
  EXPECT_EQ(read_error("outputs: reduced", "outputs: multicast"),
            "d.yaml:6:60: movement.outputs: outputs cannot be multicast");
  EXPECT_EQ(read_error(", outputs: reduced", ""),
            "d.yaml:6:11: movement: the key 'outputs' is missing");
  EXPECT_EQ(read_error("outputs: reduced", "outputs: unicast"),
            "d.yaml:2:7: rows: C sums over PEs, so movement.outputs must be reduced or forwarded");
  EXPECT_EQ(read_error("outputs: reduced", "outputs: forwarded"), "no error");
}

TEST(DataflowErrors, Stationary) {
  EXPECT_EQ(read_error("stationary: weights", "stationary: weight"),
            "d.yaml:4:13: stationary: unknown operand 'weight'; did you mean 'weights'? (known: "
            "weights, inputs, outputs)");
}

}  // namespace
}  // namespace mensa::accelerators
