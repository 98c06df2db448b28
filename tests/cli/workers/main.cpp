#include <gmock/gmock.h>

#include <exception>
#include <string>
#include <string_view>

#include "cli/workers/worker.h"
#include "tests/cli/workers/handlers.h"

/// The tests, or one of their workers.
int main(int argc, char** argv) {
  constexpr int kWorkerWords = 6;
  if (argc == kWorkerWords && argv[1] == std::string_view(mensa::workers::kWorkerCommand)) {
    mensa::workers::serve(
        {std::stoi(argv[2]), std::stoi(argv[3]), std::stoi(argv[4]), std::stoi(argv[5])},
        mensa::workers::test::handlers());
    return 0;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
