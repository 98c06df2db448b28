#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "accelerators/cost/area.h"
#include "accelerators/spec/loader.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "models/base/error.h"
#include "onnx_import/operator_table.h"
#include "scheduler/clusters/clustering.h"
#include "scheduler/policies/policy.h"
#include "traces/report_writer.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using traces::Align;
using traces::TextTable;

/// What a YAML file of the library says of itself. A file that cannot be read shows why, so that
/// one broken file of the user's does not hide the others.
std::string description_of(const base::DataKind& kind, const std::string& name) {
  try {
    const base::YamlNode document = base::read_yaml_file(base::find_data_file(kind, name));
    const base::YamlNode* description = document.find("description");
    return description == nullptr ? "" : description->scalar();
  } catch (const base::Error& broken) {
    return broken.what();
  }
}

/// Area of all accelerators of a system; nothing of one that cannot be loaded, whose description
/// says why where the file itself is broken.
std::string area_of(const std::string& system) {
  try {
    return fmt::format("{:.2f} mm2",
                       accelerators::area(accelerators::load_system(system)).total().value());
  } catch (const base::Error&) {
    return "";
  }
}

void add_described_files(const base::DataKind& kind, TextTable& table) {
  for (const std::string& name : base::data_names(kind)) {
    table.add_row({name, description_of(kind, name), ""});
  }
}

struct Listing {
  std::string kind;
  std::function<void(TextTable&)> fill;  ///< name, description and, of systems, area
};

const std::vector<Listing>& listings() {
  static const std::vector<Listing> kListings = {
      {"models",
       [](TextTable& table) {
         for (const std::string& name : base::data_names(kModelFiles)) {
           table.add_row({name, "", ""});
         }
       }},
      {"systems",
       [](TextTable& table) {
         for (const std::string& name : base::data_names(accelerators::kSystemFiles)) {
           table.add_row({name, description_of(accelerators::kSystemFiles, name), area_of(name)});
         }
       }},
      {"accelerators",
       [](TextTable& table) { add_described_files(accelerators::kAcceleratorFiles, table); }},
      {"dataflows",
       [](TextTable& table) { add_described_files(accelerators::kDataflowFiles, table); }},
      {"policies",
       [](TextTable& table) {
         for (const scheduler::PolicyEntry& entry : scheduler::policies()) {
           table.add_row({entry.usage, entry.help, ""});
         }
       }},
      {"clusterings",
       [](TextTable& table) {
         for (const scheduler::ClusteringEntry& entry : scheduler::clusterings()) {
           table.add_row({entry.usage, entry.help, ""});
         }
       }},
      {"formats",
       [](TextTable& table) {
         for (const traces::WriterEntry& entry : traces::writers()) {
           table.add_row({entry.name, entry.help, ""});
         }
       }},
  };
  return kListings;
}

}  // namespace

void list(const ListArguments& arguments) {
  constexpr const char* kOperators = "operators";  // a text of its own, no table of names
  if (arguments.kind == kOperators) {
    print(onnx_import::operator_table());
    return;
  }
  std::vector<std::string> known;
  for (const Listing& listing : listings()) {
    if (listing.kind == arguments.kind) {
      TextTable table({{"", Align::kLeft}, {"", Align::kLeft}, {""}});
      listing.fill(table);
      print(table.body());
      return;
    }
    known.push_back(listing.kind);
  }
  known.emplace_back(kOperators);
  throw base::Error(base::unknown_name_message("kind of thing to list", arguments.kind, known));
}

}  // namespace mensa::cli
