// plan_within.cpp: a limit of memory is kept whole or in slices, whichever is cheaper; slices that are asked for come with partials.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan_within.hpp"

#include <string>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;

namespace {

compiler::Compilation compile(std::string_view text, const std::vector<Shape>& shapes, const Options& options) {
  std::vector<Strides> strides;
  for (const Shape& shape : shapes) strides.push_back(row_major(shape));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i]});
  return compiler::compile({text, layouts}, options, testing::test_target());
}

const std::vector<Shape> squares = {{64, 64}, {64, 64}, {64, 64}};

}  // namespace

TEST_CASE("nothing is cut unless it is asked for or memory demands it") {
  const compiler::Compilation whole = compile("ij,jk,kl->il", squares, {});
  CHECK_FALSE(whole.executable.slicing.is_sliced());
  Options options;
  options.memory_limit = ir::bytes_of_run(whole.executable, 1);
  CHECK_FALSE(compile("ij,jk,kl->il", squares, options).executable.slicing.is_sliced());
  options.memory_limit /= 2;
  const compiler::Compilation sliced = compile("ij,jk,kl->il", squares, options);
  CHECK(sliced.executable.slicing.slices() > 1);
  CHECK(ir::bytes_of_run(sliced.executable, 1) <= options.memory_limit);
  CHECK_FALSE(sliced.executable.slicing.has_partials());  // only what the result keeps is cut
}

TEST_CASE("slices that are asked for have partials, and what combines them") {
  Options options;
  options.slices = 10;
  const compiler::Compilation sliced = compile("ij,jk,kl->il", squares, options);
  CHECK(sliced.executable.slicing.has_partials());
  CHECK(sliced.executable.slicing.tasks() >= 10);
  CHECK(sliced.combine.code.size() == 1);
  CHECK(sliced.expression.slices.size() == sliced.executable.slicing.loops.size());
}

TEST_CASE("intermediates that cannot be counted are planned when slices make them fit") {
  const plan::Network network = testing::regular_network(5, 110, 3, 16);
  std::string text;
  std::vector<Shape> shapes;
  for (const ir::Term& tensor : network.tensors) {
    text += text.empty() ? "" : ",";
    for (const Label label : tensor) text += "[x" + std::to_string(label) + "]";
    shapes.emplace_back(tensor.size(), 16);
  }
  text += "->";
  CHECK_THROWS_AS(compile(text, shapes, {}), Error);
  Options options;
  options.memory_limit = std::int64_t{1} << 30;
  const compiler::Compilation sliced = compile(text, shapes, options);
  CHECK(sliced.executable.slicing.slices() > 1);
  CHECK(ir::bytes_of_run(sliced.executable, 1) <= options.memory_limit);
}

TEST_CASE("bad numbers are refused") {
  Options options;
  options.slices = -1;
  CHECK_THROWS_AS(compile("ij,jk,kl->il", squares, options), Error);
  options.slices = 64 * 64 * 64 * 64 + 1;
  CHECK_THROWS_AS(compile("ij,jk,kl->il", squares, options), Error);
}
