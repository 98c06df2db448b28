#include "onnx_import/pruning/prune_request.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "models/base/error.h"
#include "onnx_import/options/number_from.h"

namespace mensa::onnx_import {
namespace {

constexpr std::string_view kChannel = "channel:";

double share_from(std::string_view text, std::string_view whole) {
  const auto share = number_from<double>(text);
  if (!share) {
    throw base::Error(fmt::format(
        "'{}' is no way to prune: give a share of the weights as 0.7, N:M as 2:4, or a share of "
        "the output channels as channel:0.3",
        whole));
  }
  // NaN is neither.
  if (!(*share >= 0 && *share < 1)) {
    throw base::Error(
        fmt::format("'{}': the share of zeros must be at least 0 and below 1", whole));
  }
  return *share;
}

PruneGroups groups_from(std::string_view keep_text, std::string_view of_text,
                        std::string_view whole) {
  const auto keep = number_from<std::int64_t>(keep_text);
  const auto of = number_from<std::int64_t>(of_text);
  if (!keep || !of || *keep < 1 || *of < 1) {
    throw base::Error(fmt::format(
        "'{}' is not N:M with two integers of at least 1, as 2:4: of each 4 neighbours 2 stay",
        whole));
  }
  if (*keep > *of) {
    throw base::Error(fmt::format(
        "'{}': of {} neighbours no {} can stay; N is at most M, as in 2:4", whole, *of, *keep));
  }
  if (*of > PruneGroups::kLargestGroup) {
    throw base::Error(
        fmt::format("'{}': groups have at most {} neighbours", whole, PruneGroups::kLargestGroup));
  }
  return {*keep, *of};
}

}  // namespace

PruneSpec prune_spec_from_text(const std::string& text) {
  const std::string_view view = text;
  if (view.substr(0, kChannel.size()) == kChannel) {
    return PruneChannels{share_from(view.substr(kChannel.size()), view)};
  }
  if (const std::size_t colon = view.find(':'); colon != std::string_view::npos) {
    return groups_from(view.substr(0, colon), view.substr(colon + 1), view);
  }
  return PruneShare{share_from(view, view)};
}

std::string to_text(const PruneSpec& spec) {
  if (const auto* share = std::get_if<PruneShare>(&spec)) return fmt::format("{}", share->share);
  if (const auto* groups = std::get_if<PruneGroups>(&spec)) {
    return fmt::format("{}:{}", groups->keep, groups->of);
  }
  return fmt::format("{}{}", kChannel, std::get<PruneChannels>(spec).share);
}

}  // namespace mensa::onnx_import
