#include "cli/workers/message.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "cli/workers/io.h"
#include "models/base/error.h"

namespace mensa::workers {
namespace {

std::string written(const Outcome& outcome) {
  const Descriptor file = memory_file("test");
  write_outcome(file.number(), outcome);
  return content_of(file.number());
}

TEST(Message, AJobIsReadAsItWasWritten) {
  const Job job{"run", "caf\xe9 on mensa_g", {{"text", "\xff"}, {"list", {1, 2.5, nullptr}}}};
  const Job read = decode_job(encode_job(job));
  EXPECT_EQ(read.kind, job.kind);
  EXPECT_EQ(read.subject, job.subject);
  EXPECT_EQ(read.payload, job.payload);
  EXPECT_THROW(static_cast<void>(decode_job("{}")), nlohmann::json::exception);
}

TEST(Message, AnOutcomeMayComeInAnyPieces) {
  const Outcome outcome{{{{"a", 1}}, {"", "first", std::string("\0\xff\n", 3), ""}}, nullptr};
  const std::string text = written(outcome);
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    OutcomeReader reader;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      EXPECT_FALSE(reader.outcome().has_value());
      reader.add(std::string_view(text).substr(at, piece));
    }
    std::optional<Outcome> read = reader.outcome();
    ASSERT_TRUE(read.has_value()) << piece;
    EXPECT_EQ(read->get().value, outcome.result.value);
    EXPECT_EQ(read->get().texts, outcome.result.texts);
  }
}

TEST(Message, AResultWithoutTextsIsOne) {
  OutcomeReader reader;
  reader.add(written({{nullptr, {}}, nullptr}));
  EXPECT_TRUE(reader.outcome()->get().value.is_null());
}

TEST(Message, FailuresKeepTheirTypes) {
  const auto read = [](const std::exception_ptr& failure) {
    OutcomeReader reader;
    reader.add(written({{}, failure}));
    static_cast<void>(reader.outcome()->get());
  };
  EXPECT_THROW(read(std::make_exception_ptr(base::Error("bad"))), base::Error);
  EXPECT_THROW(read(std::make_exception_ptr(std::bad_alloc())), std::bad_alloc);
  EXPECT_THROW(read(std::make_exception_ptr(std::logic_error("x"))), std::runtime_error);
}

}  // namespace
}  // namespace mensa::workers
