// SPDX-License-Identifier: BSD-3-Clause
#include "cli/bench_case.hpp"

#include <algorithm>

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

TEST_CASE("patterns match as in a shell") {
  for (const char* pattern : {"gemm/n64-f32", "*", "gemm/*", "*f32", "g*n64*", "gemm/n?4-f32", "**", "*/*-*"}) CHECK(matches(pattern, "gemm/n64-f32"));
  for (const char* pattern : {"", "gemm", "gemm/n?-f32", "*f64", "?", "gemm/n64-f32?"}) CHECK_FALSE(matches(pattern, "gemm/n64-f32"));
  CHECK(matches("", ""));
}

TEST_CASE("a file of cases gives shapes from extents, and defaults to every case") {
  const test::TemporaryFolder folder;
  const std::string file = folder.put("x.json", R"({"suite": "x", "note": "n", "defaults": {"dtype": "f64", "seed": 3}, "cases": [
    {"name": "one", "subscripts": "[row] j, jk -> [row] k", "extents": {"row": 2, "j": 3, "k": 4}, "checksum": 5},
    {"name": "two", "subscripts": "i->", "shapes": [[7]], "dtype": "f32", "fill": "uniform", "threads": 1, "small": true},
    {"name": "sums", "subscripts": "ij,jk->ik", "shapes": [[5, 6], [6, 7]], "dtype": "i8", "accumulate": "i32"}]})");
  const std::vector<BenchCase> cases = read_cases(file);
  REQUIRE(cases.size() == 3);
  CHECK(cases[2].accumulate == DType::i32);
  CHECK(cases[2].result_dtype() == DType::i32);
  CHECK(cases[0].result_dtype() == DType::f64);
  CHECK(compile_case(cases[2], {.dtype = DType::i8}).dtype() == DType::i32);
  CHECK(compile_case(cases[2], {.dtype = DType::f64}).dtype() == DType::f64);
  CHECK(cases[0].id() == "x/one");
  CHECK(cases[0].shapes == std::vector<Shape>{{2, 3}, {3, 4}});
  CHECK(cases[0].dtype == DType::f64);
  CHECK(cases[0].filling == Filling{Fill::integers, 3});
  CHECK(cases[0].checksum == 5);
  CHECK(cases[1].dtype == DType::f32);
  CHECK(cases[1].filling.fill == Fill::uniform);
  CHECK(cases[1].threads == 1);
  CHECK((cases[1].small && !cases[0].small && !cases[1].checksum));
  CHECK(select(cases, {}).size() == 3);
  CHECK(select(cases, {"x"}).size() == 3);
  CHECK(select(cases, {"x/t*", "x/two"}).size() == 1);
  CHECK_THROWS_AS(select(cases, {"x", "y"}), Error);
  CHECK(case_files(folder / "").size() == 1);
}

TEST_CASE("a case may be a program, written out or in a file beside") {
  const test::TemporaryFolder folder;
  folder.put("p.einc", "input x \"ab\"\noutput y = 2 * x");
  const std::string file = folder.put("x.json", R"({"suite": "x", "cases": [
    {"name": "file", "program": "p.einc", "shapes": [[2, 3]], "flops": 6, "fill": "uniform"},
    {"name": "text", "program": "input x \"ab\"\noutput y = x + x", "shapes": [[2, 3]], "fill": "uniform"}]})");
  std::vector<BenchCase> cases = read_cases(file);
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].is_program());
  CHECK(cases[0].program == test::read_file(folder / "p.einc"));
  CHECK(cases[0].flops == 6);
  CHECK_FALSE(cases[1].flops);
  CHECK(compile_case(cases[0], {}).shape() == Shape{2, 3});
  write_checksums(file);
  cases = read_cases(file);
  REQUIRE(cases[0].checksum);
  CHECK(*cases[0].checksum == *cases[1].checksum);
}

