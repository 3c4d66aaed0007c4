// SPDX-License-Identifier: BSD-3-Clause
#include "cli/ranks.hpp"

#include <cstdlib>

#if EINC_MPI
#include <einc/mpi.hpp>
#endif

namespace einc::cli {

#if EINC_MPI

struct Ranks::State {
  mpi::Session session;
};

Ranks::Ranks(bool mpi) {
  if (!mpi) return;
  state_ = std::make_unique<State>();
  rank_ = mpi::rank_of(MPI_COMM_WORLD);
  count_ = mpi::count_of(MPI_COMM_WORLD);
}

int Ranks::threads() const {
  if (!state_ || count_ == 1 || std::getenv("EINC_NUM_THREADS") != nullptr || std::getenv("OMP_NUM_THREADS") != nullptr) return 0;
  return mpi::threads_per_rank(MPI_COMM_WORLD);
}

std::string Ranks::from_first(std::string text) const { return state_ ? mpi::from_rank_0(MPI_COMM_WORLD, std::move(text)) : text; }

void Ranks::agree(const std::exception_ptr& error) const {
  if (state_) mpi::agree(MPI_COMM_WORLD, error);
  else if (error) std::rethrow_exception(error);
}

TaskReport Ranks::run(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const TaskOptions& options) const {
  if (!state_) return run_tasks(compiled, operands, outs, options);
  mpi::RunOptions shared;
  shared.operands = mpi::On::rank_0;
  shared.tasks = options;
  return mpi::run(MPI_COMM_WORLD, compiled, operands, outs, shared);
}

#else

struct Ranks::State {};

Ranks::Ranks(bool mpi) {
  if (mpi)
    throw Error(ErrorCode::bad_option, "this einc was built without MPI", {}, {},
                "install an MPI (Debian and Ubuntu: libopenmpi-dev openmpi-bin) and build again: CMake finds it, and -DEINC_MPI=ON insists on it");
}

int Ranks::threads() const { return 0; }
std::string Ranks::from_first(std::string text) const { return text; }
void Ranks::agree(const std::exception_ptr& error) const {
  if (error) std::rethrow_exception(error);
}
TaskReport Ranks::run(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const TaskOptions& options) const {
  return run_tasks(compiled, operands, outs, options);
}

#endif

Ranks::~Ranks() = default;

}  // namespace einc::cli
