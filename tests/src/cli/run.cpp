// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <sstream>

#include <einc/error.hpp>

#include "cli/npy.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

template <class T>
std::string npy(const Shape& shape, const std::vector<T>& values) {
  std::string bytes = make_npy_header(dtype_of<T>, shape);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

}  // namespace

TEST_CASE("run reads arrays, computes and writes one") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy<double>({2, 3}, {1, 2, 3, 4, 5, 6})), b = folder.put("b.npy", npy<double>({3, 1}, {1, 0, 2}));
  std::ostringstream out;
  run({.text = "ij,jk->ik", .inputs = {a, b}, .outputs = {folder / "c.npy"}}, out);
  CHECK(out.str().empty());
  CHECK(test::read_file(folder / "c.npy") == npy<double>({2, 1}, {7, 16}));
  run({.text = "ij,jk->ik", .inputs = {a, b}, .outputs = {a}}, out);  // over an operand
  CHECK(test::read_file(a) == npy<double>({2, 1}, {7, 16}));
}

TEST_CASE("without an output the numbers are printed, with all digits or few") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy<double>({2}, {1.0 / 3, 1}));
  std::ostringstream all, few;
  run({.text = "i->", .inputs = {a}}, all);
  CHECK_THAT(all.str(), ContainsSubstring("1.333333333333333"));
  run({.text = "i->", .inputs = {a}, .precision = 3}, few);
  CHECK_THAT(few.str(), ContainsSubstring("1.333") && !ContainsSubstring("1.3333"));
}

TEST_CASE("files of every type numpy has are read and written, and types may differ") {
  const test::TemporaryFolder folder;
  std::ostringstream out;
  const std::string c = folder / "c.npy";
  const auto doubled = [&]<class T>(std::vector<T> values, std::vector<T> twice) {
    const std::string a = folder.put("a.npy", npy<T>({2}, values));
    run({.text = "i,i->i", .inputs = {a, folder.put("two.npy", npy<T>({2}, {T(2), T(2)}))}, .outputs = {c}}, out);
    CHECK(test::read_file(c) == npy<T>({2}, twice));
  };
  doubled(std::vector<float>{1, -3}, std::vector<float>{2, -6});
  doubled(std::vector<std::complex<float>>{{1, 2}, {0, -1}}, std::vector<std::complex<float>>{{2, 4}, {0, -2}});
  doubled(std::vector<std::complex<double>>{{1, 2}, {0, -1}}, std::vector<std::complex<double>>{{2, 4}, {0, -2}});
  doubled(std::vector<float16>{float16(1.5f), float16(-3)}, std::vector<float16>{float16(3), float16(-6)});
  doubled(std::vector<std::int8_t>{100, -3}, std::vector<std::int8_t>{-56, -6});
  doubled(std::vector<std::int64_t>{100, -3}, std::vector<std::int64_t>{200, -6});
  doubled(std::vector<std::uint8_t>{200, 3}, std::vector<std::uint8_t>{144, 6});
  doubled(std::vector<std::uint16_t>{200, 3}, std::vector<std::uint16_t>{400, 6});
  const std::string whole = folder.put("whole.npy", npy<std::int32_t>({2}, {3, -4})), half = folder.put("half.npy", npy<double>({2}, {0.5, 0.25}));
  run({.text = "i,i->", .inputs = {whole, half}, .outputs = {c}}, out);
  CHECK(test::read_file(c) == npy<double>({}, {0.5}));
  CHECK(out.str().empty());
  Options options;
  options.semiring = semiring::max_plus;
  run({.text = "i,i->", .inputs = {half, half}, .options = options}, out);
  CHECK_THAT(out.str(), ContainsSubstring("1."));
}

