#pragma once

namespace mensa::traces {

/// `value`, for JSON, which has no infinity and no NaN: a null in their place would hide a fault of
/// ours. Throws std::logic_error where it is one of them.
[[nodiscard]] double finite(double value);

}  // namespace mensa::traces
