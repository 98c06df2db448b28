#include "explore/space/dimension.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "explore/space/expression.h"
#include "models/base/yaml_reader.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::EndsWith;

/// Any positive double of a magnitude that systems have, with all its digits.
double any_quantity() {
  const auto mantissa =
      *rc::gen::inRange<std::uint64_t>(std::uint64_t{1} << 52U, std::uint64_t{1} << 53U);
  return std::ldexp(static_cast<double>(mantissa), *rc::gen::inRange(-92, -10));
}

/// What a reader of system files makes of a text.
template <class Read>
auto as_in_a_file(const std::string& text, Read read) {
  const base::YamlNode node = base::YamlNode::make_scalar(text, {});
  return read(base::YamlValue(node, "value")).value();
}

RC_GTEST_PROP(InFileUnit, IsReadAsTheSameValue, ()) {
  const double value = any_quantity();
  const auto reads = [&](const Dimension& dimension, auto read) {
    const std::string text = in_file_unit(value, dimension);
    RC_ASSERT(as_in_a_file(text, read) == value);
    RC_ASSERT(Value::from_yaml(text) == Value::of_number(value, dimension));
  };
  reads(dimensions::kHertz, [](const base::YamlValue& one) { return one.hertz(); });
  reads(dimensions::kBandwidth, [](const base::YamlValue& one) { return one.bandwidth(); });
  reads(dimensions::kSeconds, [](const base::YamlValue& one) { return one.seconds(); });
  reads(dimensions::kPower, [](const base::YamlValue& one) { return one.power(); });
  reads(dimensions::kArea, [](const base::YamlValue& one) { return one.area(); });
}

RC_GTEST_PROP(InFileUnit, KeepsEveryByte, ()) {
  const auto bytes = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 53U);
  const std::string text = in_file_unit(static_cast<double>(bytes), dimensions::kBytes);
  RC_ASSERT(as_in_a_file(text, [](const base::YamlValue& one) { return one.bytes(true); }) ==
            bytes);
}

RC_GTEST_PROP(InFileUnit, OfEnergiesIsOffByTheLastDigitAtMost, ()) {
  const double value = any_quantity() * 1e-9;
  const std::string text = in_file_unit(value, dimensions::kEnergy);
  const double read = Value::from_yaml(text).number;
  RC_ASSERT(std::abs(read - value) <= std::nextafter(value, 1e300) - value);
  RC_ASSERT(as_in_a_file(text, [](const base::YamlValue& one) { return one.energy(); }) > 0);
}

TEST(InFileUnit, IsTheOneWithTheFewestDigits) {
  EXPECT_EQ(in_file_unit(65536, dimensions::kBytes), "64 KiB");
  EXPECT_EQ(in_file_unit(1000000, dimensions::kBytes), "1 MB");
  EXPECT_EQ(in_file_unit(65537, dimensions::kBytes), "65537 B");
  EXPECT_EQ(in_file_unit(0, dimensions::kBytes), "0 B");
  EXPECT_EQ(in_file_unit(1.5e-7, dimensions::kSeconds), "150 ns");
  EXPECT_EQ(in_file_unit(2e-13, dimensions::kEnergy), "0.2 pJ");
  EXPECT_EQ(in_file_unit(3, dimensions::kEnergy), "3000000 uJ");
  EXPECT_EQ(in_file_unit(-8e8, dimensions::kHertz), "-800 MHz");
  EXPECT_EQ(in_file_unit(6e-4, dimensions::kArea), "600 um2");
  EXPECT_EQ(in_file_unit(0.1, dimensions::kPlain), "0.1");
}

TEST(InFileUnit, IsNoneOfWhatFilesDoNotHave) {
  EXPECT_EQ(
      error_of([] { return in_file_unit(1, dimensions::kEnergy.times(dimensions::kSeconds)); }),
      "system files have no unit of J s");
}

TEST(WithUnit, IsForPeople) {
  EXPECT_EQ(with_unit(0.001234, dimensions::kSeconds), "1.234 ms");
  EXPECT_EQ(with_unit(40, dimensions::kArea), "40 mm2");
  EXPECT_EQ(with_unit(0.5, dimensions::kPlain), "0.5");
  EXPECT_EQ(with_unit(123456, dimensions::kPlain), "1.235e+05");
  EXPECT_EQ(with_unit(1.2e9, dimensions::kHertz), "1.2 GHz");
  EXPECT_EQ(with_unit(0.25, dimensions::kPower), "250 mW");
  EXPECT_EQ(with_unit(3.2e10, dimensions::kBandwidth), "32 GB/s");
}

TEST(WithUnit, OfBytesIsBinaryWhereTheyAreWhole) {
  EXPECT_EQ(with_unit(1023, dimensions::kBytes), "1.023 kB");
  EXPECT_EQ(with_unit(1024, dimensions::kBytes), "1 KiB");
  EXPECT_EQ(with_unit(1024 * 1023, dimensions::kBytes), "1023 KiB");
  EXPECT_EQ(with_unit(1024 * 1024, dimensions::kBytes), "1 MiB");
  EXPECT_EQ(with_unit(1024 * 1025, dimensions::kBytes), "1025 KiB");
  EXPECT_EQ(with_unit(0, dimensions::kBytes), "0 B");
  EXPECT_THAT(with_unit(2e6, dimensions::kBytes), EndsWith(" MB"));
}

TEST(Dimension, NamesItsParts) {
  EXPECT_EQ(dimensions::kPlain.to_string(), "");
  EXPECT_EQ(dimensions::kBandwidth.to_string(), "B/s");
  EXPECT_EQ(dimensions::kHertz.to_string(), "1/s");
  EXPECT_EQ(dimensions::kEnergy.times(dimensions::kSeconds).to_string(), "J s");
  EXPECT_EQ(dimensions::kHertz.times(dimensions::kArea, -1).to_string(), "1/mm2 s");
  EXPECT_EQ(dimensions::kArea.times(dimensions::kArea).to_string(), "mm2^2");
}

TEST(Units, AreFoundByTheirNamesAlone) {
  ASSERT_NE(find_unit("KiB"), nullptr);
  EXPECT_EQ(find_unit("KiB")->times, 1024);
  for (const char* const none : {"", "kib", "KiB ", "m", "G", "B/", "min"}) {
    EXPECT_EQ(find_unit(none), nullptr) << none;
  }
}

}  // namespace
}  // namespace mensa::explore
