#include "tests/onnx_import/oracle/case_list.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

namespace mensa::onnx_import {

std::map<std::string, std::string> read_case_list(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(fmt::format("cannot open {}", file));
  std::map<std::string, std::string> reasons;
  std::string reason;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      reason = line.substr(1, line.rfind(']') - 1);
    } else if (reason.empty() || !reasons.emplace(line, reason).second) {
      throw std::runtime_error(
          fmt::format("{}:{}: '{}' is listed twice or has no reason", file, number, line));
    }
  }
  return reasons;
}

}  // namespace mensa::onnx_import
