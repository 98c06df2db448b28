// `mensa study` as a user runs it, on studies that were written here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "explore/store/study_store.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using explore::Metric;
using explore::StudyStore;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

explore::StudyDescription description() {
  explore::StudyDescription description;
  description.space_name = "phone";
  description.system_name = "mensa_g";
  description.search_method = "random";
  description.identity = {{"mensa version", "0.1.0"}, {"space", "abc"}};
  description.parameters = {{"pes", {"16x16", "32x32", "64x64"}},
                            {"buffer", {"64 KiB", "128 KiB", "256 KiB", "512 KiB"}}};
  description.objectives = {Metric::kLatency, Metric::kEnergy};
  description.models = {{"mobilenet_v2", 1}, {"rnnt", 0.5}};
  description.constraints = {"area <= 40 mm2", "latency <= 1 s"};
  return description;
}

/// The logarithm of latency falls by 2 and then by 1 from one choice of the PEs to the next, that
/// of energy grows by 1 with them and by 2 with the buffer: what there is to know is known in
/// closed form.
explore::PointResult result_at(const explore::Point& point) {
  explore::PointResult result;
  const auto set = [&](Metric metric, double value) {
    result.metrics[static_cast<std::size_t>(metric)] = value;
  };
  set(Metric::kArea, 10 + 10.0 * point[0]);
  set(Metric::kBuffers, 65536 * std::exp2(point[1]));
  result.seconds = 5e-3;
  if (point[0] == 2 && point[1] == 3) {
    result.status = explore::PointStatus::kInfeasible;
    result.cause = "area <= 40 mm2";
    result.reason = "its area is 41 mm2, \"more\" than 40 mm2";
    result.violation = 0.025;
    return result;
  }
  if (point[0] == 0 && point[1] == 3) {
    result.status = explore::PointStatus::kFailed;
    result.reason = "a fault";
    return result;
  }
  constexpr std::array<double, 3> kFaster = {0, 2, 3};
  const double latency = 1e-3 * std::exp(-kFaster.at(point[0]));
  const double energy = 1e-3 * std::exp(2.0 * point[1] + point[0]);
  set(Metric::kLatency, latency);
  set(Metric::kEnergy, energy);
  result.models = {{"mobilenet_v2", latency, energy, latency, 1e6, false},
                   {"rnnt", 2 * latency, energy, latency, 2e6, true}};
  result.accelerators = {{"pascal", 5, 0.01, 256, latency / 2, 30, 3e8, energy / 2}};
  if (point[1] > 0) {
    result.accelerators.push_back({"pavlov", 5, 0.01, 64, latency / 3, 5, 1e7, energy / 3});
  }
  return result;
}

/// All twelve points of the space, by the PEs first; other orders of adding them are the same.
void add_points(StudyStore& study, bool backwards = false, double seconds = 5e-3) {
  std::vector<explore::Entry> entries;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const explore::Point point = {i % 3, i / 3};
    entries.push_back({i + 1, point, result_at(point)});
    entries.back().result.seconds = seconds;
  }
  if (backwards) std::reverse(entries.begin(), entries.end());
  study.add_all(entries);
}

class Study : public testing::Test {
 protected:
  Study() { add_points(store_); }

  [[nodiscard]] std::string path(const std::string& name = "phone.study") const {
    return (folder_.path() / name).string();
  }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] StudyStore& store() { return store_; }

  [[nodiscard]] Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"study", path()});
    return mensa(arguments);
  }
  [[nodiscard]] std::string text(const std::vector<std::string>& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome.out;
  }
  [[nodiscard]] nlohmann::json json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return nlohmann::json::parse(text(arguments));
  }
  /// All at once: most of the time goes to starting Python.
  [[nodiscard]] static Outcome validate(const std::vector<std::string>& files) {
    const std::string source = MENSA_SOURCE_DIR;
    std::vector<std::string> command = {MENSA_PYTHON,
                                        source + "/tests/scenarios/validate_report.py",
                                        source + "/docs/mensa-study.schema.json"};
    command.insert(command.end(), files.begin(), files.end());
    return run_process(command);
  }
  void fails(const std::vector<std::string>& arguments, const std::string& message,
             int exit_code = 1) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }

 private:
  TemporaryFolder folder_;
  StudyStore store_ = StudyStore::create(folder_.path() / "phone.study", description());
};

