// task_run.cpp: tasks computed apart, in any order, by anybody, and merged in ascending order give the bits of run().
#include <cstring>
#include <string>
#include <vector>

#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

Options in_slices(std::int64_t slices, int threads = 1) {
  Options options;
  options.slices = slices;
  options.threads = threads;
  return options;
}

Array<float> array(const Shape& shape, std::size_t salt) {
  Array<float> made(shape);
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = fill_value<float>(n, salt, 0.2 * static_cast<double>(salt));
  return made;
}

OutputRef out_of(Array<float>& made) { return {made.data(), DType::f32, made.extents(), made.strides()}; }

}  // namespace

TEST_CASE("tasks merged one by one give the bits of a run, whoever computed them") {
  const Array<float> a = array({30, 48}, 1), b = array({48, 36}, 2), c = array({36, 20}, 3);
  const std::vector<ArrayRef> operands{ref_of(a), ref_of(b), ref_of(c)};
  for (const std::string text : {"ij,jk,kl->il", "ij,jk,kl->", "ij,jk,kl->lji"}) {
    const std::vector<Shape> shapes{a.extents(), b.extents(), c.extents()};
    const Compiled compiled = compile(text, shapes, in_slices(24, 2));
    const Compiled elsewhere = compile(text, shapes, in_slices(24, 1));
    const Slicing slicing = compiled.slicing();
    CAPTURE(text, compiled.explain());
    REQUIRE(slicing.slices >= 24);
    REQUIRE(slicing.tasks >= 24);
    REQUIRE(slicing.partial_bytes > 0);
    Array<float> whole(compiled.shape()), merged(compiled.shape());
    for (const Scale scale : {Scale{}, Scale{0.5, 2}}) {
      for (std::size_t n = 0; n < whole.size(); ++n) whole[n] = merged[n] = 0.25F;
      compiled.run(operands, out_of(whole), scale);
      std::vector<std::byte> partials(static_cast<std::size_t>(slicing.tasks) * slicing.partial_bytes);
      TaskRun here = compiled.tasks(operands), there = elsewhere.tasks(operands);
      const std::int64_t half = slicing.tasks / 2;
      const std::size_t middle = static_cast<std::size_t>(half) * slicing.partial_bytes;
      there.run(half, slicing.tasks - half, std::span(partials).subspan(middle));
      here.run(0, half, std::span(partials).first(middle));
      for (std::int64_t task = 0; task < slicing.tasks; ++task)
        elsewhere.merge_task(task, std::span<const std::byte>(partials).subspan(static_cast<std::size_t>(task) * slicing.partial_bytes, slicing.partial_bytes), out_of(merged), scale);
      CHECK(std::memcmp(whole.data(), merged.data(), whole.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("one slice is enough to be a task") {
  const Array<float> a = array({4, 5}, 1);
  const Compiled compiled = compile("ij->ji", {{4, 5}}, in_slices(1));
  CHECK(compiled.slicing().tasks == 1);
  std::vector<std::byte> partial(compiled.slicing().partial_bytes);
  const std::vector<ArrayRef> operands{ref_of(a)};
  compiled.tasks(operands).run(0, 1, partial);
  Array<float> out({5, 4});
  compiled.merge_task(0, partial, out_of(out));
  CHECK(out[2 * 4 + 3] == a[3 * 5 + 2]);
}

TEST_CASE("tasks that do not exist, bytes that do not fit and strides nobody compiled for are refused") {
  const Array<float> a = array({8, 8}, 1);
  Array<float> out({8, 8});
  const Compiled compiled = compile("ij,jk->ik", {{8, 8}, {8, 8}}, in_slices(8));
  const std::vector<ArrayRef> operands{ref_of(a), ref_of(a)};
  TaskRun run = compiled.tasks(operands);
  std::vector<std::byte> partial(compiled.slicing().partial_bytes);
  CHECK_THROWS_AS(run.run(compiled.slicing().tasks, 1, partial), Error);
  CHECK_THROWS_AS(run.run(-1, 1, partial), Error);
  CHECK_THROWS_AS(run.run(0, 2, partial), Error);
  CHECK_THROWS_AS(compiled.merge_task(compiled.slicing().tasks, partial, out_of(out)), Error);
  CHECK_THROWS_AS(compiled.merge_task(0, std::span<const std::byte>(partial).first(1), out_of(out)), Error);
  const Strides turned{1, 8};
  const std::vector<ArrayRef> other{{a.data(), DType::f32, a.extents(), turned}, ref_of(a)};
  CHECK_THROWS_AS(compiled.tasks(other), Error);
  CHECK_THROWS_AS(compile("ij,jk->ik", {{8, 8}, {8, 8}}).tasks(operands), Error);
  CHECK(compile("ij,jk->ik", {{8, 8}, {8, 8}}).slicing().partial_bytes == 0);
  CHECK_THROWS_AS(compile("ij,jk->ik", {{2, 2}, {2, 2}}, in_slices(9)), Error);
  CHECK_THROWS_AS(compile("ij,jk->ik", {{2, 2}, {2, 2}}, in_slices(-1)), Error);
}