TEST_CASE("a run with a checkpoint takes files in any order, and leaves the outputs alone") {
  const test::TemporaryFolder folder;
  std::string fortran = npy<double>({2, 3}, {1, 4, 2, 5, 3, 6});
  const std::size_t order = fortran.find("False");
  REQUIRE(order != std::string::npos);
  fortran.replace(order, 5, "True ");
  const std::string a = folder.put("a.npy", fortran), b = folder.put("b.npy", npy<double>({3, 1}, {1, 0, 2}));
  RunRequest request{.text = "ij,jk->ik", .inputs = {a, b}, .outputs = {folder / "c.npy"}};
  request.options.slices = 3;
  request.checkpoint = folder / "checkpoint";
  std::ostringstream out;
  run(request, out);
  CHECK(test::read_file(folder / "c.npy") == npy<double>({2, 1}, {7, 16}));
  CHECK(folder.names().size() == 3);
}

TEST_CASE("an error leaves no file behind") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  std::ostringstream out;
  const std::string c = folder / "c.npy";
  CHECK_THROWS_AS(run({.text = "ij,jk->ik", .inputs = {a, a}, .outputs = {c}}, out), Error);  // extents clash
  CHECK_THROWS_AS(run({.text = "ij->j", .inputs = {folder / "none.npy"}, .outputs = {c}}, out), Error);
  CHECK_THROWS_AS(run({.text = "ij->", .inputs = {a}, .outputs = {folder / "none/c.npy"}}, out), Error);
  CHECK(folder.names().size() == 1);
  CHECK(out.str().empty());
}

namespace {

// Attention of 3 queries over 3 keys with one head of 2 numbers, by plain loops; a query sees no later key.
std::vector<double> causal_attention(const std::vector<double>& q, const std::vector<double>& k, const std::vector<double>& v) {
  std::vector<double> o(6, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j <= i; ++j) {
      const double weight = std::exp((q[2 * i] * k[2 * j] + q[2 * i + 1] * k[2 * j + 1]) / std::sqrt(2.0));
      sum += weight;
      for (std::size_t c = 0; c < 2; ++c) o[2 * i + c] += weight * v[2 * j + c];
    }
    for (std::size_t c = 0; c < 2; ++c) o[2 * i + c] /= sum;
  }
  return o;
}

}  // namespace

TEST_CASE("the program of the examples computes attention of files in order or by name") {
  const test::TemporaryFolder folder;
  const std::vector<double> q{0.5, -1, 2, 0.25, 1, 1}, k{1, 0, -0.5, 0.75, 0.125, -2}, v{1, 2, 3, 4, 5, 6};
  const std::string q_file = folder.put("q.npy", npy<double>({1, 3, 1, 2}, q)), k_file = folder.put("k.npy", npy<double>({1, 3, 1, 2}, k)),
                    v_file = folder.put("v.npy", npy<double>({1, 3, 1, 2}, v)), o_file = folder / "o.npy", program = EINC_TEST_SOURCES "/../docs/examples/attention.einc";
  const std::vector<double> expected = causal_attention(q, k, v);
  std::ostringstream out;
  for (const auto& inputs : std::vector<std::vector<std::string>>{{q_file, k_file, v_file}, {"v=" + v_file, q_file, "k=" + k_file}})
    for (const std::string& output : {o_file, "o=" + o_file})
      for (const Stream stream : {Stream::require, Stream::forbid}) {
        run({.text = {}, .program = program, .inputs = inputs, .outputs = {output}, .options = {.stream = stream}}, out);
        const NpyArray o = read_npy(o_file);
        CHECK(o.extents() == Shape{1, 3, 1, 2});
        for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<const double*>(o.ref().data)[i] == Approx(expected[i]));
      }
  CHECK(out.str().empty());
}

TEST_CASE("outputs of a program go to files by name, or are printed in turn") {
  const test::TemporaryFolder folder;
  const std::string program = folder.put("p.einc", "input x \"a\"\noutput twice = 2 * x\noutput total = sum(x, \"a\")");
  const std::string x = folder.put("x.npy", npy<float>({3}, {1, 2, 3})), t = folder / "t.npy", s = folder / "s.npy";
  std::ostringstream out, printed;
  run({.text = {}, .program = program, .inputs = {x}, .outputs = {"total=" + s, "twice=" + t}}, out);
  CHECK(test::read_file(t) == npy<float>({3}, {2, 4, 6}));
  CHECK(test::read_file(s) == npy<float>({}, {6}));
  run({.text = {}, .program = program, .inputs = {x}, .outputs = {"twice=" + x}}, out);  // one of them, over an input
  CHECK(test::read_file(x) == npy<float>({3}, {2, 4, 6}));
  CHECK(out.str().empty());
  run({.text = {}, .program = program, .inputs = {x}}, printed);
  CHECK_THAT(printed.str(), ContainsSubstring("twice\n") && ContainsSubstring("total\n") && ContainsSubstring("12"));
}

