#include <nlohmann/json.hpp>
#include <ostream>

#include "traces/builtins.h"
#include "traces/report_json.h"

namespace mensa::traces {
namespace {

class JsonWriter final : public ReportWriter {
 public:
  void write(const Report& report, std::ostream& out) const override {
    constexpr int kIndent = 2;
    // Names come from the user's files and need not be UTF-8, which JSON must be.
    out << report_to_json(report).dump(kIndent, ' ', false,
                                       nlohmann::ordered_json::error_handler_t::replace)
        << '\n';
  }
};

}  // namespace

std::unique_ptr<ReportWriter> make_json_writer() { return std::make_unique<JsonWriter>(); }

}  // namespace mensa::traces
