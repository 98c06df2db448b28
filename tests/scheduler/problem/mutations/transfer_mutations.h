#pragma once

#include <string>
#include <utility>

#include "tests/scheduler/problem/mutations/schedule_index.h"

namespace mensa::scheduler::test {

inline void transfers_missing_or_wrong(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t t = 0; t < at.valid.transfers.size(); ++t) {
    const Transfer& transfer = at.valid.transfers[t];
    const auto place = static_cast<std::ptrdiff_t>(t);
    Schedule mutant = at.valid;
    mutant.transfers.erase(mutant.transfers.begin() + place);
    attempt(mutant, "is missing");
    mutant = at.valid;
    mutant.transfers.insert(mutant.transfers.begin() + place, transfer);
    attempt(mutant, "is listed twice");
    for (const std::int64_t change : {-1, 1}) {
      mutant = at.valid;
      mutant.transfers[t].bytes += base::Bytes(change);
      attempt(mutant, "B, the tensor has");
    }
    for (const AcceleratorId other : at.all) {
      if (!at.is_read_on(transfer.tensor, other) || other == transfer.from) {
        mutant = at.valid;
        mutant.transfers[t].to = other;
        attempt(mutant, "is listed that nothing needs");
        attempt(mutant, "is missing");
      }
      if (other == transfer.from) continue;
      mutant = at.valid;
      mutant.transfers[t].from = other;
      attempt(mutant, "is listed that nothing needs");
    }
    mutant = at.valid;
    mutant.transfers[t].tensor = models::TensorId(at.graph.tensors().size());
    attempt(mutant, "of a tensor that the model does not have");
    if (t == 0) continue;
    mutant = at.valid;
    std::swap(mutant.transfers[t], mutant.transfers[t - 1]);
    attempt(mutant, "is listed out of its order");
  }
}

inline void transfers_that_nothing_needs(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Tensor& tensor : at.graph.tensors()) {
    const auto producer = at.graph.producer(tensor.id);
    const AcceleratorId from = producer ? at.home(*producer) : AcceleratorId(0);
    for (const AcceleratorId to : at.all) {
      if (producer && to != from && at.is_read_on(tensor.id, to)) continue;
      Schedule mutant = at.valid;
      mutant.transfers.push_back({tensor.id, from, to, at.costs.tensor_bytes(tensor.id, from)});
      attempt(mutant, "a transfer of '" + tensor.name + "' is listed that nothing needs");
    }
  }
}

}  // namespace mensa::scheduler::test
