#include "cli/workload.h"

#include <fmt/format.h>

#include "cli/pipeline.h"
#include "models/base/yaml_reader.h"
#include "onnx_import/options/option_keys.h"

namespace mensa::cli {
namespace {

constexpr std::string_view kSchema = "mensa-workload/1";

/// Of an arrival or deadline.
base::Seconds in_range(const base::YamlValue& value, base::Seconds time) {
  if (time <= kLatest) return time;
  throw value.error(fmt::format("{} s is too late; at most {} s", time.value(), kLatest.value()));
}

std::vector<base::Seconds> read_arrivals(const base::YamlValue& list) {
  std::vector<base::Seconds> arrivals;
  for (const base::YamlValue& entry : list.sequence()) {
    const base::Seconds arrival = in_range(entry, entry.seconds(true));
    if (!arrivals.empty() && arrival < arrivals.back()) {
      throw entry.error("arrivals must ascend; this one is before the one above it");
    }
    arrivals.push_back(arrival);
  }
  if (arrivals.empty()) throw list.error("expected at least one arrival");
  return arrivals;
}

WorkloadModel read_model(const std::string& name, const base::YamlValue& value,
                         const std::filesystem::path& folder) {
  base::YamlMap map = value.map();
  const base::YamlValue model = map.required("model");
  const onnx_import::OptionKeys options(map);
  const auto period = map.optional("period");
  const auto offset = map.optional("offset");
  const auto inferences = map.optional("inferences");
  const auto arrivals = map.optional("arrivals");
  const auto deadline = map.optional("deadline");
  map.finish();

  WorkloadModel result;
  result.name = name;
  const std::string file = model.string();
  try {
    result.model.model = base::looks_like_path(kModelFiles, file)
                             ? base::find_data_file(kModelFiles, (folder / file).string()).string()
                             : base::find_data_file(kModelFiles, file).string();
  } catch (const base::Error& error) {
    throw model.error(error.what());
  }
  result.model.options = options.read(folder);
  if (arrivals) {
    if (period || offset || inferences) {
      throw arrivals->error("give either 'arrivals', or 'period' and 'inferences', not both");
    }
    result.arrivals = read_arrivals(*arrivals);
  } else {
    if (!period) throw map.error("expected 'arrivals', or 'period' and 'inferences'");
    const base::Seconds step = period->seconds();
    const base::Seconds first = offset ? offset->seconds(true) : base::Seconds(0);
    if (!inferences)
      throw map.error("expected 'inferences': how many, each a period after the last");
    const std::int64_t count = inferences->integer(1, kMostArrivals);
    for (std::int64_t i = 0; i < count; ++i) {
      result.arrivals.push_back(in_range(*period, first + step * static_cast<double>(i)));
    }
  }
  if (deadline) {
    result.deadline = in_range(*deadline, deadline->seconds());
    result.deadline_place = deadline->node().where();
  }
  return result;
}

}  // namespace

std::vector<WorkloadModel> read_workload(const std::filesystem::path& file) {
  const base::YamlNode tree = base::read_yaml_file(file);
  base::YamlMap map(base::YamlValue(tree, ""));
  const base::YamlValue schema = map.required("schema");
  const auto description = map.optional("description");
  const base::YamlValue models = map.required("models");
  map.finish();
  if (schema.string() != kSchema) {
    throw schema.error(fmt::format("'{}' is no workload; expected {}", schema.string(), kSchema));
  }
  if (description) static_cast<void>(description->string());
  std::vector<WorkloadModel> workload;
  std::size_t inferences = 0;
  for (const auto& [name, value] : models.map().all()) {
    workload.push_back(read_model(name, value, file.parent_path()));
    inferences += workload.back().arrivals.size();
  }
  if (workload.empty()) throw models.error("expected at least one model");
  if (inferences > static_cast<std::size_t>(kMostArrivals)) {
    throw models.error(
        fmt::format("{} inferences in all; at most {} are simulated", inferences, kMostArrivals));
  }
  return workload;
}

}  // namespace mensa::cli
