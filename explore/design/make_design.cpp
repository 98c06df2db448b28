#include "explore/design/make_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <set>

#include "accelerators/cost/area.h"
#include "accelerators/cost/peak_power.h"
#include "explore/design/describe_design.h"
#include "explore/design/design_yaml.h"
#include "explore/design/scaled_system.h"
#include "explore/space/dimension.h"
#include "models/base/error.h"

namespace mensa::explore {
namespace {

using accelerators::FactorFormats;
using accelerators::System;

std::vector<std::string> ports_of(const System& system) {
  std::vector<std::string> names;
  names.reserve(system.ports.size());
  for (const accelerators::MemoryPort& port : system.ports) {
    names.push_back(fmt::format("{}.{}", system.memory(port.memory).name, port.name));
  }
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Ports that are named must be somebody's.
void check_ports(const DesignRequest& request, const std::vector<System>& systems) {
  std::vector<std::string> known;
  for (const System& system : systems) {
    for (const std::string& port : ports_of(system)) {
      if (!contains(known, port)) known.push_back(port);
    }
  }
  const auto check = [&](const std::string& name) {
    if (contains(known, name)) return;
    throw base::Error(base::unknown_name_message("memory port", name, known));
  };
  for (const std::string& place : request.places) check(place);
  for (const PortLimit& limit : request.limits) {
    check(limit.port);
    if (request.places.empty() || contains(request.places, limit.port)) continue;
    throw base::Error(fmt::format(
        "a limit is given for the port {}, at which no accelerator may sit", limit.port));
  }
}

/// What layers ask for beside the native precision.
void find_formats(const std::vector<DesignModel>& models, const System& system,
                  PlatformRequest& request) {
  request.native = false;
  for (const DesignModel& model : models) {
    const accelerators::LayerFormats formats(model.graph, system, model.precisions);
    for (const models::Layer& layer : model.graph.layers()) {
      if (!std::holds_alternative<models::MacWork>(layer.work)) continue;
      if (formats.is_native(layer)) {
        request.native = true;
        continue;
      }
      const FactorFormats wanted = formats.factors(layer, accelerators::AcceleratorId(0));
      if (std::find(request.formats.begin(), request.formats.end(), wanted) ==
          request.formats.end()) {
        request.formats.push_back(wanted);
      }
    }
  }
}

void check_models(const std::vector<DesignModel>& models) {
  for (const DesignModel& model : models) {
    if (model.graph.macs() > 0) continue;
    throw base::Error(fmt::format(
        "there is nothing to design an accelerator for: no layer of {} has MACs", model.name));
  }
}

/// The accelerators that a policy names are not those of a design.
void check_policy(const std::string& policy) {
  const bool names_some =
      policy.starts_with("single:") || policy.find("driver=") != std::string::npos;
  if (!names_some) return;
  throw base::Error(
      fmt::format("a design has accelerators of its own; the policy '{}' names others", policy));
}

double weighted_log_mean(const Merit& merit, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t m = 0; m < values.size(); ++m) sum += merit.weights()[m] * std::log(values[m]);
  return std::exp(sum);
}

double weighted_mean(const Merit& merit, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t m = 0; m < values.size(); ++m) sum += merit.weights()[m] * values[m];
  return sum;
}

/// `mean` of each figure of some models.
template <class Mean>
Means means_of(const std::vector<ModelFigures>& models, Mean mean) {
  const auto of = [&](auto figure) {
    std::vector<double> values;
    values.reserve(models.size());
    for (const ModelFigures& one : models) values.push_back(figure(one));
    return mean(values);
  };
  return {of([](const ModelFigures& one) { return one.latency; }),
          of([](const ModelFigures& one) { return one.energy; }),
          of([](const ModelFigures& one) { return one.latency * one.energy; }),
          of([](const ModelFigures& one) { return 1 / one.interval; })};
}

Means ratios(const Means& other, const Means& design) {
  return {other.latency / design.latency, other.energy / design.energy, other.edp / design.edp,
          design.throughput / other.throughput};
}

double accelerator_power(const System& system) {
  double power = 0;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    power += accelerators::peak_power(system, accelerator).total().value();
  }
  return power;
}

/// Makes a design, platform by platform.
class DesignMaker {
 public:
  DesignMaker(const DesignRequest& request, const std::vector<DesignModel>& models,
              const DesignListener& tell)
      : request_(request),
        models_(models),
        tell_(tell),
        parallel_(request.threads),
        mappings_(std::make_shared<accelerators::SharedMappings>(kMappingBytes)),
        merit_(request.rules.objective, weights_of(models)) {}

