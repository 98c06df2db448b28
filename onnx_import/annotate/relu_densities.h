#pragma once

#include <filesystem>
#include <vector>

namespace mensa::onnx_import {

/// What share of a ReLU's results is taken not to be zero where nothing is known of them, by how
/// deep in its network it stands.
class ReluDensities {
 public:
  /// The figures of models/densities/relu.yaml, or of the file of that name in $MENSA_DATA_DIR.
  /// Throws base::Error with file, line and key where it is not valid.
  [[nodiscard]] static ReluDensities load();
  /// The same of a file of that form.
  [[nodiscard]] static ReluDensities read(const std::filesystem::path& file);

  /// Of a ReLU at that relative depth: 0 at the network's inputs, 1 behind its last product.
  [[nodiscard]] double at(double depth) const;

 private:
  struct Band {
    double up_to = 1;
    double density = 1;
  };
  std::vector<Band> bands_;  ///< ascending, the last up to 1
};

}  // namespace mensa::onnx_import
