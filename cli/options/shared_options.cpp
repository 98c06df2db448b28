#include "cli/options/shared_options.h"

#include <charconv>
#include <optional>

#include "accelerators/precision/precision_rules_reader.h"
#include "onnx_import/options/option_texts.h"

namespace mensa::cli {
namespace {

/// "NAME=VALUE" in two.
std::pair<std::string, std::string> assignment(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    throw CLI::ValidationError(option, "'" + text + "' is not of the form NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::int64_t integer_of_at_least(std::int64_t least, const std::string& option,
                                 const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end || value < least) {
    throw CLI::ValidationError(option,
                               "'" + text + "' is no integer of at least " + std::to_string(least));
  }
  return value;
}

std::map<std::string, std::int64_t> dimensions(const std::vector<std::string>& texts) {
  const std::string option = "--set";
  std::map<std::string, std::int64_t> values;
  for (const auto& [name, value] : assignments(option, texts)) {
    if (!values.emplace(name, integer_of_at_least(0, option, value)).second) {
      throw CLI::ValidationError(option, "the dimension '" + name + "' is set twice");
    }
  }
  return values;
}

/// NAME=VALUE for several names.
template <class Value, class Read>
void read_named(const std::string& option, const std::vector<std::string>& texts, Read read,
                std::map<std::string, Value>& values) {
  for (const auto& [name, text] : assignments(option, texts)) {
    if (!values.emplace(name, read_text(option, text, read)).second) {
      throw CLI::ValidationError(option, "'" + name + "' is given twice");
    }
  }
}

}  // namespace

Assignments assignments(const std::string& option, const std::vector<std::string>& texts) {
  Assignments pairs;
  pairs.reserve(texts.size());
  for (const std::string& text : texts) pairs.push_back(assignment(option, text));
  return pairs;
}

std::int64_t positive_integer(const std::string& option, const std::string& text) {
  return integer_of_at_least(1, option, text);
}

std::int64_t non_negative_integer(const std::string& option, const std::string& text) {
  return integer_of_at_least(0, option, text);
}

void add_repeated(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                  const std::string& shape, const std::string& help) {
  command.add_option(name, values, help)->type_name(shape)->allow_extra_args(false);
}

void add_model(CLI::App& command, std::string& model, const std::string& help) {
  command.add_option("MODEL", model, help)->required()->type_name("");
}

void add_models(CLI::App& command, std::vector<std::string>& models, const std::string& help) {
  command.add_option("MODEL", models, help)->required()->type_name("");
}

void add_reading_options(CLI::App& command, ModelTexts& texts) {
  command
      .add_option("--batch", texts.batch,
                  "First axis of the model's inputs, where the file leaves it open or 1")
      ->type_name("N");
  add_repeated(command, "--set", texts.set, "DIM=VALUE",
               "Value of a named dimension that the file leaves open");
  add_repeated(command, "--input", texts.inputs, "NAME=SHAPE",
               "Shape of a whole input, as image=1x3x640x640");
  add_repeated(command, "--constant", texts.constants, "NAME=VALUES",
               "Values of an input that never change, as sizes=1,3,640,640: it is no input then");
  add_repeated(command, "--branch", texts.branches, "NODE=then|else",
               "Branch of an If whose condition is not known before run time; else the costlier "
               "one is taken");
  command.add_flag("--no-fuse", texts.no_fuse,
                   "Make every node that does something a layer of its own");
  texts.unsupported = onnx_import::on_host_to_text(false);
  command
      .add_option("--unsupported", texts.unsupported,
                  "Refuse a model with operators that mensa does not know, or run these on the "
                  "host, as a guess by their bytes")
      ->capture_default_str()
      ->type_name("error|host");
}

void add_model_options(CLI::App& command, ModelTexts& texts) {
  add_reading_options(command, texts);
  command
      .add_option(
          "--densities", texts.densities,
          "YAML file of what shares of the model's tensors are not zero, as 'mensa profile' "
          "writes it: see docs/densities.md")
      ->type_name("FILE");
  command
      .add_option("--prune", texts.prune,
                  "Run as if weights had been pruned (the file stays as it is): a share of each "
                  "layer's weights by magnitude, N of each M neighbours that stay, or a share of "
                  "the output channels; see docs/pruning.md")
      ->type_name("0.7|2:4|channel:0.3");
  command
      .add_option("--layers", texts.prune_layers,
                  "With --prune: layers to prune, by a regular expression found in their names; "
                  "else all with weights, the first, the last and depthwise ones too")
      ->type_name("REGEX");
  command
      .add_option("--synthetic-weights", texts.synthetic_weights,
                  "Make up values for weights that the file has none of, from this seed, so that "
                  "--prune knows which are small")
      ->type_name("SEED");
}

namespace {

std::optional<onnx_import::PruneRequest> prune_request(const ModelTexts& texts) {
  if (texts.prune.empty()) {
    if (texts.prune_layers.empty()) return std::nullopt;
    throw CLI::ValidationError("--layers", "says which layers --prune is for, which is not given");
  }
  onnx_import::PruneRequest request;
  request.spec = read_text("--prune", texts.prune, onnx_import::prune_spec_from_text);
  request.layers = read_text("--layers", texts.prune_layers, onnx_import::layer_pattern_from_text);
  return request;
}

}  // namespace

onnx_import::ImportOptions import_options(const ModelTexts& texts) {
  onnx_import::ImportOptions options;
  if (!texts.batch.empty()) options.batch = positive_integer("--batch", texts.batch);
  options.dimensions = dimensions(texts.set);
  read_named("--input", texts.inputs, onnx_import::shape_from_text, options.inputs);
  read_named("--constant", texts.constants, onnx_import::constant_from_text, options.constants);
  read_named("--branch", texts.branches, onnx_import::branch_from_text, options.branches);
  options.fuse = !texts.no_fuse;
  options.unsupported_on_host =
      read_text("--unsupported", texts.unsupported, onnx_import::on_host_from_text);
  options.prune = prune_request(texts);
  if (!texts.synthetic_weights.empty()) {
    options.synthetic_weights =
        non_negative_integer("--synthetic-weights", texts.synthetic_weights);
  }
  options.densities = texts.densities;
  return options;
}

void check_densities(const onnx_import::ImportOptions& options, std::size_t models) {
  if (options.densities.empty() || models <= 1) return;
  throw CLI::ValidationError("--densities",
                             "a file of densities is of one model; several are given");
}

void add_parameter_option(CLI::App& command, std::vector<std::string>& parameters) {
  add_repeated(command, "--param", parameters, "PATH=VALUE",
               "Replaces a value of the system, as accelerators.pascal.pe_array=16x16");
}

Assignments parameters_from(const std::vector<std::string>& texts) {
  return assignments("--param", texts);
}

void add_system_option(CLI::App& command, std::string& system) {
  command.add_option("--system", system, "YAML file, or a name from 'mensa list systems'")
      ->capture_default_str()
      ->type_name("SYSTEM");
}

void add_policy_option(CLI::App& command, std::string& policy) {
  command.add_option("--policy", policy, "Who decides: see 'mensa list policies'")
      ->capture_default_str()
      ->type_name("POLICY");
}

void add_objective_option(CLI::App& command, std::string& objective, const std::string& help) {
  command.add_option("--objective", objective, help)
      ->capture_default_str()
      ->type_name("latency|energy|edp");
}

void add_mapper_option(CLI::App& command, std::string& mapper) {
  command
      .add_option("--mapper", mapper,
                  "How mappings are searched for: exhaustive tries all; pruned leaves out what "
                  "bounds prove no better; fast tries a few and proves nothing")
      ->capture_default_str()
      ->type_name("exhaustive|pruned|fast");
}

void add_memory_option(CLI::App& command, std::string& memory, const std::string& help) {
  command.add_option("--memory", memory, help)->capture_default_str()->type_name("detailed|ideal");
}

void add_concurrency_option(CLI::App& command, std::string& concurrency) {
  command
      .add_option("--concurrency", concurrency,
                  "One layer after the other, or layers on different accelerators at once")
      ->capture_default_str()
      ->type_name("sequence|layers");
}

void add_bandwidth_option(CLI::App& command, std::vector<std::string>& shares) {
  add_repeated(
      command, "--bandwidth-share", shares, "ACCELERATOR=SHARE",
      "Plan as if an accelerator had only this share of its port's bandwidth, as pascal=0.5 "
      "where others use it too");
}

std::map<std::string, double> bandwidth_shares_from(const std::vector<std::string>& texts) {
  const std::string option = "--bandwidth-share";
  std::map<std::string, double> shares;
  for (const auto& [name, text] : assignments(option, texts)) {
    double share = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, share);
    if (failed != std::errc() || stop != end || !(share > 0 && share <= 1)) {
      throw CLI::ValidationError(option, "'" + text + "' is no number above 0 and up to 1");
    }
    if (!shares.emplace(name, share).second) {
      throw CLI::ValidationError(option, "'" + name + "' is given twice");
    }
  }
  return shares;
}