TEST_CASE("a program takes files of halves, and writes halves unless others are among them") {
  const test::TemporaryFolder folder;
  const std::string program = folder.put("p.einc", "input x \"ab\"\ninput y \"b\"\noutput z = einsum(\"ab,b->a\", x, y) * 0.5\n");
  const std::string x = folder.put("x.npy", npy<float16>({2, 2}, {float16(1), float16(2), float16(3), float16(4)})), z = folder / "z.npy";
  const std::string half = folder.put("half.npy", npy<float16>({2}, {float16(1), float16(-3)})), whole = folder.put("whole.npy", npy<float>({2}, {1, -3}));
  std::ostringstream out;
  run({.text = {}, .program = program, .inputs = {x, half}, .outputs = {z}}, out);
  CHECK(test::read_file(z) == npy<float16>({2}, {float16(-2.5f), float16(-4.5f)}));
  run({.text = {}, .program = program, .inputs = {x, whole}, .outputs = {z}}, out);
  CHECK(test::read_file(z) == npy<float>({2}, {-2.5f, -4.5f}));
  const std::string integers = folder.put("integers.npy", npy<std::int32_t>({2}, {1, -3}));
  CHECK_THROWS_WITH(run({.text = {}, .program = program, .inputs = {x, integers}, .outputs = {z}}, out), ContainsSubstring("input 1, `y`, is i32"));
}

TEST_CASE("a program without inputs runs, and one without positions writes an empty array") {
  const test::TemporaryFolder folder;
  const std::string o = folder / "o.npy";
  std::ostringstream out;
  run({.text = {}, .program = folder.put("p.einc", "fix(\"a\", 3)\noutput y = iota(\"a\")"), .outputs = {o}}, out);
  CHECK(test::read_file(o) == npy<float>({3}, {0, 1, 2}));
  const std::string x = folder.put("x.npy", npy<float>({0}, {}));
  run({.text = {}, .program = folder.put("p.einc", "input x \"a\"\noutput y = exp(x)"), .inputs = {x}, .outputs = {o}}, out);
  CHECK(test::read_file(o) == npy<float>({0}, {}));
}

TEST_CASE("arguments that do not fit a program are refused, and nothing is written") {
  const test::TemporaryFolder folder;
  const std::string program = folder.put("p.einc", "input x \"a\"\noutput y = x\noutput z = -x"), x = folder.put("x.npy", npy<float>({3}, {1, 2, 3})), o = folder / "o.npy";
  std::ostringstream out;
  const auto refused = [&](const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const std::string& why) {
    INFO(why);
    CHECK_THROWS_WITH(run({.text = {}, .program = program, .inputs = inputs, .outputs = outputs}, out), ContainsSubstring(why));
  };
  refused({}, {}, "1 input, and 0 files are given");
  refused({x, x}, {}, "1 input, and 2 files are given");
  refused({"w=" + x}, {}, "no input `w`");
  refused({x}, {o}, "2 outputs");
  refused({x}, {"w=" + o}, "no output `w`");
  refused({x}, {"y=" + o, "y=" + o + "2"}, "one output is to go to");
  refused({x}, {"y=" + o, "z=" + o}, "two outputs are to go to");
  refused({x}, {"y="}, "names no file");
  refused({"x="}, {}, "cannot read");
  CHECK_THROWS_WITH(run({.text = {}, .program = folder / "none.einc", .inputs = {x}}, out), ContainsSubstring("none.einc"));
  CHECK_THROWS_AS(run({.text = "a->a", .inputs = {x}, .outputs = {o, o}}, out), Error);
  CHECK(folder.names().size() == 2);
  CHECK(out.str().empty());
}
