#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "onnx_import/annotate/density_file.h"
#include "onnx_import/import.h"

namespace mensa::onnx_import {

/// How a network is run to measure the densities of its tensors.
struct ProfileOptions {
  ImportOptions model;
  /// A folder, as input_files() takes it, or "random:N" for N sets of random_inputs().
  std::string inputs;
  std::uint64_t seed = 0;  ///< of random inputs
};

/// Told with each tensor that was computed: the set of inputs, from 0 on, of so many, and the
/// tensor's name.
using ProfileObserver =
    std::function<void(std::size_t set, std::size_t sets, std::string_view tensor)>;

/// Whether ProfileOptions::inputs asks for random ones.
[[nodiscard]] bool is_random(const std::string& inputs);

/// Runs the model in fp32 on each set of inputs, one after the other, and counts what is not zero
/// in its inputs and in every tensor that its nodes make: by value of the file, over all sets. A
/// quantized tensor is counted against its zero point, and left out where that is only known at run
/// time. Throws base::Error where the model cannot be imported or executed, where most of its
/// weights have no values, and as random_inputs() and input_files() do.
[[nodiscard]] MeasuredDensities measure_densities(const std::filesystem::path& model,
                                                  const ProfileOptions& options,
                                                  const ProfileObserver& observer = {});

}  // namespace mensa::onnx_import
