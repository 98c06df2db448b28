#include "explore/store/study_schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mensa::explore {
namespace {

/// "Mnsa": tells studies from other SQLite files.
constexpr std::int64_t kApplication = 0x4D6E7361;
/// Grows with every change of the tables.
constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kTables = R"(
CREATE TABLE study (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, version TEXT NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
  pid INTEGER NOT NULL, started INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE models (
  point INTEGER NOT NULL, position INTEGER NOT NULL, name INTEGER NOT NULL,
  latency REAL NOT NULL, energy REAL NOT NULL, interval REAL NOT NULL, dram_bytes REAL NOT NULL,
  misses_deadline INTEGER NOT NULL, PRIMARY KEY (point, position)) WITHOUT ROWID;
CREATE TABLE accelerators (
  point INTEGER NOT NULL, position INTEGER NOT NULL, name INTEGER NOT NULL, area REAL NOT NULL,
  leakage REAL NOT NULL, pes INTEGER NOT NULL, busy REAL NOT NULL, layers REAL NOT NULL,
  macs REAL NOT NULL, energy REAL NOT NULL, PRIMARY KEY (point, position)) WITHOUT ROWID;
CREATE TABLE claims (
  key TEXT PRIMARY KEY, run INTEGER NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE verifications (
  id INTEGER PRIMARY KEY, point INTEGER NOT NULL, model INTEGER NOT NULL,
  analytic_latency REAL NOT NULL, analytic_energy REAL NOT NULL, simulated_latency REAL NOT NULL,
  simulated_energy REAL NOT NULL, UNIQUE (point, model));
)";

std::string points_table() {
  std::string sql =
      "CREATE TABLE points (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, "
      "run INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, cause INTEGER, "
      "violation REAL NOT NULL, seconds REAL NOT NULL";
  for (const std::string& metric : metric_names()) sql += fmt::format(", \"{}\" REAL", metric);
  return sql + ");";
}

nlohmann::ordered_json to_json(const StudyDescription& description) {
  nlohmann::ordered_json json = {{"space", description.space_name},
                                 {"system", description.system_name},
                                 {"search", description.search_method},
                                 {"identity", nlohmann::ordered_json::array()},
                                 {"parameters", nlohmann::ordered_json::array()},
                                 {"objectives", nlohmann::ordered_json::array()},
                                 {"models", nlohmann::ordered_json::array()},
                                 {"constraints", description.constraints}};
  for (const auto& [part, value] : description.identity) {
    json["identity"].push_back({{"part", part}, {"value", value}});
  }
  for (const StudyParameter& parameter : description.parameters) {
    json["parameters"].push_back({{"name", parameter.name}, {"choices", parameter.choices}});
  }
  for (const Metric objective : description.objectives) {
    json["objectives"].push_back(info(objective).name);
  }
  for (const StudyModel& model : description.models) {
    json["models"].push_back({{"name", model.name}, {"weight", model.weight}});
  }
  return json;
}

StudyDescription description_of(const nlohmann::ordered_json& json) {
  StudyDescription description;
  json.at("space").get_to(description.space_name);
  json.at("system").get_to(description.system_name);
  json.at("search").get_to(description.search_method);
  for (const auto& part : json.at("identity")) {
    description.identity.emplace_back(part.at("part"), part.at("value"));
  }
  for (const auto& parameter : json.at("parameters")) {
    description.parameters.push_back(
        {parameter.at("name"), parameter.at("choices").get<std::vector<std::string>>()});
  }
  for (const auto& objective : json.at("objectives")) {
    description.objectives.push_back(metric_from_string(objective.get<std::string>()));
  }
  for (const auto& model : json.at("models")) {
    description.models.push_back({model.at("name"), model.at("weight")});
  }
  json.at("constraints").get_to(description.constraints);
  return description;
}

// Names come from the user's files and need not be UTF-8, which JSON must be.
std::string text_of(const StudyDescription& description) {
  return to_json(description)
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string value_of(Database& database, const std::string& name) {
  Statement statement = database.prepare("SELECT value FROM study WHERE name = ?");
  if (!statement.with(std::string_view(name)).next()) return "";
  return std::string(statement.text(0));
}

}  // namespace

void create_study(Database& database, const StudyDescription& description) {
  Transaction transaction(database, Transaction::Kind::kWrite);
  database.execute(kTables);
  database.execute(points_table());
  Statement insert = database.prepare("INSERT INTO study VALUES (?, ?)");
  const std::string text = text_of(description);
  insert.with(std::string_view("description"), std::string_view(text)).run();
  insert.with(std::string_view("space"), std::string_view(description.space_text)).run();
  insert.with(std::string_view("system"), std::string_view(description.system_text)).run();
  database.execute(fmt::format("PRAGMA application_id = {}", kApplication));
  database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  transaction.commit();
}

void check_study(Database& database) {
  const std::string path = database.path().string();
  if (database.integer("PRAGMA application_id") != kApplication) {
    throw base::Error(
        fmt::format("{}: no study of mensa, but another file; name that of a study", path));
  }
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version != kSchemaVersion) {
    throw base::Error(
        fmt::format("{}: a study of schema {}, this mensa has schema {}; use the mensa that made "
                    "it, or explore anew into another file",
                    path, version, kSchemaVersion));
  }
}

StudyDescription as_stored(const StudyDescription& description) {
  StudyDescription stored = description_of(nlohmann::ordered_json::parse(text_of(description)));
  stored.space_text = description.space_text;
  stored.system_text = description.system_text;
  return stored;
}

StudyDescription read_description(Database& database) {
  try {
    StudyDescription description =
        description_of(nlohmann::ordered_json::parse(value_of(database, "description")));
    description.space_text = value_of(database, "space");
    description.system_text = value_of(database, "system");
    return description;
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(fmt::format("{}: the description of the study cannot be read: {}",
                                  database.path().string(), error.what()));
  }
}

}  // namespace mensa::explore
