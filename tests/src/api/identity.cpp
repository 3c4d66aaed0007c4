#include <einc/tasks.hpp>

#include "support/catch.hpp"
#include "support/sliced_call.hpp"

using namespace einc;
using namespace einc::testing;

TEST_CASE("the identity of an expression does not know the number of threads, and knows all that decides bits") {
  const auto identity_of = [](const std::string& text, const std::vector<Shape>& shapes, const Options& options) { return identity(compile(text, shapes, options)); };
  const std::string mine = identity_of(chain, chain_shapes, in_slices(16, 1));
  CHECK(mine == identity_of(chain, chain_shapes, in_slices(16, 3)));
  CHECK(mine != identity_of(chain, chain_shapes, in_slices(32)));
  CHECK(mine != identity_of("ij,jk,kl->li", chain_shapes, in_slices(16)));
  CHECK(mine != identity_of(chain, {{30, 48}, {48, 36}, {36, 21}}, in_slices(16)));
  Options other = in_slices(16);
  other.dtype = DType::f64;
  CHECK(mine != identity_of(chain, chain_shapes, other));
  other = in_slices(16);
  other.semiring = semiring::min_plus;
  CHECK(mine != identity_of(chain, chain_shapes, other));
  other = in_slices(16);
  other.isa = "baseline";
  CHECK(mine != identity_of(chain, chain_shapes, other));
  const auto with = [&](double zero) {
    other.isa = "", other.semiring = semiring::custom("mine", "max(x, y)", "x * y", zero, 1);
    return identity_of(chain, chain_shapes, other);
  };
  CHECK(with(0) != with(-1));
}
