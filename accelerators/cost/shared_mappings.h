#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "accelerators/cost/mapping_identity.h"
#include "accelerators/mapping/mapper.h"

namespace mensa::accelerators {

/// A static power for which mappings are searched: 0, or a power of 2^(1/kStepsPerOctave) W.
struct GridPower {
  static constexpr int kStepsPerOctave = 4;

  /// The one nearest to `power`, by their ratio.
  [[nodiscard]] static GridPower nearest(base::Watts power);

  int step = 0;  ///< the exponent; of 0 W the least int
  base::Watts power;
};

/// Mappings that many systems share, for explorations. What a mapping depends on of a system is the
/// accelerator (mapping_identity()) and what everything draws meanwhile. The latter differs a
/// little between almost any two systems, so mappings are searched for at the nearest GridPower and
/// priced anew at the exact one: docs/cost-model.md says how little that loses.
///
/// Answers are functions of the question alone: they depend neither on what else is asked, nor on
/// the number of threads, nor on what was forgotten to stay within the limit. Safe for use by any
/// number of threads at once.
class SharedMappings {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{128} << 20;  // 128 MiB

  /// `most_bytes`: about so much is remembered; what was not asked for lately goes first.
  explicit SharedMappings(std::size_t most_bytes = kMostBytes);
  SharedMappings(const SharedMappings&) = delete;
  SharedMappings& operator=(const SharedMappings&) = delete;

  /// What is asked, of an accelerator with that identity.
  struct Question {
    const MappingIdentity& accelerator;
    GridPower power;
    Effort effort;
    const std::string& key;  ///< question_key()
  };
  /// What `search` says, which is called once for a question: others that ask the same meanwhile
  /// wait. No mappings: there are none. Where it throws, everyone who asks calls it for himself, so
  /// that messages name the accelerator that was asked about.
  [[nodiscard]] std::shared_ptr<const ParetoMappings> find(
      const Question& question, const std::function<ParetoMappings()>& search);

  /// Questions that were searched for, and those whose answer was known or on its way.
  [[nodiscard]] std::int64_t searches() const { return searches_; }
  [[nodiscard]] std::int64_t hits() const { return hits_; }
  /// That answers and keys take now, about.
  [[nodiscard]] std::size_t bytes() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct Entry {
    std::once_flag searched;
    std::shared_ptr<const ParetoMappings> answer;  ///< null where the search throws
    std::size_t bytes = 0;                         ///< with the key; of its shard's mutex
  };
  using Entries = std::unordered_map<std::string, std::shared_ptr<Entry>>;
  /// Entries asked for lately, and those asked for only before that: when the former take half of
  /// the room, the latter are forgotten and the former take their place.
  struct Shard {
    mutable std::mutex mutex;  ///< not held during a search
    Entries young;
    Entries old;
    std::size_t young_bytes = 0;
    std::size_t old_bytes = 0;
  };

  /// The entry of that key, a new one where there is none.
  [[nodiscard]] std::shared_ptr<Entry> entry_of(Shard& shard, const std::string& key) const;
  /// After its search, unless it is forgotten already.
  static void count_answer(Shard& shard, const std::string& key, Entry& entry);

  std::size_t most_bytes_of_half_;  ///< of either generation of a shard
  std::array<Shard, kShards> shards_;
  std::atomic<std::int64_t> searches_ = 0;
  std::atomic<std::int64_t> hits_ = 0;
};

/// Mappings with costs at another static power, `clock` being the accelerator's: static energy is
/// all that changes. Those that another one then beats in both time and energy are left out.
[[nodiscard]] ParetoMappings at_power(const ParetoMappings& mappings, base::Watts power,
                                      base::Hertz clock);

}  // namespace mensa::accelerators
