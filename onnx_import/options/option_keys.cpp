#include "onnx_import/options/option_keys.h"

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "onnx_import/options/option_texts.h"

namespace mensa::onnx_import {
namespace {

using base::YamlValue;

constexpr std::int64_t kMostBatch = 1 << 20;
constexpr std::int64_t kMostExtent = std::int64_t{1} << 40;

/// What `read` makes of a text; its errors get the place.
template <class Read>
auto read_text(const YamlValue& value, Read read) {
  try {
    return read(value.string());
  } catch (const base::Error& error) {
    throw value.error(error.what());
  }
}

template <class Value, class Read>
void read_named(const std::optional<YamlValue>& map, Read read,
                std::map<std::string, Value>& values) {
  if (!map) return;
  for (const auto& [name, value] : map->map().all()) values.emplace(name, read_text(value, read));
}

}  // namespace

OptionKeys::OptionKeys(base::YamlMap& map)
    : batch_(map.optional("batch")),
      set_(map.optional("set")),
      inputs_(map.optional("input")),
      constants_(map.optional("constant")),
      branches_(map.optional("branch")),
      fuse_(map.optional("fuse")),
      unsupported_(map.optional("unsupported")),
      densities_(map.optional("densities")),
      prune_(map.optional("prune")),
      prune_layers_(map.optional("layers")),
      synthetic_weights_(map.optional("synthetic_weights")) {}

ImportOptions OptionKeys::read(const std::filesystem::path& folder) const {
  ImportOptions options;
  if (batch_) options.batch = batch_->integer(1, kMostBatch);
  if (set_) {
    for (const auto& [dimension, size] : set_->map().all()) {
      options.dimensions[dimension] = size.integer(1, kMostExtent);
    }
  }
  read_named(inputs_, shape_from_text, options.inputs);
  read_named(constants_, constant_from_text, options.constants);
  read_named(branches_, branch_from_text, options.branches);
  if (fuse_) options.fuse = fuse_->boolean();
  if (unsupported_) options.unsupported_on_host = read_text(*unsupported_, on_host_from_text);
  if (densities_) options.densities = (folder / densities_->string()).string();
  if (prune_) {
    options.prune.emplace();
    options.prune->spec = read_text(*prune_, prune_spec_from_text);
    if (prune_layers_) options.prune->layers = read_text(*prune_layers_, layer_pattern_from_text);
  } else if (prune_layers_) {
    throw prune_layers_->error("says which layers 'prune' is for, which is not given");
  }
  if (synthetic_weights_) {
    options.synthetic_weights =
        synthetic_weights_->integer(0, std::numeric_limits<std::int64_t>::max());
  }
  return options;
}

}  // namespace mensa::onnx_import
