#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/graph/sparsity.h"

namespace mensa::onnx_import {

/// Lines of one message about such a file.
inline constexpr std::size_t kMostDensityErrors = 20;

/// What a file says of one tensor.
struct StatedDensity {
  std::string tensor;
  models::SparsityProfile profile;
  base::SourceLocation where;
};

/// Densities of a model's tensors that were stated by hand or measured by running it: schema
/// mensa-densities/1, docs/densities.md.
struct DensityFile {
  std::filesystem::path path;
  std::string model;         ///< its file's name without the extension, or its graph's name
  std::string model_sha256;  ///< of its file; empty where not said
  std::string source;
  models::DensityOrigin origin = models::DensityOrigin::kDeclared;
  std::vector<StatedDensity> tensors;
};

/// Reads such a file. Throws base::Error with file, line and key; of all tensors whose density is
/// not valid at once.
[[nodiscard]] DensityFile read_density_file(const std::filesystem::path& path);

/// What `mensa profile` writes down.
struct MeasuredDensities {
  struct Entry {
    std::string tensor;
    double density = 1;
  };
  std::string model;
  std::string model_sha256;
  std::string source;
  std::size_t inputs = 0;  ///< how often the network was run
  std::string seed = {};   ///< of random inputs; else empty
  std::vector<Entry> tensors;
};

/// The text of a file that read_density_file() takes, with origin "profile".
[[nodiscard]] std::string density_file_text(const MeasuredDensities& measured);

}  // namespace mensa::onnx_import
