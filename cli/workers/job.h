#pragma once

#include <exception>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mensa::workers {

class StatusBoard;

/// Work for a process of its own.
struct Job {
  std::string kind;     ///< names its handler
  std::string subject;  ///< "resnet50 on mensa_g": for progress and errors
  nlohmann::json payload;
};

/// What a handler gives back. Names of files and layers may be any bytes in both parts: they travel
/// unchanged.
struct Result {
  nlohmann::json value;            ///< small
  std::vector<std::string> texts;  ///< may be long: they are not looked into
};

/// What became of a job.
struct Outcome {
  Result result;
  /// Null where there is a result. base::Error, std::bad_alloc or another std::exception with the
  /// text that the handler threw; base::Error too where somebody killed the process, and
  /// std::runtime_error where it died by itself.
  std::exception_ptr failure;

  /// The result; throws the failure.
  [[nodiscard]] Result& get() {
    if (failure) std::rethrow_exception(failure);
    return result;
  }
};

/// Does the work of a job in a worker process, and tells the status board how far it is. Throws as
/// anybody does.
using Handler = std::function<Result(const nlohmann::json& payload, StatusBoard& status)>;
/// By kind of job.
using Handlers = std::map<std::string, Handler>;

}  // namespace mensa::workers
