#include "accelerators/spec/sparsity_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

using models::index;
using models::MacOperand;

constexpr std::int64_t kMostIndexBits = 32;
constexpr std::int64_t kMostPointerBits = 32;
constexpr std::int64_t kMostOfGroup = 64;
constexpr std::int64_t kMostPerBlockSide = 256;
constexpr double kMostPerCycle = 1e9;
constexpr std::int64_t kMostFifoDepth = 65536;

constexpr std::array<std::pair<std::string_view, ZeroAction>, 3> kActions = {
    {{"none", ZeroAction::kNone}, {"gate", ZeroAction::kGate}, {"skip", ZeroAction::kSkip}}};
constexpr std::array<std::pair<std::string_view, Matching>, 4> kMatchings = {
    {{"none", Matching::kNone},
     {"one_sided", Matching::kOneSided},
     {"two_sided", Matching::kTwoSided},
     {"product", Matching::kProduct}}};
constexpr std::array<std::pair<std::string_view, Level>, kLevelCount> kLevels = {
    {{"dram", Level::kDram}, {"buffers", Level::kBuffers}, {"registers", Level::kRegisters}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kIndices = {
    {{"absolute", false}, {"relative", true}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kBalancings = {
    {{"static", false}, {"work_stealing", true}}};

/// "2:4"; none where the text is no such thing.
std::optional<models::GroupPattern> group_pattern(const std::string& text) {
  models::GroupPattern pattern;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, pattern.nonzeros);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, pattern.of);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return pattern;
}

void read_format(const base::YamlValue& value, MacOperand operand, OperandSparsity& sparsity) {
  const std::string text = value.string();
  if (const auto pattern = group_pattern(text)) {
    if (pattern->of < 2 || pattern->of > kMostOfGroup || pattern->nonzeros < 1 ||
        pattern->nonzeros > pattern->of) {
      throw value.error(fmt::format(
          "'{}' keeps more than there are, or nothing: N:M needs 1 <= N <= M and M within 2 to {}",
          text, kMostOfGroup));
    }
    if (operand != MacOperand::kWeights) {
      throw value.error("only weights can be known to keep so many of every group");
    }
    sparsity.format = StorageFormat::kGroups;
    sparsity.groups = *pattern;
    return;
  }
  constexpr std::array kFormats = {StorageFormat::kDense, StorageFormat::kBitmask,
                                   StorageFormat::kRunLength, StorageFormat::kCsr,
                                   StorageFormat::kCsc};
  std::vector<std::string> known;
  for (const StorageFormat format : kFormats) {
    if (to_string(format) == text) {
      sparsity.format = format;
      return;
    }
    known.emplace_back(to_string(format));
  }
  known.emplace_back("2:4");
  throw value.error(base::unknown_name_message("storage format", text, known));
}

bool has_pointers(StorageFormat format) {
  return format == StorageFormat::kCsr || format == StorageFormat::kCsc;
}

void read_zeros(const base::YamlValue& value, MacOperand operand, OperandSparsity& sparsity) {
  if (operand == MacOperand::kOutputs) {
    throw value.error("zeros among outputs are known only when they are computed: none are saved");
  }
  base::YamlMap map = value.map();
  const auto read = [&](std::string_view key, ZeroAction& action) {
    if (const auto entry = map.optional(key)) action = read_word(*entry, "action", kActions);
  };
  read("buffers", sparsity.buffers);
  read("registers", sparsity.registers);
  read("macs", sparsity.macs);
  map.finish();
}

void read_decompression(const base::YamlValue& value, OperandSparsity& sparsity) {
  base::YamlMap map = value.map();
  const auto energy = map.optional("energy");
  const auto rate = map.optional("values_per_cycle");
  map.finish();
  if (energy) {
    sparsity.decompression_energy =
        read_nominal(*energy, [](const base::YamlValue& one) { return one.energy(true); });
  }
  if (rate) {
    sparsity.decompressed_per_cycle = read_nominal(
        *rate, [](const base::YamlValue& one) { return one.number(1e-6, kMostPerCycle); });
  }
}

OperandSparsity read_operand_sparsity(const base::YamlValue& value, MacOperand operand) {
  base::YamlMap map = value.map();
  const auto format = map.optional("format");
  const auto granularity = map.optional("granularity");
  const auto index_bits = map.optional("index_bits");
  const auto coordinates = map.optional("index");
  const auto pointer_bits = map.optional("pointer_bits");
  const auto compressed_to = map.optional("compressed_to");
  const auto zeros = map.optional("zeros");
  const auto decompression = map.optional("decompression");
  map.finish();

  OperandSparsity sparsity;
  if (format) read_format(*format, operand, sparsity);
  const StorageFormat is = sparsity.format;
  const auto only_of = [&](const std::optional<base::YamlValue>& entry, bool has,
                           std::string_view what) {
    if (entry && !has) {
      throw entry->error(fmt::format("format '{}' has no {}", sparsity.format_name(), what));
    }
  };
  const bool is_indexed = is == StorageFormat::kRunLength || has_pointers(is);
  only_of(index_bits, is_indexed, "index_bits");
  only_of(coordinates, has_pointers(is), "choice of index");
  only_of(pointer_bits, has_pointers(is), "pointers");
  only_of(compressed_to, is != StorageFormat::kDense, "compressed form");
  only_of(decompression, is != StorageFormat::kDense, "decompression");
  only_of(granularity, is != StorageFormat::kGroups, "other granularity than its groups");
  if (granularity) {
    std::tie(sparsity.block_outputs, sparsity.block_reduction) = granularity->extent_2d();
    if (sparsity.block_outputs > kMostPerBlockSide ||
        sparsity.block_reduction > kMostPerBlockSide) {
      throw granularity->error(
          fmt::format("a block has 1 to {} values on a side", kMostPerBlockSide));
    }
    if (operand != MacOperand::kWeights && sparsity.block_outputs > 1) {
      throw granularity->error("blocks of activations run along their channels: 1xN");
    }
  }
  if (index_bits) sparsity.index_bits = static_cast<int>(index_bits->integer(1, kMostIndexBits));
  if (coordinates) sparsity.relative_index = read_word(*coordinates, "kind of index", kIndices);
  if (pointer_bits) {
    sparsity.pointer_bits = static_cast<int>(pointer_bits->integer(1, kMostPointerBits));
  }
  if (is_indexed && sparsity.index_bits == 0 &&
      (is == StorageFormat::kRunLength || sparsity.relative_index)) {
    throw format->error("runs and distances need index_bits, as 4");
  }
  if (compressed_to) sparsity.compressed_to = read_word(*compressed_to, "level", kLevels);
  if (operand == MacOperand::kOutputs && sparsity.compressed_to == Level::kRegisters) {
    throw compressed_to->error(
        "sums are dense in the registers: outputs are compressed to dram or "
        "buffers");
  }
  if (zeros) read_zeros(*zeros, operand, sparsity);
  if (decompression) read_decompression(*decompression, sparsity);
  return sparsity;
}

void read_matching(const base::YamlValue& value, Sparsity& sparsity) {
  base::YamlMap map = value.map();
  const base::YamlValue kind = map.required("kind");
  const auto positions = map.optional("positions_per_cycle");
  const auto energy = map.optional("energy");
  map.finish();
  sparsity.matching = read_word(kind, "kind of matching", kMatchings);
  if (positions) {
    sparsity.positions_per_cycle = read_nominal(
        *positions, [](const base::YamlValue& one) { return one.number(1e-6, kMostPerCycle); });
  }
  if (energy) {
    sparsity.position_energy =
        read_nominal(*energy, [](const base::YamlValue& one) { return one.energy(true); });
  }
}

void read_balancing(const base::YamlValue& value, const Accelerator& accelerator,
                    Sparsity& sparsity) {
  base::YamlMap map = value.map();
  const base::YamlValue kind = map.required("kind");
  const auto group = map.optional("group");
  map.finish();
  const bool steals = read_word(kind, "kind of balancing", kBalancings);
  if (steals != group.has_value()) {
    throw kind.error("work_stealing, and nothing else, has a group: the PEs that share work");
  }
  if (steals) sparsity.stealing_group = group->integer(1, accelerator.pe_count());
}

void check_skipping(const base::YamlValue& value, const Accelerator& accelerator,
                    const Sparsity& sparsity) {
  const bool weights = sparsity.skips(MacOperand::kWeights);
  const bool inputs = sparsity.skips(MacOperand::kInputs);
  if (!weights && !inputs) return;
  if (weights && inputs && sparsity.matching != Matching::kTwoSided &&
      sparsity.matching != Matching::kProduct) {
    throw value.error(
        "products are skipped for zeros of both operands: matching must be "
        "two_sided or product");
  }
  if (!(weights && inputs) && sparsity.matching != Matching::kOneSided) {
    throw value.error("products are skipped for zeros of one operand: matching must be one_sided");
  }
  const bool regular =
      weights && !inputs && sparsity.of(MacOperand::kWeights).format == StorageFormat::kGroups;
  if (accelerator.dataflow.systolic() && !regular) {
    throw value.error(
        fmt::format("the PEs of dataflow '{}' move in step: zeros may be gated there, and only N:M "
                    "weights skipped",
                    accelerator.dataflow.name));
  }
}

}  // namespace

Sparsity read_sparsity(const base::YamlValue& value, const Accelerator& accelerator) {
  base::YamlMap map = value.map();
  Sparsity sparsity;
  for (const MacOperand operand : models::kAllMacOperands) {
    if (const auto entry = map.optional(models::to_string(operand))) {
      sparsity.operands[index(operand)] = read_operand_sparsity(*entry, operand);
    }
  }
  const auto matching = map.optional("matching");
  const auto balancing = map.optional("balancing");
  const auto fifo_depth = map.optional("fifo_depth");
  const auto gated = map.optional("gated_mac_energy");
  map.finish();
  if (matching) read_matching(*matching, sparsity);
  if (balancing) read_balancing(*balancing, accelerator, sparsity);
  if (fifo_depth) sparsity.fifo_depth = fifo_depth->integer(1, kMostFifoDepth);
  if (gated) {
    sparsity.gated_mac_energy =
        read_nominal(*gated, [](const base::YamlValue& one) { return one.number(0, 1); });
  }
  check_skipping(value, accelerator, sparsity);
  return sparsity;
}

}  // namespace mensa::accelerators
