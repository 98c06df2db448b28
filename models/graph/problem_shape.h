#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mensa::models {

/// Loop bounds of one multiply-accumulate nest. Standard names:
///   G groups, N batch, K output channels per group, C input channels per group,
///   D P Q output depth, height, width; T R S kernel depth, height, width.
/// A GEMM of P rows is K x C x P; a depthwise convolution has G = channels and K = C = 1.
enum class Dim : std::uint8_t { G, N, K, C, D, P, Q, T, R, S };
inline constexpr std::size_t kDimCount = 10;
inline constexpr std::array<Dim, kDimCount> kAllDims = {Dim::G, Dim::N, Dim::K, Dim::C, Dim::D,
                                                        Dim::P, Dim::Q, Dim::T, Dim::R, Dim::S};

[[nodiscard]] constexpr std::size_t index(Dim dim) { return static_cast<std::size_t>(dim); }
[[nodiscard]] std::string_view to_string(Dim dim);
/// The Dim with that one-letter name; throws base::Error naming the known ones.
[[nodiscard]] Dim dim_from_string(std::string_view name);

/// A set of dimensions.
class DimSet {
 public:
  constexpr DimSet() = default;
  constexpr DimSet(std::initializer_list<Dim> dims) {
    for (const Dim dim : dims) insert(dim);
  }
  constexpr void insert(Dim dim) {
    bits_ = static_cast<std::uint16_t>(bits_ | (1U << static_cast<unsigned>(dim)));
  }
  [[nodiscard]] constexpr bool contains(Dim dim) const {
    return ((bits_ >> static_cast<unsigned>(dim)) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr DimSet common(DimSet other) const {
    other.bits_ = static_cast<std::uint16_t>(bits_ & other.bits_);
    return other;
  }
  [[nodiscard]] constexpr DimSet with(DimSet other) const {
    other.bits_ = static_cast<std::uint16_t>(bits_ | other.bits_);
    return other;
  }
  [[nodiscard]] constexpr DimSet without(Dim dim) const {
    DimSet rest;
    rest.bits_ = static_cast<std::uint16_t>(bits_ & ~(1U << static_cast<unsigned>(dim)));
    return rest;
  }
  /// One bit per member, by index(Dim).
  [[nodiscard]] constexpr std::size_t bits() const { return bits_; }
  /// Whether every member is in `other`.
  [[nodiscard]] constexpr bool within(DimSet other) const { return (bits_ & ~other.bits_) == 0; }
  constexpr auto operator<=>(const DimSet&) const = default;

 private:
  std::uint16_t bits_ = 0;
};

inline constexpr DimSet kEveryDim = {Dim::G, Dim::N, Dim::K, Dim::C, Dim::D,
                                     Dim::P, Dim::Q, Dim::T, Dim::R, Dim::S};
/// Output positions, and what an output sums over: a column of an im2col matrix.
inline constexpr DimSet kPixelDims = {Dim::N, Dim::D, Dim::P, Dim::Q};
inline constexpr DimSet kWindowDims = {Dim::C, Dim::T, Dim::R, Dim::S};

/// One value per Dim.
using DimArray = std::array<std::int64_t, kDimCount>;
inline constexpr DimArray kUnitDims = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
/// Points in a box of these extents, seen along `dims` only.
[[nodiscard]] constexpr std::int64_t product(const DimArray& extents, DimSet dims) {
  std::int64_t points = 1;
  for (const Dim dim : kAllDims) {
    if (dims.contains(dim)) points *= extents[index(dim)];
  }
  return points;
}

/// The three operands of a MAC.
enum class MacOperand : std::uint8_t { kWeights, kInputs, kOutputs };
inline constexpr std::size_t kMacOperandCount = 3;
inline constexpr std::array<MacOperand, kMacOperandCount> kAllMacOperands = {
    MacOperand::kWeights, MacOperand::kInputs, MacOperand::kOutputs};
[[nodiscard]] constexpr std::size_t index(MacOperand operand) {
  return static_cast<std::size_t>(operand);
}
[[nodiscard]] std::string_view to_string(MacOperand operand);

/// One sliding axis of a convolution: output index o and kernel index k touch the input position
/// o * stride + k * dilation - pad_begin, where it lies in [0, input_size).
struct SlidingAxis {
  Dim output;
  Dim kernel;
};
/// Depth, height and width, in this order, wherever three axes are listed.
inline constexpr std::array<SlidingAxis, 3> kSlidingAxes = {
    SlidingAxis{Dim::D, Dim::T}, SlidingAxis{Dim::P, Dim::R}, SlidingAxis{Dim::Q, Dim::S}};

/// Whether loops over `dim` select different elements of `operand`. For inputs the output and
/// kernel dimensions of a sliding axis both do.
[[nodiscard]] constexpr bool is_relevant(MacOperand operand, Dim dim) {
  switch (operand) {
    case MacOperand::kWeights:
      return dim == Dim::G || dim == Dim::K || dim == Dim::C || dim == Dim::T || dim == Dim::R ||
             dim == Dim::S;
    case MacOperand::kInputs:
      return dim != Dim::K;
    case MacOperand::kOutputs:
      return dim != Dim::C && dim != Dim::T && dim != Dim::R && dim != Dim::S;
  }
  return false;
}

/// A multiply-accumulate nest with its sliding windows. A plain value: copy it freely.
struct ProblemShape {
  DimArray bounds = kUnitDims;
  std::array<std::int64_t, 3> stride = {1, 1, 1};
  std::array<std::int64_t, 3> dilation = {1, 1, 1};
  std::array<std::int64_t, 3> pad_begin = {0, 0, 0};
  /// Real extent of the input on each axis, without padding.
  std::array<std::int64_t, 3> input_size = {1, 1, 1};

  [[nodiscard]] std::int64_t bound(Dim dim) const { return bounds[index(dim)]; }

  /// Multiply-accumulates of the whole nest; products with padding count.
  [[nodiscard]] std::int64_t macs() const;
  /// Elements of the whole weight and output tensors, and the input elements really touched
  /// (padding and positions that strides skip are left out).
  [[nodiscard]] std::int64_t elements(MacOperand operand) const;

  /// Distinct real input positions on `axis` touched by output indices
  /// [output_begin, output_begin + output_count) with kernel indices
  /// [kernel_begin, kernel_begin + kernel_count). Padding does not count.
  [[nodiscard]] std::int64_t touched(std::size_t axis, std::int64_t output_begin,
                                     std::int64_t output_count, std::int64_t kernel_begin,
                                     std::int64_t kernel_count) const;

  /// Throws base::Error naming `context` where a bound, stride, dilation or input size is below 1,
  /// padding is negative, a kernel extent exceeds 2^20, or MACs or an operand's elements 2^53.
  void check(std::string_view context) const;

  /// "K=64 C=64 P=56 Q=56 R=3 S=3 stride=2x2": bounds of 1 and default windows left out.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const ProblemShape&) const = default;
};

/// Shape of a GEMM: `rows` x `inner` times `inner` x `columns`.
[[nodiscard]] ProblemShape gemm_shape(std::int64_t rows, std::int64_t columns, std::int64_t inner);

}  // namespace mensa::models