  DesignReport run() {
    check_models(models_);
    check_policy(request_.rules.policy_name);
    std::vector<System> systems;
    systems.reserve(request_.systems.size());
    for (const std::string& name : request_.systems) {
      systems.push_back(accelerators::load_system(name, request_.parameters));
    }
    check_ports(request_, systems);
    std::vector<System> others;  // names that are wrong are told before the work
    others.reserve(request_.against.size());
    for (const std::string& name : request_.against) {
      others.push_back(accelerators::load_system(name));
    }
    for (std::size_t s = 0; s < systems.size(); ++s) design_on(s, systems[s]);
    choose();
    report_best();
    compare(others);
    describe_notes();
    report_.system_yaml = design_yaml(report_, *platforms_[report_.chosen], request_.command);
    return std::move(report_);
  }

 private:
  static constexpr std::size_t kMappingBytes = std::size_t{512} << 20;

  static std::vector<double> weights_of(const std::vector<DesignModel>& models) {
    std::vector<double> weights;
    weights.reserve(models.size());
    for (const DesignModel& model : models) weights.push_back(model.weight);
    return weights;
  }

  void design_on(std::size_t position, const System& system) {
    PlatformOutcome outcome;
    outcome.system = system.name;
    outcome.technology = system.technology.name;
    platforms_.emplace_back();
    designers_.emplace_back();
    found_.emplace_back();
    try {
      platforms_.back() = std::make_unique<Platform>(platform_request(position, system));
      const Platform& platform = *platforms_.back();
      outcome.clock = platform.clock().value();
      for (const Platform::Place& place : platform.places()) outcome.places.push_back(place.port);
      DesignTask task;
      task.platform = &platform;
      task.models = &models_;
      task.rules = request_.rules;
      task.budget = request_.budget;
      task.most_accelerators = request_.most_accelerators;
      task.effort = request_.effort;
      task.seed = request_.seed;
      designers_.back() = std::make_unique<Designer>(
          task, mappings_, parallel_, [this, name = system.name](const DesignProgress& progress) {
            if (tell_) tell_(name, progress);
          });
      found_.back() = designers_.back()->run();
      const EvaluatedDesign& design = *found_.back().design;
      outcome.merit = std::exp(design.merit);
      outcome.area = design.footprint.area;
      outcome.peak_power = design.footprint.power;
      outcome.accelerators = design.blueprints.size();
      outcome.candidates = found_.back().candidates;
      outcome.systems = found_.back().systems;
    } catch (const base::Error& error) {
      if (request_.systems.size() == 1) throw;
      outcome.failure = error.what();
    }
    report_.platforms.push_back(std::move(outcome));
  }

  [[nodiscard]] PlatformRequest platform_request(std::size_t position, const System& system) const {
    PlatformRequest request;
    request.system = request_.systems[position];
    request.parameters = request_.parameters;
    request.clock = request_.clock;
    const std::vector<std::string> ports = ports_of(system);
    for (const std::string& place : request_.places) {
      if (contains(ports, place)) request.places.push_back(place);
    }
    if (request.places.empty() && !request_.places.empty()) {
      throw base::Error(
          fmt::format("system {} has none of the ports that accelerators may sit at", system.name));
    }
    for (const PortLimit& limit : request_.limits) {
      if (contains(ports, limit.port)) request.limits.push_back(limit);
    }
    find_formats(models_, system, request);
    return request;
  }

  void choose() {
    bool any = false;
    for (std::size_t p = 0; p < report_.platforms.size(); ++p) {
      const PlatformOutcome& one = report_.platforms[p];
      if (!one.failure.empty()) continue;
      if (!any || one.merit < report_.platforms[report_.chosen].merit) report_.chosen = p;
      any = true;
    }
    if (any) return;
    std::string text = "there is no design on any of the systems:";
    for (const PlatformOutcome& one : report_.platforms) {
      text += fmt::format("\n  {}: {}", one.system, one.failure);
    }
    throw base::Error(text);
  }

