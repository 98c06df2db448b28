// The library that ships with mensa: it loads, it can be written and read again, its figures are
// grounded, and its formats are documented.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "accelerators/spec/loader.h"
#include "models/base/data_path.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using base::YamlNode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(Library, HasWhatItShould) {
  EXPECT_THAT(base::data_names(kSystemFiles),
              IsSupersetOf({"edge_tpu", "edge_tpu_hb", "eyeriss_v2", "eyeriss_v2_scaled", "mensa_g",
                            "nvdla", "nvdla_full", "nvdla_small", "precision_array"}));
  EXPECT_THAT(base::data_names(kDataflowFiles),
              IsSupersetOf({"output_stationary", "weight_stationary", "input_stationary",
                            "output_stationary_multicast", "weight_stationary_multicast",
                            "input_stationary_multicast", "row_stationary", "pascal", "pavlov",
                            "jacquard", "nvdla"}));
}

TEST(Library, EverySystemLoadsWithoutWarningUnderItsOwnName) {
  for (const std::string& name : base::data_names(kSystemFiles)) {
    const System system = load_system(name);
    EXPECT_EQ(system.name, name);
    EXPECT_FALSE(system.description.empty()) << name;
    EXPECT_THAT(system.warnings, IsEmpty()) << name;
  }
}

TEST(Library, EveryAcceleratorAndDataflowLoads) {
  for (const std::string& name : base::data_names(kAcceleratorFiles)) {
    EXPECT_EQ(error_of([&] {
                return load_system("edge_tpu", {{"accelerators.edge_tpu.use", name}});
              }),
              "no error")
        << name;
  }
  for (const std::string& name : base::data_names(kDataflowFiles)) {
    const System system = load_system("edge_tpu", {{"accelerators.edge_tpu.dataflow", name}});
    EXPECT_EQ(system.accelerators[0].dataflow.name, name);
    const bool is_bare = name.ends_with("_stationary") && name != "row_stationary";
    EXPECT_EQ(system.accelerators[0].dataflow.systolic(), is_bare) << name;
  }
  for (const std::string& name : base::data_names(kTechnologyFiles)) {
    EXPECT_EQ(load_system("edge_tpu", {{"technology", name}}).technology.name, name);
  }
}

TEST(Library, PeaksAreThoseOfThePapers) {
  const auto peak_flops = [](const std::string& system, const std::string& accelerator) {
    return 2 * load_system(system).accelerator(accelerator).peak_macs_per_second();
  };
  EXPECT_DOUBLE_EQ(peak_flops("edge_tpu", "edge_tpu"), 2.048e12);
  EXPECT_DOUBLE_EQ(peak_flops("mensa_g", "pascal"), 2.048e12);
  EXPECT_DOUBLE_EQ(peak_flops("mensa_g", "pavlov"), 128e9);
  EXPECT_DOUBLE_EQ(peak_flops("mensa_g", "jacquard"), 512e9);
  EXPECT_DOUBLE_EQ(peak_flops("eyeriss_v2", "eyeriss_v2"), 153.6e9);
  EXPECT_DOUBLE_EQ(peak_flops("eyeriss_v2_scaled", "eyeriss_v2"), 768e9);
}

TEST(Library, NvdlaIsAtomicCByAtomicK) {
  const System large = load_system("nvdla");
  const Accelerator& nvdla = large.accelerator("nvdla");
  EXPECT_EQ(nvdla.rows, 64);
  EXPECT_EQ(nvdla.columns, 32);
  EXPECT_DOUBLE_EQ(2 * nvdla.peak_macs_per_second(), 4.096e12);
  EXPECT_EQ(nvdla.parameter_capacity().value(), 512 * 1024);
  const System small = load_system("nvdla_small");
  EXPECT_EQ(small.accelerator("nvdla").pe_count(), 64);
  EXPECT_EQ(small.accelerator("nvdla").parameter_capacity().value(), 128 * 1024);
}

/// The same peak as nv_large at int8, half of it at 16 bits.
TEST(Library, NvdlaFullHasTheThreePrecisionsOfItsDocumentation) {
  const System system = load_system("nvdla_full");
  const Accelerator& nvdla = system.accelerator("nvdla");
  EXPECT_EQ(nvdla.precision_names(), "int8, int16, fp16");
  EXPECT_DOUBLE_EQ(2 * nvdla.peak_macs_per_second(), 4.096e12);
  for (const NumberFormat format : {NumberFormat::integer(16), NumberFormat::floating(16)}) {
    const Precision* const half = nvdla.find_precision({format, format});
    ASSERT_NE(half, nullptr);
    EXPECT_DOUBLE_EQ(2 * half->rate.per_second(nvdla.pe_count(), nvdla.clock), 2.048e12);
  }
}

