// contract_kernels.hpp: what one instruction set offers to a contraction: register tiles, the packing of panels, scattered writes.
// Knows pointers, offsets and lengths; no loops over blocks, no threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace einc::kernels {

// How a tile leaves the registers.
enum class TileWrite : std::uint8_t {
  store,  // c = alpha * sum; c is not read
  add,    // c = beta * c + alpha * sum, the product with alpha rounded first
  stream, // as store, around the caches: rows of c begin and end at cache lines
};

// Where one vector of a tile goes when its columns lie apart in c: its first `cut` lanes to low, low + 1, ..., and lane i of the
// others to high + i, both counted from c.
struct TileSplit {
  std::ptrdiff_t low = 0, high = 0;
  int cut = 0;
};

// Types whose register tiles ask for lines that will be read soon.
template <class T>
inline constexpr bool asks_far = std::is_floating_point_v<T> || std::is_integral_v<T>;

// Memory that will be read soon: `left` lines from `line` on, then, `jump` elements past their end, `lines` lines, and so on.
template <class T>
struct LinesAhead {
  const T* line;  // null: nothing is asked for
  std::ptrdiff_t jump;
  std::ptrdiff_t left, lines;
  std::ptrdiff_t every = 1;  // at one of so many steps; a single register tile minds it, rows and joined ones ask at every step
};

// c[row][column] (write)= sum over depth of a[row][depth] * b[depth][column], for at most one register tile.
template <class T>
struct TileArguments {
  std::ptrdiff_t depth;
  const T* a;                   // element (row, k) at a[row * a_row + k * a_depth]
  std::ptrdiff_t a_row;         // 1 for the adjacent tiles, anything for the strided ones
  std::ptrdiff_t a_depth;
  const T* b;                   // row k of whole vectors at b + k * b_depth
  std::ptrdiff_t b_depth;
  T* c;                         // row i at c + c_rows[i], columns adjacent unless split
  const std::ptrdiff_t* c_rows;
  bool c_is_near;               // in a cache already, so that no line of it is asked for
  int tail;                     // lanes of the last vector that exist in c, 1 .. width
  int b_tail;                   // and those of it that may be read in b: fewer than width only in place
  TileWrite write;
  T alpha, beta;
  const TileSplit* splits;      // of each vector, for float and double; null: columns are adjacent in c
  LinesAhead<T> ahead;          // one of these lines is asked for at each of its steps of depth, where asks_far says so
  bool conjugate_a = false, conjugate_b = false;  // of PairKernels
};

// Tiles of panels of two vectors, side by side: rows of a side by side, panels of b one behind the other, whole lines of c. c = alpha * sum,
// around the caches.
template <class T>
struct RowArguments {
  std::ptrdiff_t depth, panels;
  const T* a;                    // row i of k at a[k * rows + i]
  const T* b;
  T* c;                          // row i of the first at c + c_rows[i]
  const std::ptrdiff_t* c_rows;
  T alpha;
  LinesAhead<T> ahead;
};

// Runs that together are whole vectors, though none of them is: so many runs in so many vectors, in tiles of at most so many rows.
struct JoinedShape {
  int runs, vectors, most_rows;
};

// Tiles of panels, one below the other: rows of a side by side, `vectors` vectors of b in panels of two, the last of one. Rows of a run lie
// in c without a gap, from a line on. c = alpha * sum, around the caches.
template <class T>
struct JoinedArguments {
  std::ptrdiff_t depth, tiles;
  const T* a;                  // row i of k at a[k * rows + i], tile behind tile
  const T* b;                  // the panels, one behind the other
  T* c;
  const std::ptrdiff_t* runs;  // row 0 of each run at c + runs[run]
  T alpha;
  LinesAhead<T> ahead;
};

// to[k][lane] = from[lanes[lane] + depths[k]]: a panel of `width` lanes, rows `stride` apart. Lanes from width up to
// stride are zeros or copies of other lanes: no result uses them, and a copy costs no more than its original.
template <class T>
struct PackArguments {
  const void* from;              // of T, or of what the kernel says
  const std::ptrdiff_t* lanes;   // offsets of the panel's lanes (rows of a or columns of b)
  const std::ptrdiff_t* depths;  // offsets along the summed loops
  std::ptrdiff_t depth;
  int width, stride;             // width <= stride
  T* to;
};

