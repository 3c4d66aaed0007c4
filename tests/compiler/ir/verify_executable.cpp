#include "ir/executable.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

namespace {

// ij,jk->ik with 3, 4, 5, and its transpose from the arena to the output.
Executable two_instructions() {
  Executable made;
  made.operand_count = 2;
  made.output_count = 1;
  made.arena_bytes = 128;
  made.scratch_bytes = 64;
  made.buffers = {{64, 60}};
  made.code.push_back({Kernel::contract, DType::f32, {Place::operand, 0, 0}, {Place::operand, 1, 2}, {Place::arena, 0, 0},
                       {{Role::m, 3, 4, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 4, 1, 5, 0}},
                       {4, 16, 64, 64, 64, 1}, Write::store});
  made.code.push_back({Kernel::permute, DType::f32, {Place::arena, 0, 0}, {}, {Place::output, 0, 0},
                       {{Role::m, 5, 1, 0, 3}, {Role::m, 3, 5, 0, 1}}, {}, Write::scale_into});
  return made;
}

// c = sum over k of exp($0) with a position beside, and a stream of one map into the output.
Executable with_stream() {
  Executable made;
  made.operand_count = 1;
  made.output_count = 2;
  made.scratch_bytes = 128;
  Instruction sum{Kernel::map, DType::f64, {}, {}, {Place::output, 0, 0}, {{Role::m, 3, 0, 0, 1}, {Role::k, 5, 0, 0, 0}}, {}, Write::scale_into, 2};
  made.maps.push_back({{{false, {Place::operand, 0, 1}, {5, 1}, {}}, {true, {Place::operand, 0, 7}, {0, 2}, {}}},
                       {{Function::argument, {0}, 0}, {Function::exp, {0}, 0}, {Function::argument, {1}, 0}, {Function::less, {1, 2}, 0}},
                       Fold::sum});
  Stream stream;
  stream.frame = {{6, 3}, {8, 4}};
  stream.row_loop = 0;
  stream.tiles = {{0, 96}};
  stream.tile_bytes = 128;
  StreamVariant& full = stream.variants[0];
  Instruction body{Kernel::map, DType::f64, {}, {}, {Place::tile, 0, 0}, {{Role::m, 3, 0, 0, 4}, {Role::m, 4, 0, 0, 1}}, {}};
  body.detail = 1;
  made.maps.push_back({{{true, {}, {1, 0}, {1, 0}}}, {{Function::argument, {0}, 0}}, Fold::none});
  Instruction finish{Kernel::permute, DType::f64, {Place::tile, 0, 0}, {}, {Place::output, 1, 0}, {{Role::m, 3, 4, 0, 1}}, {}};
  finish.frame = {0, 0, 1, 0, 0, 0};
  full.body = {body};
  full.mask_only = {false};
  full.finish = {finish};
  made.streams.push_back(stream);
  made.code = {sum, {Kernel::stream, DType::f64, {}, {}, {Place::output, 1, 0}, {}, {}}};
  return made;
}

template <class Break>
std::string complaint(Break break_it, Executable broken = two_instructions()) {
  break_it(broken);
  try {
    verify(broken);
  } catch (const InternalError& error) {
    return error.what();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("verify accepts what is well formed") {
  CHECK_NOTHROW(verify(two_instructions()));
  CHECK_NOTHROW(verify(Executable{}));
}

TEST_CASE("verify says what is wrong, where, and prints the executable") {
  using E = Executable;
  CHECK_THAT(complaint([](E& e) { e.code[0].a.index = 2; }), ContainsSubstring("a is operand 2, of 2 in instruction 0"));
  CHECK_THAT(complaint([](E& e) { e.code[0].a.index = 2; }), ContainsSubstring("permute f32 output 0"));
  CHECK_THAT(complaint([](E& e) { e.code[1].c.index = 1; }), ContainsSubstring("c is output 1, of 1"));
  CHECK_THAT(complaint([](E& e) { e.code[1].c = {Place::operand, 0, 0}; }), ContainsSubstring("c writes operand 0"));
  CHECK_THAT(complaint([](E& e) { e.code.erase(e.code.begin()); }), ContainsSubstring("before it is written"));
  CHECK_THAT(complaint([](E& e) { e.code.pop_back(); }), ContainsSubstring("output 0 is never written"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].offset = 32; }), ContainsSubstring("buffer 0 begins at byte 32"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].bytes = 65; }), ContainsSubstring("ends after the arena"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].bytes = 59; }), ContainsSubstring("reaches elements 0 to 14"));
  CHECK_THAT(complaint([](E& e) { e.scratch_bytes = 65; }), ContainsSubstring("not a multiple of 64"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].extent = 0; }), ContainsSubstring("loop 0 has extent 0"));
  CHECK_THAT(complaint([](E& e) { std::swap(e.code[0].loops[0], e.code[0].loops[1]); }),
             ContainsSubstring("loop 1 over m follows n"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].b = 1; }), ContainsSubstring("over m has stride 1 in b"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[1].a = 1; }), ContainsSubstring("over n has stride 1 in a"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[2].c = 1; }), ContainsSubstring("over k has stride 1 in c"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].c = 0; }), ContainsSubstring("writes one place 3 times"));
  CHECK_THAT(complaint([](E& e) { e.code[1].loops[0].role = Role::batch, e.code[1].loops[1].role = Role::k; }),
             ContainsSubstring("over k"));
  CHECK_THAT(complaint([](E& e) { e.code[1].loops[0].b = 1; }), ContainsSubstring("which is not read"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::matvec; }), ContainsSubstring("over n in a matvec"));
  CHECK_THAT(complaint([](E& e) { e.code[0].tiling.k_block = 0; }), ContainsSubstring("blocks m 64 n 64 k 0"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::interleaved; }), ContainsSubstring("without batches side by side"));
  CHECK_THAT(complaint([](E& e) { e.code[0].tiling.run = 5; }), ContainsSubstring("runs of 5 columns"));
  const auto with_runs = [](Tiling tiling) {  // 5 columns as 5 neighbours in b with one column of c each
    return [tiling](E& e) {
      e.code[0].loops = {{Role::m, 3, 4, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::n, 1, 0, 5, 1}, {Role::k, 4, 1, 5, 0}};
      e.code[0].tiling = tiling;
    };
  };
  CHECK_THAT(complaint(with_runs({4, 16, 64, 64, 64, 1, 2})), ContainsSubstring("runs of 2 columns"));
  CHECK_THAT(complaint(with_runs({4, 16, 64, 64, 64, 1, 1, 0, 4})), ContainsSubstring("groups of 4 columns"));
  CHECK_THAT(complaint(with_runs({4, 16, 64, 64, 64, 1, 1, 0, 5})), ContainsSubstring("blocks of 64 columns in groups of 5"));
  CHECK_THAT(complaint(with_runs({4, 16, 64, 64, 64, 1, 1, 3})), ContainsSubstring("blocks of 64 columns in units of 3"));
  CHECK_THAT(complaint(with_runs({4, 16, 64, 64, 64, 1, 1, 0, 0, true})), ContainsSubstring("turned without groups"));
  CHECK_THAT(complaint(with_runs({4, 16, 2, 64, 64, 1, 1, 0, 5, true})), ContainsSubstring("blocks of 2 rows"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::small, e.code[0].loops[0].c = 1, e.code[0].loops[1].c = 3; }),
             ContainsSubstring("stride 3 in c of a small"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::small, e.code[0].loops.insert(e.code[0].loops.begin(), {Role::m, 1, 0, 0, 0}); }),
             ContainsSubstring("two loops over m"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::small, e.code[0].loops.push_back({Role::k, 65, 0, 0, 0}); }), ContainsSubstring("summed positions in a small"));
  CHECK_THAT(complaint([](E& e) { e.code[0].write = Write::scale_into; }), ContainsSubstring("c scales into buffer 0"));
}

