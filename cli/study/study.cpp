#include <algorithm>

#include "cli/commands.h"
#include "cli/study/actions.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

struct Action {
  const explore::StudyStore& study;

  void operator()(const StudyList& arguments) const { list_points(study, arguments); }
  void operator()(const StudyShow& arguments) const { show_study(study, arguments); }
  void operator()(const StudyPareto& arguments) const { show_front(study, arguments); }
  void operator()(const StudyBest& arguments) const { show_best(study, arguments); }
  void operator()(const StudyExport& arguments) const { export_points(study, arguments); }
  void operator()(const StudyPlot& arguments) const { plot_study(study, arguments); }
  void operator()(const StudySystem& arguments) const { write_system(study, arguments); }
};

}  // namespace

void check_format(const std::string& format, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), format) == known.end()) {
    throw base::Error(base::unknown_name_message("format", format, known));
  }
}

void study(const StudyArguments& arguments) {
  const explore::StudyStore study = explore::StudyStore::open_read_only(arguments.study);
  std::visit(Action{study}, arguments.action);
}

}  // namespace mensa::cli
