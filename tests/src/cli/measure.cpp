// SPDX-License-Identifier: BSD-3-Clause
#include "cli/measure.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

BenchCase make_case(const std::string& text, const std::vector<Shape>& shapes) {
  BenchCase bench_case;
  bench_case.suite = "test";
  bench_case.name = "case";
  bench_case.subscripts = text;
  bench_case.shapes = shapes;
  return bench_case;
}

Work count(const std::string& text, const std::vector<Shape>& shapes) { return work_of(labelling_of(make_case(text, shapes)), DType::f32); }

}  // namespace

TEST_CASE("work counts what must be computed and touched") {
  const Work product = count("ij,jk->ik", {{2, 3}, {3, 5}});
  CHECK(product.flops == 2 * 2 * 3 * 5);
  CHECK(product.bytes_in == 4 * (6 + 15));
  CHECK(product.bytes_out == 4 * 10);
  CHECK(count("ij->ji", {{2, 3}}).flops == 0);
  CHECK(count("ij->i", {{2, 3}}).flops == 6);
  CHECK(count("i,j->ij", {{2}, {3}}).flops == 6);
  CHECK(count("ij,k->i", {{2, 3}, {4}}).flops == 6 + 4 + 2);  // the sums first, then a product
  CHECK(count("ii->i", {{100, 100}}).bytes_in == 100 * 64);   // a cache line for each element
  CHECK(count("ii->i", {{2, 2}}).bytes_in == 2 * 12);
}

TEST_CASE("lines that lie far apart have a limit of their own") {
  CHECK(count("ij->ji", {{100, 100}}).far.count == 0);
  CHECK(count("ii->i", {{15, 15}}).far.count == 0);  // 16 elements apart: each in the next line
  const FarLines far = count("i,bjj->bj", {{3}, {7, 100, 100}}).far;
  CHECK((far.operand == 1 && far.count == 700 && far.stride == 4 * 101));
  const std::vector<unsigned char> array(7 * 100 * 100 * 4, 1);
  const double seconds = read_far_lines(far, array.data(), array.size(), 0);
  CHECK((seconds > 0 && seconds < 1));
  const Limits limits{.f32_flops = 100, .f64_flops = 50, .read_bytes = 10, .copy_bytes = 20};
  CHECK(bound_of({1, 100, 100}, DType::f32, limits, 3).seconds == Approx(10));
  CHECK(bound_of({1, 100, 100}, DType::f32, limits, 30).seconds == Approx(30));
}

TEST_CASE("a complex multiplication and addition are eight, and an integer has no limit of arithmetic") {
  const Labelling product = labelling_of(make_case("ij,jk->ik", {{2, 3}, {3, 5}}));
  CHECK(work_of(product, DType::c64).flops == 8 * 2 * 3 * 5);
  CHECK(work_of(product, DType::c64).bytes_out == 8 * 10);
  CHECK(work_of(labelling_of(make_case("i,j->ij", {{2}, {3}})), DType::c128).flops == 6 * 6);
  CHECK(work_of(labelling_of(make_case("ij->i", {{2, 3}})), DType::c64).flops == 2 * 6);
  const Limits limits{.f32_flops = 100, .f64_flops = 50, .read_bytes = 10, .copy_bytes = 20};
  for (const DType dtype : {DType::f32, DType::c64, DType::bf16, DType::f16}) CHECK(peak_of(dtype, limits) == 100);
  for (const DType dtype : {DType::f64, DType::c128}) CHECK(peak_of(dtype, limits) == 50);
  CHECK(peak_of(DType::bf16, {.f32_flops = 100, .bf16_flops = 200}) == 200);
  BenchCase halves = make_case("ij,jk->ik", {{8, 200}, {200, 9}});
  halves.dtype = DType::bf16, halves.accumulate = DType::f32;
  CHECK(halves.limit_dtype() == DType::bf16);
  halves.program = "a program";  // which computes in f32
  CHECK(halves.limit_dtype() == DType::f32);
  for (const DType dtype : {DType::i8, DType::u64, DType::boolean}) {
    CHECK(peak_of(dtype, limits) == 0);
    CHECK((bound_of({1000, 1, 1}, dtype, limits).by_flops && bound_of({1000, 1, 1}, dtype, limits).seconds == 0));
    CHECK(bound_of({1, 100, 100}, dtype, limits).seconds == Approx(10));
  }
}

TEST_CASE("every type is measured, and its result is exact") {
  MeasureOptions options;
  options.options.threads = 1;
  options.seconds = 0.001;
  for (std::size_t number = 0; number < dtype_count; ++number) {
    BenchCase bench_case = make_case("ij,jk->ik", {{8, 200}, {200, 9}});
    bench_case.dtype = static_cast<DType>(number);
    INFO(name_of(bench_case.dtype));
    bench_case.filling.fill = is_unsigned_integer(bench_case.dtype) || bench_case.dtype == DType::boolean ? Fill::sparse : Fill::signs;
    const Measurement m = measure(bench_case, options);
    CHECK(m.right);
    if (m.by_flops && peak_of(bench_case.dtype, {1, 1, 1, 1}) == 0) CHECK((m.limit == 0 && m.share == 0));
    else CHECK((m.limit > 0 && m.share > 0));
  }
}

