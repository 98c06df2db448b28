#include "explore/design/design_yaml.h"

#include <fmt/format.h>

#include "explore/space/dimension.h"
#include "models/base/version.h"
#include "traces/human.h"

namespace mensa::explore {
namespace {

using base::YamlNode;

constexpr std::size_t kLineWidth = 100;

/// Each line behind so many blanks and `mark`.
std::string marked(std::string_view text, std::size_t indent, std::string_view mark) {
  std::string lines;
  const std::size_t width = kLineWidth - indent - mark.size();
  std::string_view rest = text;
  const std::string wrapped = traces::wrapped(rest, width, 0);
  rest = wrapped;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    lines += fmt::format("{:{}}{}{}\n", "", indent, mark, rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return lines;
}

std::string comment(std::string_view text, std::size_t indent) {
  return marked(text, indent, "# ");
}

/// A text that YAML reads back as it is, on one line.
std::string scalar(const std::string& text) {
  std::string line = YamlNode::make_scalar(text, {}).to_yaml();
  line.pop_back();  // its end of line
  return line;
}

std::string indented(std::string_view lines, std::size_t indent) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += fmt::format("{:{}}{}\n", "", indent, lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return text;
}

std::string sources_of(const DesignedAccelerator& accelerator, const Platform& platform,
                       bool clock_is_given) {
  const DataflowChoice& dataflow = platform.dataflows()[accelerator.blueprint.dataflow];
  const std::string registers =
      dataflow.user.empty()
          ? "one value of each operand: no accelerator of the library has this dataflow"
          : fmt::format("those of {} in the library, which has this dataflow", dataflow.user);
  const std::string clock =
      clock_is_given
          ? "given by user"
          : fmt::format("the fastest of the library's systems in {}", platform.technology());
  std::string text = "sources:\n";
  const auto add = [&](std::string_view path, const std::string& source, std::string_view grade) {
    text += fmt::format("  {}: {{source: {}, grade: \"{}\"}}\n", path, scalar(source), grade);
  };
  add("pe_array", "chosen by mensa design", "X");
  add("clock", clock, clock_is_given ? "-" : "X");
  add("dataflow", "chosen by mensa design", "X");
  add("buffers", "capacities chosen by mensa design, banks and widths by its rule for the array",
      "X");
  add("registers", registers, "X");
  add("vector_lanes", "4 sqrt(PEs), to the nearest power of two, by mensa design's rule", "D");
  add("precisions", "what the layers ask for, one MAC per PE and cycle", "X");
  add("time_batching", "as Mensa's accelerators", "X");
  add("keeps_parameters", "as Mensa's accelerators", "X");
  return text;
}

std::string role_sentence(const DesignedAccelerator& accelerator) {
  return fmt::format("{}x{} PEs with dataflow {}{}", accelerator.blueprint.rows,
                     accelerator.blueprint.columns, accelerator.dataflow,
                     accelerator.near_data ? ", near memory" : "");
}

}  // namespace

std::string design_yaml(const DesignReport& report, const Platform& platform,
                        const std::string& command) {
  std::string text = comment(fmt::format("Written by mensa {}: {}", base::kVersion, command), 0);
  text += "#\n";
  text += comment(fmt::format("{} of silicon, {} at the accelerators' peak; clusters from {}.",
                              with_unit(report.area, dimensions::kArea),
                              with_unit(report.peak_power, dimensions::kPower), report.origin),
                  0);
  for (const std::string& note : report.notes) text += comment(note, 0);
  YamlNode file = platform.file_without_accelerators();
  YamlNode head = YamlNode::make_map({});
  head.put("schema", *file.find("schema"));
  head.put("name", YamlNode::make_scalar(report.name, {}));
  head.put("description",
           YamlNode::make_scalar(
               fmt::format("Designed by mensa for {} model{} at {}, with the memories of {}",
                           report.models.size(), report.models.size() == 1 ? "" : "s",
                           with_unit(report.budget.area, dimensions::kArea), platform.name()),
               {}));
  for (const std::string_view key : {"schema", "name", "description", "notes"}) file.erase(key);
  text += head.to_yaml() + file.to_yaml() + "accelerators:\n";
  for (const DesignedAccelerator& accelerator : report.accelerators) {
    std::string notes;
    for (const std::string& reason : accelerator.reasons) {
      text += comment(reason, 2);
      notes += (notes.empty() ? "" : " ") + reason;
    }
    constexpr std::size_t kIndent = 2;
    std::string own = fmt::format("description: {}\nnotes: {}\n",
                                  scalar(role_sentence(accelerator)), scalar(notes));
    own += platform.accelerator_yaml(accelerator.blueprint);
    own += sources_of(accelerator, platform, platform.clock_is_given());
    text += fmt::format("  {}:\n{}", accelerator.name, indented(own, 2 * kIndent));
  }
  return text;
}

}  // namespace mensa::explore
