#include "cli/workers/message.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <new>
#include <stdexcept>

#include "cli/workers/io.h"
#include "models/base/error.h"

namespace mensa::workers {
namespace {

using Json = nlohmann::json;

// Kinds of failure.
constexpr const char* kMistake = "mistake";  ///< base::Error
constexpr const char* kMemory = "memory";    ///< std::bad_alloc
constexpr const char* kFault = "fault";      ///< any other std::exception

constexpr std::size_t kSizeBytes = sizeof(std::uint64_t);
constexpr std::size_t kPartsBeforeTexts = 2;

std::string to_text(const Json& json) {
  std::string text;
  Json::to_cbor(json, text);
  return text;
}

/// Exceptions of any other type are not caught: they end the process as they would anywhere.
Json to_json(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const base::Error& mistake) {
    return {{"failure", kMistake}, {"text", mistake.what()}};
  } catch (const std::bad_alloc&) {
    return {{"failure", kMemory}, {"text", ""}};
  } catch (const std::exception& fault) {
    return {{"failure", kFault}, {"text", fault.what()}};
  }
}

std::exception_ptr to_failure(const Json& json) {
  const auto kind = json.at("failure").get<std::string>();
  const auto text = json.at("text").get<std::string>();
  if (kind == kMistake) return std::make_exception_ptr(base::Error(text));
  if (kind == kMemory) return std::make_exception_ptr(std::bad_alloc());
  return std::make_exception_ptr(std::runtime_error(text));
}

}  // namespace

std::string encode_job(const Job& job) {
  return to_text({{"kind", job.kind}, {"subject", job.subject}, {"payload", job.payload}});
}

Job decode_job(const std::string& text) {
  const Json json = Json::from_cbor(text);
  return {json.at("kind"), json.at("subject"), json.at("payload")};
}

void write_outcome(int file, const Outcome& outcome) {
  Json header;
  if (outcome.failure) {
    header = to_json(outcome.failure);
    header["sizes"] = Json::array();
  } else {
    header["value"] = outcome.result.value;
    header["sizes"] = Json::array();
    for (const std::string& text : outcome.result.texts) header["sizes"].push_back(text.size());
  }
  const std::string text = to_text(header);
  const std::uint64_t size = text.size();
  std::array<char, kSizeBytes> size_bytes{};
  std::memcpy(size_bytes.data(), &size, kSizeBytes);
  write_all(file, {size_bytes.data(), size_bytes.size()});
  write_all(file, text);
  for (const std::string& each : outcome.result.texts) write_all(file, each);
}

OutcomeReader::OutcomeReader() { add_part(kSizeBytes); }

void OutcomeReader::add(std::string_view piece) {
  while (whole_ < parts_.size()) {
    std::string& part = parts_[whole_];
    const std::size_t taken = std::min(piece.size(), sizes_[whole_] - part.size());
    part.append(piece.substr(0, taken));
    piece.remove_prefix(taken);
    if (part.size() < sizes_[whole_]) return;
    end_part();
  }
}

void OutcomeReader::add_part(std::size_t size) {
  sizes_.push_back(size);
  parts_.emplace_back().reserve(size);
}

void OutcomeReader::end_part() {
  const std::string& part = parts_[whole_++];
  if (whole_ == 1) {
    std::uint64_t size = 0;
    std::memcpy(&size, part.data(), kSizeBytes);
    add_part(size);
  } else if (whole_ == kPartsBeforeTexts) {
    header_ = Json::from_cbor(part);
    for (const Json& size : header_.at("sizes")) add_part(size.get<std::size_t>());
  }
}

std::optional<Outcome> OutcomeReader::outcome() {
  if (whole_ < parts_.size()) return std::nullopt;
  Outcome outcome;
  if (header_.contains("failure")) {
    outcome.failure = to_failure(header_);
    return outcome;
  }
  outcome.result.value = std::move(header_.at("value"));
  outcome.result.texts.assign(std::make_move_iterator(parts_.begin() + kPartsBeforeTexts),
                              std::make_move_iterator(parts_.end()));
  return outcome;
}

}  // namespace mensa::workers
