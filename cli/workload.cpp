#include "cli/workload.h"

#include <fmt/format.h>

#include <limits>

#include "cli/model_options.h"
#include "cli/pipeline.h"
#include "models/base/yaml_reader.h"

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

/// What `read` makes of a text; its errors get the place.
template <class Read>
auto read_text(const base::YamlValue& value, Read read) {
  try {
    return read(value.string());
  } catch (const base::Error& error) {
    throw value.error(error.what());
  }
}

template <class Value, class Read>
void read_named(const std::optional<base::YamlValue>& map, Read read,
                std::map<std::string, Value>& values) {
  if (!map) return;
  for (const auto& [name, value] : map->map().all()) values.emplace(name, read_text(value, read));
}

WorkloadModel read_model(const std::string& name, const base::YamlValue& value,
                         const std::filesystem::path& folder) {
  base::YamlMap map = value.map();
  const base::YamlValue model = map.required("model");
  const auto batch = map.optional("batch");
  const auto set = map.optional("set");
  const auto inputs = map.optional("input");
  const auto constants = map.optional("constant");
  const auto branches = map.optional("branch");
  const auto fuse = map.optional("fuse");
  const auto unsupported = map.optional("unsupported");
  const auto densities = map.optional("densities");
  const auto prune = map.optional("prune");
  const auto prune_layers = map.optional("layers");
  const auto synthetic = map.optional("synthetic_weights");
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
  constexpr std::int64_t kMostBatch = 1 << 20;
  onnx_import::ImportOptions& options = result.model.options;
  if (batch) options.batch = batch->integer(1, kMostBatch);
  if (set) {
    for (const auto& [dimension, size] : set->map().all()) {
      options.dimensions[dimension] = size.integer(1, std::int64_t{1} << 40);
    }
  }
  read_named(inputs, shape_from_text, options.inputs);
  read_named(constants, constant_from_text, options.constants);
  read_named(branches, branch_from_text, options.branches);
  if (fuse) options.fuse = fuse->boolean();
  if (unsupported) options.unsupported_on_host = read_text(*unsupported, on_host_from_text);
  if (densities) options.densities = (folder / densities->string()).string();
  if (prune) {
    options.prune.emplace();
    options.prune->spec = read_text(*prune, onnx_import::prune_spec_from_text);
    if (prune_layers) options.prune->layers = read_text(*prune_layers, layer_pattern_from_text);
  } else if (prune_layers) {
    throw prune_layers->error("says which layers 'prune' is for, which is not given");
  }
  if (synthetic) {
    options.synthetic_weights = synthetic->integer(0, std::numeric_limits<std::int64_t>::max());
  }
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
