// case_arrays.hpp: the arrays of one case, filled and checked, and the checksum they must have.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include <einc/tensor_view.hpp>

#include "cli/bench_case.hpp"
#include "cli/fill.hpp"

namespace einc::cli {

// Memory for one array: on a cache line, large ones on huge pages, each a few lines further than the one before, because
// arrays that lie a multiple of 4 KiB apart hold each other up.
class Buffer {
 public:
  Buffer(std::size_t bytes, std::size_t number);  // throws std::bad_alloc
  void* data() const { return data_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::byte* data_ = nullptr;
};

// Operands filled by the case's formula, and results full of NaN or of what no result is, so that what is not written shows in the checksum.
class CaseArrays {
 public:
  CaseArrays(const BenchCase& bench_case, DType dtype, const std::vector<Shape>& results) : CaseArrays(bench_case, dtype, results, dtype) {}
  CaseArrays(const BenchCase& bench_case, DType dtype, const std::vector<Shape>& results, DType of_results);
  CaseArrays(const CaseArrays&) = delete;
  std::span<const ArrayRef> operands() const { return operands_; }
  std::span<const OutputRef> results() const { return results_; }

  // Of all results together: the first counts once, the second twice, and so on.
  void round_operands(DType half);  // operands of f64, to what they are in halves
  Checksum checksum() const;

 private:
  void* add(const Shape& shape, DType dtype);
  std::vector<Buffer> memory_;
  std::vector<Shape> shapes_;
  std::vector<Strides> strides_;
  std::vector<ArrayRef> operands_;
  std::vector<OutputRef> results_;
};

// The checksum that right results of a case have. An einsum's is worked out without computing it; a program, or an einsum of truths,
// is computed, in f64, by the plainest kernels and without streams.
double expected_of(const BenchCase& bench_case);

}  // namespace einc::cli
