#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/precision/precision_request.h"
#include "models/base/error.h"
#include "onnx_import/import.h"

// Options that several subcommands have, and how their texts are read. Texts that are none of what
// is asked for throw CLI::ValidationError naming the option.

namespace mensa::cli {

/// The model options as text, before what CLI11 does not check.
struct ModelTexts {
  std::string batch;
  std::vector<std::string> set;
  std::vector<std::string> inputs;
  std::vector<std::string> constants;
  std::vector<std::string> branches;
  bool no_fuse = false;
  std::string unsupported;
  std::string prune;
  std::string prune_layers;
  std::string synthetic_weights;
  std::string densities;
};

/// --precision and --precisions as text; empty where not given.
struct PrecisionTexts {
  std::string precision;
  std::string file;
};

/// What a subcommand is being read into: `arguments` by CLI11 itself, the others before what it
/// does not check.
template <class Arguments>
struct Reading {
  Arguments arguments;
  ModelTexts model;
  std::vector<std::string> parameters;
  std::vector<std::string> bandwidth_shares;
  PrecisionTexts precision;
};

using Assignments = std::vector<std::pair<std::string, std::string>>;

/// "NAME=VALUE", each in two.
[[nodiscard]] Assignments assignments(const std::string& option,
                                      const std::vector<std::string>& texts);
/// An integer of at least 1.
[[nodiscard]] std::int64_t positive_integer(const std::string& option, const std::string& text);

/// An integer of at least 0.
[[nodiscard]] std::int64_t non_negative_integer(const std::string& option, const std::string& text);

/// What `read` makes of a text; its base::Error becomes one of the option.
template <class Read>
auto read_text(const std::string& option, const std::string& text, Read read) {
  try {
    return read(text);
  } catch (const base::Error& error) {
    throw CLI::ValidationError(option, error.what());
  }
}

/// An option that may stand several times and takes one value each time.
void add_repeated(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                  const std::string& shape, const std::string& help);

/// One model, or several.
void add_model(CLI::App& command, std::string& model, const std::string& help);
void add_models(CLI::App& command, std::vector<std::string>& models, const std::string& help);

/// How a file is read; and as well what is known, or supposed, of zeros in its tensors.
void add_reading_options(CLI::App& command, ModelTexts& texts);
void add_model_options(CLI::App& command, ModelTexts& texts);
[[nodiscard]] onnx_import::ImportOptions import_options(const ModelTexts& texts);
/// A file of densities is of one model.
void check_densities(const onnx_import::ImportOptions& options, std::size_t models);

void add_parameter_option(CLI::App& command, std::vector<std::string>& parameters);
/// Of add_parameter_option().
[[nodiscard]] Assignments parameters_from(const std::vector<std::string>& texts);
void add_system_option(CLI::App& command, std::string& system);
void add_policy_option(CLI::App& command, std::string& policy);
void add_objective_option(CLI::App& command, std::string& objective,
                          const std::string& help = "What is made small");
void add_mapper_option(CLI::App& command, std::string& mapper);
void add_memory_option(CLI::App& command, std::string& memory, const std::string& help);
void add_concurrency_option(CLI::App& command, std::string& concurrency);
/// Repeated NAME=SHARE, and what is read of them.
void add_bandwidth_option(CLI::App& command, std::vector<std::string>& shares);
[[nodiscard]] std::map<std::string, double> bandwidth_shares_from(
    const std::vector<std::string>& texts);
/// One precision, a file of them, and what is read of both; base::Error where one is wrong.
void add_precision_option(CLI::App& command, std::string& precision, const std::string& help);
void add_precision_options(CLI::App& command, PrecisionTexts& texts);
[[nodiscard]] accelerators::PrecisionRules precisions_from(const PrecisionTexts& texts);
void add_bound_option(CLI::App& command, std::string& bound, const std::string& otherwise = "");
/// `jobs` as text: empty where it is not given.
void add_jobs_option(CLI::App& command, std::string& jobs, const std::string& help);
void add_format_option(CLI::App& command, std::string& format, const std::string& known,
                       const std::string& help);
/// Several formats by comma.
void add_formats_option(CLI::App& command, std::vector<std::string>& formats,
                        const std::string& known, const std::string& help);
/// Standard output takes one format.
void check_formats(const std::vector<std::string>& formats, const std::string& folder);

}  // namespace mensa::cli
