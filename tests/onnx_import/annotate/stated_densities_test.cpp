// Densities that a file states.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/base/error.h"
#include "onnx_import/annotate/density_file.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::ZeroPlacement;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class StatedDensitiesTest : public testing::Test {
 protected:
  StatedDensitiesTest() {
    model_.input("x", {1, 4, 8, 8}).output("y").weights("w", {4, 4, 1, 1});
    model_.external("u", {4, 4, 1, 1});
    model_.node("Conv", {"x", "w"}, {"a"});
    model_.node("Relu", {"a"}, {"ar"});
    model_.node("Transpose", {"ar"}, {"t"}).integers("perm", {0, 1, 3, 2});
    model_.node("Conv", {"t", "u"}, {"b"});
    model_.integers("shape", {2}, {4, 64});
    model_.node("Reshape", {"b", "shape"}, {"v"});
    model_.node("Neg", {"v"}, {"y"});
  }

  [[nodiscard]] ImportOptions options(const std::string& tensors,
                                      const std::string& head = "model: model\n") const {
    ImportOptions options;
    options.weights_optional = true;
    options.densities = folder_.write(
        "d.yaml", "schema: mensa-densities/1\nsource: by hand\n" + head + "tensors:\n" + tensors);
    return options;
  }
  [[nodiscard]] models::Graph import(const std::string& tensors,
                                     const std::string& head = "model: model\n") const {
    return model_.import(options(tensors, head));
  }
  [[nodiscard]] std::string error(const std::string& tensors) const {
    try {
      (void)model_.import(options(tensors));
    } catch (const base::Error& caught) {
      return caught.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ModelBuilder model_;
};

TEST_F(StatedDensitiesTest, are_those_of_the_tensors_and_of_what_is_moved_of_them) {
  const models::Graph graph =
      import("  ar: 0.25\n  x: {density: 0.5, placement: clustered, cluster: 16}\n");
  EXPECT_EQ(profile_of(graph, "ar").density, 0.25);
  EXPECT_EQ(profile_of(graph, "ar").origin, DensityOrigin::kDeclared);
  EXPECT_EQ(profile_of(graph, "t").density, 0.25);
  EXPECT_EQ(profile_of(graph, "t").origin, DensityOrigin::kDeclared);
  EXPECT_EQ(profile_of(graph, "x").density, 0.5);
  EXPECT_EQ(profile_of(graph, "x").placement, ZeroPlacement::kClustered);
  EXPECT_EQ(profile_of(graph, "x").cluster, 16);
  EXPECT_THAT(graph.notes(), Contains("declared densities of d.yaml: by hand"));
  const models::Graph profiled = import("  ar: 0.25\n", "model: model\norigin: profile\n");
  EXPECT_EQ(profile_of(profiled, "ar").origin, DensityOrigin::kProfile);
}

/// "a" is a step inside of the convolution with its ReLU, "v" shows "b".
TEST_F(StatedDensitiesTest, may_be_of_values_inside_of_layers_and_of_views) {
  EXPECT_EQ(profile_of(import("  a: 0.9\n  ar: 0.25\n"), "ar").density, 0.25);
  const auto of_b = [&](const std::string& tensors) {
    ImportOptions unfused = options(tensors);
    unfused.fuse = false;
    return profile_of(model_.import(unfused), "b").density;
  };
  EXPECT_EQ(of_b("  v: 0.75\n"), 0.75);
  EXPECT_EQ(of_b("  v: 0.75\n  b: 0.5\n"), 0.5);
}

TEST_F(StatedDensitiesTest, of_weights_are_taken_where_the_model_has_no_values) {
  const models::Graph graph = import("  u: 0.125\n");
  EXPECT_EQ(profile_of(graph, "u").density, 0.125);
  EXPECT_EQ(profile_of(graph, "u").origin, DensityOrigin::kDeclared);
  EXPECT_THAT(error("  w: 0.5\n"),
              AllOf(HasSubstr("d.yaml:5:3: tensors.w: "), HasSubstr("values are in the model")));
}

TEST_F(StatedDensitiesTest, tell_all_unknown_names_at_once_with_near_ones) {
  EXPECT_THAT(error("  arr: 0.5\n  w: 0.5\n  nothing_like_it: 0.5\n"),
              AllOf(HasSubstr("d.yaml:5:3: tensors.arr: the model has no tensor of that name; did "
                              "you mean 'ar'"),
                    HasSubstr("d.yaml:6:3: tensors.w"),
                    HasSubstr("d.yaml:7:3: tensors.nothing_like_it: the model has no tensor")));
}

TEST_F(StatedDensitiesTest, tell_all_values_that_are_none_at_once) {
  EXPECT_THAT(error("  ar: 1.5\n  a: -0.1\n  b: some\n  x: nan\n  v: 0.5\n"),
              AllOf(HasSubstr("d.yaml:5:7: tensors.ar"), HasSubstr("d.yaml:6:6: tensors.a"),
                    HasSubstr("d.yaml:7:6: tensors.b"), HasSubstr("d.yaml:8:6: tensors.x"),
                    Not(HasSubstr("tensors.v"))));
  EXPECT_THAT(error("  ar: {density: 0.5, placement: heaped}\n"),
              HasSubstr("unknown placement 'heaped'"));
  EXPECT_THAT(error("  ar: {density: 0.5, placement: clustered}\n"), HasSubstr("'cluster'"));
  EXPECT_THAT(error("  ar: {density: 0.5, cluster: 4}\n"), HasSubstr("'placement: clustered'"));
  EXPECT_THAT(error("  ar: {densty: 0.5}\n"), HasSubstr("densty"));
  EXPECT_THAT(error("  {}\n"), HasSubstr("at least one tensor"));
}

TEST_F(StatedDensitiesTest, of_another_model_are_noted) {
  EXPECT_THAT(import("  ar: 0.5\n", "model: other\n").notes(),
              Contains("the densities of d.yaml are of the model 'other', not of this one"));
  const std::string hash(64, '0');
  EXPECT_THAT(import("  ar: 0.5\n", "model: model\nmodel_sha256: \"" + hash + "\"\n").notes(),
              Contains(HasSubstr("were measured on another file of this model")));
}

TEST(DensityFile, what_is_written_is_read) {
  const TemporaryFolder folder;
  MeasuredDensities measured;
  measured.model = "net: 1";
  measured.model_sha256 = std::string(64, 'a');
  measured.source = "2 inputs from the folder \"x\"";
  measured.inputs = 2;
  measured.seed = "7";
  measured.tensors = {{"a/b:0", 1.0 / 3}, {"12", 0}, {"with \"quotes\" and \\", 1}};
  const DensityFile read = read_density_file(folder.write("d.yaml", density_file_text(measured)));
  EXPECT_EQ(read.model, measured.model);
  EXPECT_EQ(read.model_sha256, measured.model_sha256);
  EXPECT_EQ(read.source, measured.source);
  EXPECT_EQ(read.origin, DensityOrigin::kProfile);
  ASSERT_EQ(read.tensors.size(), 3U);
  for (std::size_t i = 0; i < read.tensors.size(); ++i) {
    EXPECT_EQ(read.tensors[i].tensor, measured.tensors[i].tensor);
    EXPECT_EQ(read.tensors[i].profile.density, measured.tensors[i].density);
  }
}

}  // namespace
}  // namespace mensa::onnx_import
