#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "traces/report.h"

namespace mensa::traces {

/// Prints a report in one format. A writer computes nothing that the report does not say, holds no
/// state, and gives the same bytes for equal reports in every locale: it formats with fmt and hands
/// the stream nothing but text. Formats for programs give doubles with as many digits as it takes
/// to read the same value back.
///
/// A new format is one .cpp with a class like this and a row in builtins.cpp.
class ReportWriter {
 public:
  virtual ~ReportWriter() = default;
  /// Does not check `out`; its owner does. Throws std::logic_error where the report has a figure
  /// that is no finite number, or lacks the events that the format needs, which is a fault of our
  /// own.
  virtual void write(const Report& report, std::ostream& out) const = 0;
};

struct WriterEntry {
  std::string name;       ///< as typed: "csv"
  std::string extension;  ///< of files, with the dot
  std::string help;       ///< one line
  std::function<std::unique_ptr<ReportWriter>()> make;
  /// A report must have `events`. Such formats are not among the default ones: they must be asked
  /// for before the run.
  bool needs_events = false;
};

/// All writers, in the order of the help text.
[[nodiscard]] const std::vector<WriterEntry>& writers();

/// The writer of that name; base::Error listing the known ones.
[[nodiscard]] const WriterEntry& find_writer(std::string_view name);
[[nodiscard]] std::unique_ptr<ReportWriter> make_writer(std::string_view name);

}  // namespace mensa::traces
