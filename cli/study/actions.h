#pragma once

#include "cli/arguments.h"
#include "explore/store/study_store.h"

namespace mensa::cli {

// What `mensa study` does with a study, one function per action, each in its own file. Results go
// to standard output or to the file that is named. They throw base::Error on a mistake of the
// user's.

void list_points(const explore::StudyStore& study, const StudyList& arguments);
void show_study(const explore::StudyStore& study, const StudyShow& arguments);
void show_front(const explore::StudyStore& study, const StudyPareto& arguments);
void show_best(const explore::StudyStore& study, const StudyBest& arguments);
void export_points(const explore::StudyStore& study, const StudyExport& arguments);
void plot_study(const explore::StudyStore& study, const StudyPlot& arguments);
void write_system(const explore::StudyStore& study, const StudySystem& arguments);

/// Throws base::Error where the name is none of the known formats.
void check_format(const std::string& format, const std::vector<std::string>& known);

}  // namespace mensa::cli
