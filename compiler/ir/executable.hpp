// executable.hpp: a plan lowered to plain data: buffers in one arena, and instructions that are rows of loops plus a kernel.
// Knows strides, tiles and buffers; no longer knows labels, letters or why a step was chosen.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

#include "ir/arithmetic.hpp"
#include "ir/scalar_code.hpp"

namespace einc::ir {

// What a loop does to the three arrays of an instruction c = a * b:
//   batch  in a, b and c          m  in a and c          n  in b and c          k  in a and b (or a alone), summed
enum class Role : std::uint8_t { batch, m, n, k };

// Which kernel family runs an instruction. Every family takes the same rows of loops; lower chooses, the runtime obeys.
enum class Kernel : std::uint8_t {
  contract,  // c[batch,m,n] = sum_k a[batch,m,k] * b[batch,n,k]: packed panels and a register tile (GETT)
  small,     // the same for a batch of a few register tiles: one loop a role, c adjacent along n; runs of batches at a time
  interleaved,  // the same where batches lie side by side in a, b and c, the innermost loop over them: a lane of a vector each
  few,       // inside a stream, the same for few rows m of a: b is read once, where it lies, and nothing is packed. Features are the loop over
             // k or, of a sum over positions along the streamed loop, over n: neighbours in b
  matvec,    // c[batch,m]   = sum_k a[batch,m,k] * b[batch,k]: a is read once, in place
  dot,       // c[batch]     = sum_k a[batch,k] * b[batch,k]
  multiply,  // c[batch,m,n] = a[batch,m] * b[batch,n]: outer and Hadamard products, no sum
  permute,   // c[m] = a[m]: a copy between layouts; b is not used. In a type that is not computed with, Executable::maps[detail] when scaled
  reduce,    // c[m] = sum_k a[m,k]; b is not used
  fill,      // c[m] = value; neither a nor b is used
  map,       // c[m] = code(inputs[m]), or folded over k: a sum, the largest, the smallest. Executable::maps[detail]
  gather,    // c[batch,m,n] = a[batch,m at index b[batch,n]]: Executable::gathers[detail]
  online,    // a tile of a stream: c[m,k] = exp(a[m,k] - the largest so far), with the state beside it: Stream::online
  stream,    // a loop nest over tiles: Executable::streams[detail]
};

// One loop of an instruction. A stride of zero means the array does not vary along it.
struct Loop {
  Role role;
  Extent extent;
  Stride a, b, c;  // in elements
  bool operator==(const Loop&) const = default;
};

// Where an array lives while an executable runs.
// tile: inside a stream, private to a thread.
enum class Place : std::uint8_t { operand, output, arena, tile };

struct BufferRef {
  Place place = Place::arena;
  std::uint32_t index = 0;  // operand number, output number, index into Executable::buffers or Stream::tiles
  Stride offset = 0;        // elements from the start of that array to the first element used
  std::optional<DType> dtype = {};  // of its elements, where they are not those the instruction computes with
  bool operator==(const BufferRef&) const = default;
};

// A span of the arena. Buffers whose lives do not overlap may share bytes.
struct Buffer {
  std::int64_t offset;  // bytes from the start of the arena, a multiple of 64
  std::int64_t bytes;
  bool once = false;    // of a sliced executable: lies in the block that all slices read, and offset counts from its start
  bool beforehand = false;  // lies in the block that all calls read, and offset counts from its start
  bool operator==(const Buffer&) const = default;
};

// What the tiles of a contraction ask memory for while they multiply.
enum class Ahead : std::uint8_t {
  nothing,    // beside rows of a that tiles are about to read, which the runtime decides by itself
  block,      // the next block of b, which fits beside this one; b is packed, unless its runs are read in place
  sum,        // the next part of a long sum, of a and b; blocks are so short that all tiles find theirs in a cache
  next_tile,  // inside a stream: b of the next streamed tile
};

// The register tile and the cache blocks of a contraction, in elements; zero where the kernel family has no use for them.
struct Tiling {
  int rows = 0, columns = 0;  // the register tile: rows of a by columns of b; columns are vectors along n. All a small one has
  Extent m_block = 0, n_block = 0, k_block = 0;
  int k_slices = 1;  // the sum over k is cut into so many slices, by extents alone: c is an array for each, dense and one behind another,
                     // and the next instruction adds them up
  Extent run = 0;    // columns in runs of so many, the innermost loop of n, each beginning a new panel; 0: panels go on through runs
                     // interleaved: batches that are in L1 together
  Extent unit = 0;   // whole runs of so many columns together begin a panel, so that vectors are full; 0: each run by itself
  Extent group = 0;  // of so many columns, the two innermost loops of n: packed at once, the outer loop being adjacent in b; 0: none
  bool turned = false;       // of a group: the inner loop follows b instead, and results are turned on their way to c, group by group
  bool rows_inside = false;  // m_block rows of a are packed, and all meet one unit of columns before the next
  bool runs_in_place = false;  // neighbours of a run are neighbours in b too, and are read where they lie
  bool brings_rows = false;  // rows of a, neighbours along k, lie whole pages apart and are brought beside each other before tiles read them
  Ahead ahead = Ahead::nothing;
  bool quads = false;        // of bytes with sums of 32 bits: a number of a panel is four of them, neighbours along k; b's panels begin with a row more
  bool duos = false;         // of bf16 with sums of f32: a number of a panel is two of them, neighbours along k
  bool pairs = false;        // of complex numbers as parts: a number of a panel of a is both of one; columns are parts, rows and the sum numbers
  bool operator==(const Tiling&) const = default;
};

// What tiles read where it lies if it is otherwise fit for it: rows of a that meet at most so many panels, columns of b that meet at most so
// many tiles of rows.
constexpr Extent panels_read_in_place = 16, tiles_read_in_place = 10;

// Of a whose neighbours lie along m, and positions of the sum so far apart that each has a line of its own, as many panels read it in place.
constexpr Extent panels_read_across = 7, far_positions_bytes = 512;

constexpr Extent page_bytes = 4096;

// An array larger than this is one of memory, not of caches: tiles ask for it before they read it, and outputs are written around the caches.
constexpr std::int64_t stream_bytes = 8 << 20;

// Innermost loops of a map that are shorter than this go several at a time, what has to be copied for them being copied together. So do those of
// longer code that are shorter than the second, if all that is copied is rows or numbers that are read again and again. 1024 rows of 64 and a bias,
// relu(x + b): 30 -> 13 us, a number for each row 31 -> 18; of 192 and 256 level and slower (Emerald Rapids, one thread, 2026-11).
constexpr Extent short_map_loop = 64, repeated_map_loop = 160;
// And those with an input of another type, which is copied anyway. 3456 rows of 64 bf16 times a row: 216 -> 71 us (Zen 4, one thread, 2026-11).
constexpr Extent taken_map_loop = 256;
constexpr std::size_t short_map_code = 3;  // two arguments and a function: read where they lie

// What a small contraction may have: columns and summed positions of a batch, and elements of b with columns rounded up to
// whole vectors, which fit a copy on the stack.
constexpr Extent small_extent = 64;
constexpr std::int64_t small_copy = small_extent * small_extent;

// Run-time scalars of a call (out = alpha * result + beta * out) are applied by the instruction that writes the output.
enum class Write : std::uint8_t {
  store,       // c = result, of the epilogue if there is one
  scale_into,  // c = alpha * result + beta * c; beta == 0 never reads c
  add_into,    // c = alpha * result + c: after a fill that has applied beta, for results that write only a diagonal
  accumulate,  // inside a stream: c = result for the first tile along the streamed loop, c = result + c for the others
  accumulate_rows,  // inside a stream whose rows come in order: the same, for the first tile along the rows and the others
};

struct Instruction {
  Kernel kernel;
  DType dtype;                              // of the numbers it computes with, and of every array that says nothing else
  BufferRef a, b, c;
  std::vector<Loop> loops;  // batch, then m, n, k; outermost first inside each role; extents >= 1
  Tiling tiling;
  Write write = Write::store;
  double factor = 1;           // result = factor * what the kernel computes. fill: the value
  std::uint32_t detail = 0;    // map, gather, stream: index into the table of that kind
  std::int32_t epilogue = -1;  // contract: c = Executable::maps[epilogue] of factor * the sum, which is input 0 of the map; -1: none
  Algebra algebra = Algebra::plus_times;   // what + and * are; custom ones are maps
  // A contraction of complex arrays as parts (Tiling::pairs): dtype is that of the parts, strides and offsets count parts, and n has one more
  // loop, over the two parts in b and c; of a, the part after every one that the loops reach is read as well. Interleaved, the innermost batches have
  // two lanes each instead.
  bool conjugate_a = false, conjugate_b = false;
  std::vector<Stride> frame = {};  // inside a stream: strides of a, b, c along each frame loop, for one position: [loop * 3 + array]
  std::int32_t paged = -1;         // few, gather, inside a stream: b, or a of a gather, lies as Stream::paged[paged] says along the streamed loop; -1: by its strides
  bool operator==(const Instruction&) const = default;
};

// What the runtime has room for on its stack.
constexpr Extent most_few_rows = 32, most_few_features = 1024;
constexpr std::size_t most_map_inputs = 32, most_map_operations = 256, most_combine_operations = 32;

// How a map brings its loops over k down to one number.
enum class Fold : std::uint8_t { none, sum, maximum, minimum, custom };  // custom: Map::combine

// One input of a map: an array, or the position along a label: offset + the sum of index * stride.
struct MapInput {
  bool position = false;
  BufferRef array;              // of a position: only `offset` counts
  std::vector<Stride> strides;  // along each loop of the instruction
  std::vector<Stride> frame;    // inside a stream: along each frame loop, for one position of it
  bool operator==(const MapInput&) const = default;
};

struct Map {
  std::vector<MapInput> inputs;  // `argument i` of the code
  ScalarCode code;
  Fold fold = Fold::none;
  ScalarCode combine = {};  // of a custom semiring: one term, argument 1, comes to what is there, argument 0; also to what c holds
  double neutral = 0;       // of a custom semiring
  bool operator==(const Map&) const = default;
};

// Innermost loops of a map shorter than this go several at a time.
inline Extent short_loop_of(const Map& map) {
  for (const MapInput& input : map.inputs)
    if (!input.position && input.array.dtype) return taken_map_loop;
  return short_map_loop;
}

// a is the table, b the index, c the result; loops over batch are in table and index, over m in the table, over n in the index.
struct Gather {
  Extent extent = 0;  // positions of the table along the gathered label: an index outside [0, extent) gives 0
  Stride stride = 0;  // of the table along it
  bool operator==(const Gather&) const = default;
};

// Inside a stream: an array whose positions along the streamed loop lie in blocks where an index says: position p of them is position
// p % block of block index[p / block]. A tile is whole blocks, or a part of one. Where the index is no block, all is 0.
struct Paged {
  BufferRef index;
  std::vector<Stride> frame;  // of the index: along each frame loop, for one position of it; 0 along the streamed one
  Stride entry = 0;           // of the index, from block to block
  Extent block = 1;           // positions
  Extent blocks = 0;          // of the array: an index outside [0, blocks) is none
  Stride stride = 0;          // of the array, from block to block
  Stride slot = 0;            // and from position to position in a block
  bool operator==(const Paged&) const = default;
};

// One loop around the tiles of a stream. The last one is the streamed loop and runs in order inside a thread; the others are
// independent. The last tile of a loop may be short.
struct FrameLoop {
  Extent extent = 1, tile = 1;
  bool operator==(const FrameLoop&) const = default;
};

// The state of an online instruction: rows are the loops over m of the instruction, dense and in their order.
struct Online {
  BufferRef maximum;  // tile [rows]: the largest so far, -inf before the first
  BufferRef sum;      // tile [rows]: the sum of the weights so far; used when has_sum
  bool has_sum = false;
  struct Accumulator {  // multiplied by exp(old maximum - new maximum) where a row's maximum rises
    BufferRef array;    // tile [rows, columns], dense
    Extent columns = 1;
    bool operator==(const Accumulator&) const = default;
  };
  std::vector<Accumulator> accumulators;
  bool powers_of_two = false;  // weights and factors are powers of two, not of e
  bool operator==(const Online&) const = default;
};

// Of every row the positions up to a limit are visible, or those from it on.
struct MaskBound {
  std::uint32_t key = 0;  // the input that is compared: a position along the streamed loop alone, one by one
  ScalarCode limit;       // of the row, over the same inputs: none of those it depends on varies along the streamed loop
  bool from = false;      // limit <= key, instead of key <= limit
  bool strict = false;    // < in place of <=
  bool operator==(const MaskBound&) const = default;
};

// What a mask hides, asked tile by tile before any work: `visible` is code over the inputs of a map of the mask.
struct TileMask {
  bool present = false;
  ScalarCode visible;
  std::vector<MaskBound> bounds;     // visible is where all of these hold; then rows are hidden run by run. Empty: looked at element by element
  std::vector<MapInput> inputs;      // strides: along the loops below
  std::vector<Extent> extents;       // of the loops of a full tile: rows, and the streamed one last
  std::vector<std::int32_t> clipped; // of each of these loops: the frame loop whose short tile shortens it; -1: none
  Extent rows() const {
    Extent count = 1;
    for (std::size_t i = 0; i + 1 < extents.size(); ++i) count *= extents[i];
    return count;
  }
  bool operator==(const TileMask&) const = default;
};

// What the limits of rows leave out of an instruction of a tile that is partly hidden.
enum class Narrow : std::uint8_t {
  none,
  columns,  // contract, n the streamed loop: columns that no row of a register tile sees are not computed, nor written
  sums,     // contract, k the streamed loop: a register tile of rows sums over what some of them see
  weights,  // online: scores that a row does not see are not looked at, whatever they are; their weights are 0
};
constexpr Extent most_narrow_rows = 256;

// A region evaluated tile by tile. `tiles` are buffers private to a thread, offsets from the start of its scratch. The code comes in several
// variants, since a short tile has other extents: [rows short ? 1 : 0] + [streamed short ? 2 : 0], rows being frame loop `row_loop`;
// then [rows short ? 1 : 0] + [4 + 2 * i] for tiles of which a mask hides all positions from clips[i] on.
struct StreamVariant {
  std::vector<Instruction> begin;   // before the streamed loop
  std::vector<Instruction> body;    // for every tile along the streamed loop, in order
  std::vector<bool> mask_only;      // of each of these: only when the tile is partly hidden
  std::vector<std::int64_t> keeps;  // of each: where its kernel keeps what it packed for the next row tile, in bytes behind the tiles; -1: nowhere. Empty: nowhere all
  std::vector<Narrow> narrows;      // of each: then what the mask alone would do is left out. Empty: none
  std::vector<Instruction> finish;  // after the streamed loop
  Online online;
  TileMask mask;
  bool operator==(const StreamVariant&) const = default;
};
struct Stream {
  std::vector<FrameLoop> frame;  // the last is the streamed loop
  std::int32_t row_loop = -1;    // the frame loop whose tile is more than one position; -1: none
  bool rows_in_order = false;    // its tiles run in order inside a thread too, around the streamed loop
  Extent together = 1;           // so many row tiles meet a streamed tile one behind the other: it is packed once for all of them
  Extent part = 0;               // so many streamed tiles in order are a task; the states of parts are joined in pairs. 0: all of them
  std::uint32_t part_states = 0; // then the buffer of the arena that holds them: [tasks of all streamed tiles, parts, together] states
  std::vector<Buffer> tiles;
  std::int64_t state_begin = 0;  // tiles from here on are there for each row tile of those together,
  std::int64_t state_bytes = 0;  // so many bytes apart
  std::int64_t tile_bytes = 0;   // of a thread; behind them, what is kept; and then scratch that all tile instructions share
  std::int64_t kept_bytes = 0;
  std::vector<Paged> paged;
  std::vector<Extent> clips;     // along the streamed loop, ascending, shorter than a tile
  std::vector<StreamVariant> variants = std::vector<StreamVariant>(4);
  bool operator==(const Stream&) const = default;

