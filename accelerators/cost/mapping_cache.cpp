#include "accelerators/cost/mapping_cache.h"

#include <utility>

#include "accelerators/cost/question_key.h"
#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

MappingCache::MappingCache(const System& system, const MapperOptions& options)
    : system_(system), options_(options) {}

MappingCache::MappingCache(const System& system, const MapperOptions& options,
                           std::shared_ptr<SharedMappings> shared)
    : MappingCache(system, options) {
  shared_ = std::move(shared);
  places_.reserve(system.accelerators.size());
  for (const Accelerator& accelerator : system.accelerators) {
    const base::Watts power = options.static_power.value_or(static_power(system, accelerator.id));
    places_.push_back({mapping_identity(system, accelerator), power, GridPower::nearest(power)});
  }
}

const MappingCache::Answer& MappingCache::find(const Accelerator& accelerator,
                                               const MacQuestion& question) {
  const std::string key = question_key(question);
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Entry>& place = entries_[accelerator.id][key];
    if (place == nullptr) place = std::make_unique<Entry>();
    entry = place.get();
  }
  std::call_once(entry->searched, [&] {
    try {
      entry->answer = shared_ ? shared_answer(accelerator, question, key)
                              : map_layer(system_, accelerator, question, options_);
    } catch (...) {
      entry->error = std::current_exception();
    }
  });
  if (entry->error != nullptr) std::rethrow_exception(entry->error);
  return *entry->answer;
}

MappingCache::Answer MappingCache::shared_answer(const Accelerator& accelerator,
                                                 const MacQuestion& question,
                                                 const std::string& key) const {
  const SharedPlace& place = places_[accelerator.id.index()];
  const auto search = [&] {
    const MapperOptions options{options_.effort, place.searched_at.power};
    Answer answer = map_layer(system_, accelerator, question, options);
    auto* const mappings = std::get_if<ParetoMappings>(&answer);
    return mappings == nullptr ? ParetoMappings() : std::move(*mappings);
  };
  const auto found =
      shared_->find({place.identity, place.searched_at, options_.effort, key}, search);
  // Names in the text are this system's.
  if (found->empty()) return why_infeasible(system_, accelerator, question);
  if (place.power == place.searched_at.power) return *found;
  return at_power(*found, place.power, accelerator.clock);
}

std::int64_t MappingCache::searches() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& of_accelerator : entries_) sum += of_accelerator.second.size();
  return static_cast<std::int64_t>(sum);
}

}  // namespace mensa::accelerators
