#include <exception>
#include <variant>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/failures.h"
#include "cli/output.h"
#include "cli/workers/interrupts.h"

namespace {

using namespace mensa::cli;  // NOLINT(google-build-using-namespace): this file is all of the
                             // program

/// What to do about each kind of command.
struct Runner {
  int operator()(const Finished& finished) const { return finished.exit_code; }
  int operator()(const SimulateArguments& arguments) const { return simulate(arguments); }
  int operator()(const CompareArguments& arguments) const { return compare(arguments); }
  int operator()(const ExplainArguments& arguments) const { return done(explain, arguments); }
  int operator()(const WorkloadArguments& arguments) const { return done(run_workload, arguments); }
  int operator()(const ExploreArguments& arguments) const { return explore(arguments); }
  int operator()(const StudyArguments& arguments) const { return done(study, arguments); }
  int operator()(const DesignArguments& arguments) const { return done(design, arguments); }
  int operator()(const InspectArguments& arguments) const { return done(inspect, arguments); }
  int operator()(const ClusterArguments& arguments) const { return done(cluster, arguments); }
  int operator()(const ProfileArguments& arguments) const { return done(profile, arguments); }
  int operator()(const MapArguments& arguments) const { return done(map, arguments); }
  int operator()(const CheckArguments& arguments) const { return done(check, arguments); }
  int operator()(const ListArguments& arguments) const { return done(list, arguments); }
  int operator()(const mensa::workers::WorkerArguments& arguments) const {
    return done(work, arguments);
  }

 private:
  template <class Arguments>
  static int done(void (*command)(const Arguments&), const Arguments& arguments) {
    command(arguments);
    return kDone;
  }
};

}  // namespace

/// The only place that ends the program because of an error or a signal.
int main(int argc, char** argv) {
  try {
    const Command command = read_arguments(argc, argv);
    mensa::workers::handle_interrupts();
    return std::visit(Runner{}, command);
  } catch (const mensa::workers::Interrupted& interrupted) {
    mensa::workers::end_by_signal(interrupted.signal);
  } catch (const std::exception&) {
    const Failure failure = failure_of(std::current_exception());
    tell(failure.text);
    return failure.exit_code;
  }
}
