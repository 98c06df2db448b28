#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "accelerators/cost/shared_mappings.h"
#include "accelerators/mapping/mapper.h"

namespace mensa::accelerators {

/// Mappings of questions on the accelerators of one system, each searched for once and remembered.
/// Holds a reference to the system, which must outlive it. Safe for use by any number of threads at
/// once; answers do not depend on how many there are.
class MappingCache {
 public:
  using Answer = std::variant<ParetoMappings, Infeasible>;

  explicit MappingCache(const System& system, const MapperOptions& options = {});
  /// Takes answers from `shared`: those for the nearest GridPower, with costs at this system's
  /// static power. Where that is a GridPower itself they are those of a cache without `shared`.
  MappingCache(const System& system, const MapperOptions& options,
               std::shared_ptr<SharedMappings> shared);
  MappingCache(const MappingCache&) = delete;
  MappingCache& operator=(const MappingCache&) = delete;

  [[nodiscard]] const System& system() const { return system_; }
  [[nodiscard]] const MapperOptions& options() const { return options_; }

  /// What map_layer() says for an accelerator of the system. The first thread that asks a question
  /// searches, others that ask the same meanwhile wait for it. The reference is valid as long as
  /// the cache. What the search throws reaches everyone who asks that question, then and later.
  [[nodiscard]] const Answer& find(const Accelerator& accelerator, const MacQuestion& question);

  /// Different questions so far: without shared mappings there was a search for each.
  [[nodiscard]] std::int64_t searches() const;

 private:
  struct Entry {
    std::once_flag searched;
    std::optional<Answer> answer;
    std::exception_ptr error;
  };
  /// What shared mappings are asked with for one accelerator.
  struct SharedPlace {
    MappingIdentity identity;
    base::Watts power;
    GridPower searched_at;
  };
  [[nodiscard]] Answer shared_answer(const Accelerator& accelerator, const MacQuestion& question,
                                     const std::string& key) const;

  const System& system_;
  MapperOptions options_;
  std::shared_ptr<SharedMappings> shared_;
  std::vector<SharedPlace> places_;  ///< by AcceleratorId, with shared_
  mutable std::mutex mutex_;         ///< of entries_, not held during a search
  /// By question_key() for each accelerator.
  std::map<AcceleratorId, std::unordered_map<std::string, std::unique_ptr<Entry>>> entries_;
};

}  // namespace mensa::accelerators
