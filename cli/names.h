#pragma once

#include <string>
#include <string_view>

namespace mensa::cli {

/// "resnet50" of "models/resnet50.onnx", and names of the library as they are: short, for people.
[[nodiscard]] std::string short_name(std::string_view name_or_path);

/// A part of a file name: dots, which part the parts, and what a shell or a file system may not
/// like become '-'. Letters beyond ASCII stay.
[[nodiscard]] std::string file_name_part(std::string text);

}  // namespace mensa::cli
