#include "ir/executable.hpp"

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
  full.begin = {{Kernel::permute, DType::f64, {Place::operand, 0, 0}, {}, {Place::tile, 0, 0}, {{Role::m, 3, 1, 0, 4}}, {}}};
  made.streams.push_back(stream);
  made.code = {sum, {Kernel::stream, DType::f64, {}, {}, {Place::output, 1, 0}, {}, {}}};
  return made;
}

}  // namespace

TEST_CASE("an executable is printed line by line: buffers, instructions, loops") {
  CHECK(print(two_instructions()) ==
        "executable: 2 operands, 1 outputs, arena 128 bytes, scratch 64 bytes a thread\n"
        "  buffer 0: 60 bytes at 64\n"
        "  contract f32 buffer 0 = operand 0 * operand 1 at 2, tile 4x16, blocks m 64 n 64 k 64, k slices 1\n"
        "    m            3  a        4  b        0  c        5\n"
        "    n            5  a        0  b        1  c        1\n"
        "    k            4  a        1  b        5  c        0\n"
        "  permute f32 output 0 = buffer 0, scaled into\n"
        "    m            5  a        1  b        0  c        3\n"
        "    m            3  a        5  b        0  c        1\n");
}

TEST_CASE("maps and streams are printed with what belongs to them") {
  CHECK(print(with_stream()) ==
        "executable: 1 operands, 2 outputs, arena 0 bytes, scratch 128 bytes a thread\n"
        "  map f64 output 0 = sum of less(exp($0), $1) * 2, scaled into\n"
        "    m            3  a        0  b        0  c        1\n"
        "    k            5  a        0  b        0  c        0\n"
        "    $0 operand 0 at 1, strides 5 1\n"
        "    $1 position from 7, strides 0 2\n"
        "  stream f64 output 1 = stream 0\n"
        "    frame        6 in tiles of 3\n"
        "    frame        8 in tiles of 4\n"
        "    tile 0: 96 bytes at 0 of 128\n"
        "    full rows, full tile\n"
        "      begin\n"
        "      permute f64 tile 0 = operand 0\n"
        "        m            3  a        1  b        0  c        4\n"
        "      a tile\n"
        "      map f64 tile 0 = $0\n"
        "        m            3  a        0  b        0  c        4\n"
        "        m            4  a        0  b        0  c        1\n"
        "        $0 position from 0, strides 1 0, frame 1 0\n"
        "      finish\n"
        "      permute f64 output 1 = tile 0\n"
        "        m            3  a        4  b        0  c        1\n"
        "        frame 0 0 1 0 0 0\n");
}
