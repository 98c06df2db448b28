#include "accelerators/spec/technology_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "accelerators/spec/precision_reader.h"
#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

// Energies, powers and areas may be 0: "what if it cost nothing" is a fair question.
base::Picojoules read_energy(const base::YamlValue& value) { return value.energy(true); }
base::Watts read_power(const base::YamlValue& value) { return value.power(true); }
base::SquareMillimetres read_area(const base::YamlValue& value) { return value.area(true); }

MacEnergy read_mac(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue weights = map.required("weights");
  const base::YamlValue activations = map.required("activations");
  const base::YamlValue energy = map.required("energy");
  map.finish();
  MacEnergy entry;
  entry.weights = read_number_format(weights);
  entry.activations = read_number_format(activations);
  entry.energy = read_sourced(energy, read_energy);
  return entry;
}

RegisterFigures read_register(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue capacity = map.required("capacity");
  const base::YamlValue energy = map.required("energy_per_byte");
  const base::YamlValue area = map.required("area_per_byte");
  map.finish();
  return {capacity.bytes(), read_sourced(energy, read_energy), read_sourced(area, read_area)};
}

/// Reads a list that must not be empty and whose entries must differ in `key`.
template <class Entry, class Read, class Key>
std::vector<Entry> read_distinct(const base::YamlValue& list, Read read, Key key) {
  std::vector<Entry> entries;
  for (const base::YamlValue& value : list.sequence()) {
    Entry entry = read(value);
    const bool is_double = std::any_of(entries.begin(), entries.end(), [&](const Entry& other) {
      return key(other) == key(entry);
    });
    if (is_double) throw value.error("an entry before this one has the same size");
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) throw list.error("expected at least one entry");
  std::sort(entries.begin(), entries.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  return entries;
}

SramPoint read_point(base::YamlMap& map) {
  const base::YamlValue capacity = map.required("capacity");
  const base::YamlValue width = map.required("width");
  const base::YamlValue cycle_time = map.required("cycle_time");
  const base::YamlValue read = map.required("read");
  const base::YamlValue write = map.required("write");
  const base::YamlValue leakage = map.required("leakage");
  const base::YamlValue area = map.required("area");
  map.finish();
  SramPoint point;
  point.capacity = capacity.bytes();
  point.width = width.bytes();
  point.cycle_time = cycle_time.seconds();
  point.read = read_energy(read);
  point.write = read_energy(write);
  point.leakage = read_power(leakage);
  point.area = read_area(area);
  return point;
}

/// A factor of the SRAM figures; 1 where it is not given.
double read_factor(base::YamlMap& scale, std::string_view key) {
  constexpr double kLeast = 1e-6;
  constexpr double kMost = 1e6;
  const auto value = scale.optional(key);
  if (!value) return 1;
  return read_nominal(*value, [](const base::YamlValue& one) { return one.number(kLeast, kMost); });
}

void read_sram(const base::YamlValue& value, Technology& technology) {
  base::YamlMap map = value.map();
  const base::YamlValue table = map.required("table");
  const base::YamlValue cell = map.required("cell");
  const base::YamlValue separate_ports_area = map.required("separate_ports_area");
  const auto scale = map.optional("scale");
  const auto sources = map.optional("sources");
  map.finish();

  technology.separate_ports_area =
      read_sourced(separate_ports_area, [](const base::YamlValue& one) {
        constexpr double kLeast = 1;
        constexpr double kMost = 100;
        return one.number(kLeast, kMost);
      });
  technology.sram_cell = cell.string();
  std::vector<SramPoint> points;
  std::set<std::string> cells;
  for (const base::YamlValue& entry : table.sequence()) {
    base::YamlMap row = entry.map();
    const std::string row_cell = row.required("cell").string();
    const SramPoint point = read_point(row);
    cells.insert(row_cell);
    if (row_cell == technology.sram_cell) points.push_back(point);
  }
  if (points.empty()) {
    throw cell.error(base::unknown_name_message(
        "SRAM cell", technology.sram_cell, std::vector<std::string>(cells.begin(), cells.end())));
  }
  if (scale) {
    base::YamlMap factors = scale->map();
    const double energy = read_factor(factors, "energy");
    const double leakage = read_factor(factors, "leakage");
    const double area = read_factor(factors, "area");
    const double time = read_factor(factors, "time");
    factors.finish();
    for (SramPoint& point : points) {
      point.read = point.read * energy;
      point.write = point.write * energy;
      point.leakage = point.leakage * leakage;
      point.area = point.area * area;
      point.cycle_time = point.cycle_time * time;
    }
  }
  technology.sram = located(table, [&] { return SramTable(std::move(points)); });
  check_sources(value, sources);
}

}  // namespace

Technology read_technology(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue name = map.required("name");
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue mac = map.required("mac");
  const base::YamlValue registers = map.required("registers");
  const base::YamlValue vector_operation = map.required("vector_operation");
  const base::YamlValue network_hop = map.required("network_hop_per_byte");
  const base::YamlValue pe_leakage = map.required("pe_leakage");
  const base::YamlValue pe_area = map.required("pe_area");
  const base::YamlValue vector_lane_area = map.required("vector_lane_area");
  const base::YamlValue network_area = map.required("network_area_per_byte");
  const base::YamlValue sram = map.required("sram");
  map.finish();

  Technology technology;
  technology.name = name.string();
  if (description) technology.description = description->string();
  if (notes) static_cast<void>(notes->string());
  technology.mac = read_distinct<MacEnergy>(mac, read_mac, [](const MacEnergy& entry) {
    return std::tuple(entry.weights, entry.activations);
  });
  technology.registers = read_distinct<RegisterFigures>(
      registers, read_register, [](const RegisterFigures& entry) { return entry.capacity; });
  technology.vector_operation = read_sourced(vector_operation, read_energy);
  technology.network_hop_per_byte = read_sourced(network_hop, read_energy);
  technology.pe_leakage = read_sourced(pe_leakage, read_power);
  technology.pe_area = read_sourced(pe_area, read_area);
  technology.vector_lane_area = read_sourced(vector_lane_area, read_area);
  technology.network_area_per_byte = read_sourced(network_area, read_area);
  read_sram(sram, technology);
  return technology;
}

}  // namespace mensa::accelerators
