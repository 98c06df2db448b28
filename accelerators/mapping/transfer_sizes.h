#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/mapping/stored_size.h"
#include "models/base/units.h"

namespace mensa::accelerators {

/// Sizes of one operand's tiles, which are products over its dimensions, and how many there are of
/// each. Of the rows or columns that a compressed format tells apart there are `fibers` in a tile:
/// the product over those dimensions along which they do not run.
class TransferSizes {
 public:
  /// Tiles of `size` elements, or positions of one dimension: `times` of them.
  struct Pieces {
    std::int64_t size = 1;
    std::int64_t times = 1;
    std::int64_t fibers = 1;
  };

  /// A single tile of one element.
  void clear();
  /// Makes every tile `factor` times as large. `along_fibers`: by longer fibers, not by more.
  void scale(std::int64_t factor, bool along_fibers);
  /// Crosses all tiles with those of a dimension, `whole` of `tile` and one of `rest` if not 0.
  void cross_tiles(std::int64_t whole, std::int64_t tile, std::int64_t rest, bool along_fibers);
  /// Crosses all tiles with those of a dimension whose tiles are of these sizes.
  void cross(const std::vector<Pieces>& pieces, bool along_fibers);

  /// What all tiles take when each is rounded up to whole bursts, and all of that is moved `times`
  /// times; kMost where it is more.
  [[nodiscard]] base::Bytes in_bursts(const StoredSize& stored, base::Bytes burst,
                                      std::int64_t times) const;
  static constexpr base::Bytes kMost{std::int64_t{1} << 60};

 private:
  Pieces of_all_;
  std::vector<Pieces> pieces_ = {Pieces{}};
  std::vector<Pieces> crossed_;
};

}  // namespace mensa::accelerators
