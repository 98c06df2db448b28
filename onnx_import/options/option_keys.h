#pragma once

#include <filesystem>
#include <optional>

#include "models/base/yaml_reader.h"
#include "onnx_import/import.h"

namespace mensa::onnx_import {

/// What files of the user's say about how a model is taken, beside its name: the keys batch, set,
/// input, constant, branch, fuse, unsupported, densities, prune, layers and synthetic_weights of
/// its map, each as the option of the command line.
class OptionKeys {
 public:
  /// Asks for the keys; the map can be finished then.
  explicit OptionKeys(base::YamlMap& map);

  /// Files are relative to `folder`. Throws base::Error with the place of what is wrong.
  [[nodiscard]] ImportOptions read(const std::filesystem::path& folder) const;

 private:
  std::optional<base::YamlValue> batch_;
  std::optional<base::YamlValue> set_;
  std::optional<base::YamlValue> inputs_;
  std::optional<base::YamlValue> constants_;
  std::optional<base::YamlValue> branches_;
  std::optional<base::YamlValue> fuse_;
  std::optional<base::YamlValue> unsupported_;
  std::optional<base::YamlValue> densities_;
  std::optional<base::YamlValue> prune_;
  std::optional<base::YamlValue> prune_layers_;
  std::optional<base::YamlValue> synthetic_weights_;
};

}  // namespace mensa::onnx_import
