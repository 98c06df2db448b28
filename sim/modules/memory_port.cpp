#include "sim/modules/memory_port.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/modules/sc_time_tools.h"
#include "sim/modules/transfer_info.h"

namespace mensa::sim {

MemoryPortModule::MemoryPortModule(const sc_core::sc_module_name& name, MemoryCore& core,
                                   std::size_t port, base::Seconds latency)
    : sc_module(name),
      socket("socket"),
      core_(core),
      port_(port),
      latency_(from_ps(to_ps(latency))) {
  socket.register_b_transport(this, &MemoryPortModule::b_transport);
  for (Way& way : ways_) {
    way.changed = std::make_unique<sc_core::sc_event>();
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(way.changed.get());
    sc_core::sc_spawn([this, &way] { pass_on(way); }, sc_core::sc_gen_unique_name("arbiter"),
                      &options);
  }
}

void MemoryPortModule::add_initiator(std::size_t owner, std::int64_t priority) {
  initiators_.push_back({owner, priority, std::make_unique<sc_core::sc_event>()});
  for (Way& way : ways_) {
    way.booked_ps.resize(std::max(way.booked_ps.size(), owner + 1), 0);
  }
  owners_.resize(std::max(owners_.size(), owner + 1));
}

MemoryPortModule::Transfers MemoryPortModule::transfers(std::size_t owner) const {
  if (owner >= owners_.size()) return {};
  return {owners_[owner].on_port.sum_ps(), owners_[owner].under_way.sum_ps()};
}

void MemoryPortModule::log_to(EventLog& log, const std::string& label) {
  log_ = &log;
  const bool both_ways = core_.way_of(port_, true) != core_.way_of(port_, false);
  for (const bool is_write : {false, true}) {
    if (is_write && !both_ways) break;
    ways_[core_.way_of(port_, is_write)].track = static_cast<std::uint32_t>(log.tracks.size());
    log.tracks.push_back({label, !both_ways ? "transfers" : is_write ? "writes" : "reads"});
  }
}

std::int64_t MemoryPortModule::used_ps(const Way& way, std::size_t owner) const {
  const std::int64_t left =
      way.owner == owner ? std::max<std::int64_t>(0, way.end_ps - now_ps()) : 0;
  return way.booked_ps[owner] - left;
}

void MemoryPortModule::pass_on(Way& way) {
  if (way.taken || way.waiting.empty()) return;
  const auto rank = [&](std::size_t index) {
    return std::tuple(-initiators_[index].priority, initiators_[index].asked, index);
  };
  const auto next =
      std::min_element(way.waiting.begin(), way.waiting.end(),
                       [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  const std::size_t chosen = *next;
  way.waiting.erase(next);
  way.taken = true;
  initiators_[chosen].turn->notify();
}

void MemoryPortModule::log_transfer(const Way& way, const TransferInfo& info,
                                    const TransferSlot& slot, std::int64_t bytes) {
  EventLog::Span span = info.label;
  span.asked_by = std::exchange(span.track, way.track);
  span.start_ps = slot.start_ps;
  span.end_ps = slot.end_ps;
  span.bytes = bytes;
  log_->spans.push_back(span);
}

void MemoryPortModule::b_transport(int initiator_index, tlm::tlm_generic_payload& payload,
                                   sc_core::sc_time& delay) {
  if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  const auto index = static_cast<std::size_t>(initiator_index);
  Initiator& initiator = initiators_[index];
  auto* const info = payload.get_extension<TransferInfo>();
  const bool gathers = info != nullptr && !info->pieces.empty();
  std::vector<MemoryRequest> whole;
  if (!gathers) {
    whole = {{static_cast<std::int64_t>(payload.get_address()),
              static_cast<std::int64_t>(payload.get_data_length()), payload.is_write()}};
  }
  const std::vector<MemoryRequest>& pieces = gathers ? info->pieces : whole;
  Way& way = ways_[core_.way_of(port_, payload.is_write())];
  const std::int64_t arrival = now_ps();
  const std::int64_t own_before = used_ps(way, initiator.owner);
  Owner& owner = owners_[initiator.owner];
  owner.under_way.begin(arrival);
  initiator.asked = sc_core::sc_delta_count();
  way.waiting.push_back(index);
  if (!way.taken) way.changed->notify(sc_core::SC_ZERO_TIME);
  sc_core::wait(*initiator.turn);
  const std::int64_t waited = now_ps() - arrival;
  const std::int64_t behind_own = used_ps(way, initiator.owner) - own_before;
  const TransferSlot slot = core_.reserve(port_, pieces, arrival, now_ps());
  owner.on_port.begin(slot.start_ps);
  way.owner = initiator.owner;
  way.end_ps = slot.end_ps;
  way.booked_ps[initiator.owner] += slot.end_ps - slot.start_ps;
  if (info != nullptr) {
    info->behind_own_ps = behind_own;
    info->behind_others_ps = waited - behind_own;
    info->device_contention_ps = slot.device_contention_ps;
    info->dram = slot.dram;
    info->activates = slot.activates;
    if (log_ != nullptr) log_transfer(way, *info, slot, payload.get_data_length());
  }
  sc_core::wait(from_ps(slot.end_ps - now_ps()));
  owner.on_port.end(slot.end_ps);
  owner.under_way.end(slot.end_ps + slot.device_contention_ps);
  way.taken = false;
  way.changed->notify(sc_core::SC_ZERO_TIME);
  delay = latency_ + from_ps(slot.data_ps - slot.end_ps);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace mensa::sim
