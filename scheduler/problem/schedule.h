#pragma once

#include <string>
#include <vector>

#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// One layer's place in the plan.
struct ScheduledLayer {
  models::LayerId layer;
  AcceleratorId accelerator;
  LayerResidency residency;
  /// Planned by the analytic model; layers of one block share both.
  base::Seconds start;
  base::Seconds end;
};

/// Layers that run together on one accelerator: one layer, or those of a recurrence that are not
/// batched over time, which take turns step by step.
struct Block {
  AcceleratorId accelerator;
  std::vector<models::LayerId> layers;  ///< in the order of one step
  std::int64_t runs = 1;                ///< steps
};

/// An activation that passes between accelerators through DRAM.
struct Transfer {
  models::TensorId tensor;
  AcceleratorId from;
  AcceleratorId to;
  base::Bytes bytes;  ///< written once and read once

  bool operator==(const Transfer&) const = default;
};

/// Decisions for one inference. Blocks start as soon as what they read is written and the blocks
/// before them on their accelerator are done; in sequence, all blocks before them.
struct Schedule {
  std::string policy;
  Concurrency concurrency = Concurrency::kSequence;
  std::vector<Block> blocks;           ///< in dispatch order
  std::vector<ScheduledLayer> layers;  ///< by LayerId
  std::vector<Transfer> transfers;     ///< by tensor, then receiver
  /// By AcceleratorId: bytes of all parameters of its layers where they stay on it from one
  /// inference to the next; 0 where each inference loads them.
  std::vector<base::Bytes> kept_parameters;
  base::Seconds latency;  ///< planned end of the last block

  [[nodiscard]] const ScheduledLayer& at(models::LayerId id) const { return layers[id.index()]; }
  /// Something of an accelerator stays for the next inference.
  [[nodiscard]] bool keeps_parameters() const;
  /// What a layer finds on its accelerator in an inference after the first.
  [[nodiscard]] LayerResidency warm_residency(models::LayerId id) const;
};

/// Tensors that some layer of a block finds in its accelerator's activation buffer or leaves there,
/// by id: they are there through all of the block.
[[nodiscard]] std::vector<models::TensorId> tensors_on_chip(const models::Graph& graph,
                                                            const Schedule& schedule,
                                                            const Block& block);

/// Turns a plan into a schedule: blocks in the order of the units, residency by the rule of
/// docs/architecture.md (an output stays on chip when all its readers are the next layers on that
/// accelerator, it fits beside their tiles, and staying does not make their score worse, or is what
/// the plan says), transfers, parameters that stay where the accelerator is said to keep them (all
/// of its layers' or none), planned times (of an inference that finds no parameters), as much at a
/// time as problem.concurrency() says. Every layer must run where it is assigned. Throws
/// base::Error where a memory of the system cannot hold the model.
[[nodiscard]] Schedule build_schedule(const SchedulingProblem& problem, const Plan& plan,
                                      std::string policy);

/// What a schedule takes by the analytic model.
[[nodiscard]] AnalyticCost analytic_cost(const SchedulingProblem& problem,
                                         const Schedule& schedule);

/// What the inferences that are asked for at once take together, one schedule for all, one an
/// interval (analytic_interval.h) after the other.
[[nodiscard]] AnalyticCost analytic_stream_cost(const SchedulingProblem& problem,
                                                const Schedule& schedule);

/// Checks a schedule against the problem, knowing nothing of the policy or of build_schedule.
/// Returns every violation as one sentence; empty means valid.
[[nodiscard]] std::vector<std::string> violations(const SchedulingProblem& problem,
                                                  const Schedule& schedule);
/// Throws std::logic_error listing the violations: an invalid schedule is our bug.
void verify(const SchedulingProblem& problem, const Schedule& schedule);

}  // namespace mensa::scheduler
