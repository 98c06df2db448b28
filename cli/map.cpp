#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "accelerators/cost/area.h"
#include "accelerators/mapping/check_mapping.h"
#include "accelerators/mapping/loop_orders.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/mapping/mapping_yaml.h"
#include "accelerators/precision/precision_request.h"
#include "accelerators/spec/loader.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "models/base/error.h"
#include "models/graph/shape_text.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {

using accelerators::Accelerator;
using accelerators::AccessCounts;
using accelerators::InputPositions;
using accelerators::LayerCost;
using accelerators::Level;
using accelerators::MacCostModel;
using accelerators::MacQuestion;
using accelerators::Mapping;
using accelerators::OperandCounts;
using accelerators::ParetoMappings;
using accelerators::SearchStatistics;
using accelerators::System;
using models::Dim;
using models::index;
using models::MacOperand;

namespace {

constexpr std::array<Level, accelerators::kLevelCount> kLevels = {Level::kDram, Level::kBuffers,
                                                                  Level::kRegisters};

/// A search that found a mapping.
struct Search {
  accelerators::Effort mapper = accelerators::Effort::kPruned;
  SearchStatistics statistics;
};

/// One layer with the mapping that was given or found, and what it comes to.
struct MappedLayer {
  models::ShapeText layer;
  MacQuestion question;
  std::optional<Search> search;  ///< none where the mapping was given
  Mapping mapping;
  AccessCounts counts;  ///< of one step
  LayerCost cost;       ///< of all steps
};

std::int64_t used_pes(const Mapping& mapping) {
  std::int64_t pes = mapping.groups[0].factor * mapping.groups[1].factor;
  for (const Dim dim : models::kAllDims) pes *= mapping.unroll(dim);
  return pes;
}

std::int64_t instances(const Mapping& mapping, Level level) {
  return level == Level::kRegisters ? used_pes(mapping) : 1;
}

/// The accelerator's precision of that name, which must be one of formats.
const accelerators::Precision& precision_of(const std::string& name, const models::ShapeText& layer,
                                            const Accelerator& accelerator) {
  using Kind = accelerators::PrecisionRequest::Kind;
  const accelerators::PrecisionRequest request = accelerators::precision_request_from_string(name);
  if (request.kind == Kind::kNative) return accelerator.native_precision();
  if (request.kind == Kind::kAsModel) {
    throw base::Error("--precision as-model asks for a model's element types; a shape has none");
  }
  if (layer.bits > 0) {
    throw base::Error(fmt::format(
        "the shape has 'bits={}', and --precision {} says as much; leave out one of them",
        layer.bits, name));
  }
  const accelerators::Precision* const found = accelerator.find_precision(request.factors);
  if (found != nullptr) return *found;
  throw base::Error(fmt::format("{} has no precision {}; it has {}", accelerator.name, name,
                                accelerator.precision_names()));
}

MacQuestion make_question(const MapArguments& arguments, const models::ShapeText& layer,
                          const Accelerator& accelerator) {
  const accelerators::Precision& precision = precision_of(arguments.precision, layer, accelerator);
  const int activations = accelerator.stored_bits(precision.factors.activations);
  MacQuestion question;
  question.shape = layer.shape;
  question.bits = {accelerator.stored_bits(precision.factors.weights), activations, activations,
                   std::max(activations, accelerator.stored_bits(precision.accumulators))};
  if (layer.bits == 0) {
    question.factors = precision.factors;
    question.tail.operations =
        layer.shape.elements(MacOperand::kOutputs) * precision.requantization;
  }
  if (layer.bits > 0) {
    question.bits.weights = question.bits.inputs = question.bits.outputs = layer.bits;
    question.bits.accumulators = std::max(question.bits.accumulators, layer.bits);
  }
  return question;
}

Mapping find_mapping(const System& system, const Accelerator& accelerator,
                     const MacQuestion& question, accelerators::Objective objective,
                     Search& search) {
  const auto result =
      accelerators::map_layer(system, accelerator, question, {search.mapper}, &search.statistics);
  if (const auto* missing = std::get_if<accelerators::Infeasible>(&result)) {
    throw base::Error(
        fmt::format("the layer does not fit {}: {}", accelerator.name, missing->to_string()));
  }
  const auto& mappings = std::get<ParetoMappings>(result);
  const auto score = [&](const accelerators::MappedCost& entry) {
    return accelerators::score(objective, entry.cost.time, entry.cost.energy.total());
  };
  return std::min_element(mappings.begin(), mappings.end(),
                          [&](const auto& a, const auto& b) { return score(a) < score(b); })
      ->mapping;
}

MappedLayer evaluate(const MapArguments& arguments, const System& system,
                     const Accelerator& accelerator) {
  MappedLayer result;
  result.layer = models::parse_shape(arguments.shape);
  result.question = make_question(arguments, result.layer, accelerator);
  if (arguments.bounding_box) result.question.input_positions = InputPositions::kBoundingBox;
  const accelerators::Effort mapper = accelerators::effort_from_string(arguments.mapper);
  if (arguments.mapping.empty()) {
    result.search.emplace().mapper = mapper;
    result.mapping =
        find_mapping(system, accelerator, result.question,
                     accelerators::objective_from_string(arguments.objective), *result.search);
  } else {
    result.mapping =
        accelerators::read_mapping(base::read_yaml_file(arguments.mapping), result.layer.shape,
                                   accelerators::default_array_order(accelerator.dataflow));
    accelerators::check_mapping(result.mapping, result.layer.shape, accelerator);
  }
  MacCostModel model(system, accelerator, result.question);
  const auto answer = model.evaluate(result.mapping);
  if (const auto* missing = std::get_if<accelerators::Infeasible>(&answer)) {
    throw base::Error(fmt::format("{}: the mapping does not fit {}: {}", arguments.mapping,
                                  accelerator.name, missing->to_string()));
  }
  result.counts = model.counts();
  result.cost = repeat(std::get<LayerCost>(answer), result.layer.steps, accelerator.clock);
  return result;
}

nlohmann::ordered_json per_instance(std::int64_t total, std::int64_t count) {
  if (total % count == 0) return total / count;
  return static_cast<double>(total) / static_cast<double>(count);
}

/// The average with one digit where the instances differ, as in remainder tiles.
std::string rounded(std::int64_t total, std::int64_t count) {
  if (total % count == 0) return fmt::format("{}", total / count);
  return fmt::format("{:.1f}", static_cast<double>(total) / static_cast<double>(count));
}

bool counts_boxes(const MappedLayer& mapped) {
  return mapped.question.input_positions == InputPositions::kBoundingBox;
}

nlohmann::ordered_json tile_json(const models::DimArray& tile) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Dim dim : models::kAllDims) json[std::string(to_string(dim))] = tile[index(dim)];
  return json;
}

