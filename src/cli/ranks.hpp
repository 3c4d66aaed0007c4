// ranks.hpp: the processes that share one `einc run`: those that mpirun has started, or this one alone.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <einc/tasks.hpp>

namespace einc::cli {

class Ranks {
 public:
  explicit Ranks(bool mpi);  // throws Error (bad_option) where the tool was built without MPI
  Ranks(const Ranks&) = delete;
  ~Ranks();

  bool first() const { return rank_ == 0; }  // reads, writes and prints
  int count() const { return count_; }
  bool by_mpi() const { return state_ != nullptr; }
  int threads() const;                               // that each has, where none are asked for; 0: as the library chooses
  std::string from_first(std::string text) const;    // what the first has
  // Does something on each; throws on all if it throws on one.
  template <class Body>
  void together(Body&& body) const {
    std::exception_ptr error;
    try {
      std::forward<Body>(body)();
    } catch (...) {
      error = std::current_exception();
    }
    agree(error);
  }
  // Operands and outputs are those of the first.
  TaskReport run(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const TaskOptions& options) const;

 private:
  struct State;
  void agree(const std::exception_ptr& error) const;

  int rank_ = 0, count_ = 1;
  std::unique_ptr<State> state_;  // null: no MPI
};

}  // namespace einc::cli
