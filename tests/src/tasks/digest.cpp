#include "tasks/digest.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/element_lists.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

std::uint64_t digest_of(const ArrayRef& array) { return tasks::digest({&array, 1}); }

}  // namespace

TEST_CASE("equal elements have equal digests, whatever their strides") {
  const Array<float> rows = array_of<float>({2, 3}, {1, 2, 3, 4, 5, 6}), columns = array_of<float>({3, 2}, {1, 4, 2, 5, 3, 6}), wide = array_of<float>({2, 4}, {1, 2, 3, 9, 4, 5, 6, 9});
  const Shape shape{2, 3};
  const Strides across{1, 2}, padded{4, 1};
  CHECK(digest_of(ref_of(rows)) == digest_of({columns.data(), DType::f32, shape, across}));
  CHECK(digest_of(ref_of(rows)) == digest_of({wide.data(), DType::f32, shape, padded}));
  const Array<float> ones = array_of<float>({2, 2}, {1, 1, 1, 1});
  const Strides nowhere{0, 0};
  CHECK(digest_of(ref_of(ones)) == digest_of({ones.data(), DType::f32, ones.extents(), nowhere}));
}

TEST_CASE("another element, shape, type or sign of imaginary parts is another digest") {
  const Array<float> rows = array_of<float>({2, 3}, {1, 2, 3, 4, 5, 6}), other = array_of<float>({2, 3}, {1, 2, 3, 4, 5, 7}), turned = array_of<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  CHECK(digest_of(ref_of(rows)) != digest_of(ref_of(other)));
  CHECK(digest_of(ref_of(rows)) != digest_of(ref_of(turned)));
  CHECK(digest_of(ref_of(rows)) != digest_of({rows.data(), DType::i32, rows.extents(), rows.strides()}));
  CHECK(digest_of(ref_of(rows)) != digest_of(ref_of(rows, true)));
}

TEST_CASE("bytes in parts have the digest of the whole; arrays without elements have one") {
  const std::vector<std::byte> bytes(1000, std::byte{7});
  const std::vector<std::span<const std::byte>> parts{std::span(bytes).first(300), std::span(bytes).subspan(300)};
  CHECK(tasks::digest(bytes) == tasks::digest(parts));
  const Array<float> none({3, 0, 2});
  CHECK(digest_of(ref_of(none)) == digest_of(ref_of(none)));
  CHECK(tasks::digest(std::string_view("a")) != tasks::digest(std::string_view("b")));
}
