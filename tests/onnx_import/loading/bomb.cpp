#include "tests/onnx_import/loading/bomb.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdint>
#include <ctime>

namespace mensa::onnx_import {
namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::int64_t peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

}  // namespace

std::string defused(const ModelBuilder& model) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr double kSeconds = 10;  // several times slower, and keeps what is freed for a while
  constexpr std::int64_t kMib = 1024;
#else
  constexpr double kSeconds = 1;
  constexpr std::int64_t kMib = 256;
#endif
  ImportOptions options;
  options.weights_optional = true;
  const double start = cpu_seconds();
  const std::int64_t before = peak_mib();
  std::string error = model.import_error(options);
  EXPECT_LT(cpu_seconds() - start, kSeconds);
  EXPECT_LT(peak_mib() - before, kMib);
  return error;
}

}  // namespace mensa::onnx_import