  void report_best() {
    const Platform& platform = *platforms_[report_.chosen];
    const PlatformDesign& found = found_[report_.chosen];
    const EvaluatedDesign& design = *found.design;
    report_.name = request_.name;
    report_.objective = accelerators::to_string(request_.rules.objective);
    report_.budget = request_.budget;
    report_.limits = request_.limits;
    report_.most_accelerators = request_.most_accelerators;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      DesignedModel model;
      model.name = models_[m].name;
      model.weight = merit_.weights()[m];
      for (const models::Layer& layer : models_[m].graph.layers()) {
        if (std::holds_alternative<models::MacWork>(layer.work)) ++model.layers;
      }
      model.macs = models_[m].graph.macs();
      model.figures = design.models[m];
      report_.models.push_back(std::move(model));
    }
    describe_accelerators(found, platform, models_, request_.rules, mappings_, report_);
    report_.is_local_optimum = found.is_local_optimum;
    report_.merit = std::exp(design.merit);
    report_.geometric = geometric(design.models);
    report_.arithmetic = arithmetic(design.models);
    report_.area = design.footprint.area;
    report_.peak_power = design.footprint.power;
    report_.leakage = design.footprint.leakage;
    report_.background_power = platform.background_power();
    for (std::size_t k = 0; k < found.by_count.size(); ++k) {
      const DesignOfCount& one = found.by_count[k];
      CountOutcome count;
      count.accelerators = k + 1;
      count.found = one.design != nullptr;
      if (count.found) {
        count.merit = std::exp(one.design->merit);
        count.area = one.design->footprint.area;
        count.peak_power = one.design->footprint.power;
        count.is_local_optimum = one.is_local_optimum;
        count.origin = one.origin;
        for (const Blueprint& blueprint : one.design->blueprints) {
          count.blueprints.push_back(to_text(platform, blueprint));
        }
      }
      report_.by_count.push_back(std::move(count));
    }
  }

  [[nodiscard]] Means geometric(const std::vector<ModelFigures>& models) const {
    return means_of(models, [&](const std::vector<double>& values) {
      return weighted_log_mean(merit_, values);
    });
  }

  [[nodiscard]] Means arithmetic(const std::vector<ModelFigures>& models) const {
    return means_of(
        models, [&](const std::vector<double>& values) { return weighted_mean(merit_, values); });
  }

  void compare(const std::vector<System>& others) {
    std::vector<System> systems;
    systems.reserve(2 * others.size());
    for (const System& other : others) {
      ComparedSystem as_it_is;
      as_it_is.system = other.name;
      as_it_is.area = accelerators::area(other).total().value();
      systems.push_back(other);
      report_.compared.push_back(as_it_is);
      ScaledSystem scaled = scaled_to_area(other, report_.area);
      as_it_is.is_scaled = true;
      as_it_is.factor = scaled.factor;
      as_it_is.area = scaled.area;
      systems.push_back(std::move(scaled.system));
      report_.compared.push_back(std::move(as_it_is));
    }
    std::vector<const System*> pointers;
    pointers.reserve(systems.size());
    for (const System& system : systems) pointers.push_back(&system);
    const auto before = [this] {
      const std::lock_guard lock(telling_);
      ++compared_;
      if (tell_) tell_(report_.platforms[report_.chosen].system, {"comparison", compared_, 0});
    };
    std::vector<SystemFigures> figures =
        system_figures(pointers, models_, request_.rules, mappings_, parallel_, before);
    for (std::size_t i = 0; i < figures.size(); ++i) {
      ComparedSystem& one = report_.compared[i];
      one.technology = systems[i].technology.name;
      one.peak_power = accelerator_power(systems[i]);
      one.failure = std::move(figures[i].failure);
      one.models = std::move(figures[i].models);
      if (!one.failure.empty()) continue;
      one.design_better = ratios(geometric(one.models), report_.geometric);
      one.design_better_of_means = ratios(arithmetic(one.models), report_.arithmetic);
    }
  }

  void describe_notes() {
    const Platform& platform = *platforms_[report_.chosen];
    const PlatformDesign& found = found_[report_.chosen];
    for (const DominatedPlace& one : found.dominated) {
      const Platform::Place& by = platform.places()[one.by];
      const double own = platform.own_area_at()[one.by];
      std::string note = fmt::format(
          "Nothing limits what sits at {}, and {} is no better in anything, so that all "
          "accelerators are there.",
          by.port, platform.places()[one.place].port);
      if (own > 0) {
        note += fmt::format(
            " The accelerators of {} take {} there; --port-area {}={} holds a "
            "design to that.",
            platform.name(), with_unit(own, dimensions::kArea), by.port, platform.name());
      }
      report_.notes.push_back(std::move(note));
    }
    if (!found.faults.empty()) {
      report_.notes.push_back(fmt::format(
          "{} of the systems that were looked at could not be evaluated, by a fault of mensa's own "
          "('{}'), and were left out.",
          found.faults.size(), found.faults.front()));
    }
    if (!found.is_local_optimum) {
      report_.notes.emplace_back(
          "The search ended before no single change was better; more effort may find more.");
    }
    const bool is_heterogeneous = report_.accelerators.size() > 1;
    if (!is_heterogeneous && report_.most_accelerators > 1) {
      report_.notes.emplace_back(
          "No design of several accelerators was better by more than 1 % for each of them: layers "
          "run one after the other, so that each of several leaves the others' silicon idle.");
    }
  }

  const DesignRequest& request_;
  const std::vector<DesignModel>& models_;
  const DesignListener& tell_;
  Parallel parallel_;
  std::shared_ptr<accelerators::SharedMappings> mappings_;
  Merit merit_;
  std::vector<std::unique_ptr<Platform>> platforms_;
  std::vector<std::unique_ptr<Designer>> designers_;
  std::vector<PlatformDesign> found_;
  std::mutex telling_;
  std::size_t compared_ = 0;
  DesignReport report_;
};

}  // namespace

DesignReport make_design(const DesignRequest& request, const std::vector<DesignModel>& models,
                         const DesignListener& tell) {
  return DesignMaker(request, models, tell).run();
}

}  // namespace mensa::explore
