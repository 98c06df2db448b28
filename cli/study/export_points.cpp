#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "cli/study/study_json.h"
#include "cli/workers/interrupts.h"
#include "models/base/atomic_file.h"
#include "traces/csv_text.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::StudyDescription;
using explore::StudyStore;

/// Where an export goes, piece by piece: a study may be larger than memory.
class Destination {
 public:
  /// Standard output where the path is empty.
  explicit Destination(const std::string& path) {
    if (!path.empty()) file_.emplace(path);
  }
  void write(std::string_view text) {
    pending_ += text;
    constexpr std::size_t kPiece = 1U << 16U;
    if (pending_.size() >= kPiece) flush();
  }
  void finish() {
    flush();
    if (file_) file_->commit();
  }

 private:
  void flush() {
    if (file_) {
      file_->write(pending_);
    } else {
      print(pending_);
    }
    pending_.clear();
  }

  std::optional<base::AtomicFile> file_;
  std::string pending_;
};

/// "latency (s)"
std::string heading(std::string_view name, std::string_view unit) {
  return unit.empty() ? std::string(name) : fmt::format("{} ({})", name, unit);
}

/// All digits, nothing where it is not known.
std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

bool is_exported(const Entry& entry, const StudyExport& arguments) {
  return arguments.all || entry.result.is_feasible();
}

/// What the columns depend on: points of a space may have different accelerators.
struct Extent {
  std::set<std::uint64_t> numbers;        ///< of the points
  std::vector<std::string> accelerators;  ///< in the order in which they come first
};

Extent extent_of(const StudyStore& study, const StudyExport& arguments) {
  Extent extent;
  study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
    if (!is_exported(entry, arguments)) return;
    extent.numbers.insert(extent.numbers.end(), entry.number);
    for (const explore::AcceleratorOutcome& one : entry.result.accelerators) {
      auto& known = extent.accelerators;
      if (std::find(known.begin(), known.end(), one.accelerator) == known.end()) {
        known.push_back(one.accelerator);
      }
    }
  });
  return extent;
}

class CsvTable {
 public:
  CsvTable(const StudyDescription& description, std::vector<std::string> accelerators,
           const StudyExport& arguments)
      : description_(description),
        accelerators_(std::move(accelerators)),
        with_reasons_(arguments.all),
        with_seconds_(arguments.durations) {}

  [[nodiscard]] std::string headings() const {
    std::vector<std::string> cells = {"number", "status"};
    if (with_reasons_) cells.insert(cells.end(), {"cause", "reason", "violation"});
    for (const auto& parameter : description_.parameters) {
      cells.push_back("parameter " + parameter.name);
    }
    for (const std::string& name : explore::metric_names()) {
      cells.push_back(heading(name, unit_of(explore::metric_from_string(name))));
    }
    for (const explore::StudyModel& model : description_.models) {
      for (const char* column :
           {"latency (s)", "energy (J)", "interval (s)", "dram (B)", "misses deadline"}) {
        cells.push_back(fmt::format("model {} {}", model.name, column));
      }
    }
    for (const std::string& accelerator : accelerators_) {
      for (const char* column :
           {"area (mm2)", "leakage (W)", "pes", "busy (s)", "layers", "macs", "energy (J)"}) {
        cells.push_back(fmt::format("accelerator {} {}", accelerator, column));
      }
    }
    if (with_seconds_) cells.emplace_back("evaluation (s)");
    return traces::csv_line(cells);
  }

  [[nodiscard]] std::string row(const Entry& entry) const {
    const explore::PointResult& result = entry.result;
    std::vector<std::string> cells = {std::to_string(entry.number),
                                      std::string(explore::to_string(result.status))};
    if (with_reasons_) {
      cells.insert(cells.end(), {result.cause, result.reason, cell(result.violation)});
    }
    for (std::size_t i = 0; i < description_.parameters.size(); ++i) {
      cells.push_back(description_.parameters[i].choices.at(entry.point.at(i)));
    }
    for (const std::optional<double>& metric : result.metrics) cells.push_back(cell(metric));
    append_models(result, cells);
    append_accelerators(result, cells);
    if (with_seconds_) cells.push_back(cell(result.seconds));
    return traces::csv_line(cells);
  }

 private:
  void append_models(const explore::PointResult& result, std::vector<std::string>& cells) const {
    for (const explore::StudyModel& model : description_.models) {
      const auto found = std::find_if(
          result.models.begin(), result.models.end(),
          [&](const explore::ModelOutcome& outcome) { return outcome.model == model.name; });
      if (found == result.models.end()) {
        cells.resize(cells.size() + 5);
        continue;
      }
      cells.insert(cells.end(), {cell(found->latency), cell(found->energy), cell(found->interval),
                                 cell(found->dram_bytes), found->misses_deadline ? "1" : "0"});
    }
  }

  void append_accelerators(const explore::PointResult& result,
                           std::vector<std::string>& cells) const {
    for (const std::string& accelerator : accelerators_) {
      const auto found = std::find_if(result.accelerators.begin(), result.accelerators.end(),
                                      [&](const explore::AcceleratorOutcome& outcome) {
                                        return outcome.accelerator == accelerator;
                                      });
      if (found == result.accelerators.end()) {
        cells.resize(cells.size() + 7);
        continue;
      }
      cells.insert(cells.end(), {cell(found->area), cell(found->leakage),
                                 std::to_string(found->pes), cell(found->busy), cell(found->layers),
                                 cell(found->macs), cell(found->energy)});
    }
  }

  const StudyDescription& description_;
  std::vector<std::string> accelerators_;
  bool with_reasons_;
  bool with_seconds_;
};

void export_csv(const StudyStore& study, const StudyExport& arguments, Destination& destination) {
  const Extent extent = extent_of(study, arguments);
  const CsvTable table(study.description(), extent.accelerators, arguments);
  destination.write(table.headings());
  study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
    // Those that were added meanwhile may have accelerators without columns.
    if (extent.numbers.count(entry.number) > 0) destination.write(table.row(entry));
  });
}

void export_json(const StudyStore& study, const StudyExport& arguments, Destination& destination) {
  std::string text = json_text(study_json(study.description()));
  text.erase(text.rfind("\n}"));
  destination.write(text + ",\n  \"points\": [");
  bool first = true;
  study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
    if (!is_exported(entry, arguments)) return;
    destination.write(first ? "\n    " : ",\n    ");
    first = false;
    // One line each.
    destination.write(point_json(study.description(), entry, arguments.durations)
                          .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  });
  destination.write(first ? "]\n}\n" : "\n  ]\n}\n");
}

}  // namespace

void export_points(const StudyStore& study, const StudyExport& arguments) {
  check_format(arguments.format, {"csv", "json"});
  const workers::InterruptsDeferred deferred;  // no half of a file is left behind
  Destination destination(arguments.out);
  if (arguments.format == "csv") {
    export_csv(study, arguments, destination);
  } else {
    export_json(study, arguments, destination);
  }
  destination.finish();
}

}  // namespace mensa::cli
