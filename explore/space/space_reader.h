#pragma once

#include <filesystem>
#include <string>

#include "explore/space/space.h"

namespace mensa::explore {

/// What `schema` must say.
inline constexpr const char* kSpaceSchema = "mensa-space/1";

/// What the command line says instead of the file.
struct SpaceOverrides {
  std::optional<std::string> method;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> points;
  std::optional<base::Seconds> time;
  std::optional<accelerators::Effort> mapper;
};

/// Reads a space (docs/explore.md) and checks all of it that can be checked without evaluating a
/// point: names, units, paths into the system, every value of every parameter in its place, every
/// expression. Throws base::Error with the place of what is wrong.
[[nodiscard]] Space read_space(const std::filesystem::path& file,
                               const SpaceOverrides& overrides = {});

/// The same of a text; `file` stands for it in messages, and paths are relative to its folder.
[[nodiscard]] Space read_space_text(std::string_view text, const std::filesystem::path& file,
                                    const SpaceOverrides& overrides = {});

/// What points of a space are of the system alone, for realise(): of a space that was read before,
/// by its text, on `resolved`, the YAML text of Space::system then. Models are not looked for.
[[nodiscard]] Space read_varied_system(std::string_view text, const std::string& name,
                                       std::string_view resolved);

}  // namespace mensa::explore
