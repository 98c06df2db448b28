#pragma once

#include "tests/scheduler/problem/mutations/block_mutations.h"
#include "tests/scheduler/problem/mutations/residency_mutations.h"
#include "tests/scheduler/problem/mutations/time_mutations.h"
#include "tests/scheduler/problem/mutations/transfer_mutations.h"

namespace mensa::scheduler::test {

struct MutationKind {
  const char* name;
  void (*mutate)(const ScheduleIndex&, const Attempt&);
};

/// Everything that can be wrong in one place.
inline constexpr MutationKind kMutationKinds[] = {
    {"wrong_order", wrong_order},
    {"where_it_cannot_run", where_it_cannot_run},
    {"elsewhere_than_its_block", elsewhere_than_its_block},
    {"on_another_accelerator", on_another_accelerator},
    {"layers_missing_or_twice", layers_missing_or_twice},
    {"transfers_missing_or_wrong", transfers_missing_or_wrong},
    {"transfers_that_nothing_needs", transfers_that_nothing_needs},
    {"starts_too_early_or_late", starts_too_early_or_late},
    {"lasts_wrongly", lasts_wrongly},
    {"inputs_that_are_not_there", inputs_that_are_not_there},
    {"only_one_side_keeps", only_one_side_keeps},
    {"kept_under_strangers", kept_under_strangers},
    {"wrong_runs", wrong_runs},
    {"blocks_torn_apart", blocks_torn_apart},
    {"blocks_put_together", blocks_put_together},
    {"parameters_that_cannot_stay", parameters_that_cannot_stay},
    {"room_for_others", room_for_others},
    {"other_concurrency", other_concurrency},
};

}  // namespace mensa::scheduler::test