std::string to_json(const MappedLayer& mapped, const System& system,
                    const Accelerator& accelerator) {
  const LayerCost& cost = mapped.cost;
  nlohmann::ordered_json json;
  json["schema"] = "mensa-map/1";
  json["shape"] = mapped.layer.shape.to_string();
  json["steps"] = mapped.layer.steps;
  json["system"] = system.name;
  json["accelerator"] = accelerator.name;
  json["dataflow"] = accelerator.dataflow.name;
  json["input_positions"] = counts_boxes(mapped) ? "bounding_box" : "touched";
  json["mapper"] = nullptr;
  if (mapped.search.has_value()) {
    json["mapper"] = to_string(mapped.search->mapper);
    json["search"]["evaluations"] = mapped.search->statistics.evaluations;
    json["search"]["bounds"] = mapped.search->statistics.bounds;
  }
  json["mapping"] = mapped.mapping.to_string();
  json["macs"] = cost.macs;
  json["compute_cycles"] = cost.compute_cycles.value();
  json["network_cycles"] = cost.network_cycles.value();
  json["memory_cycles"] = cost.memory_cycles.value();
  json["cycles"] = cost.cycles.value();
  json["time_s"] = cost.time.value();
  json["bound"] = to_string(cost.bound);
  json["pe_utilization"] = cost.pe_utilization;
  auto& energy = json["energy_pj"];
  energy["mac"] = cost.energy.mac.value();
  energy["register_file"] = cost.energy.register_file.value();
  energy["buffer"] = cost.energy.buffer.value();
  energy["network"] = cost.energy.network.value();
  energy["dram"] = cost.energy.dram.value();
  energy["static"] = cost.energy.static_energy.value();
  energy["total"] = cost.energy.total().value();
  json["dram_read_bytes"] = cost.dram.read().value();
  json["dram_write_bytes"] = cost.dram.write().value();
  const accelerators::AreaBreakdown area = accelerators::area(accelerator, system.technology);
  auto& area_mm2 = json["area_mm2"];
  area_mm2["pe_array"] = area.pe_array.value();
  area_mm2["register_files"] = area.register_files.value();
  area_mm2["buffers"] = area.buffers.value();
  area_mm2["vector_unit"] = area.vector_unit.value();
  area_mm2["network"] = area.network.value();
  area_mm2["total"] = area.total().value();
  auto& levels = json["levels"];
  for (const Level level : kLevels) {
    nlohmann::ordered_json entry;
    const std::int64_t count = instances(mapped.mapping, level);
    entry["name"] = to_string(level);
    entry["instances"] = count;
    entry["tile"] = tile_json(mapped.mapping.at(level).tile);
    for (const MacOperand operand : models::kAllMacOperands) {
      const OperandCounts& counts = mapped.counts.at(level, operand);
      auto& place = entry["operands"][std::string(to_string(operand))];
      place["reads"] = per_instance(counts.reads, count);
      place["fills"] = per_instance(counts.fills, count);
      place["updates"] = per_instance(counts.updates, count);
      place["drains"] = per_instance(counts.drains, count);
    }
    levels.push_back(std::move(entry));
  }
  return json.dump(2) + "\n";
}

