#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "accelerators/mapping/mapper.h"

namespace mensa::accelerators {

/// Mappings of questions on the accelerators of one system, each searched for once and remembered.
/// Holds a reference to the system, which must outlive it. Safe for use by any number of threads at
/// once; answers do not depend on how many there are.
class MappingCache {
 public:
  using Answer = std::variant<ParetoMappings, Infeasible>;

  explicit MappingCache(const System& system, const MapperOptions& options = {});
  MappingCache(const MappingCache&) = delete;
  MappingCache& operator=(const MappingCache&) = delete;

  [[nodiscard]] const System& system() const { return system_; }
  [[nodiscard]] const MapperOptions& options() const { return options_; }

  /// What map_layer() says for an accelerator of the system. The first thread that asks a question
  /// searches, others that ask the same meanwhile wait for it. The reference is valid as long as
  /// the cache. What the search throws reaches everyone who asks that question, then and later.
  [[nodiscard]] const Answer& find(const Accelerator& accelerator, const MacQuestion& question);

  /// Searches begun so far: one for every different question.
  [[nodiscard]] std::int64_t searches() const;

 private:
  using Key = std::vector<std::int64_t>;
  struct Entry {
    std::once_flag searched;
    std::optional<Answer> answer;
    std::exception_ptr error;
  };

  const System& system_;
  MapperOptions options_;
  mutable std::mutex mutex_;  ///< of entries_, not held during a search
  std::map<Key, std::unique_ptr<Entry>> entries_;
};

}  // namespace mensa::accelerators
