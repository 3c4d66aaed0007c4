// SPDX-License-Identifier: BSD-3-Clause
#include "cli/case_arrays.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <type_traits>

#include <einc/einsum.hpp>
#include <sys/mman.h>

#include "cli/with_element.hpp"

namespace einc::cli {

namespace {

constexpr std::size_t huge_page = 2 << 20;
constexpr std::size_t line = 64;

std::size_t elements_of(const Shape& shape) {
  std::size_t product = 1;
  for (const Extent extent : shape) product *= static_cast<std::size_t>(extent);
  return product;
}

// What no result is: NaN, or numbers larger than any sum of a case; true.
void fill_unwritten(void* data, std::size_t elements, DType dtype) {
  with_element(dtype, [&]<class T>(std::type_identity<T>) {
    T* first = static_cast<T*>(data);
    if constexpr (std::is_integral_v<T>) std::fill(first, first + elements, std::numeric_limits<T>::max());
    else if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) std::fill(first, first + elements, T(std::numeric_limits<float>::quiet_NaN()));
    else std::fill(first, first + elements, T(std::numeric_limits<double>::quiet_NaN()));
  });
}

// The checksum of a result of truths, where labels are summed: whether any product is true does not follow from the sums of
// operands, so the products are counted.
double expected_truths(const BenchCase& bench_case) {
  const Compiled compiled = compile_case(bench_case, {.dtype = DType::f64, .isa = "baseline"});
  const CaseArrays arrays(bench_case, DType::f64, compiled.shapes());
  compiled.run(arrays.operands(), arrays.results());
  double* counts = static_cast<double*>(arrays.results()[0].data);
  for (std::size_t i = 0; i < elements_of(compiled.shape()); ++i) counts[i] = counts[i] != 0 ? 1 : 0;
  return arrays.checksum().sum;
}

}  // namespace

Buffer::Buffer(std::size_t bytes, std::size_t number) {
  const std::size_t alignment = bytes >= huge_page ? huge_page : line;
  const std::size_t skip = (1 + number % 16) * 17 * line;
  const std::size_t whole = (bytes + skip + alignment - 1) / alignment * alignment;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, whole)));
  if (!memory_) throw std::bad_alloc();
  if (bytes >= huge_page) madvise(memory_.get(), whole, MADV_HUGEPAGE);
  data_ = memory_.get() + skip;
}

void* CaseArrays::add(const Shape& shape, DType dtype) {
  memory_.emplace_back(elements_of(shape) * static_cast<std::size_t>(bytes_of(dtype)), shapes_.size());
  shapes_.push_back(shape);
  strides_.push_back(row_major(shape));
  return memory_.back().data();
}

CaseArrays::CaseArrays(const BenchCase& bench_case, DType dtype, const std::vector<Shape>& results, DType of_results) {
  const std::size_t arrays = bench_case.shapes.size() + results.size();
  shapes_.reserve(arrays), strides_.reserve(arrays);  // the references below stay valid
  for (std::size_t i = 0; i < bench_case.shapes.size(); ++i) {
    void* data = add(bench_case.shapes[i], dtype);
    fill_operand(bench_case.filling, i, data, elements_of(bench_case.shapes[i]), dtype);
    operands_.push_back({data, dtype, shapes_.back(), strides_.back()});
  }
  for (const Shape& shape : results) {
    void* data = add(shape, of_results);
    fill_unwritten(data, elements_of(shape), of_results);
    results_.push_back({data, of_results, shapes_.back(), strides_.back()});
  }
}

void CaseArrays::round_operands(DType half) {
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    double* const numbers = reinterpret_cast<double*>(memory_[i].data());
    for (std::size_t n = 0; n < elements_of(shapes_[i]); ++n) {
      const auto number = static_cast<float>(numbers[n]);
      numbers[n] = half == DType::bf16 ? static_cast<float>(bfloat16(number)) : static_cast<float>(float16(number));
    }
  }
}

Checksum CaseArrays::checksum() const {
  Checksum all;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const OutputRef& result = results_[i];
    const double factor = static_cast<double>(i + 1);
    const Checksum one = checksum_of(result.extents, result.data, result.dtype);
    all.sum += factor * one.sum;
    all.norm = std::hypot(all.norm, factor * one.norm);
  }
  return all;
}

double expected_of(const BenchCase& bench_case) {
  if (bench_case.dtype == DType::boolean) return expected_truths(bench_case);
  if (!bench_case.is_program()) return expected_checksum(labelling_of(bench_case), bench_case.filling, is_complex(bench_case.dtype));
  const Compiled compiled = compile_case(bench_case, {.dtype = DType::f64, .stream = Stream::forbid, .isa = "baseline"});
  CaseArrays arrays(bench_case, DType::f64, compiled.shapes());
  if (is_half(bench_case.dtype)) arrays.round_operands(bench_case.dtype);
  compiled.run(arrays.operands(), arrays.results());
  return arrays.checksum().sum;
}

}  // namespace einc::cli
