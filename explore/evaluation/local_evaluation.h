#pragma once

#include <cstddef>
#include <memory>

#include "explore/evaluation/evaluation.h"
#include "explore/evaluation/evaluator.h"

namespace mensa::explore {

/// By so many threads of this process. `evaluator` must outlive it.
[[nodiscard]] std::unique_ptr<Evaluation> make_local_evaluation(const Evaluator& evaluator,
                                                                std::size_t threads);

}  // namespace mensa::explore
