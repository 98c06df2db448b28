#include <fmt/format.h>

#include <exception>
#include <new>
#include <variant>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "models/base/error.h"
#include "models/base/version.h"

namespace {

using namespace mensa::cli;  // NOLINT(google-build-using-namespace): this file is all of the
                             // program

/// What to do about each kind of command.
struct Runner {
  int operator()(const Finished& finished) const { return finished.exit_code; }
  int operator()(const SimulateArguments& arguments) const { return done(simulate, arguments); }
  int operator()(const WorkloadArguments& arguments) const { return done(run_workload, arguments); }
  int operator()(const InspectArguments& arguments) const { return done(inspect, arguments); }
  int operator()(const MapArguments& arguments) const { return done(map, arguments); }
  int operator()(const CheckArguments& arguments) const { return done(check, arguments); }
  int operator()(const ListArguments& arguments) const { return done(list, arguments); }

 private:
  template <class Arguments>
  static int done(void (*command)(const Arguments&), const Arguments& arguments) {
    command(arguments);
    return kDone;
  }
};

}  // namespace

/// The only place that ends the program because of an error.
int main(int argc, char** argv) {
  try {
    return std::visit(Runner{}, read_arguments(argc, argv));
  } catch (const mensa::base::Error& mistake) {
    tell(fmt::format("error: {}", mistake.what()));
    return kUserError;
  } catch (const std::bad_alloc&) {
    tell("error: out of memory");
    return kUserError;
  } catch (const std::exception& fault) {
    tell(
        fmt::format("internal error: {}\nThis is a fault of mensa {}, not yours. Please report it "
                    "with the command line and its input files.",
                    fault.what(), mensa::base::kVersion));
    return kOurFault;
  }
}
