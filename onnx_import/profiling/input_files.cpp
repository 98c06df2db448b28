#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/profiling/input_sets.h"
#include "onnx_import/profiling/tensor_file.h"

namespace mensa::onnx_import {
namespace {

namespace fs = std::filesystem;

/// Folders that are looked at: each takes a whole run of the network.
constexpr std::size_t kMostSets = 100'000;
/// Bytes of an element in a TensorProto at most, as protobuf writes integers, and of all else.
constexpr std::uint64_t kMostElementBytes = 10;
constexpr std::uint64_t kMostOtherBytes = std::uint64_t{1} << 20;

/// What stands in a folder, sorted by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    entries.push_back(at->path());
  }
  if (failed) {
    throw base::Error({folder.string()}, "",
                      fmt::format("cannot be read as a folder: {}", failed.message()));
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_input_file(const fs::path& path) {
  return TensorFile::is_one(path) && !path.filename().string().starts_with("output_");
}

std::vector<fs::path> input_files_of(const fs::path& folder) {
  std::vector<fs::path> files = entries_of(folder);
  std::erase_if(files, [](const fs::path& path) { return !is_input_file(path); });
  return files;
}

class InputFiles : public InputSets {
 public:
  InputFiles(const OperatorGraph& graph, const fs::path& folder) : graph_(graph), folder_(folder) {
    for (const ValueId id : graph.main.inputs) names_.push_back(graph.value(id).name);
    if (!input_files_of(folder).empty()) {
      sets_ = {folder};
    } else {
      for (const fs::path& entry : entries_of(folder)) {
        std::error_code failed;
        if (fs::is_directory(entry, failed) && !input_files_of(entry).empty()) {
          sets_.push_back(entry);
        }
      }
    }
    if (sets_.empty()) {
      throw base::Error({folder.string()}, "",
                        fmt::format("holds no inputs: expected files as {} in it, or in folders "
                                    "inside of it, one for each run",
                                    expected_files(0)));
    }
    if (sets_.size() > kMostSets) {
      throw base::Error(
          {folder.string()}, "",
          fmt::format("holds {} sets of inputs; at most {}", sets_.size(), kMostSets));
    }
  }

  [[nodiscard]] std::size_t count() const override { return sets_.size(); }

  [[nodiscard]] Executor::Tensors next() override {
    const fs::path& folder = sets_.at(next_++);
    std::map<std::size_t, fs::path> taken;
    Executor::Tensors tensors;
    for (const fs::path& path : input_files_of(folder)) {
      const TensorFile file(path, most_bytes());
      const std::size_t input = input_of(file);
      const auto [other, is_new] = taken.emplace(input, path);
      if (!is_new) {
        fail(path, fmt::format("is of the input '{}', which {} is already", names_[input],
                               other->second.filename().string()));
      }
      tensors.emplace(names_[input], load(file, input));
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (taken.contains(i)) continue;
      const Value& missing = value(i);
      fail(folder, fmt::format("has no file for the input '{}', [{}] of {}: expected {}",
                               missing.name, fmt::join(missing.shape, ", "),
                               models::to_string(missing.type), expected_files(i)));
    }
    return tensors;
  }

  [[nodiscard]] std::string description() const override {
    return fmt::format("{} input{} from the folder '{}'", sets_.size(),
                       sets_.size() == 1 ? "" : "s", folder_name());
  }

 private:
  [[noreturn]] static void fail(const fs::path& path, const std::string& what) {
    throw base::Error({path.string()}, "", what);
  }

  /// Without what is above it, for a report that is to be the same everywhere.
  [[nodiscard]] std::string folder_name() const {
    const fs::path clean = fs::absolute(folder_).lexically_normal();
    return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
  }

  [[nodiscard]] const Value& value(std::size_t input) const {
    return graph_.value(graph_.main.inputs[input]);
  }

  [[nodiscard]] std::string expected_files(std::size_t input) const {
    std::string text = fmt::format("input_{0}.npy or input_{0}.pb", input);
    // A name with separators is none of a file.
    if (input < names_.size() && names_[input].find('/') == std::string::npos) {
      text = fmt::format("{}.npy, {}", names_[input], text);
    }
    return text;
  }

  /// Of one TensorProto that fits some input.
  [[nodiscard]] std::uint64_t most_bytes() const {
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      most = std::max(most, static_cast<std::uint64_t>(element_count(value(i).shape).value_or(0)));
    }
    return most * kMostElementBytes + kMostOtherBytes;
  }

  [[nodiscard]] std::optional<std::size_t> input_named(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names_.begin());
  }

  /// "input_0", "input_1", ...
  [[nodiscard]] std::optional<std::size_t> input_at(const std::string& stem) const {
    const std::string prefix = "input_";
    if (!stem.starts_with(prefix)) return std::nullopt;
    std::size_t place = 0;
    const char* const end = stem.data() + stem.size();
    const auto [stop, failed] = std::from_chars(stem.data() + prefix.size(), end, place);
    if (failed != std::errc() || stop != end || place >= names_.size()) return std::nullopt;
    return place;
  }

  [[nodiscard]] std::size_t input_of(const TensorFile& file) const {
    const std::string stem = file.path().stem().string();
    if (const auto input = input_named(file.name())) return *input;
    if (const auto input = input_named(stem)) return *input;
    if (const auto input = input_at(stem)) return *input;
    const std::string name = file.name().empty() ? stem : file.name();
    fail(file.path(), base::unknown_name_message("input", name, names_));
  }

  [[nodiscard]] TensorValue load(const TensorFile& file, std::size_t input) const {
    const Value& expected = value(input);
    const auto misfit = [&](const std::string& what) {
      fail(file.path(),
           fmt::format("{}; the input '{}' is [{}] of {}", what, expected.name,
                       fmt::join(expected.shape, ", "), models::to_string(expected.type)));
    };
    if (is_float(file.type()) != is_float(expected.type)) {
      misfit(fmt::format("holds elements of {}", models::to_string(file.type())));
    }
    if (file.shape() != expected.shape) {
      misfit(fmt::format("has the shape [{}]", fmt::join(file.shape(), ", ")));
    }
    TensorValue tensor = file.load();
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor.elements)) {
      for (const std::int64_t number : *integers) {
        if (!fits_type(number, expected.type)) misfit(fmt::format("holds {}", number));
      }
    }
    return tensor;
  }

  const OperatorGraph& graph_;
  fs::path folder_;
  std::vector<std::string> names_;  ///< of the inputs, in order
  std::vector<fs::path> sets_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<InputSets> input_files(const OperatorGraph& graph, const fs::path& folder) {
  return std::make_unique<InputFiles>(graph, folder);
}

}  // namespace mensa::onnx_import
