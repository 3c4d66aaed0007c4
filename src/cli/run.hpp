// run.hpp: `einc run`: computes an einsum or a program of arrays in .npy files.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <einc/options.hpp>

namespace einc::cli {

struct RunRequest {
  std::string text;                       // of an einsum, or
  std::string program = {};               // the file of a program
  std::vector<std::string> inputs = {};   // paths; of a program in its order, or `name=path`
  std::vector<std::string> outputs = {};  // paths, "-" for standard output as .npy; of a program with several outputs `name=path`.
                                          // Without any the numbers are printed
  int precision = 0;   // digits printed; 0: all that the element type holds
  std::string plan = {};  // the file of a saved plan
  Options options = {};  // dtype is taken from the files
  bool mpi = false;              // with all ranks that mpirun has started; options.slices > 0, or the plan has slices
  std::string checkpoint = {};   // the file that takes finished tasks, removed when the outputs are written; slices as for mpi
  bool resume = false;           // go on from that file
};

// Throws Error, on the first rank only, and then leaves no output behind; cancelled after an interrupt of a run with a checkpoint or ranks.
void run(RunRequest request, std::ostream& out);

}  // namespace einc::cli
