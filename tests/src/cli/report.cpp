// SPDX-License-Identifier: BSD-3-Clause
#include "cli/report.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

Measurement sample() {
  Measurement m;
  m.bench_case.suite = "suite";
  m.bench_case.name = "name";
  m.threads = 2;
  m.work = {2e9, 100, 100};
  m.seconds = {0.01, 0.009, 0.011, 0.008, 0.02};
  m.samples = 5;
  m.by_flops = true;
  m.limit = 4e11;
  m.share = 0.5;
  m.right = true;
  return m;
}

}  // namespace

TEST_CASE("times and rates have three digits and a unit") {
  CHECK(show_seconds(1.2345e-8) == "12.3 ns");
  CHECK(show_seconds(9.999e-7) == "1.00 us");
  CHECK(show_seconds(0.1234) == "123 ms");
  CHECK(show_seconds(12) == "12.0 s ");
  CHECK(show_rate(2e11, true) == "200 GFLOP/s");
  CHECK(show_rate(3.14e10, false) == "31.4 GB/s   ");
  CHECK(show_rate(1e6, false) == "0.001 GB/s   ");
}

TEST_CASE("a line names the case, the time, the share of the limit and whether the result is right") {
  Measurement m = sample();
  const Table table({m.bench_case}, Style{});
  const std::string line = table.line(m);
  for (const char* part : {"suite/name", "f32", "10.0 ms", "±10 %", "200 GFLOP/s", "50 %", "400 GFLOP/s", "right"}) CHECK_THAT(line, ContainsSubstring(part));
  m.right = false;
  CHECK_THAT(table.line(m), ContainsSubstring("WRONG"));
  CHECK_THAT(table.failure(m.bench_case, "because\nlong story"), ContainsSubstring("failed: because") && !ContainsSubstring("story"));
}

TEST_CASE("a network's line has its plan, and only that if it was not run") {
  Measurement m = sample();
  m.bench_case.shapes = {{2, 2}, {2, 2}, {2, 2}};
  m.planned = {{0.002, 0.002, 0.002, 0.002, 0.002}, 1e7, 3 << 20, "greedy"};
  const Table table({m.bench_case}, Style{});
  for (const char* part : {"10.0 ms", "right", "plan in 2.00 ms", "10^7.00 flops", "largest 3 MiB", "greedy"}) CHECK_THAT(table.line(m), ContainsSubstring(part));
  m.bench_case.plan_only = true;
  CHECK_THAT(table.line(m), ContainsSubstring("plan in 2.00 ms") && !ContainsSubstring("right"));
  m.samples = 0, m.seconds = {}, m.share = 0;
  const auto json = nlohmann::json::parse(to_json({m}, {}, true));
  CHECK(json["cases"][0]["plan_only"] == true);
  CHECK(json["cases"][0]["rate"] == 0);
  CHECK(json["cases"][0]["plan"]["flops"] == 1e7);
  CHECK(json["cases"][0]["plan"]["seconds"]["median"] == 0.002);
  CHECK(json["cases"][0]["plan"]["method"] == "greedy");
}

TEST_CASE("where no limit is known no share is shown") {
  Measurement m = sample();
  m.limit = m.share = 0;
  const std::string line = Table({m.bench_case}, Style{}).line(m);
  CHECK_THAT(line, ContainsSubstring("unknown") && !ContainsSubstring("0 %  400"));
  CHECK(summary({m}).empty());
}

TEST_CASE("a summary is the geometric mean of each suite") {
  Measurement half = sample(), eighth = sample();
  eighth.share = 0.125;
  CHECK_THAT(summary({half, eighth}), ContainsSubstring("suite: 2 cases, geometric mean 25.0 %"));
  CHECK(summary({}).empty());
}

TEST_CASE("the command to measure again has every option that is not the default") {
  MeasureOptions options;
  CHECK(rerun_command("a/b", options, 2) == "einc bench a/b --threads 2");
  options.options.isa = "avx2";
  options.options.planner = Planner::greedy;
  options.options.effort = Effort::best;
  options.seconds = 0.5;
  CHECK(rerun_command("a/b", options, 1) == "einc bench a/b --threads 1 --isa avx2 --planner greedy --effort best --seconds 0.5");
  options.options.plan_seconds = 2.5;
  options.options.seed = 7;
  options.options.objective = Objective::flops;
  CHECK(rerun_command("a/b", options, 1) == "einc bench a/b --threads 1 --isa avx2 --planner greedy --effort 2.5 --seed 7 --objective flops --seconds 0.5");
}

TEST_CASE("JSON has all figures") {
  const auto json = nlohmann::json::parse(to_json({sample()}, {}, false));
  CHECK(json["complete"] == false);
  CHECK(json["cases"][0]["name"] == "name");
  CHECK(json["cases"][0]["seconds"]["median"] == 0.01);
  CHECK(json["cases"][0]["rate"].get<double>() == Approx(2e11));
  CHECK(json["cases"][0]["checksum"]["right"] == true);
  CHECK(json["cases"][0]["rerun"] == "einc bench suite/name --threads 2");
}
