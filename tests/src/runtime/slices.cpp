// slices.cpp: whatever is cut, the results are those of the whole, bit for bit where sums are exact, with any number of threads.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/random_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Memory of whole numbers, small enough that no sum of a test rounds.
std::vector<std::byte> numbers(DType dtype, std::size_t count, std::uint64_t salt, std::int64_t least = -1) {
  std::vector<std::byte> bytes(count * bytes_of(dtype));
  with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t n = 0; n < count; ++n) {
      const T value = element<T>(static_cast<std::int64_t>((7 * n + salt) % 3) + (std::is_unsigned_v<T> ? 0 : least));
      std::memcpy(bytes.data() + n * sizeof(T), static_cast<const void*>(&value), sizeof(T));
    }
  });
  return bytes;
}

struct Call {
  std::string text;
  std::vector<Layout> layouts;
  std::vector<DType> dtypes;
  std::vector<std::vector<std::byte>> memory;

  Call(std::string what, std::vector<Layout> arrays, std::vector<DType> types, std::int64_t least = -1) : text(std::move(what)), layouts(std::move(arrays)), dtypes(std::move(types)) {
    for (std::size_t i = 0; i < layouts.size(); ++i) memory.push_back(numbers(dtypes[i], layouts[i].size, i, least));
  }
  std::vector<Shape> shapes() const {
    std::vector<Shape> all;
    for (const Layout& layout : layouts) all.push_back(layout.extents);
    return all;
  }
  std::vector<ArrayRef> refs() const {
    std::vector<ArrayRef> all;
    for (std::size_t i = 0; i < layouts.size(); ++i)
      all.push_back({memory[i].data() + layouts[i].first * bytes_of(dtypes[i]), dtypes[i], layouts[i].extents, layouts[i].strides});
    return all;
  }
};

// What a run writes into memory that held other numbers.
std::vector<std::byte> written(const Compiled& compiled, const Call& call, const Layout& out, const Scale& scale) {
  std::vector<std::byte> memory = numbers(compiled.dtype(), out.size, 17);
  compiled.run(call.refs(), {memory.data() + out.first * bytes_of(compiled.dtype()), compiled.dtype(), out.extents, out.strides}, scale);
  return memory;
}

// Equal as numbers: a sum of nothing but zeros may have either sign.
bool same(DType dtype, const std::vector<std::byte>& x, const std::vector<std::byte>& y) {
  return with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t at = 0; at < x.size(); at += sizeof(T)) {
      T one, other;
      std::memcpy(static_cast<void*>(&one), x.data() + at, sizeof(T)), std::memcpy(static_cast<void*>(&other), y.data() + at, sizeof(T));
      if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) {
        if (static_cast<float>(one) != static_cast<float>(other)) return false;
      } else if (one != other) {
        return false;
      }
    }
    return x.size() == y.size();
  });
}

Layout dense(const Shape& extents) {
  Layout layout{extents, row_major(extents), 0, 1};
  for (const Extent extent : extents) layout.size *= static_cast<std::size_t>(extent);
  return layout;
}

std::vector<Layout> dense(const std::vector<Shape>& shapes) {
  std::vector<Layout> layouts;
  for (const Shape& shape : shapes) layouts.push_back(dense(shape));
  return layouts;
}

}  // namespace

TEST_CASE("random einsums in slices give what they give whole, into any memory, with any number of threads") {
  int cut = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    RandomEinsum made = random_einsum(seed, 3e3, 6);
    Random random(seed);
    const std::vector<DType> types = {DType::f32, DType::f64, DType::i64, DType::c64, DType::i8, DType::u16};
    made.options.dtypes.assign(made.operands.size(), types[random.below(types.size())]);
    const Call call(made.text, made.operands, made.options.dtypes);
    const Compiled whole = compile(call.text, call.shapes(), made.options);
    const Layout out = random_layout(random, whole.shape(), false);
    const Scale scale = random.chance(0.5) ? Scale{} : Scale{2, 3};
    const std::vector<std::byte> expected = written(whole, call, out, scale);
    Options options = made.options;
    options.slices = static_cast<std::int64_t>(1 + random.below(12));
    std::vector<std::byte> alone;
    for (const int threads : {1, 2, 7}) {
      options.threads = threads;
      CAPTURE(seed, call.text, options.slices, threads);
      try {
        const Compiled sliced = compile(call.text, call.shapes(), options);
        CHECK(sliced.plan().slices >= options.slices);
        const std::vector<std::byte> found = written(sliced, call, out, scale);
        CHECK(same(sliced.dtype(), found, expected));
        if (threads == 1) alone = found;
        CHECK(found == alone);
        cut += sliced.plan().slices > 1 ? 1 : 0;
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::bad_option);
      }
    }
  }
  CHECK(cut > 300);
}

