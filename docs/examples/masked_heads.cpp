// masked_heads.cpp: a layer of four heads with biases, whose mask hides some keys by the number -1e9; as in many tutorials.
// Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  using examples::wave;
  const attention::MultiHeadAttention<double> layer(
      {.heads = 4, .scoring = {.hidden = -1e9}},
      {.query = wave({8, 8}, 1.2, 0.6), .key = wave({8, 8}, 1.5, 0.6), .value = wave({8, 8}, 1.8, 0.6), .output = wave({8, 8}, 2.1, 0.6),
       .query_bias = wave({8}, 2.6, 0.2), .key_bias = wave({8}, 2.9, 0.2), .value_bias = wave({8}, 3.2, 0.2), .output_bias = wave({8}, 3.5, 0.2)});
  const auto queries = wave({2, 3, 8}, 0.1, 1), keys = wave({2, 4, 8}, 0.5, 1), values = wave({2, 4, 8}, 0.9, 1);

  // One row a batch, for all heads and queries: [b 1 1 k].
  const xt::xarray<double> mask = {{{{1, 1, 1, 0}}}, {{{1, 0, 1, 1}}}};
  const auto result = layer.compute(queries, keys, values, {.mask = mask}, {.weights = true});
  for (std::size_t b = 0; b < 2; ++b) {
    std::printf("  batch %zu, first head, first query looks at", b);
    for (std::size_t k = 0; k < 4; ++k) std::printf(" %.3f", result.weights[48 * b + k]);
    std::printf("\n");
  }
  bool right = result.weights[3] == 0 && result.weights[49] == 0;
  right = examples::report(result.out,
                           {-0.5512498812283845, -0.4783825855591344, -0.16813592173230468, 0.18088022689551164,
                            0.34717059616121226, 0.22080838214766363, -0.12979413711346674, -0.4993012666602049,
                            -0.6078036203551246, -0.5062514102193453, -0.15041497685034128, 0.23344165394619293,
                            0.40268944903739123, 0.24560766968516662, -0.15075732996082955, -0.5533109484098994,
                            -0.5956898021602545, -0.4993216534296234, -0.15287277894612566, 0.22308716273571122,
                            0.3907191641367367, 0.23928260528948286, -0.14760047466322737, -0.5425870794816603,
                            -0.04503875647947622, -0.08372154004407348, -0.1244210498245914, -0.15286792950683886,
                            -0.16159343534203077, -0.15436208989562947, -0.1437976756532329, -0.143643513127427,
                            0.08366650632819653, 0.5467749813801345, 0.6254160007603274, 0.26146855718815654,
                            -0.3340884655114785, -0.8090554662868156, -0.88356118127756, -0.5197465321335402,
                            0.11849095354875963, 0.6045558938647618, 0.6711042523402463, 0.2673502675316711,
                            -0.3715810629738713, -0.8671798650361332, -0.9270599009860063, -0.5222338331219949},
                           1e-12) &&
          right;

  // A mask without its place for heads could be taken for one of another batch: it is refused.
  try {
    layer(queries, keys, values, {.mask = wave({2, 3, 4}, 0, 1)});
    right = false;
  } catch (const Error& error) {
    std::printf("%s\n", error.what());
  }
  return right ? 0 : 1;
}
