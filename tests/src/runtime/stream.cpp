// A small attention as a stream built by hand, against plain loops: masks by position and by an array, odd extents, empty rows.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/stream.hpp"

#include <cstdlib>
#include <memory>

#include "ir/contract_scratch.hpp"
#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using namespace einc::ir;
using testing::RandomLoops;

constexpr Extent heads = 2, queries = 37, keys = 101, depth = 20, width = 13, row_tile = 16, key_tile = 32;
constexpr double score_factor = 0.3;

enum class Seen { all, by_position, by_array };

struct Problem {
  Seen seen;
  Extent shift;  // query q sees keys up to q + shift
  Extent key_count = keys;
  bool bounded = false;  // the mask is given as a limit of every row too
  Extent together = 1;
  Extent part = 0;  // streamed tiles
  bool from = false;     // query q sees keys from q + shift on instead
  bool brings = false;   // queries are copied into the tile first
  bool narrow = false;   // rows end where they see no more
  bool asks = false;     // for keys and values of the next tile
};

// visible = position of the key <= position of the query + shift, or < limit[query]. From: >=, of both.
ScalarCode visible_code(const Problem& problem) {
  ScalarCode code = {{Function::argument, {0}, 0}, {Function::argument, {1}, 0}};
  if (problem.seen == Seen::by_array) {
    code.push_back(problem.from ? ScalarOp{Function::less_equal, {1, 0}, 0} : ScalarOp{Function::less, {0, 1}, 0});
  } else {
    code.push_back({Function::constant, {}, static_cast<double>(problem.shift)});
    code.push_back({Function::add, {1, 2}, 0});
    code.push_back(problem.from ? ScalarOp{Function::less_equal, {3, 0}, 0} : ScalarOp{Function::less_equal, {0, 3}, 0});
  }
  return code;
}

std::vector<MapInput> visible_inputs(const Problem& problem) {
  MapInput key{true, {}, {0, 1}, {0, 0, 1}}, query{true, {}, {1, 0}, {0, 1, 0}};
  if (problem.seen == Seen::by_array) query = {false, {Place::operand, 3, 0}, {1, 0}, {0, 1, 0}};
  return {key, query};
}

// The same as a limit of every row: the row plus the shift, or what the array says.
std::vector<MaskBound> bounds_of(const Problem& problem) {
  ScalarCode limit = visible_code(problem);
  if (problem.seen == Seen::by_array) return {{0, {limit[0], limit[1]}, problem.from, !problem.from}};
  limit.pop_back();
  return {{0, limit, problem.from, false}};
}