void add_precision_option(CLI::App& command, std::string& precision, const std::string& help) {
  command.add_option("--precision", precision, help)
      ->type_name("native|as-model|w8a8|w4a8|fp16|...");
}

void add_precision_options(CLI::App& command, PrecisionTexts& texts) {
  add_precision_option(
      command, texts.precision,
      "What all layers compute at: native (the default) is the first precision of whatever "
      "accelerator runs them; as-model takes the element types of the model; wXaY has weights of X "
      "and activations of Y bits, integers of 4, 8 or 16; fp16, bf16 and fp32 are floats");
  command
      .add_option("--precisions", texts.file,
                  "YAML file of precisions by layer: see docs/precision.md")
      ->type_name("FILE");
}

accelerators::PrecisionRules precisions_from(const PrecisionTexts& texts) {
  return accelerators::precision_rules(texts.precision, texts.file);
}

void add_bound_option(CLI::App& command, std::string& bound, const std::string& otherwise) {
  command
      .add_option("--bound", bound,
                  "What schedules are held against: the relaxation, which takes no search, or the "
                  "best schedule there is in sequence, which maps every layer for everything that "
                  "may stay on chip" +
                      otherwise)
      ->capture_default_str()
      ->type_name("relaxation|optimum");
}

void add_jobs_option(CLI::App& command, std::string& jobs, const std::string& help) {
  command.add_option("--jobs", jobs, help + "; by default one for each core. Changes no result")
      ->type_name("N");
}

void add_format_option(CLI::App& command, std::string& format, const std::string& known,
                       const std::string& help) {
  command.add_option("--format", format, help)->capture_default_str()->type_name(known);
}

void add_formats_option(CLI::App& command, std::vector<std::string>& formats,
                        const std::string& known, const std::string& help) {
  command.add_option("--format", formats, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name(known);
}

void check_formats(const std::vector<std::string>& formats, const std::string& folder) {
  if (!folder.empty() || formats.size() <= 1) return;
  throw CLI::ValidationError("--format",
                             "standard output takes one format; give a folder with --out for more");
}

}  // namespace mensa::cli
