// `mensa cluster` as a user runs it, and the driver table that it leaves for `mensa simulate`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

Outcome clustering_done(const std::vector<std::string>& arguments) {
  Outcome outcome = mensa(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome;
}

nlohmann::json clustered(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "cluster");
  arguments.insert(arguments.end(), {"--format", "json"});
  return nlohmann::json::parse(clustering_done(arguments).out);
}

void clustering_fails(std::vector<std::string> arguments, const std::string& message) {
  arguments.insert(arguments.begin(), "cluster");
  const Outcome outcome = mensa(arguments);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("mensa: error: "), HasSubstr(message)));
}

TEST(Cluster, ReportsEveryClusterForPeople) {
  const Outcome run = clustering_done({"cluster", "mobilenet_v2", "lstm_acoustic"});
  EXPECT_THAT(run.out, HasSubstr("Clustering  families: 64 layers with MACs in 5 clusters"));
  EXPECT_THAT(run.out, HasSubstr("family_3"));
  EXPECT_THAT(run.out, HasSubstr("depthwise Conv 3x3"));
  EXPECT_THAT(run.out, HasSubstr("The papers say about 97 % of theirs (recalled"));
  EXPECT_THAT(run.out, HasSubstr("adjusted Rand index"));
  EXPECT_THAT(run.err, IsEmpty());
}

/// The boxes written out once more here (facts of the papers), against every layer of the zoo.
TEST(Cluster, CountsTheLayersInTheBoxes) {
  const auto json = clustered(
      {"mobilenet_v2", "resnet50", "ds_cnn", "lstm_acoustic", "rnnt", "--mapper", "fast"});
  struct Box {
    double bytes_low, bytes_high, reuse_low, reuse_high, macs_low, macs_high;
  };
  constexpr std::array<Box, 5> kBoxes = {{{1e3, 1e5, 780, 2e4, 30e6, 200e6},
                                          {1e5, 5e5, 81, 400, 20e6, 100e6},
                                          {9e5, 18e6, 0.5, 2, 0.1e6, 10e6},
                                          {5e5, 2.5e6, 25, 64, 5e6, 25e6},
                                          {1e3, 1e5, 49, 600, 0.5e6, 5e6}}};
  std::size_t inside = 0;
  std::map<std::string, std::size_t> layers;
  std::map<std::string, std::int64_t> macs;
  for (const auto& layer : json.at("layers")) {
    const auto& traits = layer.at("traits");
    const auto bytes = traits.at("parameter_bytes").get<double>();
    const auto reuse = traits.at("parameter_reuse").get<double>();
    const auto of_step = traits.at("macs").get<double>();
    EXPECT_DOUBLE_EQ(reuse * bytes, of_step);
    for (const Box& box : kBoxes) {
      if (bytes >= box.bytes_low && bytes <= box.bytes_high && reuse >= box.reuse_low &&
          reuse <= box.reuse_high && of_step >= box.macs_low && of_step <= box.macs_high) {
        ++inside;
      }
    }
    const auto name = layer.at("cluster").get<std::string>();
    ++layers[name];
    macs[name] += traits.at("macs").get<std::int64_t>() * traits.at("steps").get<std::int64_t>();
  }
  EXPECT_EQ(json.at("families").at("layers_in_boxes"), inside);
  EXPECT_GT(inside, 0U);
  std::size_t all_layers = 0;
  std::int64_t all_macs = 0;
  double shares = 0;
  for (const auto& cluster : json.at("clusters")) {
    const auto name = cluster.at("name").get<std::string>();
    EXPECT_EQ(cluster.at("layers"), layers[name]);
    EXPECT_EQ(cluster.at("macs"), macs[name]);
    all_layers += cluster.at("layers").get<std::size_t>();
    all_macs += cluster.at("macs").get<std::int64_t>();
    shares += cluster.at("mac_share").get<double>();
  }
  EXPECT_EQ(all_layers, json.at("layers").size());
  EXPECT_NEAR(shares, 1, 1e-12);
  // The zoo's own counts (models/zoo/README.md).
  EXPECT_EQ(all_macs, 300'774'272 + 3'857'973'248 + 2'656'768 + 966'100'000 + 5'813'155'840);
  ASSERT_EQ(json.at("agreement").size(), 3U);
}