template <class T>
Executable attention(const Problem& problem, const kernels::KernelTable& table) {
  const DType dtype = dtype_of<T>;
  const auto& contract = runtime::contract_kernels<T>(table);
  const Tiling tiling{contract.rows, contract.columns, 64, 64, 64, 1};
  const auto element = static_cast<std::int64_t>(sizeof(T));
  Executable made;
  made.operand_count = 4, made.output_count = 1;
  Stream stream;
  stream.frame = {{heads, 1}, {queries, row_tile}, {problem.key_count, key_tile}};
  stream.row_loop = 1;
  for (const std::int64_t elements : {row_tile * key_tile, row_tile, row_tile, row_tile * width, row_tile * depth}) {
    if (stream.tiles.size() == 4 && !problem.brings) break;
    stream.tiles.push_back({stream.tile_bytes, elements * element});
    stream.tile_bytes += (elements * element + 63) / 64 * 64;
  }
  const BufferRef scores{Place::tile, 0, 0}, largest{Place::tile, 1, 0}, sum{Place::tile, 2, 0}, rows_out{Place::tile, 3, 0};
  if (problem.together > 1) stream.together = problem.together, stream.clips = {key_tile / 4, key_tile / 2};
  stream.state_begin = stream.tiles[1].offset, stream.state_bytes = stream.tile_bytes - stream.state_begin;
  stream.tile_bytes += (stream.together - 1) * stream.state_bytes;
  const std::int64_t kept = kept_state_bytes + contract_scratch(tiling, dtype).bytes;
  stream.kept_bytes = stream.together > 1 ? 2 * kept : 0;
  made.scratch_bytes = stream.tile_bytes + stream.kept_bytes + contract_scratch(tiling, dtype).bytes;
  stream.variants.resize(4 + 2 * stream.clips.size());
  for (std::size_t which = 0; which < stream.variants.size(); ++which) {
    const Extent rows = (which & 1) != 0 ? queries % row_tile : row_tile;
    const Extent columns = which >= 4 ? stream.clips[which / 2 - 2] : (which & 2) != 0 ? problem.key_count % key_tile : key_tile;
    if (columns == 0) continue;
    StreamVariant& variant = stream.variants[which];
    Instruction product{Kernel::contract, dtype, {Place::operand, 0, 0}, {Place::operand, 1, 0}, scores,
                        {{Role::m, rows, depth, 0, columns}, {Role::n, columns, 0, depth, 1}, {Role::k, depth, 1, 1, 0}}, tiling};
    product.factor = score_factor;
    product.frame = {queries * depth, keys * depth, 0, depth, 0, 0, 0, depth, 0};
    if (problem.brings) {
      Instruction bring{Kernel::permute, dtype, product.a, {}, {Place::tile, 4, 0}, {{Role::m, rows, depth, 0, depth}, {Role::m, depth, 1, 0, 1}}, {}};
      bring.frame = {queries * depth, 0, 0, depth, 0, 0, 0, 0, 0};
      variant.begin = {bring};
      product.a = bring.c;
      for (const std::size_t loop : {0u, 1u, 2u}) product.frame[loop * 3] = 0;
    }
    Instruction hide{Kernel::map, dtype, {}, {}, scores, {{Role::m, rows, 0, 0, columns}, {Role::m, columns, 0, 0, 1}}, {}};
    hide.detail = static_cast<std::uint32_t>(made.maps.size());
    Map hiding{visible_inputs(problem), visible_code(problem), Fold::none};
    hiding.inputs.push_back({false, scores, {columns, 1}, {}});
    const auto visible = static_cast<std::uint32_t>(hiding.code.size() - 1);
    hiding.code.push_back({Function::argument, {2}, 0});
    hiding.code.push_back({Function::constant, {}, -std::numeric_limits<double>::infinity()});
    hiding.code.push_back({Function::select, {visible, visible + 1, visible + 2}, 0});
    made.maps.push_back(hiding);
    Instruction online{Kernel::online, dtype, scores, {}, scores, {{Role::m, rows, columns, 0, columns}, {Role::k, columns, 1, 0, 1}}, {}};
    Instruction weighted{Kernel::contract, dtype, scores, {Place::operand, 2, 0}, rows_out,
                         {{Role::m, rows, columns, 0, width}, {Role::n, width, 0, 1, 1}, {Role::k, columns, 1, width, 0}}, tiling};
    weighted.write = Write::accumulate;
    product.tiling.ahead = weighted.tiling.ahead = problem.asks ? ir::Ahead::next_tile : ir::Ahead::nothing;
    weighted.frame = {0, keys * width, 0, 0, 0, 0, 0, width, 0};
    variant.body = {product, hide, online, weighted};
    variant.mask_only = {false, true, false, false};
    if (problem.together > 1) variant.keeps = {0, -1, -1, kept};
    if (problem.seen == Seen::all) {
      variant.body.erase(variant.body.begin() + 1);
      variant.mask_only = {false, false, false};
      if (problem.together > 1) variant.keeps = {0, -1, kept};
    }
    Instruction divide{Kernel::map, dtype, {}, {}, {Place::output, 0, 0}, {{Role::m, rows, 0, 0, width}, {Role::m, width, 0, 0, 1}}, {}};
    divide.write = Write::scale_into;
    divide.frame = {0, 0, queries * width, 0, 0, width, 0, 0, 0};
    divide.detail = static_cast<std::uint32_t>(made.maps.size());
    made.maps.push_back({{{false, rows_out, {width, 1}, {}}, {false, sum, {1, 0}, {}}},
                         {{Function::argument, {0}, 0}, {Function::argument, {1}, 0}, {Function::divide, {0, 1}, 0},
                          {Function::constant, {}, 0}, {Function::less, {3, 1}, 0}, {Function::select, {4, 2, 3}, 0}},
                         Fold::none});
    variant.finish = {divide};
    variant.online = {largest, sum, true, {{rows_out, width}}};
    variant.mask = {problem.seen != Seen::all, visible_code(problem), {}, visible_inputs(problem), {rows, columns}, {1, 2}};
    if (problem.bounded) variant.mask.bounds = bounds_of(problem);
    if (problem.narrow) variant.narrows = {Narrow::columns, Narrow::none, Narrow::weights, Narrow::sums};
  }
  if (problem.part > 0) {
    stream.part = problem.part;
    made.arena_bytes = stream.tasks() * stream.parts() * stream.together * stream.state_bytes;
    made.buffers.push_back({0, made.arena_bytes});
  }
  made.streams.push_back(stream);
  Instruction run{Kernel::stream, dtype, {}, {}, {Place::output, 0, 0}, {}, {}};
  made.code.push_back(run);
  return made;
}

