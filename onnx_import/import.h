#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/graph/graph.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::onnx_import {

/// A value for an input of the model that is fixed at import. Where it says shapes (the target of
/// a Reshape), the model's other inputs alone do not.
struct ConstantInput {
  /// Empty for a scalar. None: as the file declares it, where it leaves one axis open at most.
  std::optional<std::vector<std::int64_t>> shape;
  /// In the order of the tensor. Bools are integers, 0 and 1.
  std::variant<std::vector<std::int64_t>, std::vector<double>> values;
};

/// A branch of an If.
enum class Branch : std::uint8_t { kThen, kElse };

/// What the user fixes that the file leaves open.
struct ImportOptions {
  /// The axis of every graph input that is named as a batch or, without such a name, the first,
  /// where it is symbolic or fixed to 1. 0 keeps the file's value; where that is symbolic it is 1
  /// if the axis is named as a batch or not at all.
  std::int64_t batch = 0;
  /// Values of symbolic dimensions by name, as {"seq", 128}; one without a name is called by its
  /// place, as {"input.2", 224}. Names that are sums or products of others ("past + 1") follow from
  /// these. 0 leaves what has the dimension out, as the past of a decoder that starts.
  std::map<std::string, std::int64_t> dimensions;
  /// Shapes of whole inputs by name, in the place of those in the file. Their extents are values of
  /// the named dimensions in their places, in all inputs.
  std::map<std::string, std::vector<std::int64_t>> inputs = {};
  /// Files of external data may be missing: their tensors count as dense, with an unknown sparsity.
  bool weights_optional = false;
  /// Inputs by name that are constants in what is imported, and no inputs any more.
  std::map<std::string, ConstantInput> constants = {};
  /// Branches of If nodes by name, for those whose condition is not known before run time. One that
  /// is not named takes the branch of more work.
  std::map<std::string, Branch> branches = {};
  /// Merges nodes as compilers do (fusion/): operators written out in parts into one, zero padding
  /// into windows, elementwise work into epilogues, steps to and from integers into the layers
  /// around them. Without it every node that does something is a layer of its own.
  bool fuse = true;
  /// Nodes that are not supported become work of the host, which reads and writes their bytes; the
  /// layers say that they are approximate. The file must declare the types of what they make.
  bool unsupported_on_host = false;
  /// File with densities of the model's tensors (annotate/density_file.h); empty: none.
  std::string densities = {};
  /// Weights are taken as if they had been pruned; the file stays as it is.
  std::optional<PruneRequest> prune = std::nullopt;
  /// Seed of values that are made up for weights whose values the file does not have.
  std::optional<std::int64_t> synthetic_weights = std::nullopt;
};

/// Reads an ONNX file into a layer graph. Throws base::Error naming file and node for everything
/// that cannot be taken: not ONNX, truncated, cyclic, a dimension without a value, and, all at
/// once, every operator (or form of one) that is not supported, with how many nodes have it; and
/// file and line for densities that are not valid or of no tensor; and layers to prune that there
/// are none of.
[[nodiscard]] models::Graph import_file(const std::filesystem::path& path,
                                        const ImportOptions& options = {});

}  // namespace mensa::onnx_import
