#include "traces/builtins.h"

#include "models/base/error.h"

namespace mensa::traces {

const std::vector<WriterEntry>& writers() {
  static const std::vector<WriterEntry> kWriters = {
      {"table", ".txt", "for people: layers, totals, energy by component, accelerators, area",
       make_table_writer},
      {"csv", ".csv", "for spreadsheets: one row per layer, all figures", make_csv_writer},
      {"json", ".json", "for programs: everything, as docs/mensa-run.schema.json describes it",
       make_json_writer},
      {"perfetto", ".perfetto.json",
       "for ui.perfetto.dev: what ran when, as docs/trace-format.md says", make_perfetto_writer,
       true},
  };
  return kWriters;
}

const WriterEntry& find_writer(std::string_view name) {
  std::vector<std::string> known;
  for (const WriterEntry& entry : writers()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw base::Error(base::unknown_name_message("format", name, known));
}

std::unique_ptr<ReportWriter> make_writer(std::string_view name) {
  return find_writer(name).make();
}

}  // namespace mensa::traces
