// language.cpp: likelihoods of texts under models of language, against the recursions that textbooks compute them by.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/tensor_network.hpp"

#include <limits>

using namespace einc;
using namespace einc::testing;

namespace {

using Numbers = std::vector<double>;

// Rows of `width` that sum to 1.
Numbers distributions(std::size_t rows, std::size_t width, Dice& dice) {
  Numbers values(rows * width);
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (std::size_t n = 0; n < width; ++n) sum += values[row * width + n] = uniform(dice, 0.05, 1);
    for (std::size_t n = 0; n < width; ++n) values[row * width + n] /= sum;
  }
  return values;
}
Numbers logarithms(Numbers values) {
  for (double& value : values) value = std::log(value);
  return values;
}

struct Markov {
  std::size_t states = 0, words = 0;
  Numbers start, next, emit;  // [state], [state, next state], [state, word]
};
Markov random_markov(std::size_t states, std::size_t words, Dice& dice) {
  return {states, words, distributions(1, states, dice), distributions(states, states, dice), distributions(states, words, dice)};
}
std::vector<std::size_t> random_text(std::size_t length, std::size_t words, Dice& dice) {
  std::vector<std::size_t> text(length);
  for (std::size_t& word : text) word = roll(dice, words);
  return text;
}

// The forward recursion: [state] after each word, joint with the words so far.
std::vector<Numbers> forward(const Markov& model, const std::vector<std::size_t>& text) {
  std::vector<Numbers> all;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Numbers now(model.states, 0);
    for (std::size_t state = 0; state < model.states; ++state) {
      if (at == 0) now[state] = model.start[state];
      else
        for (std::size_t before = 0; before < model.states; ++before) now[state] += all.back()[before] * model.next[before * model.states + state];
      now[state] *= model.emit[state * model.words + text[at]];
    }
    all.push_back(now);
  }
  return all;
}
// The backward one: [state] at a word, given which the rest has this probability.
Numbers backward(const Markov& model, const std::vector<std::size_t>& text, std::size_t at) {
  Numbers later(model.states, 1);
  for (std::size_t place = text.size(); place-- > at + 1;) {
    Numbers now(model.states, 0);
    for (std::size_t state = 0; state < model.states; ++state)
      for (std::size_t to = 0; to < model.states; ++to) now[state] += model.next[state * model.states + to] * model.emit[to * model.words + text[place]] * later[to];
    later = now;
  }
  return later;
}
double sum(const Numbers& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

// Each word picks a column of the emissions. `taken` is log for the semiring of logarithms.
template <class Taken>
TensorNetwork<double> of_markov(const Markov& model, const std::vector<std::size_t>& text, Taken&& taken) {
  TensorNetwork<double> network;
  Wire state = network.label(static_cast<Extent>(model.states));
  network.add({state}, taken(model.start));
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0) {
      const Wire to = network.label(static_cast<Extent>(model.states));
      network.add({state, to}, taken(model.next));
      state = to;
    }
    Numbers column;
    for (std::size_t n = 0; n < model.states; ++n) column.push_back(model.emit[n * model.words + text[at]]);
    network.add({state}, taken(column));
  }
  return network;
}
Numbers as_is(const Numbers& values) { return values; }

// A grammar in Chomsky's normal form: rule [from, left, right], word [from, word], and a distribution of roots.
struct Grammar {
  std::size_t symbols = 0, words = 0;
  Numbers root, rule, word;
};

