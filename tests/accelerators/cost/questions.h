#pragma once

#include <cstddef>
#include <vector>

#include "accelerators/cost/mac_cost.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators::test {

inline constexpr std::size_t kThreads = 4;

inline MacQuestion question_of(const models::ProblemShape& shape) {
  MacQuestion question;
  question.shape = shape;
  return question;
}

/// Small layers, two of them equal, and one that fits nowhere.
inline std::vector<MacQuestion> mixed_questions() {
  std::vector<MacQuestion> questions = {
      question_of(conv(8, 8, 6, 3)),    question_of(models::gemm_shape(4, 12, 20)),
      question_of(conv(8, 8, 6, 1, 2)), question_of(conv(8, 8, 6, 3)),
      question_of(conv(40, 24, 9, 3)),  question_of(conv(1, 1, 6, 3, 1, true, 8))};
  MacQuestion crowded = question_of(models::gemm_shape(4, 4, 4));
  crowded.reserved_activations = base::Bytes(64 * 1024);
  questions.push_back(crowded);
  return questions;
}
inline constexpr std::int64_t kDifferentQuestions = 6;

}  // namespace mensa::accelerators::test