TEST_CASE("every element type adds its slices up, halves in the type they are computed in") {
  for (std::size_t number = 0; number < dtype_count; ++number) {
    const auto dtype = static_cast<DType>(number);
    for (const std::string text : {"ij,jk,kl->il", "ij,jk,kl->", "aij,ajk->aik"}) {
      const std::vector<Shape> shapes = text[0] == 'a' ? std::vector<Shape>{{4, 6, 8}, {4, 8, 6}} : std::vector<Shape>{{6, 8}, {8, 4}, {4, 6}};
      Options options;
      options.dtype = dtype;
      const Call call(text, dense(shapes), std::vector<DType>(shapes.size(), dtype));
      const Compiled whole = compile(text, shapes, options);
      options.slices = 8;
      options.threads = 2;
      const Compiled sliced = compile(text, shapes, options);
      CAPTURE(text, name_of(dtype), sliced.explain());
      const Layout out = dense(whole.shape());
      for (const double beta : {0., 1.}) CHECK(same(dtype, written(sliced, call, out, {1, beta}), written(whole, call, out, {1, beta})));
    }
  }
}

TEST_CASE("semirings add their slices up by their own addition") {
  const std::vector<Shape> shapes = {{6, 8}, {8, 4}, {4, 6}};
  const Semiring custom = semiring::custom("max-times", "max(x, y)", "x * y", 0, 1);
  for (const Semiring& semiring : {Semiring{.algebra = Algebra::max_plus}, Semiring{.algebra = Algebra::min_plus}, Semiring{.algebra = Algebra::count}, custom}) {
    Options options;
    options.semiring = semiring;
    options.dtype = semiring.algebra == Algebra::count ? DType::boolean : DType::f32;
    const Call call("ij,jk,kl->il", dense(shapes), std::vector<DType>(3, options.dtype), 0);  // products of negative numbers have no largest
    const Compiled whole = compile(call.text, shapes, options);
    options.slices = 16;
    const Compiled sliced = compile(call.text, shapes, options);
    CAPTURE(name_of(semiring.algebra), sliced.explain());
    for (const double beta : {0., 1.}) CHECK(same(whole.dtype(), written(sliced, call, dense(whole.shape()), {1, beta}), written(whole, call, dense(whole.shape()), {1, beta})));
  }
}

TEST_CASE("a result whose labels repeat is cut elsewhere, and is zero off its diagonal") {
  const std::vector<Shape> shapes = {{6, 8}, {8, 6}};
  Options options;
  const Call call("ij,ji->ii", dense(shapes), {DType::f32, DType::f32});
  const Compiled whole = compile(call.text, shapes, options);
  options.slices = 8;
  const Compiled sliced = compile(call.text, shapes, options);
  REQUIRE(sliced.plan().sliced.size() == 1);
  CHECK(sliced.plan().sliced[0].label == "j");
  for (const double beta : {0., 2.}) CHECK(same(whole.dtype(), written(sliced, call, dense(whole.shape()), {3, beta}), written(whole, call, dense(whole.shape()), {3, beta})));
}

TEST_CASE("sums that round have the same bits with any number of threads, and stay near those of the whole") {
  const std::vector<Shape> shapes = {{40, 64}, {64, 48}, {48, 40}};
  std::vector<Array<float>> arrays;
  for (const Shape& shape : shapes) {
    Array<float>& array = arrays.emplace_back(shape);
    for (std::size_t n = 0; n < array.size(); ++n) array[n] = fill_value<float>(n, arrays.size(), 0.3);
  }
  const Array<float> whole = compile("ij,jk,kl->il", shapes)(arrays[0], arrays[1], arrays[2]);
  Options options;
  options.slices = 100;
  options.threads = 1;
  const Array<float> one = compile("ij,jk,kl->il", shapes, options)(arrays[0], arrays[1], arrays[2]);
  for (const int threads : {2, 3, 7}) {
    options.threads = threads;
    const Array<float> other = compile("ij,jk,kl->il", shapes, options)(arrays[0], arrays[1], arrays[2]);
    CHECK(std::memcmp(one.data(), other.data(), one.size() * sizeof(float)) == 0);
  }
  for (std::size_t n = 0; n < one.size(); ++n) CHECK(std::abs(one[n] - whole[n]) < 1e-3);
}

TEST_CASE("a run in slices can be stopped") {
  Options options;
  options.slices = 64;
  const Compiled sliced = compile("ij,jk->ik", {{64, 64}, {64, 64}}, options);
  const Array<float> x = filled<float>({64, 64}, 1);
  Array<float> out({64, 64});
  std::stop_source source;
  const std::vector<ArrayRef> operands{ref_of(x), ref_of(x)};
  sliced.run(operands, {out.data(), DType::f32, out.extents(), out.strides()}, {}, source.get_token());
  CHECK(out[0] == 64);
  source.request_stop();
  CHECK_THROWS_AS(sliced.run(operands, {out.data(), DType::f32, out.extents(), out.strides()}, {}, source.get_token()), Error);
}
