#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a copy between any two layouts is the plain loop nest", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::permute, {Role::m}, true, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_permute<TestType>, 1, 100, 300000);
}

// Larger than what is kept in the caches, so that lines are streamed: level rows, ragged rows, dense rows, panels of two
// loops, and an output that does not begin at a line.
TEMPLATE_TEST_CASE("a large copy writes every line once, however rows and lines fall", "", float, double) {
  using Extents = std::vector<einc::Extent>;
  const std::pair<Extents, std::vector<std::size_t>> cases[] = {
      {{1600, 1424}, {1, 0}},           {{1601, 1407}, {1, 0}},          {{130, 130, 131}, {2, 1, 0}},
      {{40, 21, 84, 35}, {1, 0, 3, 2}}, {{24, 30, 60, 55}, {2, 3, 0, 1}}, {{12, 11, 12, 13, 11, 12}, {5, 4, 3, 2, 1, 0}},
      {{130, 131, 132}, {1, 0, 2}},     {{130, 131, 132}, {0, 2, 1}},     {{3, 900000}, {1, 0}},
      {{900000, 3}, {1, 0}},
  };
  einc::testing::RandomLoops random(7);
  for (const auto& [extents, order] : cases) {
    einc::ir::Instruction instruction{};
    instruction.kernel = einc::ir::Kernel::permute;
    instruction.dtype = einc::dtype_of<TestType>;
    for (const einc::Extent extent : extents) instruction.loops.push_back({Role::m, extent, 0, 0, 0});
    einc::Stride a = 1, c = 1;
    for (std::size_t i = extents.size(); i-- > 0;) {
      instruction.loops[i].a = a;
      a *= extents[i];
      instruction.loops[order[i]].c = c;
      c *= extents[order[i]];
    }
    einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_permute<TestType>, 1, 0, random);
  }
}
