// map_colourings.cpp: in how many ways can the states of Australia be coloured, so that neighbours differ?
//
// Each state is a label whose positions are the colours; each border is an operand that is 1 where its two states differ. The
// sum of products over all labels counts the colourings. Keeping the label of one state tells how many each of its colours has,
// and another semiring, with the same text, asks whether there is any at all.
#include <cstdint>
#include <cstdio>

#include <einc/einsum.hpp>

int main() {
  constexpr int colours = 3;
  std::int64_t differ[colours][colours];
  bool may_meet[colours][colours];
  for (int a = 0; a < colours; ++a)
    for (int b = 0; b < colours; ++b) differ[a][b] = may_meet[a][b] = a != b;
  const einc::TensorView<const std::int64_t> border(&differ[0][0], {colours, colours});

  // w: Western Australia, n: Northern Territory, s: South Australia, q: Queensland, e: New South Wales, v: Victoria.
  const std::int64_t ways = einc::einsum_scalar<"wn,ws,ns,nq,sq,se,sv,qe,ev->">(border, border, border, border, border, border, border, border, border);
  std::printf("colourings of the mainland with %d colours: %lld\n", colours, static_cast<long long>(ways));

  const auto of_victoria = einc::einsum<"wn,ws,ns,nq,sq,se,sv,qe,ev->v">(border, border, border, border, border, border, border, border, border);
  std::printf("of these, Victoria has the first colour in %lld\n", static_cast<long long>(of_victoria[0]));

  // With two colours there is none: the same question in truths.
  const einc::TensorView<const bool> allowed(&may_meet[0][0], {2, 2}, {colours, 1});
  const bool possible = einc::einsum_scalar<"wn,ws,ns,nq,sq,se,sv,qe,ev->">(allowed, allowed, allowed, allowed, allowed, allowed, allowed, allowed, allowed);
  std::printf("with two colours it is %s\n", possible ? "possible" : "impossible");

  return ways == 6 && of_victoria[0] == 2 && !possible ? 0 : 1;
}
