#include "accelerators/spec/precision_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

/// A requantization of more operations than this is no step behind a layer but a layer.
constexpr std::int64_t kMostRequantization = 100;

constexpr std::array<std::pair<std::string_view, SubByteStorage>, 2> kSubByteStorage = {
    {{"packed", SubByteStorage::kPacked}, {"padded", SubByteStorage::kPadded}}};

/// A whole part of a rate; none where the text is no such number.
std::optional<std::int64_t> rate_part(std::string_view text) {
  std::int64_t part = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, part);
  if (failed != std::errc() || stop != end || part < 1 || part > MacRate::kMost) {
    return std::nullopt;
  }
  return part;
}

/// "2", or "1/4".
MacRate read_rate(const base::YamlValue& value) {
  const std::string text = value.string();
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {value.integer(1, MacRate::kMost), 1};
  const auto macs = rate_part(std::string_view(text).substr(0, slash));
  const auto cycles = rate_part(std::string_view(text).substr(slash + 1));
  if (!macs || !cycles) {
    throw value.error(fmt::format(
        "'{}' is no rate; expected MACs per cycle as '2', or MACs / cycles as '1/4', of whole "
        "numbers within 1 to {}",
        text, MacRate::kMost));
  }
  return MacRate::reduced(*macs, *cycles);
}

/// Reads what both lists have; `read_own` reads the keys of one of them.
template <class ReadOwn>
Precision read_entry(const base::YamlValue& value, ReadOwn read_own) {
  base::YamlMap map = value.map();
  const base::YamlValue weights = map.required("weights");
  const base::YamlValue activations = map.required("activations");
  const auto accumulators = map.optional("accumulators");
  const auto energy = map.optional("energy");
  const auto requantization = map.optional("requantization");
  Precision precision;
  read_own(map, precision);

  precision.factors = {read_number_format(weights), read_number_format(activations)};
  const bool integers =
      precision.factors.weights.is_integer() && precision.factors.activations.is_integer();
  if (!integers) precision.accumulators = NumberFormat::floating(32);
  if (accumulators) precision.accumulators = read_number_format(*accumulators);
  if (energy) {
    precision.energy =
        read_sourced(*energy, [](const base::YamlValue& one) { return one.energy(true); });
  }
  if (requantization) {
    precision.requantization = requantization->integer(0, kMostRequantization);
  }
  return precision;
}

bool has_formats(const std::vector<Precision>& list, const FactorFormats& factors) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Precision& one) { return one.factors == factors; });
}

}  // namespace

NumberFormat read_number_format(const base::YamlValue& value) {
  const std::string text = value.string();
  const bool is_number =
      !text.empty() && text.find_first_not_of("+-.0123456789") == std::string::npos;
  if (is_number) {
    return NumberFormat::integer(static_cast<int>(value.integer(1, NumberFormat::kMostBits)));
  }
  return located(value, [&] { return number_format_from_string(text); });
}

std::vector<Precision> read_precisions(const base::YamlValue& list, const Technology& technology) {
  std::vector<Precision> precisions;
  for (const base::YamlValue& entry : list.sequence()) {
    Precision precision = read_entry(entry, [](base::YamlMap& map, Precision& read) {
      const auto macs_per_pe = map.optional("macs_per_pe");
      map.finish();
      if (macs_per_pe) read.rate = read_rate(*macs_per_pe);
    });
    if (has_formats(precisions, precision.factors)) {
      throw entry.error("an entry before this one has the same widths");
    }
    // Found out here rather than at the first layer that asks for it.
    if (!precision.energy) located(entry, [&] { return technology.mac_energy(precision.factors); });
    precisions.push_back(std::move(precision));
  }
  if (precisions.empty()) throw list.error("expected at least one precision");
  return precisions;
}

std::vector<Precision> read_emulation(const base::YamlValue& list,
                                      const std::vector<Precision>& precisions) {
  const MacRate& native = precisions.front().rate;
  std::vector<Precision> emulated;
  for (const base::YamlValue& entry : list.sequence()) {
    Precision precision = read_entry(entry, [&](base::YamlMap& map, Precision& read) {
      const base::YamlValue macs = map.required("native_macs");
      map.finish();
      // Beside the native rate's own cycles this stays small enough for products.
      read.emulated_by = macs.integer(1, MacRate::kMost / native.cycles);
      read.rate = MacRate::reduced(native.macs, native.cycles * read.emulated_by);
    });
    if (has_formats(precisions, precision.factors)) {
      throw entry.error(fmt::format("{} is among the 'precisions', and needs no emulation",
                                    precision.factors.to_string()));
    }
    if (has_formats(emulated, precision.factors)) {
      throw entry.error("an entry before this one has the same widths");
    }
    emulated.push_back(std::move(precision));
  }
  return emulated;
}

SubByteStorage read_sub_byte_storage(const base::YamlValue& value) {
  return read_word(value, "storage", kSubByteStorage);
}

}  // namespace mensa::accelerators