// The inside algorithm: inside(a, b)[symbol] is the probability that the symbol becomes words a to b.
double inside(const Grammar& grammar, const std::vector<std::size_t>& text) {
  const std::size_t n = text.size(), s = grammar.symbols;
  std::vector<std::vector<Numbers>> chart(n, std::vector<Numbers>(n + 1, Numbers(s, 0)));
  for (std::size_t at = 0; at < n; ++at)
    for (std::size_t from = 0; from < s; ++from) chart[at][at + 1][from] = grammar.word[from * grammar.words + text[at]];
  for (std::size_t width = 2; width <= n; ++width)
    for (std::size_t begin = 0; begin + width <= n; ++begin)
      for (std::size_t middle = begin + 1; middle < begin + width; ++middle)
        for (std::size_t from = 0; from < s; ++from)
          for (std::size_t left = 0; left < s; ++left)
            for (std::size_t right = 0; right < s; ++right)
              chart[begin][begin + width][from] += grammar.rule[(from * s + left) * s + right] * chart[begin][middle][left] * chart[middle][begin + width][right];
  double total = 0;
  for (std::size_t from = 0; from < s; ++from) total += grammar.root[from] * chart[0][n][from];
  return total;
}

// A way to bracket words: node n covers [begin, end), and where it is split.
struct Bracket {
  std::size_t begin = 0, end = 0, middle = 0;
};
std::vector<std::vector<Bracket>> brackets(std::size_t begin, std::size_t end) {
  if (end - begin == 1) return {{{begin, end, end}}};
  std::vector<std::vector<Bracket>> all;
  for (std::size_t middle = begin + 1; middle < end; ++middle)
    for (const auto& left : brackets(begin, middle))
      for (const auto& right : brackets(middle, end)) {
        std::vector<Bracket> tree = {{begin, end, middle}};
        tree.insert(tree.end(), left.begin(), left.end());
        tree.insert(tree.end(), right.begin(), right.end());
        all.push_back(tree);
      }
  return all;
}
TensorNetwork<double> of_tree(const Grammar& grammar, const std::vector<std::size_t>& text, const std::vector<Bracket>& tree) {
  TensorNetwork<double> network;
  for (std::size_t node = 0; node < tree.size(); ++node) network.label(static_cast<Extent>(grammar.symbols));
  const auto node_of = [&](std::size_t begin, std::size_t end) {
    for (std::size_t node = 0; node < tree.size(); ++node)
      if (tree[node].begin == begin && tree[node].end == end) return node;
    throw std::logic_error("no such bracket");
  };
  network.add({0}, grammar.root);
  for (std::size_t node = 0; node < tree.size(); ++node) {
    const Bracket& bracket = tree[node];
    if (bracket.end - bracket.begin > 1) {
      network.add({node, node_of(bracket.begin, bracket.middle), node_of(bracket.middle, bracket.end)}, grammar.rule);
      continue;
    }
    Numbers column;
    for (std::size_t from = 0; from < grammar.symbols; ++from) column.push_back(grammar.word[from * grammar.words + text[bracket.begin]]);
    network.add({node}, column);
  }
  return network;
}

}  // namespace

TEST_CASE("the likelihood under a hidden Markov model is that of the forward recursion") {
  Dice dice(1);
  const Markov model = random_markov(6, 9, dice);
  const auto text = random_text(25, model.words, dice);
  const double expected = sum(forward(model, text).back());
  check_every_way<double>(of_markov(model, text, as_is), Numbers{expected}, 1e-12 * expected, {.exact = true, .best = true});
}

TEST_CASE("likelihoods too small for doubles are summed as logarithms") {
  Dice dice(2);
  const Markov model = random_markov(4, 1000, dice);
  const auto text = random_text(150, model.words, dice);
  CHECK(sum(forward(model, text).back()) == 0);
  // The recursion with a scale taken out at every word.
  double expected = 0;
  Numbers now;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Numbers next(model.states, 0);
    for (std::size_t state = 0; state < model.states; ++state) {
      if (at == 0) next[state] = model.start[state];
      else
        for (std::size_t before = 0; before < model.states; ++before) next[state] += now[before] * model.next[before * model.states + state];
      next[state] *= model.emit[state * model.words + text[at]];
    }
    const double scale = sum(next);
    expected += std::log(scale);
    for (double& value : next) value /= scale;
    now = next;
  }
  CHECK(expected < -750);
  Options options;
  options.semiring = semiring::log_sum_exp;
  check_every_way<double>(of_markov(model, text, logarithms), Numbers{expected}, -1e-12 * expected, {}, options);
}

