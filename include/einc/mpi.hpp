// mpi.hpp: a run of what was compiled in slices, by all ranks of an MPI communicator. Needs the target einc::mpi (docs/mpi.md).
//
//   einc::mpi::Session session;                                   or MPI_Init_thread with MPI_THREAD_FUNNELED or more
//   const auto f = einc::compile(text, shapes, options);          on every rank; options.slices > 0
//   einc::mpi::run(MPI_COMM_WORLD, f, operands, outs);            the bits of f.run(operands, outs), on rank 0
//
// Every function here is called by all ranks of its communicator, by the thread that initialised MPI.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <span>
#include <string>

#include <einc/tasks.hpp>
#include <mpi.h>

namespace einc::mpi {

// Who has the operands, before, and the outputs, after.
enum class On : std::uint8_t { every_rank, rank_0 };

struct RunOptions {
  On operands = On::every_rank;  // rank_0: other ranks give none; row-major ones are sent
  On outputs = On::rank_0;       // on other ranks `outs` may be empty then
  TaskOptions tasks = {};        // checkpoint, resume, window and progress are asked of rank 0 alone; before_tasks and stop of each rank
};

// Rank 0 hands tasks out, merges them in ascending order, and computes when there is nothing to serve. The outputs have the bits of
// Compiled::run() for any number of ranks. TaskReport::computed is of this rank, the rest is rank 0's on every rank.
// Throws the same Error on every rank: as run_tasks() does, and bad_option where ranks have compiled something different or have other
// operands. What one rank throws, every rank throws, with `rank N: ` before it unless it was rank 0. Throws std::runtime_error where MPI fails.
TaskReport run(MPI_Comm ranks, const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const RunOptions& options = {});

// Throws on every rank what any rank brings; returns when all bring null. For what each rank does on its own before a run: read, compile.
void agree(MPI_Comm ranks, const std::exception_ptr& error);

// The text rank 0 has, on every rank.
std::string from_rank_0(MPI_Comm ranks, std::string text);

// Processors for each of the ranks on this machine: all that this process may use, shared with the other ranks that may use them.
int threads_per_rank(MPI_Comm ranks);

int rank_of(MPI_Comm ranks);
int count_of(MPI_Comm ranks);

// Initialises MPI, if nobody has, and ends it with the object. Throws std::runtime_error where MPI cannot be called at all from a
// program with threads.
class Session {
 public:
  Session();
  Session(const Session&) = delete;
  ~Session();

 private:
  bool mine_ = false;
};

}  // namespace einc::mpi
