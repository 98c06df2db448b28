#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

// Files that ask for more than they give: what they get is an error, soon.

namespace mensa::onnx_import {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

/// A field of a message as protobuf writes it: number, length and bytes.
std::string field(int number, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}

constexpr int kGraphOfModel = 7;
constexpr int kNodeOfGraph = 1;
constexpr int kInitializerOfGraph = 5;
constexpr int kRawDataOfTensor = 9;

/// A model whose only node multiplies 1 x `rows` by the initializer 'w', which is still to come: a
/// second graph field, which protobuf merges with the first.
std::string product_without_weights(std::int64_t rows) {
  ModelBuilder model;
  model.input("x", {1, rows}).output("y").node("MatMul", {"x", "w"}, {"y"}, "product");
  return model.bytes();
}

std::string tensor_without_data(const std::vector<std::int64_t>& shape) {
  onnx::TensorProto tensor;
  tensor.set_name("w");
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  return tensor.SerializeAsString();
}

std::int64_t peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(HostileFile, nodes_are_counted_before_they_are_made) {
  // Two bytes each in the file, some hundred once parsed.
  std::string nodes;
  for (int i = 0; i < 1'000'000; ++i) nodes += field(kNodeOfGraph, "");
  const std::int64_t before = peak_kib();
  EXPECT_EQ(import_error_of(product_without_weights(4) + field(kGraphOfModel, nodes)),
            "has more than 100000 nodes");
  EXPECT_LT(peak_kib() - before, 40 << 10);
}

TEST(HostileFile, fields_are_counted_before_they_are_parsed) {
  std::string names;
  for (int i = 0; i < (1 << 23); ++i) names += field(2, "");
  EXPECT_EQ(import_error_of(product_without_weights(4) + field(kGraphOfModel, names)),
            "has more than 8388608 names, attributes and other parts");
}

TEST(HostileFile, lengths_beyond_the_file_are_damage) {
  const std::string head = product_without_weights(4);
  const std::string tensor = tensor_without_data({4, 1 << 20});
  // Raw data, a tensor, a graph that each claim some GB.
  for (const std::uint64_t claim :
       {std::uint64_t{1} << 31, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    const std::string data = varint(kRawDataOfTensor << 3 | 2) + varint(claim);
    EXPECT_THAT(
        import_error_of(head + field(kGraphOfModel, field(kInitializerOfGraph, tensor + data))),
        StartsWith("is truncated or damaged"));
    EXPECT_THAT(import_error_of(head + varint(kGraphOfModel << 3 | 2) + varint(claim)),
                StartsWith("is truncated or damaged"));
  }
  // A length of more than ten bytes, and the groups of old, which ONNX does not have.
  EXPECT_THAT(import_error_of(head + "\x3a" + std::string(11, '\xff')),
              StartsWith("is truncated or damaged"));
  EXPECT_THAT(import_error_of(head + "\x3b\x3c"), StartsWith("is truncated or damaged"));
}

TEST(HostileFile, messages_nest_only_so_deep) {
  std::string types;
  for (int i = 0; i < 100'000; ++i)
    types = types.size() < 60'000 ? field(4, field(1, types)) : types;
  onnx::ValueInfoProto value;
  value.set_name("x");
  EXPECT_THAT(
      import_error_of(product_without_weights(4) +
                      field(kGraphOfModel, field(11, value.SerializeAsString() + field(2, types)))),
      StartsWith("is truncated or damaged"));
  std::string graphs;
  for (int i = 0; i < 1000; ++i) graphs = field(kNodeOfGraph, field(5, field(6, graphs)));
  EXPECT_EQ(import_error_of(product_without_weights(4) + field(kGraphOfModel, graphs)),
            "graphs are nested more than 16 deep");
}

TEST(HostileFile, raw_data_given_twice_are_the_last) {
  // As protobuf has it for every field; both are cut out of what it parses.
  const std::string first(64, '\1');
  std::string last(64, '\0');
  last.back() = '\1';
  const std::string tensor =
      tensor_without_data({4, 4}) + field(kRawDataOfTensor, first) + field(kRawDataOfTensor, last);
  const TemporaryFolder folder;
  const models::Graph graph = import_file(folder.write(
      "model.onnx",
      product_without_weights(4) + field(kGraphOfModel, field(kInitializerOfGraph, tensor))));
  EXPECT_DOUBLE_EQ(graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity->density,
                   1.0 / 16);
}

TEST(HostileFile, values_that_contradict_each_other_are_errors) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"}, "relu");
  model.proto()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(1)
      ->set_dim_value(-7);
  EXPECT_EQ(model.import_error(), "input 'x': axis 1 has extent -7");
  model.proto()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(1)
      ->set_dim_value(std::int64_t{1} << 62);
  EXPECT_THAT(model.import_error(), HasSubstr("at most 32 axes and 2^40 elements"));
}

TEST(HostileFile, weights_are_not_copied) {
  // 256 MiB of raw data that are never in memory at once: a file with a hole, and one value.
  constexpr std::int64_t kBytes = std::int64_t{1} << 28;
  const std::string data = varint(kRawDataOfTensor << 3 | 2) + varint(kBytes);
  const std::string tensor = tensor_without_data({kBytes / 4096, 1024}) + data;
  const std::string initializer =
      varint(kInitializerOfGraph << 3 | 2) + varint(tensor.size() + kBytes) + tensor;
  const std::string head = product_without_weights(kBytes / 4096) + varint(kGraphOfModel << 3 | 2) +
                           varint(initializer.size() + kBytes) + initializer;
  const TemporaryFolder folder;
  const std::string path = folder.write("model.onnx", head);
  std::filesystem::resize_file(path, head.size() + kBytes - 4);
  std::ofstream(path, std::ios::binary | std::ios::app) << std::string("\0\0\x80\x3f", 4);
  const std::int64_t before = peak_kib();
  const models::Graph graph = import_file(path);
  // One bit for each value, and what else there is.
  EXPECT_LT(peak_kib() - before, (kBytes / 32 >> 10) + (24 << 10));
  EXPECT_DOUBLE_EQ(graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity->density,
                   4.0 / static_cast<double>(kBytes));
}

TEST(HostileFile, external_weights_are_not_copied) {
  constexpr std::int64_t kBytes = std::int64_t{1} << 28;
  ModelBuilder model;
  model.input("x", {1, kBytes / 4096}).output("y").external("w", {kBytes / 4096, 1024});
  model.node("MatMul", {"x", "w"}, {"y"}, "product");
  const TemporaryFolder folder;
  const std::string weights = folder.write("not_there.bin", "");
  std::filesystem::resize_file(weights, kBytes - 4);
  std::ofstream(weights, std::ios::binary | std::ios::app) << std::string("\0\0\x80\x3f", 4);
  const std::string path = folder.write("model.onnx", model.bytes());
  const std::int64_t before = peak_kib();
  const models::Graph graph = import_file(path);
  EXPECT_LT(peak_kib() - before, (kBytes / 32 >> 10) + (24 << 10));
  EXPECT_DOUBLE_EQ(graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity->density,
                   4.0 / static_cast<double>(kBytes));
}

}  // namespace
}  // namespace mensa::onnx_import
