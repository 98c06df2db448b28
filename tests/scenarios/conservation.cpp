#include "tests/scenarios/conservation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace mensa {
namespace {

using Json = nlohmann::json;

/// Sums of doubles in another order.
constexpr double kRounding = 1e-9;
/// The simulator's clock ticks in picoseconds, and each run of a layer may round once.
constexpr double kTick = 1e-12;

std::int64_t picoseconds(const Json& seconds) { return std::llround(seconds.get<double>() * 1e12); }

std::int64_t whole_sum(const Json& parts) {
  std::int64_t sum = 0;
  for (const auto& value : parts) sum += value.get<std::int64_t>();
  return sum;
}

double sum_of(const Json& components) {
  double sum = 0;
  for (const auto& value : components) sum += value.get<double>();
  return sum;
}

class Checker {
 public:
  explicit Checker(const Json& report) : report_(report) {
    for (const Json& accelerator : report["system"]["accelerators"]) {
      const std::string port = accelerator["port"];
      peak_macs_[accelerator["name"]] = accelerator["peak_flops"].get<double>() / 2;
      for (const Json& candidate : report["ports"]) {
        const std::string path =
            candidate["memory"].get<std::string>() + "." + candidate["port"].get<std::string>();
        if (path == port) {
          bandwidth_[accelerator["name"]] = candidate["bandwidth_bytes_per_s"].get<double>();
        }
      }
    }
  }

  std::vector<std::string> violations() {
    totals();
    accelerators();
    areas();
    static_energy();
    for (const Json& layer : report_["layers"]) check_layer(layer);
    return std::move(violations_);
  }

 private:
  void require(bool holds, const std::string& sentence) {
    if (!holds) violations_.push_back(sentence);
  }
  void require_near(double a, double b, const std::string& what) {
    const double size = std::max(std::abs(a), std::abs(b));
    require(std::abs(a - b) <= kRounding * size, fmt::format("{}: {} is not {}", what, a, b));
  }
  void require_equal(std::int64_t a, std::int64_t b, const std::string& what) {
    require(a == b, fmt::format("{}: {} is not {}", what, a, b));
  }

  [[nodiscard]] std::int64_t over_layers(std::string_view key) const {
    std::int64_t sum = 0;
    for (const Json& layer : report_["layers"]) sum += layer[std::string(key)].get<std::int64_t>();
    return sum;
  }

  void totals() {
    const Json& totals = report_["totals"];
    require_equal(over_layers("macs"), totals["macs"], "MACs of the layers");
    require_equal(report_["model"]["macs"], totals["macs"], "MACs of the model");
    require_equal(over_layers("dram_read_bytes"), totals["dram_read_bytes"], "bytes read");
    require_equal(over_layers("dram_write_bytes"), totals["dram_write_bytes"], "bytes written");
    require_equal(totals["dram_read_bytes"].get<std::int64_t>() +
                      totals["dram_write_bytes"].get<std::int64_t>(),
                  totals["dram_bytes"], "bytes read and written");
    for (const auto& [component, energy] : totals["energy_pj"].items()) {
      double sum = 0;
      for (const Json& layer : report_["layers"])
        sum += layer["energy_pj"][component].get<double>();
      require_near(sum, energy.get<double>(), "energy of the layers, " + component);
    }
    require_near(sum_of(totals["energy_pj"]) * 1e-12, totals["energy_j"].get<double>(), "energy_j");
    require_equal(static_cast<std::int64_t>(report_["transfers"].size()), totals["transfers"],
                  "transfers");
    double end = 0;
    for (const Json& layer : report_["layers"]) end = std::max(end, layer["end_s"].get<double>());
    require_near(end, totals["latency_s"].get<double>(), "end of the last layer");
    std::int64_t through_ports = 0;
    for (const Json& port : report_["ports"]) {
      const std::int64_t bytes =
          port["read_bytes"].get<std::int64_t>() + port["write_bytes"].get<std::int64_t>();
      through_ports += bytes;
      const double fastest =
          static_cast<double>(bytes) / port["bandwidth_bytes_per_s"].get<double>();
      require(totals["latency_s"].get<double>() >= fastest * (1 - kRounding),
              "a port moves more than its bandwidth");
    }
    require_equal(through_ports, totals["dram_bytes"], "bytes through the ports");
  }

  void accelerators() {
    const double latency = report_["totals"]["latency_s"].get<double>() * (1 + kRounding);
    std::int64_t layers = 0;
    std::int64_t macs = 0;
    double energy = 0;
    for (const Json& accelerator : report_["accelerators"]) {
      const std::string name = accelerator["name"];
      layers += accelerator["layers"].get<std::int64_t>();
      macs += accelerator["macs"].get<std::int64_t>();
      energy += sum_of(accelerator["energy_pj"]);
      const double active = accelerator["active_s"].get<double>();
      require(active <= latency, name + " is active for longer than the run");
      require(accelerator["busy_s"].get<double>() <= active * (1 + kRounding) + kTick,
              name + " is busy for longer than it is active");
      const Json& activities = accelerator["activities_ps"];
      require_equal(whole_sum(activities), picoseconds(report_["totals"]["latency_s"]),
                    name + ": what it does adds up to the run");
      std::int64_t busy = 0;
      for (const Json& layer : report_["layers"]) {
        if (layer["accelerator"] == name)
          busy += layer["activities_ps"]["busy"].get<std::int64_t>();
      }
      require_equal(busy, activities["busy"], name + ": busy with its layers");
      for (const Json& buffer : accelerator["buffers"]) {
        require(buffer["peak_bytes"].get<std::int64_t>() <=
                    buffer["capacity_bytes"].get<std::int64_t>(),
                name + ": its buffer " + buffer["name"].get<std::string>() +
                    " holds more than its capacity");
      }
    }
    require_equal(layers, static_cast<std::int64_t>(report_["layers"].size()),
                  "layers of the accelerators");
    require_equal(macs, report_["totals"]["macs"], "MACs of the accelerators");
    require_near(energy, sum_of(report_["totals"]["energy_pj"]), "energy of the accelerators");
  }

