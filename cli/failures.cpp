#include "cli/failures.h"

#include <fmt/format.h>

#include <new>

#include "cli/exit_codes.h"
#include "models/base/error.h"
#include "models/base/version.h"

namespace mensa::cli {

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const base::Error& mistake) {
    return {fmt::format("error: {}", mistake.what()), kUserError};
  } catch (const std::bad_alloc&) {
    return {"error: out of memory", kUserError};
  } catch (const std::exception& fault) {
    return {fmt::format("internal error: {}\nThis is a fault of mensa {}, not yours. Please report "
                        "it with the command line and its input files.",
                        fault.what(), base::kVersion),
            kOurFault};
  }
}

}  // namespace mensa::cli
