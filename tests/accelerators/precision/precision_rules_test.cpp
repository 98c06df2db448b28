// What is asked for by name, from the command line's words to a request of every layer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "accelerators/precision/precision_rules_reader.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = PrecisionRequest::Kind;

PrecisionRequest request(const std::string& name) { return precision_request_from_string(name); }

/// The names of what the layers of a chain (a, b, between, c) are asked for.
std::vector<std::string> of_chain(const PrecisionRules& rules) {
  std::vector<std::string> names;
  for (const PrecisionRequest& each : layer_precisions(models::test::residual_chain(), rules)) {
    names.push_back(each.to_string());
  }
  return names;
}

class Files : public testing::Test {
 protected:
  PrecisionRules read(const std::string& text) {
    return read_precision_rules(folder_.write("p.yaml", text));
  }
  std::string error(const std::string& text) {
    return error_of([&] { return read(text); });
  }
  TemporaryFolder folder_;
};

TEST(PrecisionRequest, HasTheNameThatItIsReadFrom) {
  for (const char* name :
       {"native", "as-model", "w4a4", "w4a8", "w16a4", "w8a16", "w16a16", "fp16", "fp32", "bf16"}) {
    EXPECT_EQ(request(name).to_string(), name);
  }
  EXPECT_EQ(request("w4a8").factors,
            (FactorFormats{NumberFormat::integer(4), NumberFormat::integer(8)}));
  EXPECT_EQ(request("native").kind, Kind::kNative);
}

TEST(PrecisionRequest, NamesThoseNear) {
  EXPECT_THAT(error_of([] { return request("asmodel"); }),
              HasSubstr("unknown precision 'asmodel'; did you mean 'as-model'"));
  EXPECT_THAT(error_of([] { return request("w2a8"); }), HasSubstr("known: native, as-model, w4a4"));
  for (const char* bad : {"", "int8", "W8A8", "w8a8 ", "w32a32"}) {
    EXPECT_THAT(error_of([&] { return request(bad); }), HasSubstr("unknown precision")) << bad;
  }
}

TEST(PrecisionRules, TheLastRuleThatMatchesHolds) {
  EXPECT_THAT(of_chain({"w8a8", {}}), ElementsAre("w8a8", "w8a8", "w8a8", "w8a8"));
  EXPECT_THAT(of_chain({"native", {{"b", "w4a8", ""}, {"^b$", "fp16", ""}}}),
              ElementsAre("native", "fp16", "w4a8", "native"));
  EXPECT_THAT(of_chain({"native", {{"^(a|c)$", "as-model", ""}}}),
              ElementsAre("as-model", "native", "native", "as-model"));
}

TEST(PrecisionRules, AnExpressionMustMatchSomething) {
  EXPECT_THAT(error_of([] {
                return of_chain({"native", {{"^betwen$", "w4a8", "f:3:5"}}});
              }),
              testing::AllOf(HasSubstr("f:3:5: no layer of residual_chain has a name that "
                                       "'^betwen$' matches"),
                             HasSubstr("did you mean 'between'")));
  EXPECT_THAT(error_of([] {
                return of_chain({"native", {{"a(", "w4a8", "f:3:5"}}});
              }),
              HasSubstr("f:3:5: 'a(' is no regular expression"));
}

TEST_F(Files, HaveADefaultAndRules) {
  const PrecisionRules rules = read(
      "schema: mensa-precisions/1\n"
      "description: first and last layers in more bits\n"
      "default: w4a8\n"
      "layers:\n"
      "  - {layers: \"^a$\", precision: w8a16}\n"
      "  - {layers: \"^c$\", precision: fp16}\n");
  EXPECT_EQ(rules.otherwise, "w4a8");
  EXPECT_THAT(of_chain(rules), ElementsAre("w8a16", "w4a8", "w4a8", "fp16"));
  EXPECT_THAT(rules.layers[1].place, HasSubstr("p.yaml:6:"));
  EXPECT_EQ(
      read("schema: mensa-precisions/1\nlayers:\n  - {layers: a, precision: w4a8}\n").otherwise,
      "native");
}

TEST_F(Files, SayWhereTheyAreWrong) {
  const std::string schema = "schema: mensa-precisions/1\n";
  EXPECT_THAT(error("default: w8a8\n"), HasSubstr("the key 'schema' is missing"));
  EXPECT_THAT(error("schema: mensa-system/1\ndefault: w8a8\n"),
              HasSubstr("expected 'mensa-precisions/1'"));
  EXPECT_THAT(error(schema), HasSubstr("expected 'default', 'layers' or both"));
  EXPECT_THAT(error(schema + "default: w8a9\n"),
              HasSubstr("p.yaml:2:10: default: unknown precision 'w8a9'; did you mean 'w8a"));
  EXPECT_THAT(error(schema + "layers: [{layers: a, precision: int4}]\n"),
              HasSubstr("layers.0.precision: unknown precision 'int4'"));
  EXPECT_THAT(error(schema + "layers: [{layer: a, precision: fp16}]\n"),
              HasSubstr("the key 'layers' is missing; is 'layer' meant for it?"));
  EXPECT_THAT(error(schema + "layers: [{layers: \"\", precision: fp16}]\n"),
              HasSubstr("layers.0.layers: expected a text, got an empty one"));
  EXPECT_THAT(
      error(schema + "layers: [{layers: " + std::string(1001, 'a') + ", precision: fp16}]\n"),
      HasSubstr("an expression of more than 1000 characters"));
  EXPECT_THAT(error(schema + "defaults: w8a8\n"), HasSubstr("did you mean 'default'"));
}

TEST_F(Files, TogetherWithAPrecision) {
  const auto file = folder_.write("q.yaml",
                                  "schema: mensa-precisions/1\n"
                                  "layers:\n  - {layers: \"^a$\", precision: fp16}\n");
  const PrecisionRules both = precision_rules("w4a8", file);
  EXPECT_THAT(of_chain(both), ElementsAre("fp16", "w4a8", "w4a8", "w4a8"));
  EXPECT_TRUE(precision_rules("", "").all_native());
  EXPECT_TRUE(precision_rules("native", "").all_native());
  EXPECT_FALSE(both.all_native());
  const auto with_default = folder_.write("r.yaml", "schema: mensa-precisions/1\ndefault: w8a8\n");
  EXPECT_THAT(error_of([&] { return precision_rules("w4a8", with_default); }),
              HasSubstr("has a 'default' of its own (w8a8)"));
}

}  // namespace
}  // namespace mensa::accelerators
