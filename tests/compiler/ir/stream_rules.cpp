// stream_rules.cpp: what is wrong with the storage of a stream is named.
#include "ir/stream_rules.hpp"

#include "ir/few_scratch.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

ir::Stream together() {
  ir::Stream stream;
  stream.frame = {{100, 10}, {64, 16}};
  stream.row_loop = 0, stream.together = 4;
  stream.tiles = {{0, 100}, {128, 60}};
  stream.state_begin = 128, stream.state_bytes = 64, stream.tile_bytes = 384, stream.kept_bytes = 128;
  stream.clips = {4, 8};
  stream.variants.resize(8);
  return stream;
}

template <class Break>
std::string fault(Break break_it, std::int64_t scratch_bytes = 512) {
  ir::Stream stream = together();
  break_it(stream);
  const ir::Buffer states{0, 1536};  // of three tasks of two parts of four row tiles
  return ir::stream_fault(stream, scratch_bytes, {&states, 1});
}

}  // namespace

TEST_CASE("row tiles together have a state each, and room to keep panels") {
  CHECK(fault([](ir::Stream&) {}).empty());
  CHECK_THAT(fault([](ir::Stream& s) { s.together = 5; }), ContainsSubstring("states of 64 bytes from 128 on, 5 times, in tiles of 384"));
  CHECK_THAT(fault([](ir::Stream& s) { s.row_loop = -1; }), ContainsSubstring("4 row tiles together"));
  CHECK(fault([](ir::Stream& s) { s.rows_in_order = true; }).empty());
  CHECK_THAT(fault([](ir::Stream& s) { s.together = 40; }), ContainsSubstring("40 row tiles together"));
  CHECK_THAT(fault([](ir::Stream& s) { s.tiles[0].bytes = 140; }), ContainsSubstring("a tile of 140 bytes at 0 lies across the states"));
  CHECK_THAT(fault([](ir::Stream& s) { s.tiles[1].bytes = 65; }), ContainsSubstring("lies across the states"));
  CHECK_THAT(fault([](ir::Stream& s) { s.kept_bytes = 192; }), ContainsSubstring("192 bytes kept behind tiles of 384 in scratch of 512"));
  CHECK_THAT(fault([](ir::Stream& s) { s.tile_bytes = 576; }), ContainsSubstring("tiles of 576 bytes in scratch of 512"));
}

TEST_CASE("clips ascend below a tile, and have variants") {
  CHECK_THAT(fault([](ir::Stream& s) { s.clips = {8, 4}; }), ContainsSubstring("clip 4 of tiles of 16"));
  CHECK_THAT(fault([](ir::Stream& s) { s.clips = {4, 16}; }), ContainsSubstring("clip 16 of tiles of 16"));
  CHECK_THAT(fault([](ir::Stream& s) { s.variants.resize(4); }), ContainsSubstring("4 variants of a stream with 2 clips"));
}

TEST_CASE("panels are kept for every instruction or for none, where there is room") {
  CHECK_THAT(fault([](ir::Stream& s) { s.variants[0].keeps = {0}; }), ContainsSubstring("1 places to keep panels for 0 instructions"));
  CHECK_THAT(fault([](ir::Stream& s) { s.variants[0].body.resize(1), s.variants[0].keeps = {192}; }), ContainsSubstring("panels kept at 192 of 128"));
  CHECK(fault([](ir::Stream& s) { s.variants[0].body.resize(1), s.variants[0].keeps = {64}; }).empty());
}

TEST_CASE("narrow instructions have the rows and positions of a mask that is limits") {
  const auto narrow = [](auto break_it) {
    return fault([&](ir::Stream& s) {
      ir::Instruction scores{}, weights{};
      scores.kernel = ir::Kernel::contract, weights.kernel = ir::Kernel::online;
      scores.loops = {{ir::Role::m, 4, 0, 0, 16}, {ir::Role::n, 16, 0, 0, 1}, {ir::Role::k, 8, 1, 1, 0}};
      ir::StreamVariant& variant = s.variants[0];
      variant.body = {scores, weights};
      variant.mask.extents = {2, 2, 16}, variant.mask.bounds.resize(1);
      variant.narrows = {ir::Narrow::columns, ir::Narrow::weights};
      break_it(variant);
    });
  };
  CHECK(narrow([](ir::StreamVariant&) {}).empty());
  CHECK(narrow([](ir::StreamVariant& v) { v.narrows[0] = ir::Narrow::none; }).empty());
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.mask.bounds.clear(); }), ContainsSubstring("by 0 limits of 4 rows"));
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.mask.extents[0] = 200; }), ContainsSubstring("by 1 limits of 400 rows"));
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.narrows.pop_back(); }), ContainsSubstring("1 narrow instructions of 2"));
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.narrows[1] = ir::Narrow::none; }), ContainsSubstring("weights of a narrow tile"));
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.narrows[0] = ir::Narrow::sums; }), ContainsSubstring("a contract of 4 rows and 8 positions is narrow in a tile of 4 and 16"));
  CHECK_THAT(narrow([](ir::StreamVariant& v) { v.body[0].loops[0].extent = 3; }), ContainsSubstring("a contract of 3 rows"));
}