template <class T>
void check(const Problem& problem, double alpha, double beta) {
  RandomLoops random(3);
  const std::vector<T> q = random.values<T>(heads * queries * depth), k = random.values<T>(heads * keys * depth),
                       v = random.values<T>(heads * keys * width), before = random.values<T>(heads * queries * width);
  std::vector<T> limit(queries);
  for (Extent row = 0; row < queries; ++row) limit[static_cast<std::size_t>(row)] = static_cast<T>(row + problem.shift + (problem.from ? 0 : 1));
  std::vector<double> exact(before.size());
  const auto at = [](const std::vector<T>& array, Extent place) { return static_cast<double>(array[static_cast<std::size_t>(place)]); };
  for (Extent head = 0; head < heads; ++head) {
    for (Extent row = 0; row < queries; ++row) {
      const bool all = problem.seen == Seen::all;
      const Extent first = all || !problem.from ? 0 : std::clamp<Extent>(row + problem.shift, 0, problem.key_count);
      const Extent seen = all || problem.from ? problem.key_count : std::clamp<Extent>(row + problem.shift + 1, 0, problem.key_count);
      std::vector<double> result(width, 0);
      double sum = 0;
      for (Extent key = first; key < seen; ++key) {
        double score = 0;
        for (Extent d = 0; d < depth; ++d) score += at(q, (head * queries + row) * depth + d) * at(k, (head * keys + key) * depth + d);
        const double weight = std::exp(score * score_factor);
        sum += weight;
        for (Extent d = 0; d < width; ++d) result[static_cast<std::size_t>(d)] += weight * at(v, (head * keys + key) * width + d);
      }
      for (Extent d = 0; d < width; ++d) {
        const Extent place = (head * queries + row) * width + d;
        exact[static_cast<std::size_t>(place)] = alpha * (sum > 0 ? result[static_cast<std::size_t>(d)] / sum : 0) + beta * at(before, place);
      }
    }
  }
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    const Executable executable = attention<T>(problem, *table);
    ir::verify(executable);
    std::vector<T> first;
    for (int threads = 1; threads <= 3; ++threads) {
      const auto bytes = static_cast<std::size_t>(executable.scratch_bytes * threads + executable.arena_bytes);
      const std::unique_ptr<std::byte, decltype(&std::free)> scratch(static_cast<std::byte*>(std::aligned_alloc(64, bytes)), &std::free);
      std::memset(scratch.get(), 0xFF, bytes);  // NaNs wherever something is read before it is written
      std::vector<T> out = before;
      const void* operands[] = {q.data(), k.data(), v.data(), limit.data()};
      void* outputs[] = {out.data()};
      runtime::execute(executable, *table, {operands, outputs, alpha, beta, scratch.get(), scratch.get() + executable.arena_bytes, threads});
      if (threads == 1) first = out;
      REQUIRE(std::memcmp(out.data(), first.data(), out.size() * sizeof(T)) == 0);
    }
    double worst = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const double error = std::abs(static_cast<double>(first[i]) - exact[i]);
      if (!(error <= worst)) worst = error;
    }
    INFO(table->isa << ", shift " << problem.shift);
    CHECK(worst <= 40 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("attention as a stream is attention, whatever the mask hides", "", float, double) {
  check<TestType>({Seen::all, 0}, 1, 0);
  check<TestType>({Seen::all, 0}, 1.5, -0.5);
  check<TestType>({Seen::all, 0, 64}, 1, 0);
  check<TestType>({Seen::all, 0, 20}, 1, 0);
  for (const Seen seen : {Seen::by_position, Seen::by_array})
    for (const Extent shift : {keys - queries, Extent{0}, Extent{-20}, Extent{-50}, Extent{31}, Extent{15}, Extent{200}}) check<TestType>({seen, shift}, 1, 0);
}

TEMPLATE_TEST_CASE("row tiles together, clipped tiles and bounds give the same", "", float, double) {
  for (const Extent together : {Extent{2}, Extent{3}}) {
    check<TestType>({Seen::all, 0, keys, false, together}, 1.5, -0.5);
    check<TestType>({Seen::all, 0, 20, false, together}, 1, 0);
    for (const Seen seen : {Seen::by_position, Seen::by_array})
      for (const bool bounded : {false, true})
        for (const Extent shift : {keys - queries, Extent{0}, Extent{-20}, Extent{-50}, Extent{31}, Extent{15}, Extent{200}})
          for (const bool from : {false, true}) check<TestType>({seen, shift, keys, bounded, together, 0, from}, 1, 0);
  }
}

// Scratch is full of NaNs: whatever is left out is not read.
TEMPLATE_TEST_CASE("rows that end where they see no more give the same", "", float, double) {
  for (const Extent together : {Extent{1}, Extent{3}})
    for (const Seen seen : {Seen::by_position, Seen::by_array})
      for (const Extent shift : {keys - queries, Extent{0}, Extent{-20}, Extent{-50}, Extent{31}, Extent{15}, Extent{200}})
        for (const bool from : {false, true}) check<TestType>({seen, shift, keys, true, together, 0, from, false, true}, 1, 0);
  check<TestType>({Seen::by_position, 0, keys, true, 2, 2, false, true, true}, 1.5, -0.5);
}

TEMPLATE_TEST_CASE("parts of the streamed label are joined into the same", "", float, double) {
  for (const Extent part : {Extent{1}, Extent{2}, Extent{3}})
    for (const Extent together : {Extent{1}, Extent{2}}) {
      check<TestType>({Seen::all, 0, keys, false, together, part}, 1.5, -0.5);
      for (const Seen seen : {Seen::by_position, Seen::by_array})
        for (const Extent shift : {keys - queries, Extent{0}, Extent{-20}, Extent{-50}, Extent{31}}) check<TestType>({seen, shift, keys, false, together, part}, 1, 0);
    }
}

TEMPLATE_TEST_CASE("rows brought into the tile before the first key are those of each row tile", "", float, double) {
  for (const Extent together : {Extent{1}, Extent{2}, Extent{3}})
    for (const Extent part : {Extent{0}, Extent{2}})
      for (const Seen seen : {Seen::all, Seen::by_position}) check<TestType>({seen, 0, keys, true, together, part, false, true}, 1.5, -0.5);
  check<TestType>({Seen::all, 0, 0, false, 2, 0, false, true}, 2, 0.5);
}

TEMPLATE_TEST_CASE("asking for the next tile changes no result", "", float, double) {
  for (const Extent together : {Extent{1}, Extent{3}})
    for (const Extent part : {Extent{0}, Extent{2}})
      for (const Seen seen : {Seen::all, Seen::by_position}) check<TestType>({seen, 0, keys, false, together, part, false, false, false, true}, 1.5, -0.5);
}

TEMPLATE_TEST_CASE("a tile without keys leaves nothing but what beta keeps", "", float, double) {
  check<TestType>({Seen::all, 0, 0}, 2, 0.5);
}