TEST_CASE("a network is compiled again and again; one that is planned only is not run") {
  MeasureOptions options;
  options.options.threads = 1;
  options.seconds = 0.01;
  BenchCase bench_case = make_case("ij,jk,ki->", {{6, 7}, {7, 8}, {8, 6}});
  bench_case.filling.fill = Fill::positive;
  const Measurement run = measure(bench_case, options);
  CHECK(run.right);
  CHECK(run.samples > 0);
  CHECK(run.planned.flops >= 2 * 6 * 7 * 8);
  CHECK(run.planned.largest_intermediate_bytes >= 4 * 36);
  CHECK(run.planned.seconds.median > 0);
  CHECK(!run.planned.method.empty());
  bench_case.shapes = {{60000, 70000}, {70000, 80000}, {80000, 60000}};
  bench_case.plan_only = true;
  const Measurement planned = measure(bench_case, options);
  CHECK((planned.right && planned.samples == 0));
  CHECK(planned.planned.flops > 1e14);
}

TEST_CASE("a bound is the slower of arithmetic and memory") {
  const Limits limits{.f32_flops = 100, .f64_flops = 50, .read_bytes = 10, .copy_bytes = 20};
  CHECK(bound_of({1000, 1, 1}, DType::f32, limits).seconds == Approx(10));
  CHECK(bound_of({1000, 1, 1}, DType::f64, limits).seconds == Approx(20));
  CHECK(bound_of({1000, 1, 1}, DType::f64, limits).by_flops);
  CHECK(bound_of({1, 100, 100}, DType::f32, limits).seconds == Approx(10));      // a copy
  CHECK(bound_of({1, 200, 100}, DType::f32, limits).seconds == Approx(10 + 10));  // a copy, and a read
  CHECK(bound_of({1, 0, 200}, DType::f32, limits).seconds == Approx(10));
  CHECK_FALSE(bound_of({1, 0, 200}, DType::f32, limits).by_flops);
}

TEST_CASE("a distribution has a median, edges and a spread") {
  const Distribution d = distribution_of({5, 1, 2, 4, 3});
  CHECK(d.median == 3);
  CHECK(d.least == 1);
  CHECK(d.most == 5);
  CHECK(d.low == Approx(1.4));
  CHECK(d.spread() == Approx((4.6 - 1.4) / 2 / 3));
  CHECK(distribution_of({2}).spread() == 0);
  CHECK(distribution_of({}).median == 0);
}

TEST_CASE("a case is measured and its result checked") {
  MeasureOptions options;
  options.options.threads = 1;
  options.seconds = 0.01;
  for (const Fill fill : {Fill::integers, Fill::uniform}) {
    BenchCase bench_case = make_case("ij,jk->ik", {{24, 40}, {40, 56}});
    bench_case.filling.fill = fill;
    const Measurement m = measure(bench_case, options);
    CHECK(m.right);
    CHECK(m.samples > 0);
    CHECK(m.seconds.median > 0);
    CHECK(m.limit > 0);
    CHECK(m.share > 0);
    CHECK(m.rate() > 0);
  }
}

TEST_CASE("a program is measured as an einsum is, with the work its case counts") {
  MeasureOptions options;
  options.options.threads = 1;
  options.seconds = 0.01;
  BenchCase bench_case = make_case("", {{1, 24, 2, 8}, {1, 40, 2, 8}, {1, 40, 2, 8}});
  bench_case.program =
      "input q \"bqhc\"\ninput k \"bkhc\"\ninput v \"bkhc\"\n"
      "output o = einsum(\"bhqk,bkhc->bqhc\", softmax(einsum(\"bqhc,bkhc->bhqk\", q, k), \"k\"), v)\noutput s = sum(v, \"bkhc\")\n";
  bench_case.filling.fill = Fill::uniform;
  bench_case.flops = 4 * 24 * 40 * 2 * 8;
  for (const Stream stream : {Stream::require, Stream::forbid}) {
    options.options.stream = stream;
    const Measurement m = measure(bench_case, options);
    CHECK(m.right);
    CHECK(m.share > 0);
    CHECK(m.work.flops == *bench_case.flops);
    CHECK(m.work.bytes_in == 4 * 16 * (24 + 40 + 40));
    CHECK(m.work.bytes_out == 4 * (16 * 24 + 1));
    bench_case.checksum = m.expected;
  }
  bench_case.checksum = *bench_case.checksum * 1.01;
  bench_case.flops.reset();
  const Measurement wrong = measure(bench_case, options);
  CHECK_FALSE(wrong.right);
  CHECK(wrong.work.flops >= 4 * 24 * 40 * 2 * 8);  // the plan counts the softmax too
}

TEST_CASE("a checksum that is not met is seen") {
  BenchCase bench_case = make_case("ij->ji", {{3, 4}});
  bench_case.dtype = DType::f64;
  bench_case.checksum = 0.5;
  MeasureOptions options;
  options.seconds = 0;
  options.options.threads = 1;
  CHECK_FALSE(measure(bench_case, options).right);
}

TEST_CASE("a measurement that is to stop has no samples") {
  MeasureOptions options;
  options.stop = [] { return true; };
  CHECK(measure(make_case("ij->ji", {{3, 4}}), options).samples == 0);
  options.options.isa = "avx9";
  CHECK_THROWS_AS(measure(make_case("ij->ji", {{3, 4}}), options), Error);
}