TEST(Library, MensaGHasOneStackWithTwoPorts) {
  const System system = load_system("mensa_g");
  ASSERT_EQ(system.memories.size(), 1U);
  EXPECT_EQ(system.memories[0].bandwidth.value(), 256e9);
  EXPECT_EQ(system.port(system.accelerator("pascal").port).bandwidth.value(), 32e9);
  EXPECT_EQ(system.port(system.accelerator("pavlov").port).bandwidth.value(), 256e9);
  EXPECT_EQ(system.accelerator("pavlov").port, system.accelerator("jacquard").port);
  EXPECT_EQ(system.accelerator("pavlov").parameter_capacity().value(), 64 * 512);
}

/// All but the ideal one, and every timing there is.
TEST(Library, MemoriesHaveTheTimingOfTheirKind) {
  std::set<std::string> used;
  for (const std::string& name : base::data_names(kSystemFiles)) {
    const System system = load_system(name);
    const Memory& memory = system.memories[0];
    ASSERT_EQ(memory.timing.has_value(), memory.kind != "ideal") << name;
    if (!memory.timing) continue;
    used.insert(memory.timing->name);
    EXPECT_NEAR(memory.timing->bandwidth().ratio(memory.bandwidth), 1, 1e-12) << name;
    for (const MemoryPort& port : system.ports) {
      EXPECT_EQ(port.counts_activates, name == "mensa_g") << name;
    }
  }
  const std::vector<std::string> all = base::data_names(kMemoryFiles);
  EXPECT_EQ(used, std::set<std::string>(all.begin(), all.end()));
}

TEST(Library, ResolvedTextIsReadAgain) {
  for (const std::string& name : base::data_names(kSystemFiles)) {
    const YamlNode resolved = resolve_system(name);
    const std::string text = resolved.to_yaml();
    const YamlNode again = base::read_yaml_text(text, "again.yaml");
    EXPECT_EQ(again.to_yaml(), text) << name;
    const System first = read_system(resolved);
    const System second = read_system(again);
    EXPECT_EQ(first.name, second.name);
    EXPECT_EQ(first.accelerators.size(), second.accelerators.size());
    for (std::size_t i = 0; i < first.technology.sram.points().size(); ++i) {
      EXPECT_EQ(first.technology.sram.points()[i].leakage,
                second.technology.sram.points()[i].leakage);
    }
    // A resolved system is a system file like any other.
    const TemporaryFolder folder;
    EXPECT_EQ(resolve_system(folder.write("written.yaml", text)).to_yaml(), text) << name;
  }
}

/// Collects, as "file: path", every value that has no ground: neither is it a figure with source
/// and grade, nor does a `sources` map of a map around it name it or something that it is part of.
class GroundCheck {
 public:
  explicit GroundCheck(std::string file) : file_(std::move(file)) {}

  void visit(const YamlNode& node, const std::string& path) {
    if (node.kind() == YamlNode::Kind::kMap) {
      if (is_ground(node)) return;  // a figure, or a dataflow as a whole
      const YamlNode* const sources = node.find("sources");
      if (sources != nullptr) collect(*sources, path);
      for (const auto& [key, value] : node.entries()) {
        if (kNoFigures.count(key) == 0) visit(value, joined(path, key));
      }
      return;
    }
    if (node.kind() == YamlNode::Kind::kSequence) {
      for (std::size_t i = 0; i < node.items().size(); ++i) {
        visit(node.items()[i], joined(path, std::to_string(i)));
      }
      return;
    }
    if (!is_covered(path)) missing.push_back(file_ + ": " + path);
  }

  std::vector<std::string> missing;

 private:
  // Names and texts; `keeps` names operands, the widths of a MAC entry name what its energy is of.
  static inline const std::set<std::string> kNoFigures = {
      "schema", "name",       "description", "notes",   "kind", "port",
      "use",    "technology", "timing",      "sources", "keeps"};

  static std::string joined(const std::string& path, const std::string& step) {
    return path.empty() ? step : fmt::format("{}.{}", path, step);
  }

