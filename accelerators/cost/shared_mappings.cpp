#include "accelerators/cost/shared_mappings.h"

#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "accelerators/cost/number_key.h"
#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {
namespace {

/// 2^(i / kStepsPerOctave), correctly rounded: the same on every machine.
constexpr std::array<double, GridPower::kStepsPerOctave> kRoots = {
    1.0, 1.189207115002721, 1.4142135623730951, 1.681792830507429};

std::string key_of(const SharedMappings::Question& question) {
  constexpr std::size_t kNumbers = 2;
  NumberKey key(kNumbers);
  key.add(question.power.step, question.effort);
  return question.accelerator.digest + key.text() + question.key;
}

/// What an entry takes beside its mappings: the key, nodes of the map and of the heap.
std::size_t bytes_without_answer(const std::string& key) {
  constexpr std::size_t kNodes = 256;
  return key.size() + kNodes;
}

std::size_t bytes_of(const ParetoMappings& mappings) {
  return mappings.size() * sizeof(MappedCost);
}

}  // namespace

GridPower GridPower::nearest(base::Watts power) {
  if (!(power > base::Watts(0))) return {std::numeric_limits<int>::min(), base::Watts(0)};
  const auto step = static_cast<int>(std::lround(std::log2(power.value()) * kStepsPerOctave));
  const int octave =
      step >= 0 ? step / kStepsPerOctave : -((kStepsPerOctave - 1 - step) / kStepsPerOctave);
  const auto part = static_cast<std::size_t>(step - octave * kStepsPerOctave);
  return {step, base::Watts(std::ldexp(kRoots[part], octave))};
}

SharedMappings::SharedMappings(std::size_t most_bytes)
    : most_bytes_of_half_(most_bytes / kShards / 2) {}

std::shared_ptr<const ParetoMappings> SharedMappings::find(
    const Question& question, const std::function<ParetoMappings()>& search) {
  const std::string key = key_of(question);
  Shard& shard = shards_[std::hash<std::string>()(key) % kShards];
  const std::shared_ptr<Entry> entry = entry_of(shard, key);
  bool is_mine = false;
  std::exception_ptr error;
  std::call_once(entry->searched, [&] {
    is_mine = true;
    ++searches_;
    try {
      entry->answer = std::make_shared<const ParetoMappings>(search());
    } catch (...) {
      error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
  if (!entry->answer) return std::make_shared<const ParetoMappings>(search());
  if (is_mine) {
    count_answer(shard, key, *entry);
  } else {
    ++hits_;
  }
  return entry->answer;
}

std::shared_ptr<SharedMappings::Entry> SharedMappings::entry_of(Shard& shard,
                                                                const std::string& key) const {
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.young.find(key); found != shard.young.end()) return found->second;
  auto known = shard.old.extract(key);
  if (known) shard.old_bytes -= known.mapped()->bytes;
  if (shard.young_bytes > most_bytes_of_half_) {
    shard.old = std::exchange(shard.young, {});
    shard.old_bytes = std::exchange(shard.young_bytes, 0);
  }
  if (known) {
    const auto place = shard.young.insert(std::move(known)).position;
    shard.young_bytes += place->second->bytes;
    return place->second;
  }
  auto entry = std::make_shared<Entry>();
  entry->bytes = bytes_without_answer(key);
  shard.young_bytes += entry->bytes;
  shard.young.emplace(key, entry);
  return entry;
}

void SharedMappings::count_answer(Shard& shard, const std::string& key, Entry& entry) {
  const std::lock_guard lock(shard.mutex);
  const std::size_t more = bytes_of(*entry.answer);
  const auto holds = [&](const Entries& entries) {
    const auto found = entries.find(key);
    return found != entries.end() && found->second.get() == &entry;
  };
  entry.bytes += more;
  if (holds(shard.young)) {
    shard.young_bytes += more;
  } else if (holds(shard.old)) {
    shard.old_bytes += more;
  }
}

std::size_t SharedMappings::bytes() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.young_bytes + shard.old_bytes;
  }
  return sum;
}

ParetoMappings at_power(const ParetoMappings& mappings, base::Watts power, base::Hertz clock) {
  const double per_cycle = energy_per_cycle(power, clock).value();
  ParetoMappings priced;
  priced.reserve(mappings.size());
  for (const MappedCost& each : mappings) {  // fastest first
    MappedCost anew = each;
    anew.cost.energy.static_energy =
        base::Picojoules(per_cycle * static_cast<double>(each.cost.cycles.value()));
    const bool is_beaten =
        !priced.empty() && priced.back().cost.energy.total() < anew.cost.energy.total();
    if (!is_beaten) priced.push_back(anew);
  }
  return priced;
}

}  // namespace mensa::accelerators
