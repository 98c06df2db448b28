#include "cli/names.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace mensa::cli {

std::string short_name(std::string_view name_or_path) {
  const std::filesystem::path path(name_or_path);
  const std::string extension = path.extension().string();
  const bool is_file = extension == ".onnx" || extension == ".yaml" || extension == ".yml";
  return (is_file ? path.stem() : path.filename()).string();
}

std::string file_name_part(std::string text) {
  constexpr std::string_view kKept = "_-+=";
  const auto harmless = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool ascii_alphanumeric = byte < 0x80 && std::isalnum(byte) != 0;
    return ascii_alphanumeric || byte >= 0x80 || kKept.find(c) != std::string_view::npos;
  };
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return !harmless(c); }, '-');
  return text;
}

}  // namespace mensa::cli