std::string to_table(const MappedLayer& mapped, const System& system,
                     const Accelerator& accelerator) {
  using traces::Align;
  const LayerCost& cost = mapped.cost;
  const accelerators::AreaBreakdown area = accelerators::area(accelerator, system.technology);
  std::string text =
      fmt::format("{} on {} of {} ({}x{} PEs, dataflow {})\nmapping  {}\n\n",
                  mapped.layer.shape.to_string(), accelerator.name, system.name, accelerator.rows,
                  accelerator.columns, accelerator.dataflow.name, mapped.mapping.to_string());
  traces::TextTable table({{"level", Align::kLeft},
                           {"operand", Align::kLeft},
                           {"instances"},
                           {"reads each"},
                           {"fills each"},
                           {"updates each"},
                           {"drains each"}});
  for (const Level level : kLevels) {
    const std::int64_t count = instances(mapped.mapping, level);
    for (const MacOperand operand : models::kAllMacOperands) {
      const OperandCounts& counts = mapped.counts.at(level, operand);
      if (counts == OperandCounts{}) continue;
      table.add_row({std::string(to_string(level)), std::string(to_string(operand)),
                     fmt::format("{}", count), rounded(counts.reads, count),
                     rounded(counts.fills, count), rounded(counts.updates, count),
                     rounded(counts.drains, count)});
    }
  }
  text += table.to_string();
  text += fmt::format(
      "Counts are elements{}{}.\n\n",
      mapped.layer.steps > 1 ? " of one step; parameters are fetched at every step" : "",
      counts_boxes(mapped) ? "; inputs are counted by bounding boxes" : "");
  text += fmt::format(
      "Cycles      {} ({} compute, {} network, {} memory): bound by {}\n"
      "Time        {:.3f} us at {} MHz\n"
      "PEs         {:.1f} % used\n"
      "Energy      {:.3f} uJ (MAC {:.3f}, register file {:.3f}, buffer {:.3f}, network {:.3f}, "
      "DRAM {:.3f}, static {:.3f})\n"
      "DRAM        {} B read, {} B written\n"
      "Area        {:.3f} mm2 (PE array {:.3f}, register files {:.3f}, buffers {:.3f}, "
      "vector unit {:.3f}, network {:.3f})\n",
      cost.cycles.value(), cost.compute_cycles.value(), cost.network_cycles.value(),
      cost.memory_cycles.value(), to_string(cost.bound), cost.time.value() * 1e6,
      accelerator.clock.value() / 1e6, cost.pe_utilization * 100,
      cost.energy.total().value() * 1e-6, cost.energy.mac.value() * 1e-6,
      cost.energy.register_file.value() * 1e-6, cost.energy.buffer.value() * 1e-6,
      cost.energy.network.value() * 1e-6, cost.energy.dram.value() * 1e-6,
      cost.energy.static_energy.value() * 1e-6, cost.dram.read().value(), cost.dram.write().value(),
      area.total().value(), area.pe_array.value(), area.register_files.value(),
      area.buffers.value(), area.vector_unit.value(), area.network.value());
  if (mapped.search.has_value()) {
    const SearchStatistics& statistics = mapped.search->statistics;
    text +=
        fmt::format("Search      {}: {} mappings evaluated, {} bounds\n",
                    to_string(mapped.search->mapper), statistics.evaluations, statistics.bounds);
  }
  return text;
}

}  // namespace

void map(const MapArguments& arguments) {
  const System system = accelerators::load_system(arguments.system, arguments.parameters);
  for (const std::string& warning : system.warnings) warn(warning);
  if (arguments.accelerator.empty() && system.accelerators.size() > 1) {
    std::string names;
    for (const Accelerator& accelerator : system.accelerators) {
      names += (names.empty() ? "" : ", ") + accelerator.name;
    }
    throw base::Error(
        fmt::format("system {} has several accelerators; choose one with "
                    "--accelerator NAME ({})",
                    system.name, names));
  }
  const Accelerator& accelerator = arguments.accelerator.empty()
                                       ? system.accelerators.front()
                                       : system.accelerator(arguments.accelerator);
  const MappedLayer mapped = evaluate(arguments, system, accelerator);
  if (!arguments.save.empty()) {
    write_file(arguments.save, accelerators::mapping_to_yaml(mapped.mapping));
  }
  if (arguments.format == "json") {
    print(to_json(mapped, system, accelerator));
  } else if (arguments.format == "table") {
    print(to_table(mapped, system, accelerator));
  } else {
    throw base::Error(base::unknown_name_message("format", arguments.format, {"table", "json"}));
  }
}

}  // namespace mensa::cli