std::vector<std::uint64_t> numbers(const nlohmann::json& json) {
  std::vector<std::uint64_t> numbers;
  for (const auto& point : json.at("points")) numbers.push_back(point.at("number"));
  return numbers;
}

/// The store of this process is still open: whoever looks does so while it may be written.
TEST_F(Study, ShowsWhatItIsOf) {
  EXPECT_THAT(text({"show"}),
              AllOf(HasSubstr("Space       phone\n"), HasSubstr("System      mensa_g\n"),
                    HasSubstr("mobilenet_v2 (weight 1), rnnt (weight 0.5)"),
                    HasSubstr("latency (less is better), energy (less is better)"),
                    HasSubstr("12: 10 feasible, 1 infeasible, 1 FAILED by a fault of mensa"),
                    HasSubstr("100 % of the space"),
                    HasSubstr("3 points; knee: point 2, latency 135.3 us, energy 2.718 mJ"),
                    HasSubstr("Made with   mensa version: 0.1.0"), HasSubstr("16x16, 32x32, 64x64"),
                    HasSubstr("first-order indices")));
  EXPECT_THAT(text({"show"}),
              AllOf(HasSubstr("area <= 40 mm2       1  8.3\n"),
                    HasSubstr("latency <= 1 s       0  0.0\n"), HasSubstr("0.1.0             12")));
}

/// The logarithm of latency is the PEs' alone; of energy, 2 x buffer + PEs, mostly the buffer's.
TEST_F(Study, SaysWhatMatters) {
  const auto summary = json({"show"}).at("summary");
  EXPECT_EQ(summary.at("counts"),
            nlohmann::json({{"points", 12}, {"feasible", 10}, {"infeasible", 1}, {"failed", 1}}));
  EXPECT_EQ(summary.at("causes").at("area <= 40 mm2"), 1);
  EXPECT_EQ(summary.at("causes").at("latency <= 1 s"), 0);
  EXPECT_EQ(summary.at("front"), 3);
  EXPECT_EQ(summary.at("knee"), 2);
  const auto& importance = summary.at("importance");
  EXPECT_EQ(importance.at("of"), "space");
  EXPECT_EQ(importance.at("sampled"), 1);
  const auto& latency = importance.at("objectives")[0];
  EXPECT_EQ(latency.at("objective"), "latency");
  EXPECT_NEAR(latency.at("shares").at("pes"), 1, 1e-12);
  EXPECT_LT(latency.at("shares").at("buffer"), 0.1);
  const auto& energy = importance.at("objectives")[1];
  EXPECT_GT(energy.at("shares").at("buffer"), 0.8);
  // One is had at the price of the other.
  EXPECT_NEAR(summary.at("correlations")[0].at("spearman_on_front"), -1, 1e-12);
  EXPECT_THAT(summary.at("verification"), IsEmpty());
}

TEST_F(Study, SaysWhosePointsTheSharesDescribe) {
  explore::StudyDescription other = description();
  other.search_method = "nsga2";
  StudyStore study = StudyStore::create(path("nsga2.study"), other);
  add_points(study);
  const Outcome shown = mensa({"study", path("nsga2.study"), "show"});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("nsga2 chooses points where\nit found good ones"),
                               HasSubstr("the shares describe these points, not the space")));
}

TEST_F(Study, SaysHowBothModelsOfTimeAgree) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto rising = static_cast<double>(number);
    store().add_verification({number, "rnnt", rising, 1, 1.1 * rising, 5 - rising});
  }
  const auto model = json({"show"}).at("summary").at("verification").at(0);
  EXPECT_EQ(model.at("model"), "rnnt");
  EXPECT_EQ(model.at("points"), 3);
  EXPECT_NEAR(model.at("latency").at("mean_ratio"), 1.1, 1e-12);
  EXPECT_NEAR(model.at("latency").at("largest_difference"), 0.1, 1e-12);
  EXPECT_NEAR(model.at("latency").at("kendall"), 1, 1e-12);
  EXPECT_NEAR(model.at("energy").at("mean_ratio"), 3, 1e-12);
  EXPECT_TRUE(model.at("energy").at("kendall").is_null());
  EXPECT_THAT(text({"show"}), HasSubstr("rnnt                  3         1.1000     10.0  1.00"));
  EXPECT_THAT(text({"show", "2"}), HasSubstr("simulated  latency  analytic"));
}

