#include "accelerators/mapping/mapping_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using ::testing::HasSubstr;

Mapping read(const std::string& text) {
  return read_mapping(base::read_yaml_text(text, "m.yaml"), test::conv(16, 8, 4, 3));
}

std::string problem(const std::string& text) {
  try {
    static_cast<void>(read("schema: mensa-mapping/1\n" + text));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(MappingYaml, WhatTheMapperFindsReadsBackTheSame) {
  for (const char* name : {"mensa_g", "edge_tpu", "eyeriss_v2", "systolic_ideal"}) {
    const System system = load_system(name);
    for (const Accelerator& accelerator : system.accelerators) {
      MacQuestion question;
      question.shape = test::conv(48, 20, 9, 3, 2, false, 2);
      const auto result = map_layer(system, accelerator, question);
      for (const MappedCost& entry : std::get<ParetoMappings>(result)) {
        const std::string text = mapping_to_yaml(entry.mapping);
        const Mapping again = read_mapping(base::read_yaml_text(text, "m.yaml"), question.shape);
        EXPECT_EQ(again, entry.mapping) << accelerator.name << "\n" << text;
      }
    }
  }
}

TEST(MappingYaml, WhatIsLeftOutHasItsDefault) {
  const Mapping mapping = read("schema: mensa-mapping/1\nrows: {C: 4}\ndram: {order: [P, K]}\n");
  EXPECT_EQ(mapping.at(Level::kBuffers).tile, test::conv(16, 8, 4, 3).bounds);
  EXPECT_EQ(mapping.at(Level::kRegisters).tile, models::kUnitDims);
  EXPECT_EQ(mapping.row_unroll[index(Dim::C)], 4);
  EXPECT_EQ(mapping.at(Level::kDram).order[0], Dim::P);
  EXPECT_EQ(mapping.at(Level::kDram).order[1], Dim::K);
  EXPECT_EQ(mapping.at(Level::kDram).order[2], Dim::G);
}

TEST(MappingYaml, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(problem("rows: {Z: 2}"), HasSubstr("m.yaml:2:11: rows.Z: unknown dimension 'Z'"));
  EXPECT_THAT(problem("rows: {K: 0}"), HasSubstr("m.yaml:2:11: rows.K:"));
  EXPECT_THAT(problem("rows: {K: 17}"), HasSubstr("16"));  // the layer has K=16
  EXPECT_THAT(problem("dram: {order: [K, K]}"), HasSubstr("the dimension K stands here twice"));
  EXPECT_THAT(problem("dram: {tile: {K: 1}}"), HasSubstr("tile"));
  EXPECT_THAT(problem("bufers: {}"), HasSubstr("did you mean"));
  EXPECT_THAT(problem("row_group: {dims: [P, Q]}"), HasSubstr("factor"));
}

}  // namespace
}  // namespace mensa::accelerators
