// she_likes_coffee.hpp: self-attention over three words, small enough to follow by hand.
#pragma once

#include <cstdio>

#include "common.hpp"

namespace examples {

inline bool she_likes_coffee() {
  // One row a word, four features each.
  const xt::xarray<double> words = {{0.2, 0.9, 0.1, 0.5},   // she
                                    {0.8, 0.3, 0.7, 0.2},   // likes
                                    {0.4, 0.6, 0.3, 0.9}};  // coffee
  const xt::xarray<double> query_weights = {{0.9, 0.1, 0.1, 0.1}, {0.1, 0.9, 0.1, 0.1}, {0.1, 0.1, 0.9, 0.1}, {0.1, 0.1, 0.1, 0.9}};
  const xt::xarray<double> key_weights = query_weights;
  const xt::xarray<double> value_weights = {{0.8, 0.2, 0.1, 0.1}, {0.2, 0.8, 0.2, 0.1}, {0.1, 0.2, 0.8, 0.1}, {0.1, 0.1, 0.1, 0.9}};

  const auto queries = einc::einsum("sd,de->se", words, query_weights);  // what each word asks for
  const auto keys = einc::einsum("sd,de->se", words, key_weights);       // what each word answers to
  const auto values = einc::einsum("sd,de->se", words, value_weights);   // what each word has to say
  const auto scores = einc::einsum("se,te->st", queries, keys);          // how well question s meets answer t
  const auto weights = softmax(scores / 2.0);                            // 2 is the square root of the four features
  const auto output = einc::einsum("st,te->se", weights, values);

  const char* names[] = {"she", "likes", "coffee"};
  for (std::size_t s = 0; s < 3; ++s)
    std::printf("  %-7s looks at she %.3f, likes %.3f, coffee %.3f\n", names[s], weights(s, 0), weights(s, 1), weights(s, 2));
  std::printf("  and the words become, to 15 digits:\n");
  for (std::size_t s = 0; s < 3; ++s)
    std::printf("  %-7s %.15f %.15f %.15f %.15f\n", names[s], output(s, 0), output(s, 1), output(s, 2), output(s, 3));
  std::printf("\n%s\n", einc::explain("st,te->se", {{3, 3}, {3, 4}}, {.dtype = einc::DType::f64}).c_str());
  return report(output,
                {0.57530294146673966, 0.7052738074933218, 0.50530294146673971, 0.6417754637358184,    //
                 0.60019479357727612, 0.68822737341621854, 0.53019479357727606, 0.61916155353820046,  //
                 0.58155011292869385, 0.70078330032212699, 0.51155011292869379, 0.64659215147612004},
                1e-15);
}

}  // namespace examples
