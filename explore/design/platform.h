#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "accelerators/spec/system.h"
#include "explore/design/blueprint.h"
#include "explore/design/dataflow_choice.h"

namespace mensa::explore {

/// What accelerators may take at one memory port, beside the budget of the whole.
struct PortLimit {
  std::string port;             ///< "stack.logic_layer"
  std::optional<double> area;   ///< mm2
  std::optional<double> power;  ///< W, peak
};

/// How accelerators are to be on a platform.
struct PlatformRequest {
  std::string system;  ///< short name or path
  accelerators::ParameterOverrides parameters;
  std::vector<std::string> places;  ///< ports that may be used; empty: all
  std::vector<PortLimit> limits;
  std::optional<base::Hertz> clock;  ///< none: usual_clock()
  /// What the layers ask for beside the native precision, int8; they run at one MAC a cycle.
  std::vector<accelerators::FactorFormats> formats;
  bool native = true;  ///< some layer runs at the native precision
};

/// What one accelerator takes, wherever it works.
struct BlueprintFigures {
  double area = 0;        ///< mm2
  double peak_power = 0;  ///< W, without memories
  double leakage = 0;     ///< W
};

/// What a design is put on: memories, ports, technology and host of a system, whose accelerators
/// are left out. May be used by any number of threads at once.
class Platform {
 public:
  /// A memory port that accelerators may sit at.
  struct Place {
    std::string port;  ///< "stack.logic_layer"
    accelerators::PortId id;
    bool near_data = false;  ///< another port of the same memory has a longer way to it
    std::optional<double> most_area;
    std::optional<double> most_power;
  };

  /// Throws base::Error where the system or a port is unknown or wrong.
  explicit Platform(const PlatformRequest& request);

  [[nodiscard]] const std::string& name() const { return base_.name; }
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] const std::vector<DataflowChoice>& dataflows() const { return dataflows_; }
  [[nodiscard]] base::Hertz clock() const { return clock_; }
  [[nodiscard]] bool clock_is_given() const { return clock_is_given_; }
  /// The system without accelerators.
  [[nodiscard]] const accelerators::System& base() const { return base_; }
  [[nodiscard]] const std::string& technology() const { return base_.technology.name; }
  /// Of the system's own accelerators at each place, mm2.
  [[nodiscard]] const std::vector<double>& own_area_at() const { return own_area_at_; }
  /// Drawn by the memories whatever runs, W.
  [[nodiscard]] double background_power() const { return background_power_; }

  [[nodiscard]] BlueprintFigures figures(const Blueprint& blueprint) const;
  [[nodiscard]] BufferShape weight_buffer(const Blueprint& blueprint) const;
  [[nodiscard]] BufferShape activation_buffer(const Blueprint& blueprint) const;

  /// Accelerators a1, a2 ... in that order.
  [[nodiscard]] accelerators::System system(const Blueprints& blueprints) const;

  /// One accelerator as a system file has it, with its dataflow by name, without `sources`.
  [[nodiscard]] std::string accelerator_yaml(const Blueprint& blueprint) const;
  /// A system file without accelerators: what the named file has, or where values of it were
  /// replaced, all of it resolved.
  [[nodiscard]] base::YamlNode file_without_accelerators() const;

 private:
  struct Part {
    accelerators::Accelerator accelerator;
    BlueprintFigures figures;
  };
  [[nodiscard]] const Part& part(const Blueprint& blueprint) const;
  [[nodiscard]] Part make_part(const Blueprint& blueprint) const;
  [[nodiscard]] BufferShape buffer(base::Bytes capacity, std::int64_t bytes_per_cycle) const;
  void find_places(const PlatformRequest& request);
  void find_precisions(const PlatformRequest& request);

  accelerators::System base_;
  base::YamlNode file_;  ///< file_without_accelerators()
  std::vector<Place> places_;
  std::vector<DataflowChoice> dataflows_;
  base::Hertz clock_;
  bool clock_is_given_ = false;
  std::vector<accelerators::FactorFormats> formats_;  ///< the native one first
  std::vector<double> own_area_at_;                   ///< by place
  double background_power_ = 0;
  mutable std::mutex mutex_;
  mutable std::map<Blueprint, std::unique_ptr<const Part>> parts_;  ///< of mutex_
};

/// The fastest clock of the library's systems of that technology; none where there is none.
[[nodiscard]] std::optional<base::Hertz> usual_clock(const std::string& technology);

}  // namespace mensa::explore