/// A cluster's ranges are those of its layers, and the best is the lowest score.
TEST(Cluster, RangesAndPreferences) {
  const auto json = clustered({"ds_cnn", "lstm_acoustic", "--clusters", "kmeans:k=3,seed=7"});
  EXPECT_EQ(json.at("clustering"), "kmeans:k=3,seed=7");
  for (const auto& cluster : json.at("clusters")) {
    std::vector<double> values;
    for (const auto& layer : json.at("layers")) {
      if (layer.at("cluster") == cluster.at("name")) {
        values.push_back(layer.at("traits").at("mac_intensity").get<double>());
      }
    }
    std::sort(values.begin(), values.end());
    ASSERT_FALSE(values.empty());
    const auto& range = cluster.at("traits").at("mac_intensity");
    EXPECT_DOUBLE_EQ(range.at("least").get<double>(), values.front());
    EXPECT_DOUBLE_EQ(range.at("most").get<double>(), values.back());
    EXPECT_DOUBLE_EQ(range.at("median").get<double>(),
                     (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2);
    double best = 1e300;
    std::string name;
    for (const auto& one : cluster.at("accelerators")) {
      if (one.at("score").is_null() || one.at("score").get<double>() >= best) continue;
      best = one.at("score").get<double>();
      name = one.at("name").get<std::string>();
    }
    EXPECT_EQ(cluster.at("best"), name);
  }
}

TEST(Cluster, FilesAreTheSameAsStandardOutput) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "new" / "clusters").string();
  const std::vector<std::string> what = {"cluster", "ds_cnn", "--clusters", "kmeans"};
  auto to_folder = what;
  to_folder.insert(to_folder.end(), {"--out", out});
  const Outcome written = clustering_done(to_folder);
  EXPECT_THAT(written.out, IsEmpty());
  const std::vector<std::pair<std::string, std::string>> formats = {
      {"table", "txt"}, {"json", "json"}, {"svg", "svg"}, {"yaml", "yaml"}};
  for (const auto& [format, extension] : formats) {
    auto to_output = what;
    to_output.insert(to_output.end(), {"--format", format});
    const std::string text = clustering_done(to_output).out;
    EXPECT_FALSE(text.empty());
    std::string file = out;
    file.append("/clusters.mensa_g.kmeans.").append(extension);
    EXPECT_EQ(content_of(file), text) << format;
  }
}

/// The policy places layers by the saved table: one that prefers Jacquard for everything.
TEST(Cluster, ASavedDriverTableIsReadByThePolicy) {
  const TemporaryFolder folder;
  const std::string driver = (folder.path() / "driver.yaml").string();
  clustering_done(
      {"cluster", "ds_cnn", "lstm_acoustic", "--clusters", "kmeans:k=3", "--save-driver", driver});
  const auto accelerators_of = [&](const std::string& file) {
    const Outcome run = clustering_done({"simulate", "ds_cnn", "--policy",
                                         "mensa:driver=" + file + ",reuse=0", "--format", "json"});
    const auto report = nlohmann::json::parse(run.out);
    std::vector<std::string> names;
    for (const auto& layer : report.at("layers")) {
      if (layer.at("macs").get<std::int64_t>() > 0) {
        names.push_back(layer.at("accelerator").get<std::string>());
      }
    }
    return names;
  };
  EXPECT_THAT(accelerators_of(driver), testing::Not(IsEmpty()));
  std::string text = content_of(driver);
  text.erase(text.find("accelerators:\n"));
  for (int cluster = 1; cluster <= 3; ++cluster) {
    text += (cluster == 1 ? "accelerators:\n" : "");
    text += "  cluster_" + std::to_string(cluster) + ": jacquard\n";
  }
  EXPECT_THAT(accelerators_of(folder.write("jacquard.yaml", text)), testing::Each("jacquard"));

  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::string& message) {
    std::string broken = text;
    broken.replace(broken.find(from), from.size(), to);
    const std::string file = folder.write("broken.yaml", broken);
    const Outcome run = mensa({"simulate", "ds_cnn", "--policy", "mensa:driver=" + file});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err,
                AllOf(testing::ContainsRegex("broken\\.yaml:[0-9]+:[0-9]+: "), HasSubstr(message)));
  };
  refused("cluster_2: jacquard", "cluster_4: jacquard",
          "accelerators: unknown cluster 'cluster_4'");
  refused("cluster_2: jacquard", "cluster_2: jacquart",
          "accelerators.cluster_2: unknown accelerator 'jacquart'; did you mean 'jacquard'?");
  refused("  cluster_2: jacquard\n", "", "has no entry for the cluster 'cluster_2'");
  refused("system: mensa_g", "system: edge_tpu", "is for the system 'edge_tpu'");
  refused("k=3", "k=4", "has 3 centroids");
}

