#pragma once

#include <exception>
#include <string>

namespace mensa::cli {

/// What users are told of an exception, and what the program ends with.
struct Failure {
  std::string text;
  int exit_code = 0;
};

/// Of a std::exception; rethrows all else.
[[nodiscard]] Failure failure_of(const std::exception_ptr& exception);

}  // namespace mensa::cli
