#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "models/base/error.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using testing::EndsWith;
using testing::HasSubstr;

/// A model in a folder of its own, whose weights (4 x 3 floats, 48 bytes) are in another file.
class ExternalModel {
 public:
  using Entries = std::map<std::string, std::string>;

  explicit ExternalModel(const std::string& location, const Entries& entries = {}) {
    std::filesystem::create_directory(home());
    model_.input("x", {1, 4}).output("y").external("w", {4, 3});
    model_.node("MatMul", {"x", "w"}, {"y"}, "product");
    model_.proto().mutable_initializer(0)->clear_external_data();
    if (!location.empty()) add_entry("location", location);
    for (const auto& [key, value] : entries) add_entry(key, value);
  }

  [[nodiscard]] std::filesystem::path home() const { return folder_.path() / "home"; }
  [[nodiscard]] ModelBuilder& model() { return model_; }
  void write(const std::string& name, std::size_t size, char last = '\1') const {
    std::string bytes(size, '\0');
    if (size > 0) bytes.back() = last;
    (void)folder_.write(name, bytes);
  }
  [[nodiscard]] models::Graph import(const ImportOptions& options = {}) const {
    return import_file(folder_.write("home/model.onnx", model_.bytes()), options);
  }
  [[nodiscard]] std::string error() const {
    const std::string text = error_of([&] { return import(); });
    const auto at = text.find("model.onnx: ");
    return at == std::string::npos ? text : text.substr(at + 12);
  }
  [[nodiscard]] models::SparsityProfile profile(const ImportOptions& options = {}) const {
    const models::Graph graph = import(options);
    return *graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity;
  }

 private:
  void add_entry(const std::string& key, const std::string& value) {
    auto& entry = *model_.proto().mutable_initializer(0)->add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }

  TemporaryFolder folder_;
  ModelBuilder model_;
};

TEST(ExternalData, is_read_from_offset_and_length) {
  ExternalModel whole("w.bin");
  whole.write("home/w.bin", 48);
  EXPECT_DOUBLE_EQ(whole.profile().density, 1.0 / 12);
  ExternalModel part("data/w.bin", {{"offset", "16"}, {"length", "48"}});
  part.write("home/data/w.bin", 64);  // exactly to its end
  EXPECT_DOUBLE_EQ(part.profile().density, 1.0 / 12);
  EXPECT_EQ(part.profile().origin, DensityOrigin::kMeasured);
  part.write("home/data/w.bin", 63);
  EXPECT_EQ(part.error(),
            "initializer 'w': external data 'data/w.bin': has 63 bytes; the tensor's 48 bytes from "
            "byte 16 on are not all there");
}

TEST(ExternalData, that_is_missing_is_an_error_unless_weights_are_optional) {
  const ExternalModel model("w.bin");
  EXPECT_EQ(model.error(),
            "initializer 'w': external data 'w.bin': there is no such file beside the model; it "
            "comes with the model's weights");
  ImportOptions options;
  options.weights_optional = true;
  const models::Graph graph = model.import(options);
  EXPECT_EQ(graph.macs(), 12);
  EXPECT_EQ(model.profile(options).origin, DensityOrigin::kUnknown);
  ASSERT_EQ(graph.notes().size(), 1U);
  EXPECT_THAT(graph.notes().at(0), HasSubstr("weightless model"));
}

TEST(ExternalData, stays_in_the_folder_of_the_model) {
  const std::string below = "must be a path below the model's folder, without '..'";
  for (const std::string location :
       {"../w.bin", "data/../../w.bin", "/etc/passwd", "..", "data/..", "./../w.bin"}) {
    const ExternalModel model(location);
    model.write("w.bin", 48);
    EXPECT_THAT(model.error(), EndsWith(fmt::format("external data '{}': {}", location, below)));
  }
  const ExternalModel absolute("/dev/zero");
  EXPECT_THAT(absolute.error(), EndsWith(below));
  const ExternalModel null(std::string("w.bin\0/../x", 11));
  EXPECT_THAT(null.error(), HasSubstr("whose name holds a zero byte"));
}

