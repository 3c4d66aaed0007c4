// link.hpp: a communicator of a run's own, so that its messages meet no others, and MPI's calls with their faults as exceptions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <mpi.h>

namespace einc::mpi {

// Throws std::runtime_error with MPI's own words unless `code` is success.
void check(int code, const char* call);

class Link {
 public:
  explicit Link(MPI_Comm ranks);
  Link(const Link&) = delete;
  ~Link();

  MPI_Comm comm() const { return comm_; }
  int rank() const { return rank_; }
  int ranks() const { return ranks_; }

  // What rank `root` has, on every rank. Any number of bytes.
  void broadcast(void* data, std::size_t bytes, int root = 0) const;
  std::int64_t broadcast_number(std::int64_t number, int root = 0) const;
  std::string broadcast_text(std::string text, int root = 0) const;
  std::int64_t smallest(std::int64_t number) const;  // of all ranks, on every rank

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, ranks_ = 1;
};

}  // namespace einc::mpi
