// bench_case.hpp: what is measured, as data: cases read from files. benchmarks/README.md describes the form.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <einc/einsum.hpp>

#include "cli/fill.hpp"

namespace einc::cli {

struct BenchCase {
  std::string suite, name;
  std::string subscripts;      // of an einsum: labels only, no ellipsis; or
  std::string program;         // the text of a program
  std::vector<Shape> shapes;   // of the operands, or of the program's inputs
  std::optional<double> flops = {};  // what counts as work; without it the labels are counted, or the plan of a program
  DType dtype = DType::f32;                 // of the operands
  std::optional<DType> accumulate = {};     // of sums and result, where it is another
  Filling filling;
  std::optional<double> checksum;
  int threads = 0;     // at most so many, whatever the machine has; 0: no limit
  bool small = false;  // cheap enough for every run of the tests
  bool plan_only = false;  // planned and not run: too long, or too large
  std::string id() const { return suite + "/" + name; }
  DType result_dtype() const { return accumulate.value_or(dtype); }
  // Whose arithmetic it is held against: programs compute in f32 whatever their inputs are.
  DType limit_dtype() const { return dtype != DType::bf16 ? result_dtype() : is_program() ? DType::f32 : dtype; }
  bool is_program() const { return !program.empty(); }
  bool is_network() const { return plan_only || (!is_program() && shapes.size() > 2); }  // what matters is the order of contraction
};

// The cases of one file, in its order. Throws Error (bad_file) that names the file and the case.
std::vector<BenchCase> read_cases(const std::filesystem::path& file);

// Writes the file anew with a checksum for every case that is run.
void write_checksums(const std::filesystem::path& file);

// The folder of case files: `chosen`, else EINC_CASES, else beside the installed tool, else in a source tree around the tool
// or the working directory. Throws Error (bad_file) when there is none.
std::filesystem::path find_cases(const std::string& chosen);

// All *.json files of a folder, sorted.
std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder);

// Whether `text` matches a pattern with `*` (any characters) and `?` (one).
bool matches(std::string_view pattern, std::string_view text);

// Those of `cases` whose id or suite matches one of the patterns, in their order; all when there are no patterns.
// Throws Error (bad_option) for a pattern that matches nothing.
std::vector<BenchCase> select(const std::vector<BenchCase>& cases, const std::vector<std::string>& patterns);

// The case compiled, for its shapes; with its sums, unless the options have another type for the operands.
Compiled compile_case(const BenchCase& bench_case, Options options, const PlanProgress& progress = {});

// The labels of a case that is no program as numbers, for loops that check or count it.
Labelling labelling_of(const BenchCase& bench_case);

}  // namespace einc::cli