TEST(ExternalData, does_not_follow_links_out_of_the_folder) {
  const ExternalModel model("w.bin");
  model.write("outside.bin", 48);
  std::filesystem::create_symlink("../outside.bin", model.home() / "w.bin");
  EXPECT_THAT(model.error(), HasSubstr("is a symbolic link out of the model's folder"));
  const ExternalModel folder("data/outside.bin");
  folder.write("outside.bin", 48);
  std::filesystem::create_symlink("..", folder.home() / "data");
  EXPECT_THAT(folder.error(), HasSubstr("is a symbolic link out of the model's folder"));
  // A folder whose name only begins like the model's.
  const ExternalModel sibling("w.bin");
  sibling.write("home2/w.bin", 48);
  std::filesystem::create_symlink("../home2/w.bin", sibling.home() / "w.bin");
  EXPECT_THAT(sibling.error(), HasSubstr("is a symbolic link out of the model's folder"));
  // Inside of it they are as good as files.
  const ExternalModel inside("w.bin");
  inside.write("home/blobs/1", 48);
  std::filesystem::create_symlink("blobs/1", inside.home() / "w.bin");
  EXPECT_DOUBLE_EQ(inside.profile().density, 1.0 / 12);
}

TEST(ExternalData, must_be_a_regular_file) {
  const ExternalModel folder("data");
  std::filesystem::create_directory(folder.home() / "data");
  EXPECT_THAT(folder.error(), EndsWith("external data 'data': is no regular file"));
  const ExternalModel pipe("pipe");
  ASSERT_EQ(mkfifo((pipe.home() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(pipe.error(), EndsWith("external data 'pipe': is no regular file"));
}

TEST(ExternalData, entries_are_checked) {
  EXPECT_THAT(ExternalModel("").error(), HasSubstr("does not say in which (no 'location')"));
  for (const char* text : {"-1", "1e3", "12 ", "0x10", "", "99999999999999999999"}) {
    const ExternalModel model("w.bin", {{"offset", text}});
    EXPECT_EQ(model.error(),
              fmt::format("initializer 'w': has external data with offset '{}', which is no number "
                          "of bytes",
                          text));
  }
  const ExternalModel length("w.bin", {{"length", "47"}});
  length.write("home/w.bin", 48);
  EXPECT_THAT(length.error(), HasSubstr("holds 47 bytes for the tensor, by its 'length'; its shape "
                                        "and type need 48"));
  // An offset so large that the sum with the length overflows.
  const ExternalModel overflow("w.bin", {{"offset", "18446744073709551600"}});
  overflow.write("home/w.bin", 48);
  EXPECT_THAT(overflow.error(), HasSubstr("are not all there"));
}

TEST(ExternalData, cannot_be_claimed_without_end) {
  // 17 tensors of the same bytes are the first too many.
  ExternalModel model("w.bin");
  model.write("home/w.bin", 48);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(model.error(), "no error");
    auto& more = *model.model().proto().add_initializer();
    more = model.model().proto().initializer(0);
    more.set_name(fmt::format("w{}", i));
  }
  EXPECT_THAT(model.error(), HasSubstr("claim 816 by now"));
}

TEST(ExternalData, makes_models_of_more_than_4_gib) {
  // A file with a hole of 5 GiB, and the weights behind it.
  const std::uintmax_t hole = std::uintmax_t{5} << 30;
  ExternalModel model("w.bin", {{"offset", std::to_string(hole)}});
  model.write("home/w.bin", 0);
  std::filesystem::resize_file(model.home() / "w.bin", hole);
  std::ofstream(model.home() / "w.bin", std::ios::binary | std::ios::app)
      << std::string(47, '\0') << '\1';
  EXPECT_DOUBLE_EQ(model.profile().density, 1.0 / 12);
}

}  // namespace
}  // namespace mensa::onnx_import