TEST_CASE("verify knows that slices of a sum need room for the results of each") {
  const auto in_slices = [](std::int64_t bytes) {
    return [bytes](Executable& e) { e.code[0].loops[2].extent = 40, e.code[0].tiling.k_slices = 2, e.buffers[0].bytes = bytes, e.arena_bytes = 192; };
  };
  CHECK(complaint(in_slices(120)) == "no complaint");
  CHECK_THAT(complaint(in_slices(116)), ContainsSubstring("reaches elements 0 to 29 of a buffer of 116 bytes"));
}

TEST_CASE("verify looks into maps and streams") {
  using E = Executable;
  const auto wrong = [](auto break_it) { return complaint(break_it, with_stream()); };
  CHECK(wrong([](E&) {}) == "no complaint");
  CHECK_THAT(wrong([](E& e) { e.code[0].detail = 2; }), ContainsSubstring("map 2 of 2"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].code[1].in[0] = 1; }), ContainsSubstring("operation 1 uses the result of operation 1"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].code[2].in[0] = 2; }), ContainsSubstring("operation 2 is input 2, of 2"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].inputs[0].strides.pop_back(); }), ContainsSubstring("input 0 has 1 strides for 2 loops"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].inputs[0].array.index = 1; }), ContainsSubstring("input 0 is operand 1 at 1, of 1"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].inputs[0].array = {Place::tile, 0, 0}; }), ContainsSubstring("outside of a stream"));
  CHECK_THAT(wrong([](E& e) { e.maps[0].fold = Fold::none; }), ContainsSubstring("in a kernel that sums nothing"));
  CHECK_THAT(wrong([](E& e) { e.code[0].write = Write::accumulate; }), ContainsSubstring("accumulated outside of a stream"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].tiles[0].bytes = 95; }), ContainsSubstring("tile 0 reaches elements 0 to 11"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].tiles[0].bytes = 129; }), ContainsSubstring("tile 0 ends after the tiles of 128 bytes"));
  CHECK_THAT(wrong([](E& e) { e.scratch_bytes = 64; }), ContainsSubstring("tiles of 128 bytes in scratch of 64"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].row_loop = 1; }), ContainsSubstring("rows are frame loop 1 of 2"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].variants[0].finish[0].frame.pop_back(); }), ContainsSubstring("5 strides for 2 frame loops"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].variants[0].body.clear(), e.streams[0].variants[0].mask_only.clear(); }), ContainsSubstring("tile 0 before it is written"));
  const auto begins = [&](Place from, Stride apart) {
    return wrong([from, apart](E& e) {
      Instruction begin{Kernel::permute, DType::f64, {from, 0, 0}, {}, {Place::tile, 0, 0}, {{Role::m, 3, 0, 0, apart}}, {}};
      begin.frame = {0, 0, 0, 0, 0, 0};
      e.streams[0].variants[0].begin = {begin};
    });
  };
  CHECK_THAT(begins(Place::tile, 4), ContainsSubstring("tile 0 before it is written"));
  CHECK_THAT(begins(Place::operand, 6), ContainsSubstring("tile 0 reaches elements 0 to 12"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].variants[0].mask_only.clear(); }), ContainsSubstring("0 marks for 1 instructions"));
  CHECK_THAT(wrong([](E& e) { e.streams[0].variants[0].finish.clear(); }), ContainsSubstring("output 1 is never written"));
}

