#include "onnx_import/operator_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace mensa::onnx_import {
namespace {

TEST(OperatorTable, IsWhatTheDocumentationShows) {
  std::ifstream file(std::string(MENSA_SOURCE_DIR) + "/docs/operators.md");
  ASSERT_TRUE(file);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), operator_table()) << "run: mensa list operators > docs/operators.md";
}

TEST(OperatorTable, NamesOperatorsOfBothDomains) {
  EXPECT_THAT(operator_table(), testing::HasSubstr("## com.microsoft\n"));
  EXPECT_THAT(operator_table(), testing::HasSubstr("| convolution | Conv |"));
  EXPECT_THAT(operator_table(), testing::HasSubstr("(Shape)"));
}

}  // namespace
}  // namespace mensa::onnx_import
