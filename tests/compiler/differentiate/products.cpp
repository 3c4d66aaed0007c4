// Products summed to fewer labels: the operations they are written as.
#include "differentiate/products.hpp"

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using namespace einc::differentiate;

namespace {

// What a product of x "ij" and y "j" is written as.
std::string written_as(const ir::NamedTerm& from, const ir::NamedTerm& keep, double factor = 1) {
  Program p;
  const Tensor x = p.input("x", "ij"), y = p.input("y", "j");
  const Tensor made = sum_to(p, {x, times(y, factor)}, from, keep);
  p.output("o", made);
  return p.text().substr(p.text().find("output"));
}

}  // namespace

TEST_CASE("a product that keeps its labels is a map, one that does not an einsum") {
  CHECK(written_as({"i", "j"}, {"i", "j"}) == "output o = x * y\n");
  CHECK(written_as({"i", "j"}, {"i"}) == "output o = einsum(\"ij,j->i\", x, y)\n");
}

TEST_CASE("along a label no factor has, a sum is a multiple") { CHECK(written_as({"i", "j", "k"}, {"i"}) == "output o = einsum(\"ij,j->i\", x, y) * extent(\"k\")\n"); }

TEST_CASE("a factor without labels is applied after the sum") { CHECK(written_as({"i", "j"}, {"i"}, 3) == "output o = einsum(\"ij,j->i\", x, y) * 3\n"); }

TEST_CASE("one is no factor") {
  Program p;
  const Tensor x = p.input("x", "i");
  CHECK(times(x, 1.0).labels() == x.labels());
  CHECK(times(1.0, x).labels() == x.labels());
}
