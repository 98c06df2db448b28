#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "explore/space/space_reader.h"

namespace mensa::explore {

/// A space that is right, one section a line, of which a test changes some:
///
///   1 schema, 2 system, 3 models, 4 parameters, 5 objectives, 6 and more what with() adds
class SpaceText {
 public:
  /// Gives a section another value, or adds it at the end; an empty one leaves it out.
  [[nodiscard]] SpaceText with(const std::string& section, const std::string& value) const {
    SpaceText changed = *this;
    const auto found = std::find_if(changed.sections_.begin(), changed.sections_.end(),
                                    [&](const auto& one) { return one.first == section; });
    if (found != changed.sections_.end()) {
      found->second = value;
    } else {
      changed.sections_.emplace_back(section, value);
    }
    return changed;
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [section, value] : sections_) {
      if (!value.empty()) text.append(section).append(": ").append(value).append("\n");
    }
    return text;
  }

  [[nodiscard]] Space read(const SpaceOverrides& overrides = {}) const {
    return read_space_text(text(), "space.yaml", overrides);
  }

 private:
  std::vector<std::pair<std::string, std::string>> sections_ = {
      {"schema", "mensa-space/1"},
      {"system", "mensa_g"},
      {"models", "[ds_cnn]"},
      {"parameters",
       "{array: {path: accelerators.pascal.pe_array, values: [16x16, 16x32, 32x32]}}"},
      {"objectives", "[latency]"}};
};

}  // namespace mensa::explore