// Panels of columns that are neighbours in memory of each other, not of themselves: for s below `repeats` and a lane below
// `width`, panel s * panels + lane / columns has from[lanes[lane] + s + depths[k]] at row k, where `panels` hold the width.
// The panels of one s are packed like those of pack, without gaps, rows as wide as the panel rounded up to whole vectors.
template <class T>
struct GroupArguments {
  const T* from;
  const std::ptrdiff_t* lanes;
  const std::ptrdiff_t* depths;
  std::ptrdiff_t depth;
  std::ptrdiff_t width, repeats;
  int columns;  // of a full panel
  T* to;
};

// Batches that lie side by side, a lane each: for lane < lanes and at most one tile of rows and columns,
// c[row * c_row + column * c_column + lane] (write)= sum over depth of
// a[row * a_row + k * a_depth + lane] * b[column * b_column + k * b_depth + lane].
template <class T>
struct InterleavedArguments {
  std::ptrdiff_t lanes;
  std::ptrdiff_t depth;
  std::ptrdiff_t a_row, a_depth, b_column, b_depth, c_row, c_column;
  TileWrite write;
  T alpha, beta;
  bool conjugate_a = false, conjugate_b = false;  // of complex numbers as parts
};

template <class T>
struct InterleavedKernels {
  static constexpr int most_side = 4;
  using Kernel = void (*)(const InterleavedArguments<T>&, const T* a, const T* b, T* c);
  int side;  // rows and columns of the largest tile there is
  Kernel tiles[most_side][most_side];  // [rows - 1][columns - 1]
};

// c[c_rows[i] + c_columns[j]] (write)= tile[i * tile_row + j], for columns that are not adjacent in c.
template <class T>
struct ScatterArguments {
  const T* tile;
  std::ptrdiff_t tile_row;
  int rows, columns;
  T* c;
  const std::ptrdiff_t *c_rows, *c_columns;
  TileWrite write;  // store or add
  T alpha, beta;
};

// For each of `batches`, one stride apart: c[row][column] (write)= sum over depth of a[row][depth] * b[depth][column], for
// `tiles` register tiles below each other. Every array has one stride a role; columns are adjacent in b and in c. The arrays
// are handed over beside it, so that what stays the same from call to call can be kept.
template <class T>
struct SmallArguments {
  std::ptrdiff_t batches, a_batch, b_batch, c_batch;
  std::ptrdiff_t tiles;  // each of as many rows as the kernel has
  std::ptrdiff_t depth;
  std::ptrdiff_t a_row, a_depth, b_depth, c_row;
  std::ptrdiff_t depths, a_depths, b_depths;  // so many times that depth is summed, a and b being so far apart
  int tail;  // columns of the last vector, 1 .. width; not used by the narrow kernels
  TileWrite write;
  T alpha, beta;
  bool conjugate_a = false, conjugate_b = false;  // of complex numbers as parts
};

// What runs through batches of a few tiles each, for at most `rows` rows; null where there is none.
template <class T>
struct SmallKernels {
  static constexpr int most_rows = 8, most_vectors = 2, narrow_widths = 3;
  using Kernel = void (*)(const SmallArguments<T>&, const T* a, const T* b, T* c);

  int rows;
  Kernel wide[most_rows][most_vectors];      // [rows - 1][vectors - 1]
  Kernel narrow[most_rows][narrow_widths];   // for 2, 4 and 8 columns, less than a vector
  Kernel square[most_rows][narrow_widths];   // the same, where as many positions are summed as there are numbers in a row
};

template <class T>
struct ContractKernels {
  static constexpr int most_rows = 14, most_vectors = 2;
  static constexpr int joined_count = 3, most_joined = 4;  // shapes, heights of tiles of a shape
  static constexpr JoinedShape joined_shapes[joined_count] = {{2, 3, 8}, {4, 5, 4}, {2, 5, 4}};
  using Tile = void (*)(const TileArguments<T>&);
  using Row = void (*)(const RowArguments<T>&);
  using Joined = void (*)(const JoinedArguments<T>&);