TEST_CASE("a kept state has the probabilities of the forward and backward recursions") {
  Dice dice(3);
  const Markov model = random_markov(5, 7, dice);
  const auto text = random_text(20, model.words, dice);
  const std::size_t at = 12;
  Numbers expected = forward(model, text)[at];
  const Numbers later = backward(model, text, at);
  for (std::size_t state = 0; state < model.states; ++state) expected[state] *= later[state];
  TensorNetwork<double> network = of_markov(model, text, as_is);
  network.kept = {at};
  check_every_way<double>(network, expected, 1e-12 * sum(expected), {.exact = true});
}

TEST_CASE("a label of texts gives the likelihoods of a batch") {
  Dice dice(4);
  const Markov model = random_markov(4, 5, dice);
  constexpr std::size_t texts = 3, length = 8;
  std::vector<std::vector<std::size_t>> all;
  Numbers expected;
  for (std::size_t n = 0; n < texts; ++n) {
    all.push_back(random_text(length, model.words, dice));
    expected.push_back(sum(forward(model, all.back()).back()));
  }
  TensorNetwork<double> network;
  const Wire which = network.label(texts);
  Wire state = network.label(4);
  network.add({state}, model.start);
  for (std::size_t at = 0; at < length; ++at) {
    if (at > 0) {
      const Wire to = network.label(4);
      network.add({state, to}, model.next);
      state = to;
    }
    const Wire word = network.label(5);
    network.add({state, word}, model.emit);
    Numbers written(texts * 5, 0);
    for (std::size_t n = 0; n < texts; ++n) written[n * 5 + all[n][at]] = 1;
    network.add({which, word}, written);
  }
  network.kept = {which};
  check_every_way<double>(network, expected, 1e-12 * sum(expected));
}

TEST_CASE("words of a trigram model that nobody saw are summed over") {
  Dice dice(5);
  constexpr std::size_t words = 6, length = 9;
  const Numbers pair = distributions(1, words * words, dice), next = distributions(words * words, words, dice);
  const std::vector<int> text = {2, -1, 4, -1, -1, 0, 5, -1, 3};  // -1: unseen
  const auto fits = [&](std::size_t at, std::size_t word) { return text[at] < 0 || static_cast<std::size_t>(text[at]) == word; };
  Numbers now(words * words, 0);
  for (std::size_t a = 0; a < words; ++a)
    for (std::size_t b = 0; b < words; ++b) now[a * words + b] = fits(0, a) && fits(1, b) ? pair[a * words + b] : 0;
  for (std::size_t at = 2; at < length; ++at) {
    Numbers later(words * words, 0);
    for (std::size_t a = 0; a < words; ++a)
      for (std::size_t b = 0; b < words; ++b)
        for (std::size_t c = 0; c < words; ++c) later[b * words + c] += fits(at, c) ? now[a * words + b] * next[(a * words + b) * words + c] : 0;
    now = later;
  }
  TensorNetwork<double> network;
  for (std::size_t at = 0; at < length; ++at) network.label(words);
  network.add({0, 1}, pair);
  for (std::size_t at = 2; at < length; ++at) network.add({at - 2, at - 1, at}, next);
  for (std::size_t at = 0; at < length; ++at) {
    if (text[at] < 0) continue;
    Numbers seen(words, 0);
    seen[static_cast<std::size_t>(text[at])] = 1;
    network.add({at}, seen);
  }
  check_every_way<double>(network, Numbers{sum(now)}, 1e-12 * sum(now), {.exact = true});
}

