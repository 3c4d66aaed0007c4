// SPDX-License-Identifier: BSD-3-Clause
#include "cli/bench.hpp"

#include <sstream>

#include <einc/error.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

constexpr const char* two_cases = R"({"suite": "x", "cases": [
  {"name": "one", "subscripts": "ij,jk->ik", "extents": {"i": 8, "j": 8, "k": 8}, "small": true},
  {"name": "two", "subscripts": "ij->ji", "shapes": [[16, 16]]}]})";

BenchRequest quick(const std::string& folder) {
  BenchRequest request;
  request.folder = folder;
  request.measure.seconds = 0.005;
  request.measure.options.threads = 1;
  return request;
}

}  // namespace

TEST_CASE("bench measures what was chosen and says whether all was right") {
  const test::TemporaryFolder folder;
  folder.put("x.json", two_cases);
  BenchRequest request = quick(folder / "");
  request.chosen = {"x"};
  std::ostringstream out;
  CHECK(bench(request, out) == BenchEnd::all_right);
  CHECK_THAT(out.str(), ContainsSubstring("x/one") && ContainsSubstring("x/two") && ContainsSubstring("right") && ContainsSubstring("2 cases"));
  request.filters = {"*/t*"};
  request.json = "-";
  request.list = true;
  std::ostringstream list;
  bench(request, list);
  CHECK_THAT(list.str(), ContainsSubstring("x/two") && !ContainsSubstring("x/one"));
}

TEST_CASE("figures go to a file, and a wrong checksum or a failing case is told") {
  const test::TemporaryFolder folder;
  const std::string file = folder.put("x.json", R"({"suite": "x", "cases": [
    {"name": "wrong", "subscripts": "i->i", "shapes": [[4]], "checksum": 1e9},
    {"name": "huge", "subscripts": "ij->ij", "shapes": [[4000000000, 4000000000]], "checksum": 1}]})");
  BenchRequest request = quick("");
  request.chosen = {file};
  request.json = folder / "out.json";
  std::ostringstream out;
  CHECK(bench(request, out) == BenchEnd::something_wrong);
  CHECK_THAT(out.str(), ContainsSubstring("WRONG") && ContainsSubstring("failed"));
  const auto json = nlohmann::json::parse(test::read_file(folder / "out.json"));
  CHECK(json["cases"].size() == 1);
  CHECK(json["cases"][0]["checksum"]["right"] == false);
}

TEST_CASE("what is planned only counts as measured and as right") {
  const test::TemporaryFolder folder;
  folder.put("x.json", R"({"suite": "x", "cases": [
    {"name": "plan", "subscripts": "ij,jk,ki->", "extents": {"i": 90000, "j": 90000, "k": 90000}, "plan_only": true},
    {"name": "run", "subscripts": "i,i,i->i", "extents": {"i": 9}}]})");
  BenchRequest request = quick(folder / "");
  request.chosen = {"x"};
  request.json = folder / "out.json";
  std::ostringstream out;
  CHECK(bench(request, out) == BenchEnd::all_right);
  CHECK_THAT(out.str(), ContainsSubstring("plan in"));
  const auto json = nlohmann::json::parse(test::read_file(folder / "out.json"));
  CHECK(json["complete"] == true);
  CHECK(json["cases"].size() == 2);
}

TEST_CASE("only small cases when asked; unknown names are errors") {
  const test::TemporaryFolder folder;
  folder.put("x.json", two_cases);
  BenchRequest request = quick(folder / "");
  request.list = true;
  request.small_only = true;
  std::ostringstream out;
  bench(request, out);
  CHECK_THAT(out.str(), ContainsSubstring("x/one") && !ContainsSubstring("x/two"));
  request.chosen = {"y"};
  CHECK_THROWS_AS(bench(request, out), Error);
  request.chosen = {folder / "none.json"};
  CHECK_THROWS_AS(bench(request, out), Error);
}

TEST_CASE("predicted times stand beside measured ones, or alone where nothing is to run") {
  const test::TemporaryFolder cases, folder;
  cases.put("x.json", two_cases);
  BenchRequest request = quick(cases / "");
  request.chosen = {"x"};
  request.json = folder / "out.json";
  std::ostringstream out;
  bench(request, out);
  CHECK_THAT(out.str(), ContainsSubstring("predicted"));
  auto json = nlohmann::json::parse(test::read_file(folder / "out.json"));
  for (const auto& each : json["cases"]) {
    CHECK(each["plan"]["predicted_seconds"] > 0);
    CHECK(each["predicted_over_measured"] > 0);
  }
  request.measure.predict = true;
  std::ostringstream only;
  CHECK(bench(request, only) == BenchEnd::all_right);
  json = nlohmann::json::parse(test::read_file(folder / "out.json"));
  CHECK(json["cases"].size() == 2);
  CHECK(json["cases"][0]["samples"] == 0);
  CHECK(json["cases"][0]["plan"]["predicted_seconds"] > 0);
}
