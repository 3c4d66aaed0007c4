// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/link.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "mpi/pieces.hpp"

namespace einc::mpi {

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char words[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, words, &length);
  throw std::runtime_error(fmt::format("{}: {}", call, std::string(words, static_cast<std::size_t>(length))));
}

Link::Link(MPI_Comm ranks) {
  check(MPI_Comm_dup(ranks, &comm_), "MPI_Comm_dup");
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &ranks_);
}

Link::~Link() { MPI_Comm_free(&comm_); }

void Link::broadcast(void* data, std::size_t bytes, int root) const {
  for_pieces(data, bytes, [&](std::byte* piece, int length) { check(MPI_Bcast(piece, length, MPI_BYTE, root, comm_), "MPI_Bcast"); });
}

std::int64_t Link::broadcast_number(std::int64_t number, int root) const {
  broadcast(&number, sizeof number, root);
  return number;
}

std::string Link::broadcast_text(std::string text, int root) const {
  text.resize(static_cast<std::size_t>(broadcast_number(static_cast<std::int64_t>(text.size()), root)));
  broadcast(text.data(), text.size(), root);
  return text;
}

std::int64_t Link::smallest(std::int64_t number) const {
  std::int64_t result = number;
  check(MPI_Allreduce(&number, &result, 1, MPI_INT64_T, MPI_MIN, comm_), "MPI_Allreduce");
  return result;
}

}  // namespace einc::mpi
