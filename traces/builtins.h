#pragma once

#include <memory>

#include "traces/report_writer.h"

namespace mensa::traces {

// One factory per writer's .cpp file, for builtins.cpp.
[[nodiscard]] std::unique_ptr<ReportWriter> make_table_writer();
[[nodiscard]] std::unique_ptr<ReportWriter> make_csv_writer();
[[nodiscard]] std::unique_ptr<ReportWriter> make_json_writer();
[[nodiscard]] std::unique_ptr<ReportWriter> make_perfetto_writer();

}  // namespace mensa::traces