TEST_CASE("a case may be planned only, and then has no checksum") {
  const test::TemporaryFolder folder;
  const std::string file = folder.put("x.json", R"({"suite": "x", "cases": [
    {"name": "plan", "subscripts": "ij,jk,ki->", "extents": {"i": 100000, "j": 100000, "k": 100000}, "plan_only": true},
    {"name": "run", "subscripts": "ij,jk,ki->", "extents": {"i": 3, "j": 4, "k": 5}, "fill": "positive"},
    {"name": "two", "subscripts": "ij,jk->ik", "extents": {"i": 3, "j": 4, "k": 5}, "dtype": "c64"}]})");
  write_checksums(file);
  const std::vector<BenchCase> cases = read_cases(file);
  REQUIRE(cases.size() == 3);
  CHECK((cases[0].plan_only && !cases[1].plan_only && !cases[2].plan_only));
  CHECK((cases[0].is_network() && cases[1].is_network() && !cases[2].is_network()));
  CHECK((!cases[0].checksum && cases[1].checksum && cases[2].checksum));
  CHECK(cases[1].filling.fill == Fill::positive);
  CHECK(cases[2].dtype == DType::c64);
}

TEST_CASE("checksums are written into the file, and nothing else changes") {
  const test::TemporaryFolder folder;
  const std::string file = folder.put("x.json", R"({"suite": "x", "cases": [{"name": "one", "subscripts": "i,i->", "extents": {"i": 9}}]})");
  write_checksums(file);
  const std::vector<BenchCase> cases = read_cases(file);
  REQUIRE(cases.size() == 1);
  REQUIRE(cases[0].checksum);
  CHECK(*cases[0].checksum == expected_checksum(labelling_of(cases[0]), cases[0].filling));
  const std::string once = test::read_file(file);
  write_checksums(file);
  CHECK(test::read_file(file) == once);
}

TEST_CASE("a bad file is named, and its bad case too") {
  const test::TemporaryFolder folder;
  for (const char* text :
       {"", "{", "[]", R"({"suite": "x"})", R"({"suite": "x", "cases": [{"subscripts": "i->", "shapes": [[2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2, 3]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "ij,j->", "shapes": [[2, 3], [2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "...->", "shapes": [[2, 3]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->j", "shapes": [[2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "extents": {"j": 2}}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "dtype": "f8"}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "dtype": "f16", "fill": "uniform"}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "dtype": "u8", "fill": "integers"}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "dtype": "bool", "fill": "signs"}]})",
        R"({"suite": "x", "cases": [{"name": "n", "program": "input x \"a\"\noutput y = x", "shapes": [[2]], "dtype": "i8"}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "plan_only": 1}]})",
        R"({"suite": "x", "cases": [{"name": "n", "subscripts": "i->", "shapes": [[2]], "colour": 1}]})",
        R"({"suite": "x", "cases": [{"name": "n", "shapes": [[2]]}]})", R"({"suite": "x", "cases": [{"name": "n", "program": "none.einc", "shapes": [[2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "program": "input x", "shapes": [[2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "program": "input x \"a\"\noutput y = x", "shapes": [[2], [2]]}]})",
        R"({"suite": "x", "cases": [{"name": "n", "program": "input x \"a\"\noutput y = x", "extents": {"a": 2}}]})",
        R"({"suite": "x", "cases": [{"name": "n", "program": "input x \"a\"\noutput y = x", "subscripts": "a->a", "shapes": [[2]]}]})"}) {
    INFO(text);
    const std::string file = folder.put("bad.json", text);
    CHECK_THROWS_AS(read_cases(file), Error);
    try {
      read_cases(file);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::bad_file);
      CHECK_THAT(error.what(), ContainsSubstring(file));
    }
  }
  CHECK_THROWS_AS(find_cases(folder / "none"), Error);
}

TEST_CASE("every case file of this project can be read, has checksums and no name twice") {
  std::vector<std::string> ids;
  for (const auto& file : case_files(EINC_BENCHMARK_CASES))
    for (const BenchCase& bench_case : read_cases(file)) {
      INFO(bench_case.id());
      CHECK(bench_case.checksum.has_value() != bench_case.plan_only);
      CHECK(bench_case.suite.find('/') == std::string::npos);
      ids.push_back(bench_case.id());
    }
  CHECK(ids.size() > 300);
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}