TEST_F(Study, ShowsAPoint) {
  EXPECT_THAT(text({"show", "2"}),
              AllOf(HasSubstr("Point       2 of phone, feasible"),
                    HasSubstr("on the Pareto front, its knee"), HasSubstr("pes        32x32"),
                    HasSubstr("latency              135.3 us  objective"),
                    HasSubstr("misses its deadline"), HasSubstr("pascal       5 mm2    10 mW")));
  EXPECT_THAT(text({"show", "12"}),
              AllOf(HasSubstr("infeasible"), HasSubstr("Cause       area <= 40 mm2"),
                    HasSubstr("\"more\" than 40 mm2"), HasSubstr("2.5 % of limits"),
                    Not(HasSubstr("Place"))));
  const auto point = json({"show", "4"}).at("points").at(0);
  EXPECT_EQ(point.at("parameters").at("buffer"), "128 KiB");
  EXPECT_EQ(point.at("metrics").at("latency"), 1e-3);
  EXPECT_TRUE(point.at("metrics").at("edp").is_null());
  EXPECT_EQ(point.at("accelerators").size(), 2U);
}

TEST_F(Study, ShowsTheFrontAndTheBest) {
  // Each row of PEs with the smallest buffer, from the lowest latency on.
  const auto pareto = json({"pareto"});
  EXPECT_THAT(numbers(pareto), ElementsAre(3, 2, 1));
  EXPECT_EQ(pareto.at("knee"), 2);
  EXPECT_THAT(text({"pareto"}), HasSubstr("    2  135.3 us  2.718 mJ  32x32  64 KiB  knee\n"));
  // The knee, the ends of the front, the best of those with the next buffer.
  EXPECT_THAT(numbers(json({"best", "-n", "4"})), ElementsAre(2, 1, 3, 5));
  EXPECT_THAT(numbers(json({"best", "--by", "area", "-n", "3"})), ElementsAre(1, 4, 7));
  EXPECT_THAT(text({"best", "--by", "area"}), HasSubstr("10 mm2"));
  EXPECT_EQ(numbers(json({"best"})).size(), 10U);
}

