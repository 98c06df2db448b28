#include "accelerators/precision/precision_rules_reader.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "accelerators/spec/reader_tools.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {
namespace {

/// Longer ones take the matcher's memory and help nobody.
constexpr std::size_t kLongestExpression = 1000;

std::string read_precision(const base::YamlValue& value) {
  std::string text = value.string();
  located(value, [&] { return precision_request_from_string(text); });
  return text;
}

PrecisionRules::Rule read_rule(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue layers = map.required("layers");
  const base::YamlValue precision = map.required("precision");
  map.finish();
  PrecisionRules::Rule rule{layers.string(), read_precision(precision),
                            layers.node().where().to_string()};
  if (rule.layers.size() > kLongestExpression) {
    throw layers.error(fmt::format("an expression of more than {} characters", kLongestExpression));
  }
  return rule;
}

struct RulesFile {
  PrecisionRules rules;
  bool has_default = false;
};

RulesFile read_file(const std::filesystem::path& file) {
  const base::YamlNode tree = base::read_yaml_file(file);
  base::YamlMap map(base::YamlValue(tree, ""));
  check_schema(map, kPrecisionsSchema);
  const auto description = map.optional("description");
  const auto otherwise = map.optional("default");
  const auto layers = map.optional("layers");
  map.finish();
  RulesFile result;
  if (description) static_cast<void>(description->string());
  if (otherwise) result.rules.otherwise = read_precision(*otherwise);
  result.has_default = otherwise.has_value();
  if (layers) {
    for (const base::YamlValue& rule : layers->sequence()) {
      result.rules.layers.push_back(read_rule(rule));
    }
  }
  if (!otherwise && result.rules.layers.empty()) {
    throw map.error("expected 'default', 'layers' or both");
  }
  return result;
}

}  // namespace

PrecisionRules read_precision_rules(const std::filesystem::path& file) {
  return read_file(file).rules;
}

PrecisionRules precision_rules(std::string_view precision, const std::filesystem::path& file) {
  PrecisionRules rules;
  if (!file.empty()) {
    RulesFile read = read_file(file);
    if (read.has_default && !precision.empty()) {
      throw base::Error(
          fmt::format("{} has a 'default' of its own ({}); leave out either that or --precision {}",
                      file.string(), read.rules.otherwise, precision));
    }
    rules = std::move(read.rules);
  }
  if (!precision.empty()) {
    rules.otherwise = precision_request_from_string(precision).to_string();
  }
  return rules;
}

}  // namespace mensa::accelerators
