#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

// Positions and words: rotary embedding of both domains, whose tables of cosines and sines are read
// by row, and EmbedLayerNormalization, which gathers rows of up to three tables, adds and
// normalises them.

namespace mensa::onnx_import {
namespace {

void infer_rotary(TypeContext& node) {
  const Shape& data = node.shape(0);
  if (data.size() != 3 && data.size() != 4) {
    TypeContext::fail(
        fmt::format("its input has shape {}; three axes or four are needed", fmt::join(data, "x")));
  }
  node.set_output(0, node.input(0).type, data);
}

void lower_rotary(LayerContext& node) { node.add_vector_layer(kRotation); }

enum EmbedInput : std::size_t {
  kEmbedIds,
  kEmbedSegments,
  kEmbedWords,
  kEmbedPositions,
  kEmbedSegmentTable,
  kEmbedGamma,
  kEmbedBeta,
};
enum EmbedOutput : std::size_t { kEmbedResult, kEmbedMaskIndex, kEmbedSum };

void infer_embed(TypeContext& node) {
  const Shape& ids = node.shape(kEmbedIds);
  const Shape& words = node.shape(kEmbedWords);
  if (ids.size() != 2 || words.size() != 2) {
    TypeContext::fail(fmt::format("its ids have shape {} and its words {}; both need two axes",
                                  fmt::join(ids, "x"), fmt::join(words, "x")));
  }
  for (const std::size_t index : {kEmbedPositions, kEmbedSegmentTable}) {
    if (!node.has_input(index)) continue;
    const Shape& table = node.shape(index);
    if (table.size() != 2 || table[1] != words[1]) {
      TypeContext::fail(fmt::format("its input {} has shape {}; the words have {} elements", index,
                                    fmt::join(table, "x"), words[1]));
    }
  }
  const models::ElementType type = node.input(kEmbedWords).type;
  node.set_output(kEmbedResult, type, {ids[0], ids[1], words[1]});
  node.set_output(kEmbedMaskIndex, models::ElementType::kInt32, {ids[0]});
  node.set_output(kEmbedSum, type, {ids[0], ids[1], words[1]});
}

void lower_embed(LayerContext& node) {
  DraftLayer gather = node.new_layer("gather");
  gather.layer.op = "Gather";
  node.add_operand(gather, kEmbedIds);
  if (node.has_input(kEmbedSegments)) node.add_operand(gather, kEmbedSegments);
  std::int64_t tables = 0;
  for (const std::size_t index : {kEmbedWords, kEmbedPositions, kEmbedSegmentTable}) {
    if (!node.has_input(index)) continue;
    node.add_operand(gather, index);
    ++tables;
  }
  const std::int64_t elements = node.output_elements(kEmbedResult);
  gather.layer.work = models::MoveWork{tables * elements};
  Shape rows = node.output(kEmbedResult).shape;
  rows.insert(rows.begin(), tables);
  const models::TensorId gathered =
      node.new_tensor("gather", std::move(rows), node.output(kEmbedResult).type);
  gather.layer.outputs = {gathered};
  node.add(std::move(gather));

  DraftLayer norm = node.new_layer("normalize");
  norm.layer.work = models::VectorWork{tables * elements, elements,
                                       (tables - 1) * kArithmetic + kNormalize + 2 * kArithmetic};
  norm.layer.inputs = {gathered};
  for (const std::size_t index : {kEmbedGamma, kEmbedBeta}) {
    if (node.has_input(index)) node.add_operand(norm, index);
  }
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (node.output_used(i)) norm.layer.outputs.push_back(node.write(i));
  }
  node.add(std::move(norm));
}

}  // namespace

Lowering rotary_embedding_lowering() {
  return {"", {{"RotaryEmbedding", infer_rotary, lower_rotary}}};
}

Lowering contrib_embedding_lowering() {
  return {"com.microsoft",
          {{"RotaryEmbedding", infer_rotary, lower_rotary},
           {"EmbedLayerNormalization", infer_embed, lower_embed}}};
}

}  // namespace mensa::onnx_import
