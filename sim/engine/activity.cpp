#include "sim/engine/activity.h"

namespace mensa::sim {

std::string_view to_string(Activity activity) {
  switch (activity) {
    case Activity::kBusy:
      return "busy";
    case Activity::kParameters:
      return "parameters";
    case Activity::kActivations:
      return "activations";
    case Activity::kWriteBack:
      return "write_back";
    case Activity::kContention:
      return "contention";
    case Activity::kDependence:
      return "dependence";
    case Activity::kLaunch:
      return "launch";
    case Activity::kIdle:
      return "idle";
  }
  return "?";
}

}  // namespace mensa::sim