  bool in_order(std::size_t loop) const { return loop + 1 == frame.size() || (rows_in_order && static_cast<std::int32_t>(loop) == row_loop); }
  // Positions of a frame loop from task to task.
  Extent step(std::size_t loop) const { return frame[loop].tile * (static_cast<std::int32_t>(loop) == row_loop ? together : 1); }
  // Combinations of tiles that do not depend on each other, each of them all the streamed tiles; and the parts of those.
  Extent tasks() const {
    Extent count = 1;
    for (std::size_t i = 0; i < frame.size(); ++i) count *= in_order(i) ? 1 : (frame[i].extent + step(i) - 1) / step(i);
    return count;
  }
  Extent parts() const { return part == 0 ? 1 : (frame.back().extent + part * frame.back().tile - 1) / (part * frame.back().tile); }
};

// One loop around a sliced executable: in each iteration arrays begin elsewhere.
struct SliceLoop {
  Extent parts = 1;
  bool summed = false;                  // iterations add to the same results; else each has results of its own
  std::vector<std::int64_t> operands;   // bytes from one part to the next, of each operand
  std::vector<std::int64_t> outputs;    // and of each of the caller's outputs
  bool operator==(const SliceLoop&) const = default;
};

// A sliced executable runs once for each position of the loops. A region is what the slices of one position of the loops that are not
// summed compute together; a task is some of them, one behind the other. It adds them up in arrays of its own, its partial, which the
// combining executable adds to the caller's, in the order of the tasks. So the bits of a result depend on the loops alone.
struct Slicing {
  std::vector<SliceLoop> loops;        // none: one slice. Summed ones last; the last one runs fastest
  Extent slices_per_task = 1;
  std::size_t once = 0;                // so many instructions at the front are the same for all slices: run first, and once; those beforehand among them
  std::int64_t once_bytes = 0;         // of what they leave behind
  std::vector<std::int64_t> partials;  // where each output begins in a partial, in bytes; none: slices write the caller's outputs
  std::int64_t partial_bytes = 0;
  bool operator==(const Slicing&) const = default;

