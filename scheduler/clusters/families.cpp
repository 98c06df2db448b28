#include "scheduler/clusters/families.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/data_path.h"
#include "models/base/yaml_reader.h"

namespace mensa::scheduler {
namespace {

constexpr double kLargest = 1e18;

std::pair<double, double> read_range(const base::YamlValue& value, auto&& read) {
  const std::vector<base::YamlValue> ends = value.sequence();
  if (ends.size() != 2) throw value.error("must be a list of two, [low, high]");
  const double low = read(ends[0]);
  const double high = read(ends[1]);
  if (low > high) throw value.error("has its low end above its high end");
  return {low, high};
}

/// How far a value lies outside [low, high], in decades.
double decades_outside(double value, double low, double high) {
  if (value < low) return std::log10(low / value);
  if (value > high) return std::log10(value / high);
  return 0;
}

}  // namespace

FamilyTable::FamilyTable(std::vector<Family> families) : families_(std::move(families)) {}

FamilyTable FamilyTable::load() {
  const base::YamlNode document =
      base::read_yaml_file(base::own_data_file("scheduler/clusters/families.yaml"));
  base::YamlMap root(base::YamlValue(document, ""));
  const base::YamlValue schema = root.required("schema");
  if (schema.string() != "mensa-families/1") throw schema.error("must be mensa-families/1");
  std::vector<Family> families;
  for (const base::YamlValue& entry : root.required("families").sequence()) {
    base::YamlMap map = entry.map();
    Family family;
    constexpr int kMostFamilies = 1000;
    family.number = static_cast<int>(map.required("number").integer(1, kMostFamilies));
    family.description = map.required("description").string();
    std::tie(family.parameter_bytes_low, family.parameter_bytes_high) = read_range(
        map.required("parameter_bytes"),
        [](const base::YamlValue& value) { return static_cast<double>(value.bytes().value()); });
    const auto number = [](const base::YamlValue& value) { return value.number(1e-9, kLargest); };
    std::tie(family.parameter_reuse_low, family.parameter_reuse_high) =
        read_range(map.required("parameter_reuse"), number);
    std::tie(family.macs_low, family.macs_high) = read_range(map.required("macs"), number);
    static_cast<void>(map.required("grade").string());
    map.finish();
    families.push_back(std::move(family));
  }
  root.finish();
  return FamilyTable(std::move(families));
}

std::optional<FamilyMatch> FamilyTable::classify(const LayerTraits& traits) const {
  if (traits.macs == 0 || traits.parameter_bytes == 0 || families_.empty()) return std::nullopt;
  FamilyMatch best;
  double nearest = std::numeric_limits<double>::infinity();
  for (const Family& family : families_) {
    const double bytes = decades_outside(static_cast<double>(traits.parameter_bytes),
                                         family.parameter_bytes_low, family.parameter_bytes_high);
    const double reuse = decades_outside(traits.parameter_reuse, family.parameter_reuse_low,
                                         family.parameter_reuse_high);
    const double macs =
        decades_outside(static_cast<double>(traits.macs), family.macs_low, family.macs_high);
    const double distance = std::sqrt(bytes * bytes + reuse * reuse + macs * macs);
    if (distance < nearest) {
      nearest = distance;
      best = {family.number, distance == 0};
    }
  }
  return best;
}

}  // namespace mensa::scheduler