TEST_CASE("parts have an online instruction, and room for their states") {
  const auto parted = [](ir::Stream& s) {
    s.part = 2;
    s.variants[0].body.resize(1);
    s.variants[0].body[0].kernel = ir::Kernel::online;
  };
  CHECK(fault(parted).empty());
  CHECK_THAT(fault([&](ir::Stream& s) { parted(s), s.part = 1; }), ContainsSubstring("states of parts of 3072 bytes in a buffer of 1536"));
  CHECK_THAT(fault([&](ir::Stream& s) { parted(s), s.part_states = 1; }), ContainsSubstring("states of parts in buffer 1 of 1"));
  CHECK_THAT(fault([&](ir::Stream& s) { parted(s), s.variants[0].body[0].kernel = ir::Kernel::map; }), ContainsSubstring("parts of 2 tiles of a stream that has none"));
}

TEST_CASE("tiles are whole blocks of pages or parts of one, and what reads pages can") {
  const auto paged = [](Extent block, auto break_it) {
    return fault([&](ir::Stream& s) {
      s.paged.push_back({{ir::Place::operand, 2, 0}, {0, 0}, 1, block, 7, 100, 10});
      break_it(s);
    });
  };
  const auto as_it_is = [](ir::Stream&) {};
  CHECK(paged(4, as_it_is).empty());
  CHECK(paged(32, as_it_is).empty());  // a tile is half of one
  CHECK_THAT(paged(8, as_it_is), ContainsSubstring("tiles of 4 positions in blocks of 8"));
  CHECK_THAT(paged(3, as_it_is), ContainsSubstring("64 positions in blocks of 3"));
  CHECK_THAT(paged(4, [](ir::Stream& s) { s.paged[0].frame.pop_back(); }), ContainsSubstring("an index of pages with 1 strides for 2 frame loops"));
  CHECK_THAT(paged(4, [](ir::Stream& s) { s.paged[0].index.place = ir::Place::tile; }), ContainsSubstring("an index of pages in a tile"));
  CHECK_THAT(paged(4, [](ir::Stream& s) { s.paged[0].index = {ir::Place::arena, 9, 0}; }), ContainsSubstring("an index of pages in buffer 9 of 1"));
  const auto reader = [](ir::Kernel kernel, std::int32_t pages) {
    ir::Instruction made{};
    made.kernel = kernel, made.dtype = DType::f32, made.paged = pages;
    return made;
  };
  CHECK_THAT(paged(4, [&](ir::Stream& s) { s.variants[0].body = {reader(ir::Kernel::gather, 1)}; }), ContainsSubstring("pages 1 of 1"));
  CHECK_THAT(paged(4, [&](ir::Stream& s) { s.variants[0].body = {reader(ir::Kernel::matvec, 0)}; }), ContainsSubstring("a matvec of pages"));
}

TEST_CASE("rows are few, and their features neighbours") {
  const auto few = [](Extent rows, Extent features, Stride feature, DType dtype = DType::f32, std::int64_t kept = 0) {
    ir::Instruction made{};
    made.kernel = ir::Kernel::few, made.dtype = dtype;
    made.loops = {{ir::Role::m, rows, features, 0, 16}, {ir::Role::n, 16, 0, features, 1}, {ir::Role::k, features, 1, feature, 0}};
    return fault([&](ir::Stream& s) { s.variants[0].body = {made}, s.kept_bytes = kept; }, 384 + 32 * 64 * 4 + 64 * 4);
  };
  CHECK(few(32, 64, 1).empty());
  ir::Instruction odd{};
  odd.kernel = ir::Kernel::few, odd.dtype = DType::f32;
  odd.loops = {{ir::Role::batch, 3, 200, 40, 2505}, {ir::Role::m, 5, 40, 0, 501}, {ir::Role::k, 40, 1, 1, 0}};
  CHECK(ir::few_scratch_bytes(odd) == 6336);  // 3 batches of 8 rows of 64, and 40: whole lines
  CHECK_THAT(few(32, 64, 1, DType::f32, 64), ContainsSubstring("rows of 1 batches beside 8384 bytes of scratch"));
  CHECK_THAT(few(33, 64, 1), ContainsSubstring("33 rows are not few"));
  const auto weights = [](Stride key) {  // times values: read where they are, so without scratch
    ir::Instruction made{};
    made.kernel = ir::Kernel::few, made.dtype = DType::f32;
    made.loops = {{ir::Role::batch, 2, 80, 640, 128}, {ir::Role::m, 5, 16, 0, 40}, {ir::Role::n, 40, 0, 1, 1}, {ir::Role::k, 16, key, 40, 0}};
    return fault([&](ir::Stream& s) { s.variants[0].body = {made}, s.kept_bytes = 128; });
  };
  CHECK(weights(1).empty());
  CHECK_THAT(few(8, 2000, 1), ContainsSubstring("are not few"));
  CHECK_THAT(few(8, 64, 2), ContainsSubstring("features that are no neighbours"));
  CHECK_THAT(few(8, 64, 1, DType::c64), ContainsSubstring("few rows of other numbers than floats"));
}
