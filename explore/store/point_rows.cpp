#include "explore/store/point_rows.h"

#include <fmt/format.h>

#include <stdexcept>

namespace mensa::explore {
namespace {

constexpr int kPointColumns = 7 + static_cast<int>(kMetricCount);
std::string point_columns() {
  std::string columns = "number, key, status, reason, cause, violation, seconds";
  for (const std::string& metric : metric_names()) columns += fmt::format(", \"{}\"", metric);
  return columns;
}

constexpr int kModelColumnCount = 8;
constexpr const char* kModelColumns =
    "point, position, name, latency, energy, interval, dram_bytes, misses_deadline";

constexpr int kAcceleratorColumnCount = 10;
constexpr const char* kAcceleratorColumns =
    "point, position, name, area, leakage, pes, busy, layers, macs, energy";

std::string insertion(std::string_view table, std::string_view columns, int count) {
  std::string values = "?";
  for (int i = 1; i < count; ++i) values += ", ?";
  return fmt::format("INSERT OR IGNORE INTO {} ({}) VALUES ({})", table, columns, values);
}

std::string selection(std::string_view table, std::string_view columns, std::string_view where) {
  return fmt::format("SELECT {} FROM {} WHERE {}", columns, table, where);
}

}  // namespace

NameTable::NameTable(Database& database)
    : database_(database),
      find_id_(database.prepare("SELECT id FROM names WHERE name = ?")),
      find_name_(database.prepare("SELECT name FROM names WHERE id = ?")) {}

std::int64_t NameTable::id_of(const std::string& name) {
  const auto known = ids_.find(name);
  if (known != ids_.end()) return known->second;
  const std::string_view text = name;
  std::int64_t id = 0;
  if (find_id_.with(text).next()) {
    id = find_id_.integer(0);
    find_id_.reset();
  } else {
    find_id_.reset();
    database_.prepare("INSERT INTO names (name) VALUES (?)").with(text).run();
    id = database_.integer("SELECT last_insert_rowid()");
  }
  ids_.emplace(name, id);
  return id;
}

const std::string& NameTable::name_of(std::int64_t id) {
  const auto known = names_.find(id);
  if (known != names_.end()) return known->second;
  std::string name;
  if (find_name_.with(id).next()) name = find_name_.text(0);
  find_name_.reset();
  return names_.emplace(id, std::move(name)).first->second;
}

void NameTable::clear() {
  ids_.clear();
  names_.clear();
}

PointRows::PointRows(Database& database, NameTable& names)
    : database_(database),
      names_(names),
      insert_point_(
          database.prepare(insertion("points", point_columns() + ", run", kPointColumns + 1))),
      insert_model_(database.prepare(insertion("models", kModelColumns, kModelColumnCount))),
      insert_accelerator_(database.prepare(
          insertion("accelerators", kAcceleratorColumns, kAcceleratorColumnCount))),
      find_number_(database.prepare("SELECT number FROM points WHERE key = ?")) {}

bool PointRows::insert(std::int64_t run, std::uint64_t number, std::string_view key,
                       const PointResult& result) {
  const auto row = static_cast<std::int64_t>(number);
  insert_point_.with(row, key, to_string(result.status), std::string_view(result.reason));
  int column = 5;
  if (result.cause.empty()) {
    insert_point_.bind(column, std::nullopt);
  } else {
    insert_point_.bind(column, names_.id_of(result.cause));
  }
  insert_point_.bind(++column, result.violation);
  insert_point_.bind(++column, result.seconds);
  for (const std::optional<double>& metric : result.metrics) insert_point_.bind(++column, metric);
  insert_point_.bind(++column, run);
  insert_point_.run();
  if (database_.changes() == 0) {
    check_same(number, key);
    return false;
  }
  insert_outcomes(row, result);
  return true;
}

void PointRows::check_same(std::uint64_t number, std::string_view key) {
  const std::optional<std::uint64_t> known = number_of(key);
  if (known == number) return;
  if (known) {
    throw std::logic_error(
        fmt::format("point {} of a search is point {} of its study", number, *known));
  }
  throw std::logic_error(
      fmt::format("point {} of a search is another one than that of its study", number));
}

void PointRows::insert_outcomes(std::int64_t number, const PointResult& result) {
  std::int64_t position = 0;
  for (const ModelOutcome& model : result.models) {
    const std::int64_t misses = model.misses_deadline ? 1 : 0;
    insert_model_
        .with(number, position++, names_.id_of(model.model), model.latency, model.energy,
              model.interval, model.dram_bytes, misses)
        .run();
  }
  position = 0;
  for (const AcceleratorOutcome& accelerator : result.accelerators) {
    insert_accelerator_
        .with(number, position++, names_.id_of(accelerator.accelerator), accelerator.area,
              accelerator.leakage, accelerator.pes, accelerator.busy, accelerator.layers,
              accelerator.macs, accelerator.energy)
        .run();
  }
}

std::optional<std::uint64_t> PointRows::number_of(std::string_view key) {
  std::optional<std::uint64_t> number;
  if (find_number_.with(key).next()) number = static_cast<std::uint64_t>(find_number_.integer(0));
  find_number_.reset();
  return number;
}

std::optional<Entry> PointRows::find(std::uint64_t number) {
  const auto row = static_cast<std::int64_t>(number);
  Statement points = database_.prepare(selection("points", point_columns(), "number = ?"));
  if (!points.with(row).next()) return std::nullopt;
  Entry entry = read_point(points);
  Statement models =
      database_.prepare(selection("models", kModelColumns, "point = ? ORDER BY position"));
  models.with(row);
  while (models.next()) entry.result.models.push_back(read_model(models));
  Statement accelerators = database_.prepare(
      selection("accelerators", kAcceleratorColumns, "point = ? ORDER BY position"));
  accelerators.with(row);
  while (accelerators.next()) {
    entry.result.accelerators.push_back(read_accelerator(accelerators));
  }
  return entry;
}

void PointRows::for_each(StudyStore::Parts parts, const std::function<void(const Entry&)>& visit) {
  Statement points = database_.prepare(selection("points", point_columns(), "1 ORDER BY number"));
  if (parts == StudyStore::Parts::kPoint) {
    while (points.next()) visit(read_point(points));
    return;
  }
  // All three by number of the point: each is read once.
  Statement models =
      database_.prepare(selection("models", kModelColumns, "1 ORDER BY point, position"));
  Statement accelerators = database_.prepare(
      selection("accelerators", kAcceleratorColumns, "1 ORDER BY point, position"));
  bool more_models = models.next();
  bool more_accelerators = accelerators.next();
  while (points.next()) {
    Entry entry = read_point(points);
    const std::int64_t number = points.integer(0);
    while (more_models && models.integer(0) <= number) {
      entry.result.models.push_back(read_model(models));
      more_models = models.next();
    }
    while (more_accelerators && accelerators.integer(0) <= number) {
      entry.result.accelerators.push_back(read_accelerator(accelerators));
      more_accelerators = accelerators.next();
    }
    visit(entry);
  }
}

Entry PointRows::read_point(const Statement& row) {
  Entry entry;
  PointResult& result = entry.result;
  int column = 2;
  entry.number = static_cast<std::uint64_t>(row.integer(0));
  try {
    entry.point = point_of(row.text(1));
    result.status = point_status_from_string(row.text(column));
  } catch (const std::exception& error) {
    throw base::Error(fmt::format("{}: point {} cannot be read: {}", database_.path().string(),
                                  entry.number, error.what()));
  }
  result.reason = row.text(++column);
  if (!row.is_null(++column)) result.cause = names_.name_of(row.integer(column));
  result.violation = row.real(++column);
  result.seconds = row.real(++column);
  for (std::optional<double>& metric : result.metrics) metric = row.optional_real(++column);
  return entry;
}

ModelOutcome PointRows::read_model(const Statement& row) {
  ModelOutcome model;
  int column = 2;
  model.model = names_.name_of(row.integer(column));
  model.latency = row.real(++column);
  model.energy = row.real(++column);
  model.interval = row.real(++column);
  model.dram_bytes = row.real(++column);
  model.misses_deadline = row.integer(++column) != 0;
  return model;
}

AcceleratorOutcome PointRows::read_accelerator(const Statement& row) {
  AcceleratorOutcome accelerator;
  int column = 2;
  accelerator.accelerator = names_.name_of(row.integer(column));
  accelerator.area = row.real(++column);
  accelerator.leakage = row.real(++column);
  accelerator.pes = row.integer(++column);
  accelerator.busy = row.real(++column);
  accelerator.layers = row.real(++column);
  accelerator.macs = row.real(++column);
  accelerator.energy = row.real(++column);
  return accelerator;
}

}  // namespace mensa::explore
