#include "scheduler/clusters/clustering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "scheduler/clusters/machine_balance.h"

namespace mensa::scheduler {
namespace {

using ::testing::HasSubstr;

LayerTraits traits(std::int64_t parameter_bytes, double reuse, std::int64_t activation_bytes) {
  LayerTraits result;
  result.parameter_bytes = parameter_bytes;
  result.parameter_reuse = reuse;
  result.macs = static_cast<std::int64_t>(static_cast<double>(parameter_bytes) * reuse);
  result.input_bytes = activation_bytes;
  result.mac_intensity =
      static_cast<double>(result.macs) / static_cast<double>(parameter_bytes + activation_bytes);
  return result;
}

/// Two kinds of layers: convolutions and gates.
std::vector<LayerTraits> two_kinds() {
  return {traits(10'000, 1000, 200'000), traits(4'000'000, 1, 3'000), traits(12'000, 900, 250'000),
          traits(5'000'000, 1, 4'000), traits(9'000, 1100, 180'000)};
}

std::unique_ptr<const Clustering> fitted(const std::string& specification,
                                         const std::vector<LayerTraits>& layers) {
  return make_clustering(specification)(layers);
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

std::string specification_error(const std::string& text) {
  return error_of([&] { static_cast<void>(make_clustering(text)); });
}

TEST(Clusterings, BadSpecificationsSayWhatIsKnown) {
  EXPECT_THAT(specification_error("kmean"), HasSubstr("unknown clustering 'kmean'; did you mean"));
  EXPECT_THAT(specification_error("kmeans:k=1"),
              HasSubstr("clustering kmeans: option k is '1'; it must be an integer from 2 to"));
  EXPECT_THAT(specification_error("kmeans:k=5.5"), HasSubstr("option k is '5.5'"));
  EXPECT_THAT(specification_error("kmeans:k=99999999999999999999"), HasSubstr("an integer from 2"));
  EXPECT_THAT(specification_error("kmeans:k=5,k=6"), HasSubstr("option 'k' is given twice"));
  EXPECT_THAT(specification_error("kmeans:k="), HasSubstr("option 'k' has no value"));
  EXPECT_THAT(specification_error("kmeans:seed=-1"), HasSubstr("option seed is '-1'"));
  EXPECT_THAT(specification_error("kmeans:n=3"),
              HasSubstr("unknown option 'n'; did you mean 'k'? (known: k, seed)"));
  EXPECT_THAT(specification_error("families:k=3"), HasSubstr("unknown option 'k'; it has none"));
  EXPECT_THAT(specification_error("families:5"), HasSubstr("clustering families takes no '5'"));
  EXPECT_THAT(specification_error("threshold:balance=nan"), HasSubstr("option balance is 'nan'"));
  EXPECT_THAT(specification_error("threshold:balance=0"), HasSubstr("must be a number from"));
  EXPECT_THAT(specification_error("threshold:balance=1,system=edge_tpu"), HasSubstr("not both"));
  EXPECT_THAT(specification_error("threshold:system=edge_tbu"), HasSubstr("'edge_tpu'"));
  EXPECT_THAT(specification_error(""), HasSubstr("unknown clustering ''"));
}

TEST(Clusterings, KMeansFindsTheKinds) {
  const auto clustering = fitted("kmeans", two_kinds());
  EXPECT_EQ(clustering->specification(), "kmeans:k=2,seed=1");
  ASSERT_EQ(clustering->clusters().size(), 2U);
  EXPECT_EQ(clustering->clusters()[0].name, "cluster_1");
  std::vector<std::size_t> labels;
  for (const LayerTraits& layer : two_kinds()) {
    labels.push_back(clustering->classify(layer)->index());
  }
  EXPECT_EQ(labels, (std::vector<std::size_t>{0, 1, 0, 1, 0}));
  // A layer that was not among them.
  EXPECT_EQ(clustering->classify(traits(2'000'000, 2, 5'000))->index(), 1U);
  EXPECT_FALSE(clustering->classify(LayerTraits{}).has_value());
}

TEST(Clusterings, KMeansNeedsLayersEnough) {
  const auto fit_error = [](const std::string& text, const std::vector<LayerTraits>& layers) {
    return error_of([&] { static_cast<void>(fitted(text, layers)); });
  };
  EXPECT_EQ(fit_error("kmeans:k=5", two_kinds()), "");
  EXPECT_THAT(fit_error("kmeans:k=6", two_kinds()),
              HasSubstr("k is 6, but there are 5 layers with MACs and parameters; it must be from "
                        "2 to 5"));
  EXPECT_THAT(fit_error("kmeans", {}), HasSubstr("there are 0 layers"));
  EXPECT_THAT(fit_error("kmeans", {two_kinds()[0]}), HasSubstr("there is 1 layer with MACs"));
  const std::vector<LayerTraits> same(4, two_kinds()[0]);
  EXPECT_THAT(fit_error("kmeans", same), HasSubstr("only 1 of them differ"));
  EXPECT_THAT(fit_error("kmeans:k=3", same), HasSubstr("too few for k = 3"));
}

TEST(Clusterings, FamiliesAreThoseOfTheTable) {
  const auto clustering = fitted("families", {});
  ASSERT_EQ(clustering->clusters().size(), 5U);
  EXPECT_EQ(clustering->clusters()[2].name, "family_3");
  EXPECT_EQ(clustering->classify(traits(4'000'000, 1, 3'000))->index(), 2U);
  EXPECT_FALSE(clustering->classify(LayerTraits{}).has_value());
}

/// 64 x 64 PEs at 250 MHz over 32 GB/s.
TEST(Clusterings, ThresholdIsTheEdgeTpusBalance) {
  EXPECT_DOUBLE_EQ(machine_balance(accelerators::load_system("edge_tpu")), 1.024e12 / 32e9);
  // Pascal, Pavlov and Jacquard; 32 GB/s outside and 256 GB/s inside.
  EXPECT_DOUBLE_EQ(machine_balance(accelerators::load_system("mensa_g")),
                   (1024 + 64 + 256) * 1e9 / 288e9);
  const auto clustering = fitted("threshold", {});
  EXPECT_EQ(clustering->specification(), "threshold:balance=32");
  LayerTraits layer;
  layer.macs = 1;
  layer.mac_intensity = 32;
  EXPECT_EQ(clustering->clusters()[clustering->classify(layer)->index()].name, "compute_centric");
  layer.mac_intensity = std::nextafter(32.0, 0.0);
  EXPECT_EQ(clustering->clusters()[clustering->classify(layer)->index()].name, "data_centric");
  layer.macs = 0;
  EXPECT_FALSE(clustering->classify(layer).has_value());
}

/// Both factors are activations: nothing to say by parameters, but by MACs per byte.
TEST(Clusterings, LayersWithoutParametersAreOnlyForTheThreshold) {
  LayerTraits attention;
  attention.macs = 1'000'000;
  attention.input_bytes = attention.output_bytes = 10'000;
  attention.mac_intensity = 50;
  EXPECT_FALSE(fitted("families", {})->classify(attention).has_value());
  std::vector<LayerTraits> layers = two_kinds();
  layers.push_back(attention);
  EXPECT_FALSE(fitted("kmeans", layers)->classify(attention).has_value());
  EXPECT_EQ(fitted("threshold", layers)->classify(attention)->index(), 0U);
}

std::unique_ptr<const Clustering> reread(const std::string& yaml) {
  const base::YamlNode document = base::read_yaml_text(yaml, "clusters.yaml");
  return read_clustering(base::YamlValue(document, "clustering"));
}

RC_GTEST_PROP(Clusterings, WhatIsWrittenClassifiesTheSame, ()) {
  const auto layer = rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::int64_t>(1, 30'000'000), rc::gen::inRange(1, 20'000),
                     rc::gen::inRange<std::int64_t>(1, 10'000'000)),
      [](const auto& values) {
        return traits(std::get<0>(values), std::get<1>(values), std::get<2>(values));
      });
  const auto count = *rc::gen::inRange<std::size_t>(4, 30);
  std::vector<LayerTraits> layers = *rc::gen::container<std::vector<LayerTraits>>(count, layer);
  layers.push_back(traits(1, 1, 1));
  layers.push_back(traits(30'000'001, 3, 17));
  for (const char* specification : {"families", "kmeans", "threshold:balance=7.25"}) {
    const auto clustering = fitted(specification, layers);
    const auto again = reread(clustering_to_yaml(*clustering));
    RC_ASSERT(again->specification() == clustering->specification());
    RC_ASSERT(again->clusters().size() == clustering->clusters().size());
    for (const LayerTraits& one : layers) {
      RC_ASSERT(again->classify(one) == clustering->classify(one));
    }
  }
}

TEST(Clusterings, BadFilesAreToldWithTheirPlace) {
  const auto read_error = [](const std::string& yaml) {
    return error_of([&] { static_cast<void>(reread(yaml)); });
  };
  const std::string good =
      "specification: \"kmeans:k=2,seed=1\"\ntraits: [parameter_bytes]\nmeans: [4]\n"
      "deviations: [1]\ncentroids:\n  - [-1]\n  - [1]\n";
  EXPECT_EQ(read_error(good), "");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return read_error(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_THAT(changed("kmeans:k=2,seed=1", "kmeens:k=2"),
              HasSubstr("clusters.yaml:1:16: clustering.specification: unknown clustering"));
  EXPECT_THAT(changed("k=2", "k=3"),
              HasSubstr("has 2 centroids, where the specification says k=3"));
  EXPECT_THAT(changed("kmeans:k=2,seed=1", "kmeans"), HasSubstr("needs a k"));
  EXPECT_THAT(changed("[parameter_bytes]", "[bytes]"),
              HasSubstr("clusters.yaml:2:10: clustering.traits.0: unknown trait 'bytes'"));
  EXPECT_THAT(changed("[parameter_bytes]", "[]"), HasSubstr("at least one"));
  EXPECT_THAT(changed("means: [4]", "means: [4, 5]"), HasSubstr("must have 1 numbers"));
  EXPECT_THAT(changed("means: [4]", "means: [nan]"), HasSubstr("clusters.yaml:3:"));
  EXPECT_THAT(changed("deviations: [1]", "deviations: [0]"), HasSubstr("clusters.yaml:4:"));
  EXPECT_THAT(changed("- [-1]", "- [-1, 2]"), HasSubstr("clusters.yaml:6:"));
  EXPECT_THAT(read_error(good + "more: 1\n"), HasSubstr("unknown key 'more'"));
  EXPECT_THAT(read_error("specification: families\nmeans: [1]\n"),
              HasSubstr("unknown key 'means'"));
}

}  // namespace
}  // namespace mensa::scheduler
