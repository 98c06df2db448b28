#pragma once

namespace mensa::test {

/// Built with AddressSanitizer, which makes everything several times slower.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace mensa::test
