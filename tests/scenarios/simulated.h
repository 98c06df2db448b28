#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenarios/process.h"

namespace mensa {

/// `mensa simulate` with the fast mapper.
inline Outcome simulated(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"simulate", "--mapper", "fast"});
  return mensa(std::move(arguments));
}

/// The report of a run that succeeds.
inline nlohmann::json simulated_json(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = simulated(std::move(arguments));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return nlohmann::json::parse(outcome.out);
}

}  // namespace mensa