  static bool is_ground(const YamlNode& node) {
    const YamlNode* const source = node.find("source");
    const YamlNode* const grade = node.find("grade");
    static const std::set<std::string> kGrades = {"A", "B", "C", "D", "X"};
    return source != nullptr && !source->scalar().empty() && grade != nullptr &&
           kGrades.count(grade->scalar()) == 1;
  }

  void collect(const YamlNode& sources, const std::string& path) {
    for (const auto& [key, ground] : sources.entries()) {
      if (is_ground(ground)) covered_.insert(joined(path, key));
    }
  }

  [[nodiscard]] bool is_covered(std::string path) const {
    while (true) {
      if (covered_.count(path) == 1) return true;
      const std::size_t dot = path.rfind('.');
      if (dot == std::string::npos) return false;
      path.resize(dot);
    }
  }

  std::string file_;
  std::set<std::string> covered_;
};

/// A row of a list that says of what its figure is: {weights: 8, activations: 8, energy: ...}.
bool is_row_label(const std::string& missing) {
  return missing.find("mac.") != std::string::npos ||
         (missing.find("registers.") != std::string::npos && missing.ends_with(".capacity"));
}

TEST(Library, EveryFigureHasSourceAndGrade) {
  for (const base::DataKind& kind :
       {kSystemFiles, kAcceleratorFiles, kDataflowFiles, kTechnologyFiles, kMemoryFiles}) {
    for (const std::string& name : base::data_names(kind)) {
      GroundCheck check(kind.what + " " + name);
      check.visit(base::read_yaml_file(base::find_data_file(kind, name)), "");
      std::vector<std::string> missing = check.missing;
      if (kind.what == "technology") std::erase_if(missing, is_row_label);
      EXPECT_THAT(missing, IsEmpty());
    }
  }
}

TEST(Library, GroundCheckFindsWhatIsMissing) {
  GroundCheck check("f");
  check.visit(base::read_yaml_text("clock: 1 GHz\n"
                                   "energy: {nominal: 1 pJ, source: s, grade: A}\n"
                                   "bad: {nominal: 1 pJ, source: s}\n"
                                   "buffers: {a: {capacity: 1 B, banks: 2}}\n"
                                   "sources: {buffers.a.capacity: {source: s, grade: D}}\n",
                                   "f"),
              "");
  EXPECT_THAT(check.missing,
              ElementsAre("f: clock", "f: bad.nominal", "f: bad.source", "f: buffers.a.banks"));
}

/// The keys that the reader of the map at `path` knows, from what it says of an unknown one.
std::vector<std::string> known_keys(const std::string& path) {
  const std::string message = error_of([&] {
    return load_system("mensa_g", {{path + "no_such_key_at_all", "1"}});
  });
  const std::string intro = "(known: ";
  const std::size_t begin = message.find(intro) + intro.size();
  const std::string list = message.substr(begin, message.find(')', begin) - begin);
  std::vector<std::string> keys;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t comma = std::min(list.find(", ", start), list.size());
    keys.push_back(list.substr(start, comma - start));
    start = comma + 2;
  }
  return keys;
}

TEST(Documentation, NamesEveryKey) {
  std::ifstream stream(MENSA_SOURCE_DIR "/docs/system-yaml.md");
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  ASSERT_FALSE(text.empty());
  for (const char* const path :
       {"", "memories.stack.", "memories.stack.timing.", "memories.stack.ports.external.",
        "accelerators.pascal.", "accelerators.pascal.buffers.parameters.",
        "accelerators.pascal.registers.", "accelerators.pascal.precisions.0.",
        "accelerators.pascal.dataflow.", "accelerators.pascal.dataflow.movement.", "host.",
        "technology.", "technology.mac.0.", "technology.mac.0.energy.", "technology.registers.0.",
        "technology.sram.", "technology.sram.table.0."}) {
    const auto keys = known_keys(path);
    EXPECT_GT(keys.size(), 1U) << path;
    for (const std::string& key : keys) {
      EXPECT_THAT(text, HasSubstr("`" + key + "`")) << "key of " << path;
    }
  }
}

TEST(Documentation, ExampleLoads) {
  std::ifstream stream(MENSA_SOURCE_DIR "/docs/system-yaml.md");
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const std::string fence = "```yaml\n";
  const std::size_t begin = text.find(fence + "schema: mensa-system/1");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = text.find("```", begin + fence.size());
  EXPECT_EQ(load_error(text.substr(begin + fence.size(), end - begin - fence.size())), "no error");
}

}  // namespace
}  // namespace mensa::accelerators
