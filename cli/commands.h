#pragma once

#include "cli/arguments.h"

namespace mensa::cli {

// One function per subcommand, each in its own file. Results go to standard output, all else to
// standard error. They throw base::Error on a mistake of the user's.

/// Runs models on a system and reports them. The exit code: one that fails does not stop the
/// others.
int simulate(const SimulateArguments& arguments);
/// Runs models on systems by policies and compares them. The exit code: a row that fails does not
/// stop the others.
int compare(const CompareArguments& arguments);
/// Says why a layer of a model runs where it does.
void explain(const ExplainArguments& arguments);
/// Runs several models on a system and reports latencies and deadlines of each.
void run_workload(const WorkloadArguments& arguments);
/// Evaluates points of a design space and stores them. The exit code: what is stored stays,
/// whatever comes.
int explore(const ExploreArguments& arguments);
/// Shows, exports or plots what an exploration has found.
void study(const StudyArguments& arguments);
/// Designs a system for models within an area and reports on it.
void design(const DesignArguments& arguments);
/// Shows the layers of a model as the scheduler sees them.
void inspect(const InspectArguments& arguments);
/// Clusters the layers of models by their traits and reports what each cluster prefers.
void cluster(const ClusterArguments& arguments);
/// Runs a network and writes down what shares of its tensors are not zero.
void profile(const ProfileArguments& arguments);
/// Maps one layer on one accelerator, or evaluates a given mapping of it.
void map(const MapArguments& arguments);
/// Checks a system file and prints it with everything it refers to pulled in.
void check(const CheckArguments& arguments);
/// Lists what can be named on the command line.
void list(const ListArguments& arguments);
/// Does a job as a worker process.
void work(const workers::WorkerArguments& arguments);

}  // namespace mensa::cli
