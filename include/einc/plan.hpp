// plan.hpp: the figures of a compiled expression, as data for programs; explain() says the same in words.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

namespace einc {

// One step of the plan as it will run.
struct StepSummary {
  std::string text;    // e.g. "bqhc,bkhc->bhqk", in the caller's labels
  std::string kernel;  // e.g. "contract"
  std::string reason;  // why this step and this kernel
  double flops = 0, bytes = 0, seconds = 0;  // counted and predicted
};

// A label cut into parts: the plan runs once for each of them.
struct SlicedLabel {
  std::string label;       // as written; labels that are one loop together: "(ab)"
  std::int64_t parts = 1;
  bool summed = false;     // results of the parts are added; else each is a part of every result
};

struct PlanSummary {
  std::vector<StepSummary> steps;
  std::string method;                     // how the order of contraction was found
  std::vector<std::vector<std::uint32_t>> order;  // of an einsum: who meets whom, as numpy.einsum_path writes it: places in the list of
                                                  // what is left, from which they are taken, and the result put at its end
  double naive_flops = 0;                 // of one loop nest over all labels
  double flops = 0;                       // of the plan, all slices together
  double bytes = 0;                       // read and written by the plan's steps
  double seconds = 0;                     // predicted
  double largest_intermediate_bytes = 0;  // of one value between steps; 0 when there is none
  std::int64_t arena_bytes = 0;           // memory of all intermediates together
  std::int64_t scratch_bytes = 0;         // packing space of one thread
  std::int64_t run_bytes = 0;             // what a run allocates beside its arrays: arena, and scratch of all its threads; of all its workers
  std::int64_t memory_limit = 0;          // as asked for; 0: none
  std::vector<std::uint32_t> constants;   // Options::constants; empty: none, and what follows is 0
  std::size_t beforehand_steps = 0;       // at the front of `steps`: computed once for all calls, of which flops, bytes and seconds above are
  double beforehand_flops = 0;            // of these steps
  double beforehand_seconds = 0;          // predicted, of these steps
  std::int64_t beforehand_bytes = 0;      // of what they leave behind; counts for memory_limit, beside run_bytes
  std::vector<SlicedLabel> sliced;        // empty: the plan runs once
  std::int64_t slices = 1;                // runs of the plan; steps, arena and scratch above are those of one of them
  std::int64_t tasks = 1;                 // runs of slices that are added up apart
  double slicing_overhead = 1;            // flops, as many times as those of a plan that is not cut
  std::int64_t once_bytes = 0;            // of what all slices read, computed once
  std::int64_t partial_bytes = 0;         // of the result of a task; 0: slices write the outputs
  int workers = 1;                        // that compute tasks side by side, each with threads / workers threads
  std::string isa;
  std::string speeds;                     // where the speeds are from by which it was planned and predicted
  int threads = 1;
};

}  // namespace einc
