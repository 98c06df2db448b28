#include "onnx_import/annotate/density_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "models/base/words.h"
#include "models/base/yaml_reader.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::ZeroPlacement;

constexpr std::string_view kSchema = "mensa-densities/1";
constexpr std::string_view kProfile = "profile";
constexpr std::string_view kDeclared = "declared";
/// Zeros that stand together are at most a whole reduction axis, of which this is far more.
constexpr std::int64_t kLongestCluster = std::int64_t{1} << 31;
constexpr std::int64_t kMostInputs = std::int64_t{1} << 62;

const base::Words<ZeroPlacement, 3> kPlacements("placement", {"uniform", "clustered", "groups"});

ZeroPlacement read_placement(const base::YamlValue& value) {
  try {
    return kPlacements.value_of(value.string());
  } catch (const base::Error& error) {
    throw value.error(error.what());
  }
}

models::SparsityProfile read_profile(const base::YamlValue& value, DensityOrigin origin) {
  models::SparsityProfile profile;
  profile.origin = origin;
  if (value.node().kind() != base::YamlNode::Kind::kMap) {
    profile.density = value.number(0, 1);
    return profile;
  }
  base::YamlMap map = value.map();
  const base::YamlValue density = map.required("density");
  const auto placement = map.optional("placement");
  const auto cluster = map.optional("cluster");
  map.finish();
  profile.density = density.number(0, 1);
  if (placement) profile.placement = read_placement(*placement);
  const bool clustered = profile.placement == ZeroPlacement::kClustered;
  if (cluster) {
    if (!clustered) throw cluster->error("is of 'placement: clustered' only");
    profile.cluster = cluster->integer(1, kLongestCluster);
  } else if (clustered) {
    throw map.error("expected 'cluster': how many neighbours are zero together");
  }
  return profile;
}

/// All mistakes in tensors, in one message.
std::vector<StatedDensity> read_tensors(const base::YamlValue& tensors, DensityOrigin origin) {
  std::vector<StatedDensity> stated;
  std::string errors;
  std::size_t count = 0;
  for (const auto& [name, value] : tensors.map().all()) {
    try {
      stated.push_back({name, read_profile(value, origin), value.node().key_where()});
    } catch (const base::Error& error) {
      if (++count <= kMostDensityErrors)
        errors += fmt::format("{}{}", count > 1 ? "\n" : "", error.what());
    }
  }
  if (count > kMostDensityErrors)
    errors += fmt::format("\n... and {} more", count - kMostDensityErrors);
  if (count > 0) throw base::Error(errors);
  if (stated.empty()) throw tensors.error("expected the density of at least one tensor");
  return stated;
}

DensityOrigin read_origin(const base::YamlValue& value) {
  const std::string text = value.string();
  if (text == kProfile) return DensityOrigin::kProfile;
  if (text == kDeclared) return DensityOrigin::kDeclared;
  throw value.error(
      base::unknown_name_message("origin", text, {std::string(kProfile), std::string(kDeclared)}));
}

/// As YAML has it on one line, quoted where it must be.
std::string scalar_text(const std::string& text) {
  std::string yaml = base::YamlNode::make_scalar(text, {}).to_yaml();
  yaml.pop_back();  // the end of the line
  return yaml;
}

}  // namespace

DensityFile read_density_file(const std::filesystem::path& path) {
  const base::YamlNode document = base::read_yaml_file(path);
  base::YamlMap root(base::YamlValue(document, ""));
  const base::YamlValue schema = root.required("schema");
  if (schema.string() != kSchema) {
    throw schema.error(
        fmt::format("'{}' is no file of densities; expected {}", schema.string(), kSchema));
  }
  const base::YamlValue model = root.required("model");
  const auto model_sha256 = root.optional("model_sha256");
  const base::YamlValue source = root.required("source");
  const auto origin = root.optional("origin");
  const auto inputs = root.optional("inputs");
  const auto seed = root.optional("seed");
  const base::YamlValue tensors = root.required("tensors");
  root.finish();
  DensityFile file;
  file.path = path;
  file.model = model.string();
  if (model_sha256) file.model_sha256 = model_sha256->string();
  file.source = source.string();
  if (origin) file.origin = read_origin(*origin);
  if (inputs) static_cast<void>(inputs->integer(1, kMostInputs));
  if (seed) static_cast<void>(seed->integer(0, kMostInputs));
  file.tensors = read_tensors(tensors, file.origin);
  return file;
}

std::string density_file_text(const MeasuredDensities& measured) {
  std::string text = fmt::format(
      "# Shares of values that are not zero, measured by running the network.\n"
      "schema: {}\nmodel: {}\nmodel_sha256: {}\norigin: {}\nsource: {}\ninputs: {}\n",
      kSchema, scalar_text(measured.model), measured.model_sha256, kProfile,
      scalar_text(measured.source), measured.inputs);
  if (!measured.seed.empty()) text += fmt::format("seed: {}\n", measured.seed);
  text += "tensors:\n";
  for (const MeasuredDensities::Entry& entry : measured.tensors) {
    text += fmt::format("  {}: {}\n", scalar_text(entry.tensor), entry.density);
  }
  return text;
}

}  // namespace mensa::onnx_import
