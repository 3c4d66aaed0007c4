// sums_in_squares.cpp: a sum along which the operands have different neighbours goes through squares, or through parts of one loop where the
// other has none: right in every layout, on every instruction set, for any number of threads.
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Case {
  std::string text;
  std::vector<Shape> shapes;
  std::string said;
};
// 67 and 71 have no parts of whole lines, or of about as much.
const std::vector<Case> cases = {
    {"dac,bcd->ba", {{64, 21, 48}, {35, 48, 64}}, "squares of"},
    {"dac,bcd->ba", {{64, 21, 67}, {35, 67, 64}}, "16 of one for some of the other"},
    {"acd,dbc->ab", {{21, 67, 64}, {64, 35, 67}}, "16 of one for some of the other"},
    {"acd,dbc->ba", {{40, 48, 71}, {71, 33, 48}}, "16 of one for some of the other"},
    {"hacd,dbch->hab", {{3, 21, 67, 32}, {32, 35, 67, 3}}, ""},
    {"dace,becd->ba", {{64, 9, 67, 5}, {11, 5, 67, 64}}, ""},
    {"dac,bcd->ba", {{71, 21, 67}, {35, 67, 71}}, ""},  // neither has parts
};

template <class T>
Array<T> small_whole(const Shape& shape, std::uint64_t seed) {
  Array<T> array(shape);
  std::uint64_t state = 0x9E3779B97F4A7C15U * (seed + 1);
  for (std::size_t n = 0; n < array.size(); ++n) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    array[n] = static_cast<T>(static_cast<double>((state >> 33) % 7) - 3);
  }
  return array;
}

template <class T>
void check() {
  for (const Case& one : cases) {
    const Array<T> a = small_whole<T>(one.shapes[0], 1), b = small_whole<T>(one.shapes[1], 2);
    const Reference<T> expected = reference_einsum<T>(one.text, {{a.data(), a.extents(), a.strides()}, {b.data(), b.extents(), b.strides()}});
    for (const std::string& isa : this_cpu().isas)
      for (const int threads : {1, 3}) {
        const Compiled compiled = compile(one.text, one.shapes, {.dtype = dtype_of<T>, .threads = threads, .isa = isa});
        INFO(isa << ", " << threads << " threads\n" << compiled.explain());
        if (isa == "avx512" && sizeof(T) == 4) CHECK_THAT(compiled.explain(), ContainsSubstring(one.said));
        const Array<T> got = compiled.as<T>(a, b);
        CHECK(first_difference(expected, got.data()) == -1);
      }
  }
}

}  // namespace

TEST_CASE("sums along which operands have different neighbours are exact, with parts of both loops, of one, or of none") {
  check<float>();
  check<double>();
}
