// ranks.cpp: what a program asks of its ranks beside a run.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <einc/mpi.hpp>
#include <fmt/format.h>
#include <sched.h>

#include "mpi/agree.hpp"
#include "mpi/link.hpp"

namespace einc::mpi {

void agree(MPI_Comm ranks, const std::exception_ptr& error) { agree(Link(ranks), error); }

std::string from_rank_0(MPI_Comm ranks, std::string text) { return Link(ranks).broadcast_text(std::move(text)); }

int threads_per_rank(MPI_Comm ranks) {
  MPI_Comm here = MPI_COMM_NULL;
  check(MPI_Comm_split_type(ranks, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here), "MPI_Comm_split_type");
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) CPU_SET(0, &mine);  // more processors than a set holds: one thread, until it is told otherwise
  std::vector<cpu_set_t> all(static_cast<std::size_t>(count_of(here)));
  const int code = MPI_Allgather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, here);
  MPI_Comm_free(&here);
  check(code, "MPI_Allgather");
  const auto sharers = std::count_if(all.begin(), all.end(), [&](const cpu_set_t& other) {
    cpu_set_t both;
    CPU_AND(&both, &mine, &other);
    return CPU_COUNT(&both) > 0;
  });
  return std::max(1, CPU_COUNT(&mine) / static_cast<int>(std::max<std::ptrdiff_t>(1, sharers)));
}

int rank_of(MPI_Comm ranks) {
  int rank = 0;
  check(MPI_Comm_rank(ranks, &rank), "MPI_Comm_rank");
  return rank;
}

int count_of(MPI_Comm ranks) {
  int count = 1;
  check(MPI_Comm_size(ranks, &count), "MPI_Comm_size");
  return count;
}

Session::Session() {
  int begun = 0, provided = MPI_THREAD_SINGLE;
  MPI_Initialized(&begun);
  if (begun != 0) {
    MPI_Query_thread(&provided);
  } else {
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    mine_ = true;
  }
  if (provided >= MPI_THREAD_FUNNELED) return;
  if (mine_) MPI_Finalize();
  throw std::runtime_error("this MPI allows no threads beside its own: MPI_THREAD_FUNNELED is needed");
}

Session::~Session() {
  int ended = 0;
  MPI_Finalized(&ended);
  if (mine_ && ended == 0) MPI_Finalize();
}

}  // namespace einc::mpi
