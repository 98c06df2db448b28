#include "explore/space/space_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "accelerators/precision/precision_request.h"
#include "accelerators/spec/loader.h"
#include "accelerators/spec/reader_tools.h"
#include "explore/search/search.h"
#include "explore/space/check_space.h"
#include "explore/space/choices_reader.h"
#include "onnx_import/options/option_keys.h"
#include "onnx_import/options/option_texts.h"
#include "scheduler/policies/policy.h"

namespace mensa::explore {
namespace {

using accelerators::located;
using base::YamlMap;
using base::YamlNode;
using base::YamlValue;

constexpr std::uint64_t kMostCount = 64;  ///< copies of an accelerator
constexpr double kMostWeight = 1e9;
constexpr std::int64_t kMostPopulation = 100'000;
constexpr std::int64_t kMostPoints = 1'000'000'000'000;

const base::DataKind kModelFiles{"models/zoo", ".onnx", "model"};

/// A name that expressions can use.
void check_name(const YamlValue& value, const std::string& name) {
  accelerators::check_name(value, name);
  if (name == "and" || name == "or" || name == "not") {
    throw value.error(fmt::format("'{}' is a word of expressions; take another name", name));
  }
  if (name.find('-') != std::string::npos) {
    throw value.error("a name that stands in expressions has no '-'; use '_'");
  }
}

std::vector<Choice> read_counts(const YamlMap& map, const std::optional<YamlValue>& count,
                                const std::optional<YamlValue>& present) {
  if (count.has_value() == present.has_value()) {
    throw map.error("give either 'count', as [0, 1, 2], or 'present', as [true, false]");
  }
  std::set<std::uint64_t> seen;
  std::vector<Choice> choices;
  for (const YamlValue& entry : (count ? *count : *present).sequence()) {
    const std::uint64_t number = count ? static_cast<std::uint64_t>(entry.integer(0, kMostCount))
                                       : (entry.boolean() ? 1U : 0U);
    if (!seen.insert(number).second) throw entry.error(fmt::format("{} stands twice", number));
    choices.push_back({std::to_string(number), Value::of_number(static_cast<double>(number))});
  }
  if (choices.empty()) throw map.error("expected at least one value");
  return choices;
}

Parameter read_parameter(const std::string& name, const YamlValue& value, const YamlNode& system) {
  check_name(value, name);
  YamlMap map = value.map();
  const auto path = map.optional("path");
  const auto paths = map.optional("paths");
  const auto accelerator = map.optional("accelerator");
  const auto count = map.optional("count");
  const auto present = map.optional("present");
  const ChoiceKeys keys(map);
  map.finish();

  Parameter parameter;
  parameter.name = name;
  parameter.where = value.node().key_where();
  const int ways = static_cast<int>(path.has_value()) + static_cast<int>(paths.has_value()) +
                   static_cast<int>(accelerator.has_value());
  if (ways != 1) {
    throw map.error(
        "give one of 'path', 'paths' (into the system) and 'accelerator' (how many there are)");
  }
  if (accelerator) {
    parameter.counted_accelerator = accelerator->string();
    std::vector<std::string> known;
    if (const YamlNode* const all = system.find("accelerators")) {
      for (const auto& entry : all->entries()) known.push_back(entry.first);
    }
    if (std::find(known.begin(), known.end(), parameter.counted_accelerator) == known.end()) {
      throw accelerator->error(
          base::unknown_name_message("accelerator", parameter.counted_accelerator, known));
    }
    if (keys.values || keys.range || keys.log_range || keys.powers_of_two) {
      throw map.error("'values' and ranges are of a path; of an 'accelerator' give its 'count'");
    }
    parameter.choices = read_counts(map, count, present);
    return parameter;
  }
  if (count || present) {
    throw map.error("'count' and 'present' are of an 'accelerator', not of a path");
  }
  if (path) parameter.paths = {path->string()};
  if (paths) parameter.paths = paths->strings();
  if (parameter.paths.empty()) throw paths->error("expected at least one path");
  parameter.choices = keys.read(map);
  return parameter;
}

Expression read_expression(const YamlValue& value) {
  return located(value, [&] { return Expression(value.string()); });
}

std::string model_file(const YamlValue& value, const std::filesystem::path& folder) {
  const std::string file = value.string();
  return located(value, [&] {
    return base::looks_like_path(kModelFiles, file)
               ? base::find_data_file(kModelFiles, (folder / file).string()).string()
               : base::find_data_file(kModelFiles, file).string();
  });
}

ExploredModel read_model(const YamlValue& value, const std::filesystem::path& folder) {
  ExploredModel model;
  if (value.node().kind() == YamlNode::Kind::kScalar) {
    model.file = model_file(value, folder);
    model.name = model.file.stem().string();
    return model;
  }
  YamlMap map = value.map();
  const YamlValue file = map.required("model");
  const auto name = map.optional("name");
  const auto weight = map.optional("weight");
  const auto deadline = map.optional("deadline");
  const onnx_import::OptionKeys options(map);
  map.finish();
  model.file = model_file(file, folder);
  model.name = name ? name->string() : model.file.stem().string();
  if (name) check_name(*name, model.name);
  model.options = options.read(folder);
  if (weight) model.weight = weight->number(1e-9, kMostWeight);
  if (deadline) model.deadline = deadline->seconds();
  return model;
}

std::vector<ExploredModel> read_models(const YamlValue& value,
                                       const std::filesystem::path& folder) {
  std::vector<ExploredModel> models;
  for (const YamlValue& entry : value.sequence()) {
    ExploredModel model = read_model(entry, folder);
    for (const ExploredModel& other : models) {
      if (other.name != model.name) continue;
      throw entry.error(fmt::format("two models are named '{}'; give one a 'name'", model.name));
    }
    models.push_back(std::move(model));
  }
  if (models.empty()) throw value.error("expected at least one model");
  return models;
}

void read_evaluation(const YamlValue& value, Space& space) {
  YamlMap map = value.map();
  const auto policy = map.optional("policy");
  const auto objective = map.optional("objective");
  const auto mapper = map.optional("mapper");
  const auto concurrency = map.optional("concurrency");
  const auto precision = map.optional("precision");
  map.finish();
  if (policy) {
    space.policy = policy->string();
    located(*policy, [&] { return scheduler::make_policy(space.policy); });
  }
  const auto read = [](const YamlValue& word, auto from_string) {
    return located(word, [&] { return from_string(word.string()); });
  };
  if (objective) space.objective = read(*objective, accelerators::objective_from_string);
  if (mapper) space.mapper.effort = read(*mapper, accelerators::effort_from_string);
  if (concurrency) space.concurrency = read(*concurrency, scheduler::concurrency_from_string);
  if (precision) {
    space.precisions.otherwise = precision->string();
    static_cast<void>(read(*precision, accelerators::precision_request_from_string));
  }
}

std::vector<Metric> read_objectives(const YamlValue& value,
                                    const std::vector<ExploredModel>& models) {
  std::vector<Metric> objectives;
  for (const YamlValue& entry : value.sequence()) {
    const Metric metric = located(entry, [&] { return metric_from_string(entry.string()); });
    if (std::find(objectives.begin(), objectives.end(), metric) != objectives.end()) {
      throw entry.error(fmt::format("'{}' stands twice", entry.string()));
    }
    const bool has_deadline = std::any_of(
        models.begin(), models.end(), [](const auto& model) { return model.deadline.has_value(); });
    if (metric == Metric::kDeadlineMisses && !has_deadline) {
      throw entry.error("no model has a 'deadline' that could be missed");
    }
    objectives.push_back(metric);
  }
  if (objectives.empty()) throw value.error("expected at least one objective");
  return objectives;
}

void read_search(const YamlValue& value, std::size_t objectives, SearchSettings& search) {
  YamlMap map = value.map();
  const auto method = map.optional("method");
  const auto seed = map.optional("seed");
  const auto population = map.optional("population");
  map.finish();
  if (method) search.method = method->string();
  if (seed) search.seed = static_cast<std::uint64_t>(seed->integer(0, std::int64_t{1} << 62));
  if (population) {
    search.population = static_cast<std::size_t>(population->integer(1, kMostPopulation));
  }
  located(method ? *method : value, [&] {
    check_search(search, objectives);
    return 0;
  });
}

void read_stop(const YamlValue& value, StopRules& stop) {
  YamlMap map = value.map();
  const auto points = map.optional("points");
  const auto time = map.optional("time");
  const auto stagnation = map.optional("stagnation");
  map.finish();
  if (points) stop.points = static_cast<std::uint64_t>(points->integer(1, kMostPoints));
  if (time) {
    stop.time = located(*time, [&] {
      const Value span = Value::from_yaml(time->string());
      if (span.kind == Value::Kind::kNumber && span.dimension == dimensions::kSeconds &&
          span.number > 0) {
        return base::Seconds(span.number);
      }
      throw time->error(
          fmt::format("'{}' is no time; write a number and a unit, as '600 s'", time->string()));
    });
  }
  if (stagnation) stop.stagnation = static_cast<std::uint64_t>(stagnation->integer(1, kMostPoints));
}

/// What the command line says takes its place in the tree.
void apply(const SpaceOverrides& overrides, YamlNode& tree) {
  const auto set = [&tree](std::string_view section, std::string_view key,
                           const std::string& text) {
    if (tree.find(section) == nullptr) tree.put(section, YamlNode::make_map(tree.where()));
    tree.find(section)->put(
        key,
        YamlNode::make_scalar(text, {fmt::format("--{}", key == "method" ? "search" : key), 0, 0}));
  };
  if (overrides.method) set("search", "method", *overrides.method);
  if (overrides.seed) set("search", "seed", std::to_string(*overrides.seed));
  if (overrides.points) set("stop", "points", std::to_string(*overrides.points));
  if (overrides.time) set("stop", "time", fmt::format("{} s", overrides.time->value()));
  if (overrides.mapper) {
    set("evaluation", "mapper", std::string(accelerators::to_string(*overrides.mapper)));
  }
}

/// The tree without what does not change the points, as text.
std::string identity_of(YamlNode tree) {
  for (const std::string_view key : {"search", "stop", "description"}) tree.erase(key);
  return tree.to_yaml();
}

/// Parameters and links of a space whose system is read.
void read_varied(const YamlValue& parameters, const std::optional<YamlValue>& links, Space& space) {
  for (const auto& [parameter, value] : parameters.map().all()) {
    space.parameters.push_back(read_parameter(parameter, value, space.system));
  }
  if (space.parameters.empty()) throw parameters.error("expected at least one parameter");
  if (!links) return;
  for (const auto& [path, value] : links->map().all()) {
    space.links.push_back({path, read_expression(value), value.node().where()});
  }
}

Space read_tree(YamlNode tree, const std::filesystem::path& file, const SpaceOverrides& overrides) {
  if (tree.kind() == YamlNode::Kind::kMap) apply(overrides, tree);
  YamlMap map(YamlValue(tree, ""));
  const YamlValue schema = map.required("schema");
  const auto name = map.optional("name");
  const auto description = map.optional("description");
  const YamlValue system = map.required("system");
  const YamlValue models = map.required("models");
  const YamlValue parameters = map.required("parameters");
  const auto links = map.optional("links");
  const auto constraints = map.optional("constraints");
  const auto evaluation = map.optional("evaluation");
  const YamlValue objectives = map.required("objectives");
  const auto search = map.optional("search");
  const auto stop = map.optional("stop");
  map.finish();
  if (schema.string() != kSpaceSchema) {
    throw schema.error(fmt::format("'{}' is no space; expected {}", schema.string(), kSpaceSchema));
  }
  const std::filesystem::path folder = file.parent_path();

  Space space;
  space.name = name ? name->string() : file.stem().string();
  if (description) space.description = description->string();
  space.system_name = system.string();
  space.system = located(system, [&] {
    const std::string& given = space.system_name;
    return accelerators::resolve_system(base::looks_like_path(accelerators::kSystemFiles, given)
                                            ? (folder / given).string()
                                            : given);
  });
  static_cast<void>(accelerators::read_system(space.system));
  space.models = read_models(models, folder);
  read_varied(parameters, links, space);
  if (constraints) {
    for (const YamlValue& entry : constraints->sequence()) {
      space.constraints.push_back({read_expression(entry), false, entry.node().where()});
    }
  }
  if (evaluation) read_evaluation(*evaluation, space);
  space.objectives = read_objectives(objectives, space.models);
  if (search) read_search(*search, space.objectives.size(), space.search);
  if (stop) read_stop(*stop, space.stop);
  space.identity = identity_of(std::move(tree));
  check_space(space);
  return space;
}

}  // namespace

Space read_space(const std::filesystem::path& file, const SpaceOverrides& overrides) {
  YamlNode tree = base::read_yaml_file(file);
  std::string text;
  std::error_code failed;
  if (std::filesystem::is_regular_file(file, failed)) {
    std::ifstream stream(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(stream), {});
  } else {
    text = tree.to_yaml();  // a pipe can be read but once
  }
  Space space = read_tree(std::move(tree), file, overrides);
  space.text = std::move(text);
  return space;
}

Space read_space_text(std::string_view text, const std::filesystem::path& file,
                      const SpaceOverrides& overrides) {
  Space space = read_tree(base::read_yaml_text(text, file.string()), file, overrides);
  space.text = text;
  return space;
}

Space read_varied_system(std::string_view text, const std::string& name,
                         std::string_view resolved) {
  const YamlNode tree = base::read_yaml_text(text, name);
  YamlMap map(YamlValue(tree, ""));
  Space space;
  space.name = name;
  space.system = base::read_yaml_text(resolved, "system of " + name);
  read_varied(map.required("parameters"), map.optional("links"), space);
  return space;
}

}  // namespace mensa::explore
