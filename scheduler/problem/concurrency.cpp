#include "scheduler/problem/concurrency.h"

#include "models/base/words.h"

namespace mensa::scheduler {
namespace {

constexpr base::Words<Concurrency, 2> kConcurrencies("concurrency", {"sequence", "layers"});

}  // namespace

std::string_view to_string(Concurrency concurrency) { return kConcurrencies.of(concurrency); }

Concurrency concurrency_from_string(std::string_view name) { return kConcurrencies.value_of(name); }

}  // namespace mensa::scheduler
