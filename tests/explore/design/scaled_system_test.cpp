#include "explore/design/scaled_system.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "accelerators/cost/area.h"
#include "accelerators/spec/loader.h"

namespace mensa::explore {
namespace {

TEST(ScaledSystem, IsItselfAtItsOwnArea) {
  for (const char* name : {"mensa_g", "edge_tpu", "nvdla"}) {
    const auto system = accelerators::load_system(name);
    const double area = accelerators::area(system).total().value();
    const ScaledSystem scaled = scaled_to_area(system, area);
    EXPECT_NEAR(scaled.factor, 1, 1e-9);
    EXPECT_DOUBLE_EQ(scaled.area, area);
    for (std::size_t a = 0; a < system.accelerators.size(); ++a) {
      EXPECT_EQ(scaled.system.accelerators[a].rows, system.accelerators[a].rows);
      EXPECT_EQ(scaled.system.accelerators[a].columns, system.accelerators[a].columns);
      EXPECT_EQ(scaled.system.accelerators[a].buffers.front().capacity,
                system.accelerators[a].buffers.front().capacity);
    }
  }
}

/// Within a few percent wherever whole numbers of PEs and banks are fine enough for that.
RC_GTEST_PROP(ScaledSystem, ComesNearToTheArea, ()) {
  const auto system = accelerators::load_system(*rc::gen::element("mensa_g", "edge_tpu"));
  const double area = std::pow(10.0, *rc::gen::inRange(0, 201) / 100.0);  // 1 to 100 mm2
  const ScaledSystem scaled = scaled_to_area(system, area);
  RC_ASSERT(std::abs(scaled.area / area - 1) < 0.04);
  RC_ASSERT(std::abs(accelerators::area(scaled.system).total().value() - scaled.area) < 1e-12);
  for (std::size_t a = 0; a < system.accelerators.size(); ++a) {
    const accelerators::Accelerator& before = system.accelerators[a];
    const accelerators::Accelerator& after = scaled.system.accelerators[a];
    const double pes = static_cast<double>(after.pe_count()) /
                       (scaled.factor * static_cast<double>(before.pe_count()));
    RC_ASSERT(pes > 0.7 && pes < 1.4);
    RC_ASSERT(after.clock == before.clock);
    for (std::size_t b = 0; b < before.buffers.size(); ++b) {
      const double capacity =
          static_cast<double>(after.buffers[b].capacity.value()) /
          (scaled.factor * static_cast<double>(before.buffers[b].capacity.value()));
      RC_ASSERT(capacity > 0.8 && capacity < 1.25);
      RC_ASSERT(after.buffers[b].capacity.value() %
                    (after.buffers[b].banks * after.buffers[b].width.value()) ==
                0);
    }
  }
}

}  // namespace
}  // namespace mensa::explore
