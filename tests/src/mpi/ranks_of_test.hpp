// ranks_of_test.hpp: MPI for a test program, begun with the first case and ended with the program.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/mpi.hpp>

namespace einc::testing {

inline MPI_Comm all_ranks() {
  static const mpi::Session session;
  return MPI_COMM_WORLD;
}
inline int my_rank() { return mpi::rank_of(all_ranks()); }
inline int rank_count() { return mpi::count_of(all_ranks()); }
inline int last_rank() { return rank_count() - 1; }

inline std::int64_t sum_over_ranks(std::int64_t number) {
  std::int64_t sum = 0;
  MPI_Allreduce(&number, &sum, 1, MPI_INT64_T, MPI_SUM, all_ranks());
  return sum;
}

}  // namespace einc::testing
