// tidy_rules.hpp: the rules that tidy.cpp enforces, as tables: who may include what, and the exceptions with their reasons.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

// What the files below one path may include. A file belongs to the room with the longest path that begins its own.
struct Room {
  std::string_view path;
  std::vector<std::string_view> sees;     // paths in this tree; a room always sees itself
  std::vector<std::string_view> outside;  // first part of a library's header, or "std"; a header spelled out in full
};

inline const std::vector<Room> rooms = {
    {"include/einc/", {}, {"std"}},
    {"include/einc/xtensor.hpp", {"include/einc/"}, {"std", "xtensor", "xtl"}},
    {"include/einc/mpi.hpp", {"include/einc/"}, {"std", "mpi.h"}},
    {"compiler/ir/", {"include/einc/"}, {"std", "fmt", "nlohmann"}},
    {"compiler/parse/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/differentiate/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/bind/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/simplify/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/fuse/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/plan/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/plan/order_bisect.", {"include/einc/", "compiler/ir/", "compiler/plan/"}, {"std", "fmt", "metis.h"}},
    {"compiler/slicing/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/lower/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/predict/", {"include/einc/", "compiler/ir/"}, {"std", "fmt"}},
    {"compiler/arithmetic.", {"include/einc/", "compiler/"}, {"std", "fmt"}},  // a semiring's functions go through the passes of programs
    {"compiler/plan_within.", {"include/einc/", "compiler/"}, {"std", "fmt"}},  // a part of the pipeline
    {"compiler/contraction_seconds.", {"include/einc/", "compiler/"}, {"std"}},  // what lowering and prediction say, for the planner
    {"compiler/stages.", {"include/einc/", "compiler/"}, {"std", "fmt"}},
    {"compiler/pipeline.", {"include/einc/", "compiler/"}, {"std", "fmt", "nlohmann"}},
    // No containers, no algorithms: what a flagged file instantiates of them could win at link time for everyone.
    {"src/kernels/", {}, {"xsimd", "cstddef", "cstdint", "type_traits", "utility", "bit", "cmath", "limits"}},
    {"src/runtime/",
     {"include/einc/", "src/kernels/", "compiler/ir/executable.hpp", "compiler/ir/arithmetic.hpp", "compiler/ir/contract_scratch.hpp", "compiler/ir/few_scratch.hpp", "compiler/ir/sum_form.hpp",
      "compiler/ir/scalar_code.hpp"},
     {"std", "fmt", "omp.h"}},
    {"src/api/",
     {"include/einc/", "src/kernels/", "src/runtime/", "compiler/ir/", "compiler/pipeline.hpp"},
     {"std", "fmt", "nlohmann", "posix", "cpuid.h"}},
    {"src/attention/", {"include/einc/"}, {"std", "fmt"}},
    {"src/tasks/", {"include/einc/"}, {"std", "fmt", "xxhash.h", "posix"}},
    {"src/mpi/", {"include/einc/", "src/tasks/"}, {"std", "fmt", "mpi.h", "posix"}},
    {"src/cli/", {"include/einc/"}, {"std", "fmt", "nlohmann", "CLI", "xtensor", "xtl", "posix"}},
    {"src/python/", {"include/einc/"}, {"std", "fmt", "nanobind", "numpy"}},
    {"docs/examples/", {"include/einc/"}, {"std", "xtensor", "xtl"}},
    {"benchmarks/planner.cpp", {"include/einc/", "compiler/ir/", "compiler/plan/"}, {"std", "fmt"}},  // the planners alone
    {"benchmarks/", {"include/einc/"}, {"std", "fmt", "nlohmann", "xtensor", "xtl", "benchmark"}},
};

inline const std::set<std::string_view> posix_headers = {"unistd.h",   "sched.h",     "fcntl.h",
                                                       "sys/file.h", "sys/mman.h", "sys/stat.h", "sys/ioctl.h"};
inline const std::set<std::string_view> generated_headers = {"einc/version.hpp"};

struct Exception {
  std::string_view path;  // a whole path, or one that ends in `*`
  std::string_view reason;
};

inline constexpr std::size_t line_limit = 400;
inline const std::vector<Exception> long_files = {};

// Sources without a test at their own path.
inline const std::vector<Exception> tested_elsewhere = {
    {"src/python/*", "the module is tested from Python: tests/src/python/test_*.py"},
    {"src/kernels/isa_*", "tables; the tests of the kernels run every instruction set the machine has"},
    {"src/python/*", "Python calls it: tests/src/python/*.py"},
    {"src/mpi/*", "tests/src/mpi/run.cpp: what several ranks do together"},
};

// Headers that only their own source or a test includes.
inline const std::vector<Exception> lone_headers = {};

// Files without an extension that belong at the top level.
inline const std::set<std::string_view> top_level = {"LICENSE"};

struct Synonym {
  std::string_view word, instead;
};

inline const std::vector<Synonym> synonyms = {
    {"axis", "label, or loop where labels are gone"},
    {"axes", "labels or loops"},
    {"mode", "label, or the word for what is chosen"},
    {"modes", "labels"},
    {"dim", "label"},
    {"dims", "labels"},
};
