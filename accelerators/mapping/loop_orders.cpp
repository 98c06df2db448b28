#include "accelerators/mapping/loop_orders.h"

#include <algorithm>

namespace mensa::accelerators {

using models::Dim;

LoopOrder stationary_order(models::MacOperand stationary) {
  LoopOrder order = models::kAllDims;
  std::stable_partition(order.begin(), order.end(),
                        [&](Dim dim) { return models::is_relevant(stationary, dim); });
  return order;
}

const std::array<LoopOrder, 6>& tile_orders() {
  static const std::array<LoopOrder, 6> kOrders = [] {
    const std::array<std::vector<Dim>, 3> groups = {
        std::vector<Dim>{Dim::N, Dim::D, Dim::P, Dim::Q}, std::vector<Dim>{Dim::K},
        std::vector<Dim>{Dim::C, Dim::T, Dim::R, Dim::S}};
    std::array<std::size_t, 3> permutation = {0, 1, 2};
    std::array<LoopOrder, 6> orders{};
    for (LoopOrder& order : orders) {
      std::size_t position = 0;
      order[position++] = Dim::G;
      for (const std::size_t group : permutation) {
        for (const Dim dim : groups[group]) order[position++] = dim;
      }
      std::next_permutation(permutation.begin(), permutation.end());
    }
    return orders;
  }();
  return kOrders;
}

}  // namespace mensa::accelerators