  int rows, columns;       // the widest tile; its columns are `vectors` registers of `width` lanes
  int width;
  bool ragged_b;           // tiles read only `b_tail` lanes of b's last vector, so b of any width can be used in place
  Tile adjacent[most_rows][most_vectors];  // [rows - 1][vectors - 1]: rows of a side by side (packed panels)
  Tile strided[most_rows][most_vectors];   // rows of a anywhere at one stride (a in place); null unless T is float or double
  Row row[most_rows];  // [rows - 1]; null unless T is float or double and a vector is a line
  Joined joined[joined_count][most_joined];  // [shape][rows / runs - 1]; null unless T is float or double and a vector is a line
  SmallKernels<T> small;  // none unless T is float or double
  InterleavedKernels<T> interleaved;  // none unless T is float or double
  void (*pack)(const PackArguments<T>&);
  void (*pack_bf16)(const PackArguments<T>&);  // out of an array of halves, whose elements offsets count; null unless T is float or double
  void (*pack_f16)(const PackArguments<T>&);
  void (*pack_f32)(const PackArguments<T>&);  // the same of floats; null unless T is double
  void (*pack_group)(const GroupArguments<T>&);  // null unless T is float or double
  void (*scatter)(const ScatterArguments<T>&);
  // Rows of neighbours go around the caches. Plain arguments, since it follows stores that have not reached the cache: a structure
  // would be read back from them. Null unless T is float or double.
  void (*stream)(const T* from, std::ptrdiff_t from_row, T* to, std::ptrdiff_t to_row, std::ptrdiff_t rows, std::ptrdiff_t length);
};

// Contractions of complex numbers as parts: a row of a is pairs, real part first; columns of b and c are parts. Every part of b meets both
// parts of a, in sums of their own, and these become complex numbers when the tile is done.
template <class T>
struct PairKernels {
  static constexpr int most_rows = ContractKernels<T>::most_rows / 2, most_vectors = ContractKernels<T>::most_vectors;
  using Tile = typename ContractKernels<T>::Tile;

  int rows;  // of the widest tile; its columns are those of ContractKernels
  Tile adjacent[most_rows][most_vectors];  // [rows - 1][vectors - 1]: pairs of a side by side
  Tile strided[most_rows][most_vectors];
  SmallKernels<T> small;  // columns are parts, as those of c are
  InterleavedKernels<T> interleaved;  // lanes are parts, two a batch
  // Panels of pairs as they lie: `width` and `stride` count pairs, lane j is at lanes[every * j], which is even, as all depths are.
  void (*pack)(const PackArguments<T>&, int every);
};

// Contractions of bf16 with sums of f32. A number of a panel is a duo: two halves that are neighbours along the sum, a zero behind the last.
// Offsets and `depth` of what is packed count halves, the depth of a tile duos. Halves and sums below the smallest normal number count as 0.
struct DuoKernels {
  using Numbers = ContractKernels<float>;
  Numbers::Tile tiles[Numbers::most_rows][Numbers::most_vectors];  // [rows - 1][vectors - 1]: rows of a side by side; as many as floats have
  void (*pack)(const PackArguments<float>&);
  double flops_per_step;                                    // of what follows: as LimitKernels::multiply_add, of duos
  float (*multiply_add)(std::ptrdiff_t steps, float x, float y);
};

// Contractions of bytes with sums of 32 bits. A number of a panel is a quad: four bytes that are neighbours along the sum, zeros past
// its end. Offsets and `depth` of what is packed count bytes, the depth of a tile quads. Null where the machine has no instruction that
// multiplies quads.
struct QuadKernels {
  using Numbers = ContractKernels<std::uint32_t>;
  static constexpr int rows = 14;  // 28 registers of sums, 2 of columns, a row; columns and width are those of 32-bit integers

  // [whether b is signed][rows - 1][vectors - 1]: rows of a side by side, signed where b is not. The panel of b begins with a row that
  // the sums begin with.
  Numbers::Tile tiles[2][rows][Numbers::most_vectors];
  // Rows of a. `turns`: with 128 more or less, modulo 256, so that signed bytes become unsigned ones, or the reverse.
  void (*pack_rows)(const PackArguments<std::uint32_t>&, bool turns);
  // Columns of b and, before them, what the sums begin with where signs of a were turned.
  void (*pack_columns)(const PackArguments<std::uint32_t>&, bool is_signed, bool a_turns);
};

}  // namespace einc::kernels
