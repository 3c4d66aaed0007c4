#include "mpi/error_text.hpp"

#include <new>
#include <stdexcept>

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

template <class Thrown>
std::string sent(const Thrown& thrown) {
  return mpi::write_error(std::make_exception_ptr(thrown), "rank 3: ");
}

}  // namespace

TEST_CASE("an Error arrives with all it had") {
  const Error error(ErrorCode::extent_mismatch, "label `j` has two extents", "ij,jk->ik", {{{1, 2}, "128 in operand 0"}, {{3, 4}, ""}}, "look again");
  try {
    mpi::throw_error(sent(error));
    FAIL("nothing was thrown");
  } catch (const Error& arrived) {
    CHECK(arrived.code() == error.code());
    CHECK(arrived.sentence() == "rank 3: " + error.sentence());
    CHECK(arrived.text() == error.text());
    CHECK(arrived.marks() == error.marks());
    CHECK(arrived.hint() == error.hint());
  }
}

TEST_CASE("our own faults stay so, and others arrive with their words") {
  CHECK_THROWS_AS(mpi::throw_error(sent(InternalError("a pass"))), InternalError);
  CHECK_THROWS_WITH(mpi::throw_error(sent(std::runtime_error("the disk"))), "rank 3: the disk");
  CHECK_THROWS_WITH(mpi::throw_error(sent(std::bad_alloc())), "rank 3: out of memory");
  CHECK_THROWS_WITH(mpi::throw_error(sent(42)), ContainsSubstring("no std::exception"));
}
