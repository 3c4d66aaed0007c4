#include "bind/bind.hpp"

#include <einc/error.hpp>

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;
using test::bound;

namespace {
ErrorCode code_of(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {}) {
  try {
    bound(text, shapes, options);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::none;
}
}  // namespace

TEST_CASE("a label has one extent in the whole expression") {
  const bind::Bound b = bound("ij,jk->ik", {{2, 3}, {3, 4}});
  CHECK(b.shapes[0] == Shape{2, 4});
  CHECK(b.expression.extents == Shape{2, 3, 4});
  CHECK(b.names == std::vector<std::string>{"i", "j", "k"});
  CHECK(code_of("ij,jk->ik", {{2, 3}, {4, 4}}) == ErrorCode::extent_mismatch);
}

TEST_CASE("labels under an ellipsis align to the right and stretch from 1") {
  const bind::Bound b = bound("...i,...i->...", {{5, 1, 3}, {4, 3}});
  CHECK(b.shapes[0] == Shape{5, 4});
  CHECK(b.expression.values[0].labels.size() == 2);  // the extent of 1 that was stretched is gone
}

TEST_CASE("an ellipsis that covers nothing may be left out or appear only in the result") {
  CHECK(code_of("...i->i", {{3}}) == ErrorCode::none);
  CHECK(bound("i->...i", {{3}}).shapes[0] == Shape{3});
}

TEST_CASE("an ellipsis that covers labels must be kept, unless summing it is asked for") {
  CHECK(code_of("...i->i", {{2, 3}}) == ErrorCode::ellipsis_dropped);
  CHECK(bound("...i->i", {{2, 3}}, {.sum_ellipsis = true}).shapes[0] == Shape{3});
}

TEST_CASE("an ellipsis of its own name is another group of labels") {
  const bind::Bound b = bound("...i,[x...]i->...[x...]", {{2, 4}, {3, 5, 4}});
  CHECK(b.shapes[0] == Shape{2, 3, 5});
}

TEST_CASE("a term with two ellipses is refused, since neither says how much it covers") {
  CHECK(code_of("...[x...]->...", {{2, 3}}) == ErrorCode::bad_ellipsis);
}

TEST_CASE("an extent of 1 meets a larger one only where numpy's broadcasting is asked for") {
  CHECK(code_of("ij,jk->ik", {{2, 1}, {3, 4}}) == ErrorCode::extent_mismatch);
  const bind::Bound b = bound("ij,jk->ik", {{2, 1}, {3, 4}}, {.broadcast = Broadcast::numpy});
  CHECK(b.expression.values[0].labels == ir::Term{0});  // does not vary along j
  CHECK(code_of("ii->i", {{1, 3}}, {.broadcast = Broadcast::numpy}) == ErrorCode::extent_mismatch);
}

TEST_CASE("a label repeated in the result is kept by einc's rules and refused by numpy's") {
  CHECK(bound("i->ii", {{3}}).shapes[0] == Shape{3, 3});
  CHECK(code_of("i->ii", {{3}}, {.broadcast = Broadcast::numpy}) == ErrorCode::repeated_output_label);
}

TEST_CASE("arrays too large to count are refused before anything is computed") {
  const Extent huge = Extent{1} << 32;
  CHECK(code_of("ij,jk->ik", {{huge, huge}, {huge, huge}}) == ErrorCode::too_large);
  CHECK(code_of("i,j->ij", {{huge}, {huge}}) == ErrorCode::too_large);
  CHECK(code_of("ij->", {{huge, huge}}) == ErrorCode::too_large);
  CHECK(code_of("ijk->k", {{huge, huge, 0}}) == ErrorCode::none);  // empty, whatever the other extents
}

TEST_CASE("counts and ranks are checked against the text") {
  CHECK(code_of("i,j->ij", {{2}}) == ErrorCode::operand_count);
  CHECK(code_of("i->i", {{2}, {2}}) == ErrorCode::operand_count);
  CHECK(code_of("ij->i", {{2}}) == ErrorCode::rank_mismatch);
  CHECK(code_of("i...j->", {{2}}, {.sum_ellipsis = true}) == ErrorCode::rank_mismatch);
}