  bool is_sliced() const { return !loops.empty() || has_partials(); }
  bool has_partials() const { return !partials.empty(); }
  Extent regions() const {
    Extent count = 1;
    for (const SliceLoop& loop : loops) count *= loop.summed ? 1 : loop.parts;
    return count;
  }
  Extent slices_per_region() const {
    Extent count = 1;
    for (const SliceLoop& loop : loops) count *= loop.summed ? loop.parts : 1;
    return count;
  }
  Extent slices() const { return regions() * slices_per_region(); }
  Extent tasks_per_region() const { return (slices_per_region() + slices_per_task - 1) / slices_per_task; }
  Extent tasks() const { return regions() * tasks_per_region(); }
};

struct Executable {
  std::vector<Buffer> buffers;
  std::vector<Instruction> code;   // in order; each may use every thread
  std::vector<Map> maps;
  std::vector<Gather> gathers;
  std::vector<Stream> streams;
  std::int64_t arena_bytes = 0;    // intermediates, shared by all threads
  std::int64_t scratch_bytes = 0;  // packing space and tiles of one thread, 64-byte aligned
  std::uint32_t operand_count = 0;
  std::uint32_t output_count = 0;
  std::vector<std::uint32_t> empty_outputs;  // without elements: nobody writes them
  Slicing slicing;
  std::size_t beforehand = 0;                // so many instructions at the front read constants alone: run once, before any call
  std::int64_t beforehand_bytes = 0;         // of what they leave behind, in a block of its own
  std::int64_t beforehand_arena_bytes = 0;   // of what they need besides while they run, instead of arena_bytes
  bool operator==(const Executable&) const = default;
};

// Who runs: of a sliced executable, workers that each take tasks and have memory of their own; in each of them some threads.
struct Crew {
  int workers = 1, threads = 1;
  bool operator==(const Crew&) const = default;
};

// What one worker needs of its own, besides scratch for its threads: its arena, its partial, and where its arrays begin now.
inline std::int64_t bytes_of_worker(const Executable& executable) {
  const Slicing& slicing = executable.slicing;
  if (!slicing.is_sliced()) return executable.arena_bytes;
  const auto addresses = static_cast<std::int64_t>((executable.operand_count + 2 * executable.output_count) * sizeof(void*));
  return executable.arena_bytes + slicing.partial_bytes + (addresses + 63) / 64 * 64;
}

// What a run allocates: what slices share, and the arena and scratch of each worker. `combine` adds partials up; it has no arena that
// outlives a task, so it takes the worker's.
inline std::int64_t bytes_of_run(const Executable& executable, Crew crew) {
  return executable.slicing.once_bytes + crew.workers * (bytes_of_worker(executable) + crew.threads * executable.scratch_bytes);
}
inline std::int64_t bytes_of_run(const Executable& executable, int threads) { return bytes_of_run(executable, Crew{1, threads}); }

// What computing beforehand allocates and gives back; and the most that is allocated at one time, what it leaves behind included.
inline std::int64_t bytes_of_beforehand(const Executable& executable, int threads) {
  return executable.beforehand == 0 ? 0 : executable.beforehand_arena_bytes + threads * executable.scratch_bytes;
}
inline std::int64_t most_bytes(const Executable& executable, int threads) {
  return executable.beforehand_bytes + std::max(bytes_of_run(executable, threads), bytes_of_beforehand(executable, threads));
}

// The crew that so many threads make in so much memory (0: as much as they want): workers, where there are tasks and room for most of
// them, else one worker with the threads inside its instructions. At least one thread, whatever the limit.
Crew crew_for(const Executable& executable, int threads, std::int64_t limit);

std::string print(const Executable& executable);   // one line a buffer and an instruction, one a loop
void verify(const Executable& executable);         // throws InternalError: some pass is wrong
void verify_slicing(const Executable& executable);  // a part of it
std::string_view name_of(Kernel kernel);
std::string_view name_of(Role role);
std::string_view name_of(Ahead ahead);

}  // namespace einc::ir
