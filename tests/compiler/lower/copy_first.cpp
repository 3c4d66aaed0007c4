// copy_first.cpp: which arrays of a contraction are copied into another order, and into which.
#include "lower/copy_first.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <einc/einsum.hpp>

#include "contraction_seconds.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using lower::Copies;

namespace {

ir::Term term(const std::string& letters) {
  ir::Term labels;
  for (char letter : letters) labels.push_back(static_cast<Label>(letter - 'a'));
  return labels;
}

std::string letters(const ir::Term& labels) {
  std::string text;
  for (Label label : labels) text += static_cast<char>('a' + label);
  return text;
}

// An empty rhs is none.
Copies choose(const std::string& lhs, const std::string& rhs, const std::string& out, const std::vector<Extent>& extents, const ir::Target& target = testing::test_target()) {
  const auto array = [&](const std::string& labels) { return lower::dense_in(term(labels), extents); };
  const lower::Strided second = array(rhs);
  return lower::choose_copies(array(lhs), rhs.empty() ? nullptr : &second, array(out), extents, DType::f32, target, compiler::instruction_seconds(target));
}

}  // namespace

TEST_CASE("arrays are copied first where a label that all three have is innermost in one of them") {
  // a = 0 ... e = 4
  const Copies copies = choose("aeb", "cdea", "badc", {16, 5, 376, 96, 8});
  REQUIRE(copies.any());
  CHECK(copies.seconds < 0.8 * copies.direct_seconds);
  if (copies.rhs) CHECK(letters(*copies.rhs)[0] == 'a');
}

TEST_CASE("orders that tiles read and write well stay, and so does what takes little time") {
  CHECK_FALSE(choose("ab", "bc", "ac", {1000, 1000, 1000}).any());
  CHECK_FALSE(choose("ab", "cb", "ac", {1000, 1000, 1000}).any());
  CHECK_FALSE(choose("ba", "bc", "ca", {1000, 1000, 1000}).any());
  CHECK_FALSE(choose("abc", "acd", "abd", {64, 200, 200, 200}).any());
  CHECK_FALSE(choose("bacd", "beac", "baed", {4, 64, 64, 64, 8}).any());
  CHECK_FALSE(choose("aeb", "cdea", "badc", {4, 5, 12, 6, 8}).any());
}

TEST_CASE("a sum whose results lie in another order than what is summed is written in that order first") {
  const Copies copies = choose("dcab", "", "bac", {20, 3, 376, 20});
  REQUIRE(copies.out);
  CHECK(letters(*copies.out) == "cab");
  CHECK_FALSE(copies.lhs);
  CHECK_FALSE(choose("abcd", "", "abc", {20, 30, 376, 20}).any());
  CHECK_FALSE(choose("dabc", "", "abc", {20, 30, 376, 20}).any());
}

TEST_CASE("small factors of a large product are copied into the order of the result") {
  const Copies copies = choose("cb", "ca", "abc", {512, 67, 256});
  CHECK_FALSE(copies.out);
  REQUIRE((copies.lhs && copies.rhs));
  CHECK(letters(*copies.lhs) == "bc");
  CHECK(letters(*copies.rhs) == "ac");
  CHECK_FALSE(choose("a", "b", "ab", {4096, 4096}).any());
  CHECK_FALSE(choose("abc", "abc", "abc", {64, 256, 256}).any());
}

TEST_CASE("a vector times many matrices is summed along neighbours") {
  const Copies copies = choose("cad", "badc", "bc", {48, 8, 1024, 32});
  REQUIRE(copies.any());
  CHECK(copies.seconds < 0.5 * copies.direct_seconds);
  CHECK_FALSE(choose("ab", "b", "a", {4096, 4096}).any());
  CHECK_FALSE(choose("ba", "b", "a", {4096, 4096}).any());
  CHECK_FALSE(choose("bca", "bca", "", {84, 376, 67}).any());
}

TEST_CASE("arrays of more than a gibibyte together are not copied") {
  CHECK(choose("aeb", "cdea", "badc", {16, 5, 3760, 96, 8}).any());
  const Copies copies = choose("aeb", "cdea", "badc", {16, 5, 37600, 96, 8});
  CHECK_FALSE(copies.rhs);  // 1.7 GiB
}

TEST_CASE("a copy has the labels of its array, each once") {
  for (const auto& [lhs, rhs, out, extents] : std::vector<std::tuple<std::string, std::string, std::string, std::vector<Extent>>>{
           {"aeb", "cdea", "badc", {16, 5, 376, 96, 8}}, {"dfea", "cbdef", "acb", {3, 67, 12, 67, 32, 24}}, {"abcf", "fabde", "ceadb", {4, 48, 64, 67, 31, 31}}, {"cagb", "deagf", "ecdbfa", {64, 20, 13, 7, 8, 16, 130}}}) {
    const Copies copies = choose(lhs, rhs, out, extents);
    const auto check = [](const std::optional<ir::Term>& copied, std::string of) {
      if (!copied) return;
      std::string sorted = letters(*copied);
      std::sort(sorted.begin(), sorted.end()), std::sort(of.begin(), of.end());
      CHECK(sorted == of);
    };
    INFO(lhs << "," << rhs << "->" << out);
    CHECK(copies.any());
    check(copies.lhs, lhs), check(copies.rhs, rhs), check(copies.out, out);
  }
}

TEST_CASE("broadcast arrays stay where they are, arrays of other types are copied as they are") {
  const std::vector<Extent> extents{16, 5, 376, 96, 8};
  lower::Strided lhs = lower::dense_in(term("aeb"), extents), rhs = lower::dense_in(term("cdea"), extents), out = lower::dense_in(term("badc"), extents);
  const ir::Target target = testing::test_target();
  const lower::InstructionSeconds seconds = compiler::instruction_seconds(target);
  lhs.strides[0] = 0, rhs.strides[3] = 0;
  const Copies repeated = lower::choose_copies(lhs, &rhs, out, extents, DType::f32, target, seconds);
  CHECK_FALSE(repeated.lhs);
  CHECK_FALSE(repeated.rhs);
  rhs = lower::dense_in(term("cdea"), extents), rhs.buffer.dtype = DType::bf16;
  const lower::Strided dense = lower::dense_in(term("aeb"), extents);
  const Copies typed = lower::choose_copies(dense, &rhs, out, extents, DType::f32, target, seconds);
  REQUIRE(typed.rhs);
  rhs.conjugated = true;
  const lower::Strided copy = lower::copy_of(rhs, *typed.rhs, extents);
  CHECK(copy.buffer.dtype == DType::bf16);
  CHECK(copy.conjugated);
  CHECK_FALSE(lower::as_it_is(copy).conjugated);
}