TEST_CASE("verify lets bytes alone be packed in quads, for sums of 32 bits") {
  Executable made;
  made.operand_count = 2;
  made.output_count = 1;
  made.scratch_bytes = 64;
  made.code.push_back({Kernel::contract, DType::i32, {Place::operand, 0, 0, DType::i8}, {Place::operand, 1, 0, DType::u8}, {Place::output, 0, 0},
                       {{Role::m, 3, 4, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 4, 1, 5, 0}},
                       {4, 16, 64, 64, 64, 1}, Write::scale_into});
  made.code[0].tiling.quads = true;
  CHECK_NOTHROW(verify(made));
  const std::string in_quads = "in quads";
  CHECK_THAT(complaint([](Executable& e) { e.code[0].dtype = DType::i64; }, made), ContainsSubstring(in_quads));
  CHECK_THAT(complaint([](Executable& e) { e.code[0].a.dtype.reset(); }, made), ContainsSubstring(in_quads));
  CHECK_THAT(complaint([](Executable& e) { e.code[0].b.dtype = DType::i16; }, made), ContainsSubstring(in_quads));
  CHECK_THAT(complaint([](Executable& e) { e.code[0].tiling.ahead = Ahead::block; }, made), ContainsSubstring(in_quads));
}

TEST_CASE("verify knows that pairs of a are read whole") {
  // A copy of operand 0 in the arena, then ij,jk->ik of complex numbers with 3, 4, 5: a ends where the buffer does.
  Executable made;
  made.operand_count = 2;
  made.output_count = 1;
  made.arena_bytes = 128;
  made.scratch_bytes = 64;
  made.buffers = {{0, 96}};
  made.code.push_back({Kernel::permute, DType::c64, {Place::operand, 0, 0}, {}, {Place::arena, 0, 0}, {{Role::m, 12, 1, 0, 1}}, {}});
  made.code.push_back({Kernel::contract, DType::f32, {Place::arena, 0, 0}, {Place::operand, 1, 0}, {Place::output, 0, 0},
                       {{Role::m, 3, 8, 0, 10}, {Role::n, 10, 0, 1, 1}, {Role::k, 4, 2, 10, 0}},
                       {4, 16, 64, 64, 64, 1}, Write::scale_into});
  made.code[1].tiling.pairs = true;
  CHECK_NOTHROW(verify(made));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].loops[2].extent = 5; }, made), ContainsSubstring("reaches elements 0 to 25"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].dtype = DType::i32; }, made), ContainsSubstring("complex parts in i32"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].tiling.brings_rows = true; }, made), ContainsSubstring("brings rows"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].tiling.ahead = Ahead::next_tile; }, made), ContainsSubstring("a contract asks for the next tile of b"));
  const auto cut = [](Executable& e) { e.code[0].loops[0].extent = 11, e.buffers[0].bytes = 92; };
  CHECK_THAT(complaint(cut, made), ContainsSubstring("reaches elements 0 to 23"));
  cut(made);
  made.code[1].tiling.pairs = false;
  CHECK_NOTHROW(verify(made));
}

