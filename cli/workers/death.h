#pragma once

#include <exception>
#include <string_view>

namespace mensa::workers {

/// What to throw for a worker process that ended without an outcome. `status` is as waitpid() has
/// it, `what` it was doing "simulating resnet50 on mensa_g: layer 31 of 54 conv4_2". base::Error
/// where somebody killed it (the user, or the system for want of memory), else a
/// std::runtime_error: our fault.
[[nodiscard]] std::exception_ptr failure_of_death(int status, std::string_view what);

}  // namespace mensa::workers