  void areas() {
    const Json& system = report_["system"];
    std::map<std::string, double> sums;
    for (const Json& accelerator : system["accelerators"]) {
      double parts = 0;
      for (const auto& [component, area] : accelerator["area_mm2"].items()) {
        sums[component] += area.get<double>();
        if (component != "total") parts += area.get<double>();
      }
      require_near(parts, accelerator["area_mm2"]["total"].get<double>(),
                   accelerator["name"].get<std::string>() + ": area of its parts");
    }
    for (const auto& [component, area] : system["area_mm2"].items()) {
      require_near(sums[component], area.get<double>(), "area of the accelerators, " + component);
    }
  }

  /// Where no accelerator is power-gated, all that leaks does so all the time.
  void static_energy() {
    const Json& system = report_["system"];
    double watts = system["memory_background_w"].get<double>();
    for (const Json& accelerator : system["accelerators"]) {
      if (accelerator["power_gated"].get<bool>()) return;
      watts += sum_of(accelerator["leakage_w"]);
    }
    const Json& totals = report_["totals"];
    require_near(watts * totals["latency_s"].get<double>() * 1e12,
                 totals["energy_pj"]["static"].get<double>(), "static energy");
  }

  /// Whether another layer of its accelerator is at work between its start and its end: such
  /// layers share that time.
  [[nodiscard]] bool takes_turns(const Json& layer) const {
    return std::any_of(report_["layers"].begin(), report_["layers"].end(), [&](const Json& other) {
      return other["id"] != layer["id"] && other["accelerator"] == layer["accelerator"] &&
             picoseconds(other["start_s"]) < picoseconds(layer["end_s"]) &&
             picoseconds(layer["start_s"]) < picoseconds(other["end_s"]);
    });
  }

  void check_layer(const Json& layer) {
    if (layer["runs"] == 1 && !takes_turns(layer)) {
      require_equal(picoseconds(layer["end_s"]) - picoseconds(layer["start_s"]),
                    picoseconds(layer["time_s"]),
                    layer["name"].get<std::string>() + ": time from start to end");
    }
    require_equal(whole_sum(layer["activities_ps"]), picoseconds(layer["time_s"]),
                  layer["name"].get<std::string>() + ": what its accelerator does in its time");
    const std::string name = layer["name"];
    const std::string accelerator = layer["accelerator"];
    const auto bytes = [&](const char* key) { return layer[key].get<std::int64_t>(); };
    const Json& residency = layer["residency"];
    const std::int64_t touched = bytes("parameter_bytes") + bytes("input_bytes") +
                                 bytes("output_bytes") -
                                 residency["input_bytes"].get<std::int64_t>() -
                                 residency["output_bytes"].get<std::int64_t>();
    const std::int64_t moved = bytes("dram_read_bytes") + bytes("dram_write_bytes");
    require(moved >= touched, fmt::format("'{}' moves {} B but touches {} B that are not resident",
                                          name, moved, touched));
    std::int64_t parts = 0;
    for (const auto& part : layer["dram_bytes"]) parts += part.get<std::int64_t>();
    require_equal(parts, moved, fmt::format("'{}': DRAM bytes by what is moved", name));

    require(layer["pe_utilization"].get<double>() <= 1 + kRounding,
            fmt::format("'{}' does more MACs than its PEs can", name));
    const double from_start_to_end = layer["end_s"].get<double>() - layer["start_s"].get<double>();
    require(from_start_to_end >= 0, fmt::format("'{}' ends before it starts", name));
    if (!peak_macs_.contains(accelerator)) return;  // the host
    const double slack =
        from_start_to_end * kRounding + kTick * static_cast<double>(1 + bytes("runs"));
    const double compute = static_cast<double>(bytes("macs")) / peak_macs_.at(accelerator);
    require(
        from_start_to_end + slack >= compute,
        fmt::format("'{}' takes {} s but its MACs need {} s", name, from_start_to_end, compute));
    const double memory = static_cast<double>(moved) / bandwidth_.at(accelerator);
    require(
        from_start_to_end + slack >= memory,
        fmt::format("'{}' takes {} s but its bytes need {} s", name, from_start_to_end, memory));
  }

  const Json& report_;
  std::map<std::string, double> peak_macs_;
  std::map<std::string, double> bandwidth_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> conservation_violations(const nlohmann::json& report) {
  return Checker(report).violations();
}

}  // namespace mensa