TEST_CASE("verify lets copies and sums read halves of one type, and nothing beside") {
  Executable made;
  made.operand_count = 2;
  made.output_count = 2;
  made.maps.push_back({{{false, {Place::operand, 0, 0, DType::bf16}, {1}, {}}}, {{.function = Function::argument}}});
  made.code.push_back({Kernel::permute, DType::f32, {Place::operand, 0, 0, DType::bf16}, {}, {Place::output, 0, 0, DType::bf16}, {{Role::m, 20, 1, 0, 1}}, {}});
  made.code.push_back({Kernel::dot, DType::f32, {Place::operand, 0, 0, DType::f16}, {Place::operand, 1, 0, DType::f16}, {Place::output, 1, 0}, {{Role::k, 20, 1, 1, 0}}, {}});
  CHECK_NOTHROW(verify(made));
  CHECK_THAT(complaint([](Executable& e) { e.code[0].c.dtype = DType::f16; }, made), ContainsSubstring("a permute of mixed types"));
  CHECK_THAT(complaint([](Executable& e) { e.code[0].detail = 1; }, made), ContainsSubstring("map 1 of 1"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].b.dtype = DType::bf16; }, made), ContainsSubstring("a dot of mixed types"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].dtype = DType::f64; }, made), ContainsSubstring("a dot of mixed types"));
  CHECK_THAT(complaint([](Executable& e) { e.code[1].c.dtype = DType::i8; }, made), ContainsSubstring("a dot of mixed types"));
}
