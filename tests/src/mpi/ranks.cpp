#include <algorithm>
#include <stdexcept>
#include <thread>

#include <einc/error.hpp>

#include "mpi/ranks_of_test.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::testing;

TEST_CASE("a text of rank 0 reaches every rank") {
  CHECK(mpi::from_rank_0(all_ranks(), my_rank() == 0 ? "of rank 0" : "of another, and longer") == "of rank 0");
  CHECK(mpi::from_rank_0(all_ranks(), "").empty());
}

TEST_CASE("ranks agree on the first error there is, or on none") {
  CHECK_NOTHROW(mpi::agree(all_ranks(), nullptr));
  const std::exception_ptr mine = my_rank() == last_rank() ? std::make_exception_ptr(Error(ErrorCode::bad_file, "cannot read")) : nullptr;
  CHECK_THROWS_WITH(mpi::agree(all_ranks(), mine), ContainsSubstring("cannot read"));
  CHECK_THROWS_WITH(mpi::agree(all_ranks(), std::make_exception_ptr(std::runtime_error("all of us"))), "all of us");
}

TEST_CASE("every rank has a thread at least, and no more than there are processors") {
  const int threads = mpi::threads_per_rank(all_ranks());
  CHECK(threads >= 1);
  CHECK(threads <= static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}
