// contraction_order.cpp: the order of a plan, written as places in the list of what is left.
#include "api/contraction_order.hpp"

#include <random>
#include <string>

#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

using Order = std::vector<std::vector<std::uint32_t>>;

Order order_of(std::string_view text, const std::vector<Shape>& shapes, Planner planner = Planner::automatic) {
  Options options;
  options.planner = planner;
  return compile(text, shapes, options).plan().order;
}

// Whether every operand is taken once and one result is left.
bool leads_to_one(const Order& order, std::size_t operands) {
  std::size_t left = operands;
  for (const auto& places : order) {
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i] >= left || (i > 0 && places[i] <= places[i - 1])) return false;
    left = left - places.size() + 1;
  }
  return left == 1;
}

}  // namespace

TEST_CASE("contractions are places in the list of what is left") {
  CHECK(order_of("ij,jk->ik", {{2, 3}, {3, 4}}) == Order{{0, 1}});
  CHECK(order_of("ij,jk,kl->il", {{10, 10}, {10, 10}, {10, 2}}) == Order{{1, 2}, {0, 1}});
  CHECK(order_of("ij,jk,kl->il", {{10, 10}, {10, 10}, {10, 2}}, Planner::left_to_right) == Order{{0, 1}, {0, 1}});
  CHECK(order_of("ab,cd,bc,de->ae", {{5, 2}, {5, 2}, {2, 5}, {2, 5}}, Planner::left_to_right) == Order{{0, 1}, {0, 2}, {0, 1}});
}

TEST_CASE("one operand, and operands that no contraction takes, have an order too") {
  CHECK(order_of("ij->i", {{2, 3}}) == Order{{0}});
  CHECK(order_of("i->i", {{2}}) == Order{{0}});
  CHECK(leads_to_one(order_of(",i,->i", {{}, {4}, {}}), 3));
  CHECK(leads_to_one(order_of("i,j,k->", {{2}, {3}, {4}}), 3));
}

TEST_CASE("every plan of random networks leads to one result") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t operands = 2 + random() % 7;
    std::vector<std::string> terms(operands);
    std::vector<Shape> shapes(operands);
    for (std::size_t i = 0; i < operands; ++i)
      for (std::size_t n = random() % 4; n > 0; --n) {
        const char label = static_cast<char>('a' + random() % 8);
        terms[i] += label;
        shapes[i].push_back(1 + (label - 'a') % 4);
      }
    std::string text;
    for (const std::string& term : terms) text += (text.empty() && &term == &terms[0] ? "" : ",") + term;
    CAPTURE(text);
    for (const Planner planner : {Planner::automatic, Planner::greedy, Planner::left_to_right}) CHECK(leads_to_one(order_of(text + "->", shapes, planner), operands));
  }
}

TEST_CASE("groups come before what they are part of") {
  CHECK(order_of("ab,(bc,cd),de->ae", {{2, 3}, {3, 4}, {4, 5}, {5, 6}}, Planner::left_to_right) == Order{{1, 2}, {0, 2}, {0, 1}});
  CHECK(order_of("(ab,bc),(cd,de)->ae", {{2, 3}, {3, 4}, {4, 5}, {5, 6}}) == Order{{0, 1}, {0, 1}, {0, 1}});
  CHECK(order_of("((ab,bc,cd),de),ef->af", {{2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}}, Planner::left_to_right) == Order{{0, 1}, {0, 3}, {0, 2}, {0, 1}});
}

TEST_CASE("operands that are one array are taken one by one, and the order is taken back") {
  const Array<double> a({6, 6}), b({6, 6});
  const auto ref = [](const Array<double>& array) { return ArrayRef{array.data(), DType::f64, array.extents(), array.strides()}; };
  const std::vector<std::vector<ArrayRef>> calls = {{ref(a), ref(a), ref(a), ref(a)}, {ref(a), ref(b), ref(a), ref(b)}, {ref(b), ref(a), ref(a), ref(b)}};
  for (const std::string text : {"ij,jk,kl,lm->im", "ij,ij,jk,jk->ik", "ij,ij,ij,ij->", "(ij,jk),(kl,lm)->im", "(ij,jk),(ij,jk)->", "ij,j,k,kl->il"})
    for (std::vector<ArrayRef> call : calls) {
      if (text == "ij,j,k,kl->il") {  // diagonals
        static const Strides diagonal{7};
        static const Shape six{6};
        for (const std::size_t i : {1u, 2u}) call[i].extents = six, call[i].strides = diagonal;
      }
      CAPTURE(text);
      const Compiled first = compiled_for(text, call);
      const Order order = first.plan().order;
      CHECK(order.size() == 3);
      CHECK(leads_to_one(order, 4));
      if (text.find('(') != std::string::npos) continue;
      Options options;
      options.order = order;
      const Compiled again = compiled_for(text, call, options);
      CHECK(again.plan().order == order);
      CHECK(again.plan().flops == first.plan().flops);
    }
}
