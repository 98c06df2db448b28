// Reports, and the system file that comes out.

#include "explore/design/make_design.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "accelerators/cost/area.h"
#include "accelerators/cost/mapping_identity.h"
#include "explore/design/layer_kind.h"
#include "models/base/error.h"
#include "tests/explore/design/designs.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::HasSubstr;

DesignRequest quick_request() {
  DesignRequest request;
  request.name = "made";
  request.command = "mensa design";
  request.systems = {"mensa_g"};
  request.budget.area = 2;
  request.rules = test::fast_rules();
  request.effort = DesignEffort::kQuick;
  request.against = {"mensa_g", "eyeriss_v2_scaled"};
  request.threads = 1;
  return request;
}

const DesignReport& limited_report() {
  static const DesignReport kReport = [] {
    DesignRequest request = quick_request();
    request.limits = {{"stack.logic_layer", 0.7, std::nullopt}};
    return make_design(request, test::zoo_models({"ds_cnn", "lstm_keyboard"}), nullptr);
  }();
  return kReport;
}

std::string fails(const DesignRequest& request, const std::vector<DesignModel>& models) {
  try {
    static_cast<void>(make_design(request, models, nullptr));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

/// The same accelerators, the same memories: the same figures of every model.
TEST(DesignYaml, ReadsBackAsTheDesign) {
  const DesignReport& report = limited_report();
  const TemporaryFolder folder;
  const auto system = accelerators::load_system(folder.write("made.yaml", report.system_yaml));
  EXPECT_EQ(system.name, "made");
  EXPECT_THAT(system.warnings, testing::IsEmpty());
  EXPECT_DOUBLE_EQ(accelerators::area(system).total().value(), report.area);
  PlatformRequest memories = test::mensa_g_memories();
  const Platform platform(memories);
  Blueprints blueprints;
  for (const DesignedAccelerator& one : report.accelerators) blueprints.push_back(one.blueprint);
  const accelerators::System built = platform.system(blueprints);
  ASSERT_EQ(system.accelerators.size(), built.accelerators.size());
  for (std::size_t a = 0; a < built.accelerators.size(); ++a) {
    EXPECT_EQ(system.accelerators[a].name, report.accelerators[a].name);
    EXPECT_EQ(accelerators::mapping_identity(system, system.accelerators[a]),
              accelerators::mapping_identity(built, built.accelerators[a]));
  }
  const auto models = test::zoo_models({"ds_cnn", "lstm_keyboard"});
  const Parallel parallel(1);
  const auto figures =
      system_figures({&system}, models, test::fast_rules(),
                     std::make_shared<accelerators::SharedMappings>(), parallel, [] {});
  ASSERT_EQ(figures.front().failure, "");
  for (std::size_t m = 0; m < models.size(); ++m) {
    EXPECT_DOUBLE_EQ(figures.front().models[m].latency, report.models[m].figures.latency);
    EXPECT_DOUBLE_EQ(figures.front().models[m].energy, report.models[m].figures.energy);
  }
}

TEST(DesignYaml, SaysWhyAndWhereFrom) {
  const std::string& text = limited_report().system_yaml;
  EXPECT_THAT(text, AllOf(HasSubstr("# Written by mensa "), HasSubstr("technology: cmos_22nm\n"),
                          HasSubstr("timing: hbm2_256\n"), HasSubstr("  # Array "),
                          HasSubstr("chosen by mensa design"), HasSubstr("grade: \"X\"")));
}

/// With values replaced, the file has all of them: none is the library's any more.
TEST(DesignYaml, HasReplacedValues) {
  DesignRequest request = quick_request();
  request.parameters = {{"memories.stack.ports.logic_layer.bandwidth", "100 GB/s"}};
  request.against.clear();
  const DesignReport report = make_design(request, test::zoo_models({"ds_cnn"}), nullptr);
  const TemporaryFolder folder;
  const auto system = accelerators::load_system(folder.write("made.yaml", report.system_yaml));
  EXPECT_EQ(system.ports[1].bandwidth.value(), 100e9);
}

TEST(DesignReport, AddsUp) {
  const DesignReport& report = limited_report();
  double area = 0;
  double time = report.host_time_share;
  double macs = 0;
  double at_port = 0;
  std::size_t layers = 0;
  for (const DesignedAccelerator& one : report.accelerators) {
    area += one.figures.area;
    time += one.work.time_share;
    macs += one.work.mac_share;
    layers += one.work.layers;
    if (one.near_data) at_port += one.figures.area;
    double kinds = 0;
    for (const auto& kind : one.work.kinds) kinds += kind.second;
    EXPECT_NEAR(kinds, 1, 1e-9);
    EXPECT_EQ(one.reasons.size(), 6U);
  }
  EXPECT_NEAR(area, report.area, 1e-12);
  EXPECT_NEAR(time, 1, 1e-9);
  EXPECT_NEAR(macs, 1, 1e-9);
  EXPECT_LE(at_port, 0.7);
  EXPECT_EQ(layers, report.models[0].layers + report.models[1].layers);
  EXPECT_NEAR(report.merit, report.geometric.edp, 1e-9 * report.merit);
}

TEST(DesignReport, ComparesByNamedMeans) {
  const DesignReport& report = limited_report();
  ASSERT_EQ(report.compared.size(), 4U);
  for (std::size_t i = 0; i < report.compared.size(); ++i) {
    const ComparedSystem& one = report.compared[i];
    EXPECT_EQ(one.is_scaled, i % 2 == 1);
    if (one.is_scaled) {
      EXPECT_NEAR(one.area / report.area, 1, 0.05);
    }
    double latency = 1;
    double sum_of_other = 0;
    double sum_of_design = 0;
    for (std::size_t m = 0; m < report.models.size(); ++m) {
      latency *= one.models[m].latency / report.models[m].figures.latency;
      sum_of_other += one.models[m].energy;
      sum_of_design += report.models[m].figures.energy;
    }
    EXPECT_NEAR(one.design_better.latency, std::sqrt(latency), 1e-9 * one.design_better.latency);
    EXPECT_NEAR(one.design_better_of_means.energy, sum_of_other / sum_of_design,
                1e-9 * sum_of_other);
    EXPECT_NEAR(one.design_better.edp, one.design_better.latency * one.design_better.energy,
                1e-9 * one.design_better.edp);
  }
}

/// Of several memories the better one; one on which nothing fits does not stop the others.
TEST(MakeDesign, TakesTheBestMemories) {
  DesignRequest request = quick_request();
  request.systems = {"edge_tpu", "mensa_g", "eyeriss_v2"};
  request.budget.area = 0.15;  // too little at 65 nm
  request.against.clear();
  const DesignReport report = make_design(request, test::zoo_models({"ds_cnn"}), nullptr);
  ASSERT_EQ(report.platforms.size(), 3U);
  const std::size_t other = 1 - report.chosen;
  EXPECT_LT(report.platforms[report.chosen].merit, report.platforms[other].merit);
  EXPECT_DOUBLE_EQ(report.platforms[report.chosen].merit, report.merit);
  EXPECT_THAT(report.platforms[2].failure, HasSubstr("the smallest one found takes"));
  request.systems = {"eyeriss_v2"};
  EXPECT_THAT(fails(request, test::zoo_models({"ds_cnn"})),
              HasSubstr("the smallest one found takes"));
  request.systems = {"eyeriss_v2", "edge_tpu"};
  request.budget.area = 0.001;
  EXPECT_THAT(fails(request, test::zoo_models({"ds_cnn"})),
              AllOf(HasSubstr("there is no design on any of the systems"),
                    HasSubstr("\n  edge_tpu: no accelerator that runs all layers")));
}

/// Models that count more decide more.
TEST(MakeDesign, WeighsModels) {
  DesignRequest request = quick_request();
  request.against.clear();
  auto models = test::zoo_models({"ds_cnn", "lstm_keyboard"});
  models[0].weight = 1000;
  const DesignReport for_first = make_design(request, models, nullptr);
  models[0].weight = 0.001;
  const DesignReport for_second = make_design(request, models, nullptr);
  const auto edp = [](const DesignReport& report, std::size_t m) {
    return report.models[m].figures.latency * report.models[m].figures.energy;
  };
  EXPECT_LT(edp(for_first, 0), edp(for_second, 0));
  EXPECT_LT(edp(for_second, 1), edp(for_first, 1));
  EXPECT_NEAR(for_first.models[0].weight + for_first.models[1].weight, 1, 1e-12);
}

TEST(MakeDesign, RunsAtAskedPrecisions) {
  DesignRequest request = quick_request();
  request.against = {"mensa_g"};
  auto models = test::zoo_models({"ds_cnn"});
  models[0].precisions.assign(models[0].graph.layers().size(),
                              accelerators::precision_request_from_string("fp16"));
  const DesignReport report = make_design(request, models, nullptr);
  EXPECT_THAT(report.system_yaml, HasSubstr("{weights: fp16, activations: fp16}"));
  // Mensa-G has 8-bit units only, and the report says so.
  EXPECT_THAT(report.compared[0].failure, HasSubstr("fp16"));
}

TEST(MakeDesign, RefusesWhatMakesNoSense) {
  const auto models = test::zoo_models({"ds_cnn"});
  DesignRequest request = quick_request();
  request.places = {"stack.extrenal"};
  EXPECT_THAT(fails(request, models),
              HasSubstr("unknown memory port 'stack.extrenal'; did you mean 'stack.external'?"));
  request = quick_request();
  request.places = {"stack.external"};
  request.limits = {{"stack.logic_layer", 1, std::nullopt}};
  EXPECT_THAT(fails(request, models), HasSubstr("at which no accelerator may sit"));
  request = quick_request();
  request.rules.policy_name = "single:pascal";
  EXPECT_THAT(fails(request, models), HasSubstr("the policy 'single:pascal' names others"));
  request = quick_request();
  request.against = {"mensa_h"};
  EXPECT_THAT(fails(request, models), HasSubstr("unknown system 'mensa_h'"));
  std::vector<DesignModel> empty;
  models::Graph graph("empty");
  graph.finish();
  empty.push_back({"empty", std::move(graph), {}, 1});
  EXPECT_THAT(fails(quick_request(), empty), HasSubstr("no layer of empty has MACs"));
}

TEST(LayerKind, TellsWhatLayersAreLike) {
  const auto models = test::zoo_models({"mobilenet_v2", "lstm_keyboard"});
  std::map<std::string_view, int> kinds;
  for (const DesignModel& model : models) {
    for (const models::Layer& layer : model.graph.layers()) ++kinds[layer_kind(model.graph, layer)];
  }
  EXPECT_EQ(kinds["depthwise"], 17);
  EXPECT_EQ(kinds["convolution"], 1);
  EXPECT_EQ(kinds["pointwise"], 35);  // of MobileNetV2 34
  EXPECT_GT(kinds["matrix_vector"], 0);
  EXPECT_GT(kinds["recurrent"], 0);
}

}  // namespace
}  // namespace mensa::explore
