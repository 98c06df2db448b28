#include "tests/cli/workers/handlers.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <thread>

#include "cli/workers/status.h"
#include "models/base/error.h"
#include "tests/support/sanitizers.h"

namespace mensa::workers::test {
namespace {

using Json = nlohmann::json;

Result echo(const Json& payload, StatusBoard& /*status*/) {
  std::this_thread::sleep_for(std::chrono::milliseconds(payload.value("milliseconds", 0)));
  Result result{payload, {}};
  if (payload.contains("text")) result.texts.push_back(payload["text"]);
  return result;
}

Result long_text(const Json& payload, StatusBoard& /*status*/) {
  std::string text(payload.get<std::size_t>(), 'x');
  for (std::size_t i = 0; i < text.size(); i += 1000) text[i] = static_cast<char>(i / 1000);
  return {nullptr, {"short", "", text}};
}

Result die(const Json& payload, StatusBoard& status) {
  status.begin(Phase::kSimulating, 54);
  status.begin_layer("conv4_2", 31, 54);
  std::signal(payload, SIG_DFL);  // sanitizers handle some
  std::raise(payload);
  return {};
}

std::int64_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result times(const Json& payload, StatusBoard& /*status*/) {
  const std::int64_t begin = now_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(payload.get<int>()));
  return {{begin, now_ms()}, {}};
}

Result files(const Json& /*payload*/, StatusBoard& /*status*/) {
  Result result{Json::array(), {}};
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.string().find("/fd") == std::string::npos) {
      result.value.push_back(target.string());
    }
  }
  return result;
}

Result signals(const Json& /*payload*/, StatusBoard& /*status*/) {
  sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  const auto is_blocked = [&](int signal) { return ::sigismember(&blocked, signal) == 1; };
  return {{is_blocked(SIGINT), is_blocked(SIGTERM), is_blocked(SIGHUP), is_blocked(SIGSEGV)}, {}};
}

}  // namespace

const Handlers& handlers() {
  static const Handlers kHandlers = {
      {"echo", echo},
      {"long", long_text},
      {"mistake",
       [](const Json& payload, StatusBoard&) -> Result {
         throw base::Error(payload.get<std::string>());
       }},
      {"memory", [](const Json&, StatusBoard&) -> Result { throw std::bad_alloc(); }},
      {"fault",
       [](const Json& payload, StatusBoard&) -> Result {
         throw std::logic_error(payload.get<std::string>());
       }},
      {"die", die},
      {"exit", [](const Json& payload, StatusBoard&) -> Result { ::_exit(payload); }},
      {"times", times},
      {"files", files},
      {"signals", signals},
  };
  return kHandlers;
}

}  // namespace mensa::workers::test