TEST_F(Study, ListsPoints) {
  EXPECT_THAT(numbers(json({"list", "--limit", "3"})), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(json({"list", "--status", "failed"})), ElementsAre(10));
  EXPECT_THAT(numbers(json({"list", "--sort", "energy", "--limit", "4"})), ElementsAre(1, 2, 3, 4));
  // Those without a value come last.
  const auto all = numbers(json({"list", "--sort", "latency"}));
  EXPECT_THAT(std::vector(all.end() - 2, all.end()), ElementsAre(10, 12));
  EXPECT_THAT(text({"list"}),
              AllOf(HasSubstr("   12  infeasible         -         -  64x64  512 KiB"),
                    HasSubstr("its area is 41 mm2")));
  EXPECT_EQ(text({"list", "--sort", "edp", "--status", "feasible", "--limit", "1"}).find("-  1 ms"),
            std::string::npos);
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_F(Study, ExportsTables) {
  const auto rows = lines(text({"export"}));
  ASSERT_EQ(rows.size(), 11U);
  EXPECT_THAT(rows[0],
              AllOf(StartsWith("number,status,parameter pes,parameter buffer,area (mm2),"),
                    HasSubstr(",edp (J s),power (W),"), HasSubstr(",model rnnt latency (s),"),
                    HasSubstr(",accelerator pavlov energy (J)"), Not(HasSubstr("reason"))));
  EXPECT_THAT(rows[1], StartsWith("1,feasible,16x16,64 KiB,10,,,65536,,,0.001,0.001,"));
  for (const std::string& row : rows) {
    EXPECT_EQ(std::count(row.begin(), row.end(), ','),
              std::count(rows[0].begin(), rows[0].end(), ','));
  }
  const std::string file = path("points.csv");
  EXPECT_THAT(text({"export", "--all", "--out", file}), IsEmpty());
  std::ifstream stream(file);
  const std::string all((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(lines(all).size(), 13U);
  EXPECT_THAT(all, HasSubstr("\n12,infeasible,area <= 40 mm2,\"its area is 41 mm2, \"\"more\"\" "
                             "than 40 mm2\",0.025,64x64,512 KiB,"));
}

TEST_F(Study, ExportsJson) {
  const auto all = json({"export", "--all"});
  EXPECT_EQ(all.at("points").size(), 12U);
  EXPECT_EQ(all.at("points")[11].at("cause"), "area <= 40 mm2");
  EXPECT_FALSE(all.at("points")[0].contains("seconds"));
  const auto some = json({"export", "--durations"});
  EXPECT_EQ(some.at("points").size(), 10U);
  EXPECT_EQ(some.at("points")[0].at("seconds"), 5e-3);
  EXPECT_EQ(some.at("study"), all.at("study"));
}

/// Whoever evaluated the points, in whatever order and time.
TEST_F(Study, ExportsTheSameOfTheSame) {
  StudyStore other = StudyStore::create(path("other.study"), description());
  add_points(other, true, 1);
  for (const char* format : {"csv", "json"}) {
    const std::vector<std::string> arguments = {"export", "--format", format, "--all"};
    std::vector<std::string> of_other = {"study", path("other.study")};
    of_other.insert(of_other.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(text(arguments), mensa(of_other).out);
    of_other.emplace_back("--durations");
    EXPECT_NE(text(arguments), mensa(of_other).out);
  }
}

/// As a parser of XML reads it.
void expect_xml(const std::string& file) {
  const Outcome outcome = run_process(
      {MENSA_PYTHON, "-c",
       "import sys, xml.etree.ElementTree as tree; print(tree.parse(sys.argv[1]).getroot().tag)",
       file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("svg"));
}

TEST_F(Study, PlotsTheFront) {
  const std::string file = path("front.svg");
  EXPECT_THAT(text({"plot", "--out", file}), IsEmpty());
  expect_xml(file);
  EXPECT_THAT(text({"plot"}),
              AllOf(HasSubstr("energy over latency of 10 feasible points"),
                    HasSubstr("3 Pareto-optimal points"), HasSubstr("knee: point 2")));
  EXPECT_THAT(text({"plot", "--x", "area"}), HasSubstr("latency over area"));
  EXPECT_THAT(text({"plot", "--y", "latency"}), HasSubstr("latency over energy"));
  EXPECT_THAT(text({"plot", "--x", "edp", "--y", "area"}), HasSubstr("No feasible point yet"));
}

TEST_F(Study, OfOneObjectiveIsPlottedByNumber) {
  explore::StudyDescription one = description();
  one.objectives = {Metric::kEnergy};
  StudyStore study = StudyStore::create(path("one.study"), one);
  add_points(study);
  const std::vector<std::string> start = {"study", path("one.study")};
  EXPECT_THAT(mensa({start[0], start[1], "plot"}).out,
              AllOf(HasSubstr("number of the point"), HasSubstr("best: point 1, 1 mJ")));
  EXPECT_THAT(mensa({start[0], start[1], "plot", "--x", "area"}).out,
              HasSubstr("energy over area"));
  EXPECT_THAT(mensa({start[0], start[1], "plot", "--x", "energy"}).err,
              HasSubstr("the study has no second objective: name one with --y"));
}

TEST_F(Study, MayBeEmpty) {
  static_cast<void>(StudyStore::create(path("empty.study"), description()));
  const auto shown = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"study", path("empty.study")});
    const Outcome outcome = mensa(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_THAT(shown({"show"}), HasSubstr("Front       no feasible point yet"));
  EXPECT_EQ(shown({"list"}), "No such points.\n");
  EXPECT_EQ(shown({"pareto"}), "No feasible point yet.\n");
  EXPECT_EQ(shown({"best", "--by", "area"}), "No feasible point yet.\n");
  EXPECT_EQ(lines(shown({"export"})).size(), 1U);
  EXPECT_THAT(shown({"plot"}), HasSubstr("No feasible point yet"));
}

TEST_F(Study, WritesWhatItsSchemaSays) {
  static_cast<void>(StudyStore::create(path("empty.study"), description()));
  store().add_verification({1, "rnnt", 1, 1, 1, 1});
  std::vector<std::string> files;
  for (const char* study : {"phone.study", "empty.study"}) {
    for (const char* action : {"show", "list", "pareto", "best", "export"}) {
      const Outcome outcome = mensa({"study", path(study), action, "--format", "json"});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
      files.push_back(folder().write(std::string(study) + "." + action + ".json", outcome.out));
    }
  }
  files.push_back(folder().write("1.json", text({"show", "1", "--format", "json"})));
  files.push_back(
      folder().write("all.json", text({"export", "--all", "--durations", "--format", "json"})));
  const Outcome outcome = validate(files);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(Study, TellsMistakes) {
  fails({}, "list, show, pareto, best, export, plot or system is required", 2);
  fails({"list", "--limit", "0"}, "--limit: '0' is no integer of at least 1", 2);
  fails({"list", "--status", "feasable"}, "unknown status 'feasable'; did you mean 'feasible'?");
  fails({"list", "--sort", "enrgy"}, "unknown metric 'enrgy'; did you mean 'energy'?");
  fails({"best", "--by", "enrgy"}, "did you mean 'energy'?");
  fails({"best", "--by", "throughput"}, "no feasible point has a value of throughput");
  fails({"plot", "--x", "enrgy"}, "did you mean 'energy'?");
  fails({"show", "13"}, "phone.study: has no point 13; the highest number is 12");
  fails({"export", "--format", "xml"}, "unknown format 'xml' (known: csv, json)");
  fails({"pareto", "--format", "csv"}, "unknown format 'csv' (known: table, json)");
  fails({"export", "--out", path("none/points.csv")}, "No such file or directory");
  const Outcome missing = mensa({"study", path("none.study"), "show"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none.study: there is no such study"));
  const Outcome other = mensa({"study", folder().write("notes.txt", "only mine"), "show"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("notes.txt"));
}

TEST_F(Study, HasASchemaThatNoticesMistakes) {
  struct Mutation {
    const char* name;
    std::function<void(nlohmann::json&)> apply;
    const char* expected;
  };
  const std::vector<Mutation> mutations = {
      {"another schema", [](auto& json) { json["schema"] = "mensa-study/2"; }, "schema: "},
      {"nothing of the points", [](auto& json) { json.erase("points"); }, "report: "},
      {"a metric of another name", [](auto& json) { json["points"][0]["metrics"]["speed"] = 1; },
       "points.0.metrics"},
      {"a missing metric", [](auto& json) { json["points"][0]["metrics"].erase("edp"); }, "'edp'"},
      {"a negative latency", [](auto& json) { json["points"][0]["models"][0]["latency_s"] = -1; },
       "points.0.models.0.latency_s"},
      {"a reason of a feasible point", [](auto& json) { json["points"][0]["reason"] = "x"; },
       "points.0"},
      {"none of an infeasible one", [](auto& json) { json["points"][11].erase("reason"); },
       "'reason'"},
      {"an unknown key", [](auto& json) { json["study"]["time"] = 1; }, "'time'"},
  };
  const auto found = json({"export", "--all"});
  std::vector<std::string> files;
  for (const Mutation& mutation : mutations) {
    nlohmann::json mutated = found;
    mutation.apply(mutated);
    files.push_back(folder().write(std::string(mutation.name) + ".json", mutated.dump()));
  }
  const Outcome outcome = validate(files);
  EXPECT_EQ(outcome.exit_code, 1);
  const std::vector<std::string> violations = lines(outcome.out);
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    EXPECT_THAT(violations, Contains(AllOf(StartsWith(files[i]), HasSubstr(mutations[i].expected))))
        << mutations[i].name;
  }
}

}  // namespace
}  // namespace mensa