TEST_CASE("all trees of a sentence together have the probability of the inside algorithm") {
  Dice dice(6);
  Grammar grammar{4, 5, {}, {}, {}};
  grammar.root = distributions(1, 4, dice);
  const Numbers expansions = distributions(4, 16 + 5, dice);  // of a symbol: pairs of symbols, then words
  for (std::size_t from = 0; from < 4; ++from)
    for (std::size_t n = 0; n < 21; ++n) (n < 16 ? grammar.rule : grammar.word).push_back(expansions[from * 21 + n]);
  const auto text = random_text(5, 5, dice);
  const double expected = inside(grammar, text);
  const auto trees = brackets(0, text.size());
  CHECK(trees.size() == 14);
  for (const Way& way : ways({.exact = true})) {
    CAPTURE(way.name);
    Options options;
    options.planner = way.planner;
    options.effort = way.effort;
    double total = 0;
    for (const auto& tree : trees) total += computed<double>(of_tree(grammar, text, tree), options).at(0);
    CHECK(near(total, expected, 1e-12 * expected));
  }
}

// A state over the words of a window, whose squares are their probabilities: a matrix above, two tensors that split its labels,
// and one that mixes the neighbours among what they give. It is the smallest of the models of Pestun and Vlassopoulos,
// Tensor network language model, 2017.
TEST_CASE("squares of a layered state are the probabilities of words and of texts") {
  Dice dice(7);
  constexpr std::size_t hidden = 3, words = 4, texts = 5;
  Numbers top(hidden * hidden), left(hidden * words * hidden), right(hidden * hidden * words), mixed(hidden * hidden * words * words);
  for (Numbers* values : {&top, &left, &right, &mixed})
    for (double& value : *values) value = uniform(dice, -1, 1);
  Numbers state(words * words * words * words, 0);  // [first, second, third, fourth]
  for (std::size_t a = 0; a < hidden; ++a)
    for (std::size_t b = 0; b < hidden; ++b)
      for (std::size_t c = 0; c < hidden; ++c)
        for (std::size_t d = 0; d < hidden; ++d)
          for (std::size_t n = 0; n < state.size(); ++n) {
            const std::size_t first = n / 64, second = n / 16 % 4, third = n / 4 % 4, fourth = n % 4;
            state[n] += top[a * hidden + b] * left[(a * words + first) * hidden + c] * right[(b * hidden + d) * words + fourth] *
                        mixed[((c * hidden + d) * words + second) * words + third];
          }
  const auto add_layers = [&](TensorNetwork<double>& network, const std::vector<Wire>& seen) {
    std::vector<Wire> inner;
    for (int n = 0; n < 4; ++n) inner.push_back(network.label(hidden));
    network.add({inner[0], inner[1]}, top);
    network.add({inner[0], seen[0], inner[2]}, left);
    network.add({inner[1], inner[3], seen[3]}, right);
    network.add({inner[2], inner[3], seen[1], seen[2]}, mixed);
  };
  Numbers ends(words * words, 0);  // first and fourth word
  for (std::size_t n = 0; n < state.size(); ++n) ends[n / 64 * words + n % 4] += state[n] * state[n];
  TensorNetwork<double> network;
  std::vector<Wire> seen;
  for (int n = 0; n < 4; ++n) seen.push_back(network.label(words));
  add_layers(network, seen), add_layers(network, seen);
  network.kept = {seen.front(), seen.back()};
  check_every_way<double>(network, ends, 1e-12 * sum(ends), {.exact = true, .best = true});

  const Wire which = network.label(texts);
  Numbers likelihoods(texts, 0);
  std::vector<std::size_t> places(texts, 0);
  for (const Wire wire : seen) {
    Numbers written(texts * words, 0);
    for (std::size_t n = 0; n < texts; ++n) {
      const std::size_t word = roll(dice, words);
      written[n * words + word] = 1;
      places[n] = places[n] * words + word;
    }
    network.add({which, wire}, written), network.add({which, wire}, written);
  }
  for (std::size_t n = 0; n < texts; ++n) likelihoods[n] = state[places[n]] * state[places[n]];
  network.kept = {which};
  check_every_way<double>(network, likelihoods, 1e-12 * sum(ends));
}
