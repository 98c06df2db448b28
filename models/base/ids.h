#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace mensa::base {

/// A typed index into one owner's array; an id of one kind cannot stand for another.
/// Ids are dense from 0 in the order of creation and are only meaningful with their owner.
template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(std::size_t index) : index_(static_cast<std::uint32_t>(index)) {}

  [[nodiscard]] constexpr std::size_t index() const { return index_; }
  constexpr auto operator<=>(const Id&) const = default;

 private:
  std::uint32_t index_ = 0;
};

}  // namespace mensa::base

template <class Tag>
struct std::hash<mensa::base::Id<Tag>> {
  std::size_t operator()(mensa::base::Id<Tag> id) const noexcept { return id.index(); }
};
