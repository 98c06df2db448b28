#include "onnx_import/annotate/relu_densities.h"

#include <algorithm>

#include "models/base/data_path.h"
#include "models/base/yaml_reader.h"

namespace mensa::onnx_import {

ReluDensities ReluDensities::load() {
  const base::DataKind kind{"models/densities", ".yaml", "densities"};
  return read(base::find_data_file(kind, "relu"));
}

ReluDensities ReluDensities::read(const std::filesystem::path& file) {
  const base::YamlNode document = base::read_yaml_file(file);
  base::YamlMap root(base::YamlValue(document, ""));
  const base::YamlValue schema = root.required("schema");
  const base::YamlValue bands = root.required("bands");
  root.finish();
  if (schema.string() != "mensa-relu-densities/1") {
    throw schema.error("must be mensa-relu-densities/1");
  }
  ReluDensities densities;
  for (const base::YamlValue& entry : bands.sequence()) {
    base::YamlMap map = entry.map();
    const base::YamlValue up_to = map.required("up_to");
    const base::YamlValue nominal = map.required("nominal");
    const base::YamlValue low = map.required("low");
    const base::YamlValue high = map.required("high");
    const base::YamlValue source = map.required("source");
    const base::YamlValue grade = map.required("grade");
    map.finish();
    const Band band{up_to.number(0, 1), nominal.number(0, 1)};
    if (low.number(0, 1) > band.density || high.number(0, 1) < band.density) {
      throw nominal.error("must lie between low and high");
    }
    static_cast<void>(source.string());
    static_cast<void>(grade.string());
    if (!densities.bands_.empty() && band.up_to <= densities.bands_.back().up_to) {
      throw up_to.error("must be above that of the band before");
    }
    densities.bands_.push_back(band);
  }
  if (densities.bands_.empty() || densities.bands_.back().up_to < 1) {
    throw bands.error("must reach up to 1");
  }
  return densities;
}

double ReluDensities::at(double depth) const {
  const auto band = std::find_if(bands_.begin(), bands_.end(),
                                 [depth](const Band& each) { return depth <= each.up_to; });
  return band == bands_.end() ? bands_.back().density : band->density;
}

}  // namespace mensa::onnx_import
