#include "onnx_import/pruning/magnitudes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;
using testing::ElementsAre;

class Bytes : public ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const override {
    take(std::as_bytes(std::span(bytes_).subspan(offset, size)));
  }

 private:
  std::string bytes_;
};

template <class T>
WeightReading reading_of(const std::vector<T>& elements, ElementType type, int width,
                         std::int64_t zero = 0) {
  std::string bytes(elements.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  const std::uint64_t size = bytes.size();
  WeightReading reading;
  reading.contents = std::make_shared<const TensorContents>(
      DenseContents{{std::make_shared<Bytes>(std::move(bytes)), 0, size}, {width, ~0ULL}});
  reading.type = type;
  reading.zero = zero;
  return reading;
}

std::vector<double> values(const WeightReading& reading, std::size_t count) {
  const Magnitudes magnitudes = read_magnitudes(reading, count);
  std::vector<double> list(count);
  for (std::size_t i = 0; i < count; ++i) list[i] = magnitudes.value(i);
  return list;
}

TEST(Magnitudes, OfFloatsAreWithoutSign) {
  EXPECT_THAT(values(reading_of<float>({1.5F, -2, -0.0F, 0x1p-149F}, ElementType::kFloat32, 32), 4),
              ElementsAre(1.5, 2, 0, 0x1p-149));
  EXPECT_THAT(values(reading_of<double>({1.5, -2, -0.0}, ElementType::kFloat64, 64), 3),
              ElementsAre(1.5, 2, 0));
  // What fp32 cannot hold is not zero for that.
  EXPECT_EQ(read_magnitudes(reading_of<double>({-1e-300}, ElementType::kFloat64, 64), 1).keys[0],
            1U);
}

TEST(Magnitudes, OfNarrowFloatsAreThoseOfTheirFormats) {
  // 1, -2, largest, smallest, -0.
  EXPECT_THAT(values(reading_of<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x8001, 0x8000},
                                               ElementType::kFloat16, 16),
                     5),
              ElementsAre(1, 2, 65504, 0x1p-24, 0));
  EXPECT_THAT(values(reading_of<std::uint16_t>({0x3F80, 0xC000, 0x0001, 0x8000},
                                               ElementType::kBfloat16, 16),
                     4),
              ElementsAre(1, 2, 0x1p-133, 0));
  EXPECT_THAT(values(reading_of<std::uint8_t>({0x38, 0xC0, 0x7E, 0x81, 0x80},
                                              ElementType::kFloat8E4M3Fn, 8),
                     5),
              ElementsAre(1, 2, 448, 0x1p-9, 0));
  EXPECT_THAT(
      values(reading_of<std::uint8_t>({0x3C, 0xC0, 0x7B, 0x81}, ElementType::kFloat8E5M2, 8), 4),
      ElementsAre(1, 2, 57344, 0x1p-16));
  EXPECT_THAT(
      values(reading_of<std::uint8_t>({0x40, 0x7F, 0x01}, ElementType::kFloat8E4M3Fnuz, 8), 3),
      ElementsAre(1, 240, 0x1p-10));
  // Protobuf's typed fields have them in 32 bits.
  EXPECT_THAT(values(reading_of<std::uint32_t>({0x3C00, 0xC000}, ElementType::kFloat16, 32), 2),
              ElementsAre(1, 2));
}

TEST(Magnitudes, OfWhatIsNoNumberAreAboveAllNumbers) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto keys =
      read_magnitudes(reading_of<float>({-kNan, kMost, -HUGE_VALF}, ElementType::kFloat32, 32), 3)
          .keys;
  EXPECT_GT(keys[0], keys[2]);
  EXPECT_GT(keys[2], keys[1]);
  const auto narrow =
      read_magnitudes(reading_of<std::uint8_t>({0x80, 0x7F, 0x00}, ElementType::kFloat8E4M3Fnuz, 8),
                      3)
          .keys;
  EXPECT_GT(narrow[0], narrow[1]);
  EXPECT_EQ(narrow[2], 0U);
}

TEST(Magnitudes, OfIntegersAreDistancesFromTheZeroPoint) {
  EXPECT_THAT(values(reading_of<std::int8_t>({-128, 127, 0, -3}, ElementType::kInt8, 8), 4),
              ElementsAre(128, 127, 0, 3));
  EXPECT_THAT(values(reading_of<std::int8_t>({-128, 127, 5}, ElementType::kInt8, 8, 5), 3),
              ElementsAre(133, 122, 0));
  EXPECT_THAT(values(reading_of<std::uint8_t>({0, 255, 128}, ElementType::kUint8, 8, 128), 3),
              ElementsAre(128, 127, 0));
  // Typed fields widen them.
  EXPECT_THAT(values(reading_of<std::int32_t>({-128, 127}, ElementType::kInt8, 32), 2),
              ElementsAre(128, 127));
  // Low nibble first; the last byte may be half filled.
  EXPECT_THAT(values(reading_of<std::uint8_t>({0x8F, 0x07}, ElementType::kInt4, 4), 3),
              ElementsAre(1, 8, 7));
  EXPECT_THAT(values(reading_of<std::uint8_t>({0x8F, 0x07}, ElementType::kUint4, 4), 4),
              ElementsAre(15, 8, 7, 0));
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(values(reading_of<std::int64_t>({kMost, -kMost - 1, 7}, ElementType::kInt64, 64), 3),
              ElementsAre(4294967295.0, 4294967295.0, 7));
}

TEST(Magnitudes, AreAllThatTheShapeNeeds) {
  EXPECT_THROW((void)read_magnitudes(reading_of<float>({1, 2}, ElementType::kFloat32, 32), 3),
               base::Error);
  EXPECT_FALSE(has_magnitudes(WeightReading{}));
  WeightReading sparse;
  sparse.contents = std::make_shared<const TensorContents>(SparseContents{{1, 2}});
  EXPECT_FALSE(has_magnitudes(sparse));
}

}  // namespace
}  // namespace mensa::onnx_import
