// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

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
  run({.text = "ij,jk->ik", .inputs = {a, b}, .output = folder / "c.npy"}, out);
  CHECK(out.str().empty());
  CHECK(test::read_file(folder / "c.npy") == npy<double>({2, 1}, {7, 16}));
  run({.text = "ij,jk->ik", .inputs = {a, b}, .output = a}, out);  // over an operand
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

TEST_CASE("an error leaves no file behind") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy<float>({2, 3}, {1, 2, 3, 4, 5, 6})), d = folder.put("d.npy", npy<double>({3}, {1, 2, 3}));
  std::ostringstream out;
  const std::string c = folder / "c.npy";
  CHECK_THROWS_AS(run({.text = "ij,jk->ik", .inputs = {a, a}, .output = c}, out), Error);  // extents clash
  CHECK_THROWS_AS(run({.text = "ij,j->i", .inputs = {a, d}, .output = c}, out), Error);    // two element types
  CHECK_THROWS_AS(run({.text = "ij->j", .inputs = {folder / "none.npy"}, .output = c}, out), Error);
  CHECK_THROWS_AS(run({.text = "ij->", .inputs = {a}, .output = folder / "none/c.npy"}, out), Error);
  CHECK(folder.names().size() == 2);
  CHECK(out.str().empty());
}