TEST(Cluster, BadInputIsToldOnce) {
  clustering_fails({"ds_cnn", "--clusters", "kmean"},
                   "unknown clustering 'kmean'; did you mean 'kmeans'?");
  clustering_fails(
      {"ds_cnn", "--clusters", "kmeans:k=11"},
      "k is 11, but there are 10 layers with MACs and parameters; it must be from 2 to 10");
  clustering_fails({"ds_cnn", "--clusters", "kmeans:k=1"}, "option k is '1'");
  clustering_fails({"ds_cnn", "--clusters", "kmeans:k=nan"}, "option k is 'nan'");
  clustering_fails({"ds_cnn", "--clusters", "threshold:balance=inf"}, "option balance is 'inf'");
  clustering_fails({"ds_cnn", "--clusters", "threshold:system=edge"}, "unknown system 'edge'");
  clustering_fails({"ds_cnn", "--format", "xml"},
                   "unknown format 'xml'; did you mean 'yaml'? (known: table, json, svg, yaml)");
  clustering_fails({"ds_cnn", "--objective", "speed"}, "unknown objective 'speed'");
  clustering_fails({"ds_cnn", "--system", "mensa_h"}, "unknown system 'mensa_h'");
  clustering_fails({"ds_cnn", "no_such_net"}, "unknown model 'no_such_net'");
  clustering_fails({"ds_cnn", "--save-driver", "/no/such/folder/driver.yaml"},
                   "/no/such/folder/driver.yaml");
  EXPECT_EQ(mensa({"cluster"}).exit_code, 2);
  EXPECT_EQ(mensa({"cluster", "ds_cnn", "--format", "svg,json"}).exit_code, 2);
}

TEST(Cluster, ListsTheClusterings) {
  EXPECT_THAT(clustering_done({"list", "clusterings"}).out,
              AllOf(HasSubstr("families"), HasSubstr("kmeans[:k=K,seed=1]"),
                    HasSubstr("threshold[:balance=MAC/B|system=edge_tpu]")));
}

TEST(Cluster, InspectShowsTheTraits) {
  const Outcome run = clustering_done({"inspect", "lstm_acoustic", "--traits"});
  EXPECT_THAT(run.out, HasSubstr("traits of "));
  EXPECT_THAT(run.out, HasSubstr("param reuse"));
  const auto json =
      nlohmann::json::parse(clustering_done({"inspect", "lstm_acoustic", "--format", "json"}).out);
  const auto& traits = json.at("layers")[0].at("traits");
  EXPECT_EQ(traits.at("steps"), 100);
  EXPECT_EQ(traits.at("parameter_bits"), 32);
  EXPECT_NEAR(traits.at("parameter_reuse_flop_per_byte").get<double>(), 2, 0.01);
}

}  // namespace
}  // namespace mensa
