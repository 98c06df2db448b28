#include "traces/text_table.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

#include "traces/human.h"

namespace mensa::traces {
namespace {

constexpr std::string_view kGap = "  ";
/// No name is made shorter than this, even where the line gets too long.
constexpr std::size_t kShortestName = 12;

}  // namespace

void TextTable::add_row(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths(bool with_headings) const {
  std::vector<std::size_t> result(columns_.size(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (with_headings) result[i] = display_width(columns_[i].heading);
    for (const auto& row : rows_) result[i] = std::max(result[i], display_width(row[i]));
  }
  return result;
}

void TextTable::fit_line(std::vector<std::size_t>& widths, std::size_t line_width) const {
  const std::size_t gaps = kGap.size() * (columns_.size() - 1);
  std::size_t length = std::accumulate(widths.begin(), widths.end(), gaps);
  for (; length > line_width; --length) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].align != Align::kLeft || widths[i] <= kShortestName) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

std::string TextTable::line(const std::vector<std::string>& cells,
                            const std::vector<std::size_t>& widths) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += kGap;
    const std::string cell = shortened(cells[i], widths[i]);
    const std::size_t filling = widths[i] - display_width(cell);
    if (columns_[i].align == Align::kRight) text.append(filling, ' ');
    text += cell;
    if (columns_[i].align == Align::kLeft) text.append(filling, ' ');
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string TextTable::to_string(std::size_t line_width) const {
  std::vector<std::size_t> all = widths(true);
  fit_line(all, line_width);
  std::vector<std::string> headings;
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    headings.push_back(columns_[i].heading);
    rules.emplace_back(all[i], '-');
  }
  std::string text = line(headings, all) + line(rules, all);
  for (const auto& row : rows_) text += line(row, all);
  return text;
}

std::string TextTable::body() const {
  const std::vector<std::size_t> all = widths(false);
  std::string text;
  for (const auto& row : rows_) text += line(row, all);
  return text;
}

std::string activity_table(
    const std::vector<std::pair<std::string, sim::ActivityTimes>>& accelerators) {
  std::vector<TextTable::Column> columns = {{"time in %", Align::kLeft}};
  for (const sim::Activity activity : sim::kAllActivities) {
    std::string heading(sim::to_string(activity));
    std::replace(heading.begin(), heading.end(), '_', ' ');
    columns.push_back({std::move(heading)});
  }
  TextTable table(std::move(columns));
  for (const auto& [name, activities] : accelerators) {
    const auto total = static_cast<double>(activities.total());
    std::vector<std::string> cells = {name};
    for (const sim::Activity activity : sim::kAllActivities) {
      const auto time = static_cast<double>(activities.at(activity));
      cells.push_back(total > 0 ? percent(time / total) : "-");
    }
    table.add_row(std::move(cells));
  }
  return table.to_string() + "busy, or waits for ...; contention: for data behind another's.\n";
}

}  // namespace mensa::traces
