#include "explore/design/dataflow_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "accelerators/spec/loader.h"
#include "accelerators/spec/precision_reader.h"
#include "models/base/data_path.h"

namespace mensa::explore {
namespace {

using base::YamlNode;
using base::YamlValue;
using models::MacOperand;

constexpr int kUsualBits = 8;
constexpr int kUsualSumBits = 32;

/// What the library's accelerators say of a dataflow.
struct Users {
  std::optional<DataflowChoice> dense;  ///< without its tree
  bool any = false;
};

std::string operand_key(MacOperand operand) { return std::string(models::to_string(operand)); }

/// Bits that an accelerator's native precision has for each operand.
std::array<int, models::kMacOperandCount> native_bits(const YamlNode& accelerator,
                                                      const std::string& place) {
  std::array<int, models::kMacOperandCount> bits = {kUsualBits, kUsualBits, kUsualSumBits};
  const YamlNode* const precisions = accelerator.find("precisions");
  if (precisions == nullptr || precisions->items().empty()) return bits;
  const YamlNode& native = precisions->items().front();
  const auto read = [&](std::string_view key, MacOperand operand) {
    const YamlNode* const value = native.find(key);
    if (value == nullptr) return;
    bits[models::index(operand)] =
        accelerators::read_number_format(YamlValue(*value, fmt::format("{}.{}", place, key))).bits;
  };
  read("weights", MacOperand::kWeights);
  read("activations", MacOperand::kInputs);
  read("accumulators", MacOperand::kOutputs);
  return bits;
}

bool keeps_weights(const YamlNode& buffers) {
  return std::any_of(buffers.entries().begin(), buffers.entries().end(), [](const auto& entry) {
    const YamlNode* const keeps = entry.second.find("keeps");
    return keeps != nullptr &&
           std::any_of(keeps->items().begin(), keeps->items().end(), [](const YamlNode& operand) {
             return operand.scalar() == operand_key(MacOperand::kWeights);
           });
  });
}

DataflowChoice choice_of(const YamlNode& accelerator, const std::string& name) {
  DataflowChoice choice;
  choice.user = name;
  choice.bits = native_bits(accelerator, name);
  if (const YamlNode* const registers = accelerator.find("registers")) {
    for (const MacOperand operand : models::kAllMacOperands) {
      const YamlNode* const bytes = registers->find(operand_key(operand));
      if (bytes == nullptr) continue;
      choice.registers[models::index(operand)] =
          YamlValue(*bytes, fmt::format("{}.registers", name)).bytes(true).value();
    }
  }
  return choice;
}

/// By the name of the dataflow.
std::map<std::string, Users> users_in_library() {
  std::map<std::string, Users> users;
  for (const std::string& name : base::data_names(accelerators::kAcceleratorFiles)) {
    const YamlNode accelerator =
        base::read_yaml_file(base::find_data_file(accelerators::kAcceleratorFiles, name));
    const YamlNode* const dataflow = accelerator.find("dataflow");
    // What uses another one differs from it in sizes; what has a dataflow of its own names none.
    if (dataflow == nullptr || dataflow->kind() != YamlNode::Kind::kScalar) continue;
    Users& here = users[dataflow->scalar()];
    here.any = true;
    if (accelerator.find("sparsity") != nullptr) continue;
    const YamlNode* const buffers = accelerator.find("buffers");
    const bool streams = buffers != nullptr && !keeps_weights(*buffers);
    if (!here.dense) here.dense = choice_of(accelerator, name);
    here.dense->streams_weights = here.dense->streams_weights || streams;
  }
  return users;
}

}  // namespace

std::vector<DataflowChoice> dataflow_choices() {
  const std::map<std::string, Users> users = users_in_library();
  std::vector<DataflowChoice> choices;
  for (const std::string& name : base::data_names(accelerators::kDataflowFiles)) {
    const auto known = users.find(name);
    const bool is_used = known != users.end() && known->second.any;
    if (is_used && !known->second.dense) continue;
    DataflowChoice choice;
    if (is_used) {
      choice = *known->second.dense;
    } else {
      choice.registers = {1, 1, kUsualSumBits / kUsualBits};
      choice.bits = {kUsualBits, kUsualBits, kUsualSumBits};
    }
    choice.name = name;
    choice.tree = base::read_yaml_file(base::find_data_file(accelerators::kDataflowFiles, name));
    choice.tree.erase("schema");
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace mensa::explore
