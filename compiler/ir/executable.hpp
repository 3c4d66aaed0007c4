// executable.hpp: a plan lowered to plain data: buffers in one arena, and instructions that are rows of loops plus a kernel.
// Knows strides, tiles and buffers; no longer knows labels, letters or why a step was chosen.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

namespace einc::ir {

// What a loop does to the three arrays of an instruction c = a * b:
//   batch  in a, b and c          m  in a and c          n  in b and c          k  in a and b (or a alone), summed
enum class Role : std::uint8_t { batch, m, n, k };

// Which kernel family runs an instruction. Every family takes the same rows of loops; lower chooses, the runtime obeys.
enum class Kernel : std::uint8_t {
  contract,  // c[batch,m,n] = sum_k a[batch,m,k] * b[batch,n,k]: packed panels and a register tile (GETT)
  small,     // the same for a batch of a few register tiles: one loop a role, c adjacent along n; runs of batches at a time
  matvec,    // c[batch,m]   = sum_k a[batch,m,k] * b[batch,k]: a is read once, in place
  dot,       // c[batch]     = sum_k a[batch,k] * b[batch,k]
  multiply,  // c[batch,m,n] = a[batch,m] * b[batch,n]: outer and Hadamard products, no sum
  permute,   // c[m] = a[m]: a copy between layouts; b is not used
  reduce,    // c[m] = sum_k a[m,k]; b is not used
  fill,      // c[m] = 0; neither a nor b is used
};

// One loop of an instruction. A stride of zero means the array does not vary along it.
struct Loop {
  Role role;
  Extent extent;
  Stride a, b, c;  // in elements
  bool operator==(const Loop&) const = default;
};

// Where an array lives while an executable runs.
enum class Place : std::uint8_t { operand, output, arena };

struct BufferRef {
  Place place = Place::arena;
  std::uint32_t index = 0;  // operand number, output number, or index into Executable::buffers
  Stride offset = 0;        // elements from the start of that array to the first element used
  bool operator==(const BufferRef&) const = default;
};

// A span of the arena. Buffers whose lives do not overlap may share bytes.
struct Buffer {
  std::int64_t offset;  // bytes from the start of the arena, a multiple of 64
  std::int64_t bytes;
  bool operator==(const Buffer&) const = default;
};

// The register tile and the cache blocks of a contraction, in elements; zero where the kernel family has no use for them.
struct Tiling {
  int rows = 0, columns = 0;  // the register tile: rows of a by columns of b; columns are vectors along n. All a small one has
  Extent m_block = 0, n_block = 0, k_block = 0;
  int k_slices = 1;  // the sum over k is cut into this many parts, added in a fixed order; chosen from extents alone
  bool operator==(const Tiling&) const = default;
};

// What a small contraction may have: columns and summed positions of a batch, and elements of b with columns rounded up to
// whole vectors, which fit a copy on the stack.
constexpr Extent small_extent = 64;
constexpr std::int64_t small_copy = small_extent * small_extent;

// Run-time scalars of a call (out = alpha * result + beta * out) are applied by the instruction that writes the output.
enum class Write : std::uint8_t {
  store,       // c = result
  scale_into,  // c = alpha * result + beta * c; beta == 0 never reads c
  add_into,    // c = alpha * result + c: after a fill that has applied beta, for results that write only a diagonal
};

struct Instruction {
  Kernel kernel;
  DType dtype;
  BufferRef a, b, c;
  std::vector<Loop> loops;  // batch, then m, n, k; outermost first inside each role; extents >= 1
  Tiling tiling;
  Write write = Write::store;
  bool operator==(const Instruction&) const = default;
};

struct Executable {
  std::vector<Buffer> buffers;
  std::vector<Instruction> code;   // in order; each may use every thread
  std::int64_t arena_bytes = 0;    // intermediates, shared by all threads
  std::int64_t scratch_bytes = 0;  // packing space of one thread, 64-byte aligned
  std::uint32_t operand_count = 0;
  std::uint32_t output_count = 0;
  bool operator==(const Executable&) const = default;
};

std::string print(const Executable& executable);   // one line a buffer and an instruction, one a loop
void verify(const Executable& executable);         // throws InternalError: some pass is wrong
std::string_view name_of(Kernel kernel);
std::string_view name_of(Role role);

}  // namespace einc::ir
