// random_einsum.hpp: random calls: text, extents, memory layouts, options, scale; the same on every machine for one seed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <einc/options.hpp>
#include <einc/tensor_view.hpp>

namespace einc::testing {

// Draws from mt19937_64 by hand: the standard's distributions differ between libraries, and a seed must not.
// Or takes its choices from bytes, one or two a choice, and draws on when they run out: what a fuzzer needs to change one choice.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  explicit Random(std::span<const std::uint8_t> bytes) : engine_(bytes.size()), bytes_(bytes) {}
  std::size_t below(std::size_t bound) {
    if (bytes_.empty()) return static_cast<std::size_t>(engine_() % bound);
    std::size_t drawn = next_byte();
    if (bound > 256) drawn = drawn << 8 | next_byte();
    return drawn % bound;
  }
  bool chance(double probability) {
    if (bytes_.empty()) return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
    return static_cast<double>(next_byte()) < 256 * probability;
  }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint8_t next_byte() {
    if (bytes_.empty()) return static_cast<std::uint8_t>(engine_());
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  std::mt19937_64 engine_;
  std::span<const std::uint8_t> bytes_;
};

// An array's place in a buffer: the buffer has `size` elements, index 0 stands at `first`.
struct Layout {
  Shape extents;
  Strides strides;
  std::size_t first = 0, size = 1;
};

// Any order of labels in memory, gaps, negative strides, and (for operands) strides of 0.
inline Layout random_layout(Random& random, const Shape& extents, bool allow_zero) {
  Layout layout{extents, Strides(extents.size()), 0, 1};
  std::vector<std::size_t> order(extents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const bool tidy = random.chance(0.4);
  if (!tidy) random.shuffle(order);
  Stride next = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    const Extent extent = extents[order[i]];
    Stride& stride = layout.strides[order[i]];
    if (!tidy && allow_zero && random.chance(0.08)) continue;
    stride = tidy || random.chance(0.7) ? next : next * static_cast<Stride>(2 + random.below(2));
    next = stride * std::max<Extent>(extent, 1) + (tidy || random.chance(0.8) ? 0 : static_cast<Stride>(random.below(4)));
    if (tidy || random.chance(0.8)) continue;
    stride = -stride;
    if (extent > 0) layout.first += static_cast<std::size_t>(-stride * (extent - 1));
  }
  layout.size = static_cast<std::size_t>(next);
  return layout;
}

struct RandomEinsum {
  std::string text;
  Options options;
  std::vector<Layout> operands;
};

namespace detail {

// White space here and there, only between tokens.
inline std::string join_tokens(Random& random, const std::vector<std::string>& tokens) {
  const bool spaced = random.chance(0.2);
  std::string text;
  for (const std::string& token : tokens) {
    text += token;
    if (spaced && random.chance(0.3)) text += random.chance(0.8) ? " " : "\t";
  }
  return text;
}

// Lowers extents until one loop nest over all of them has at most `points` points.
inline void limit_extents(Random& random, std::vector<Extent*> extents, double points) {
  auto product = [&] {
    double all = 1;
    for (const Extent* extent : extents) all *= static_cast<double>(std::max<Extent>(*extent, 1));
    return all;
  };
  while (product() > points) {
    Extent& extent = *extents[random.below(extents.size())];
    if (extent > 1) extent = (extent + 1) / 2;
  }
}

}  // namespace detail

// A random call whose loop nest has at most `points` points, with at most `most_operands` operands.
inline RandomEinsum random_einsum(Random& random, double points, std::size_t most_operands) {
  RandomEinsum call;
  const std::vector<Extent> sizes = points > 1e5 ? std::vector<Extent>{16, 31, 33, 64, 65, 100, 150, 257}
                                                 : std::vector<Extent>{1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 32, 33};
  const std::size_t label_count = 1 + random.below(points > 1e5 ? 4 : 7);
  const std::string alphabet = "ijkabcXYZpq";
  std::map<char, Extent> extents;
  for (std::size_t i = 0; i < label_count; ++i) extents[alphabet[i]] = random.pick(sizes);
  if (random.chance(0.05)) extents['i'] = 0;
  const bool has_ellipsis = random.chance(0.3);
  Shape covered(has_ellipsis ? random.below(3) : 0);
  for (Extent& extent : covered) extent = random.pick(sizes);
  std::vector<Extent*> all;
  for (auto& [label, extent] : extents) all.push_back(&extent);
  for (Extent& extent : covered) all.push_back(&extent);
  detail::limit_extents(random, all, points);

  const bool numpy = random.chance(0.3);
  call.options.broadcast = numpy ? Broadcast::numpy : Broadcast::strict;
  const std::size_t operand_count = 1 + random.below(most_operands);
  std::map<char, int> uses;
  std::vector<std::string> tokens;
  bool ellipsis_used = false;
  for (std::size_t number = 0; number < operand_count; ++number) {
    if (number > 0) tokens.push_back(",");
    std::vector<char> labels;
    for (std::size_t i = random.chance(0.1) ? 0 : 1 + random.below(std::min<std::size_t>(label_count, 4)); i-- > 0;) {
      const char label = alphabet[random.below(label_count)];
      const bool repeats = std::count(labels.begin(), labels.end(), label) > 0;
      if (!repeats || random.chance(0.3)) labels.push_back(label);
    }
    std::map<char, Extent> here = extents;  // of this operand: in numpy's rules some extents are 1
    for (auto& [label, extent] : here)
      if (numpy && random.chance(0.15)) extent = 1;
    const std::size_t ellipsis_at = has_ellipsis && random.chance(0.7) ? random.below(labels.size() + 1) : ~std::size_t{0};
    Shape shape;
    for (std::size_t i = 0; i <= labels.size(); ++i) {
      if (i == ellipsis_at) {
        ellipsis_used = true;
        tokens.push_back("...");
        const std::size_t rank = random.chance(0.7) ? covered.size() : random.below(covered.size() + 1);
        for (std::size_t j = covered.size() - rank; j < covered.size(); ++j)
          shape.push_back(random.chance(0.15) ? 1 : covered[j]);
      }
      if (i == labels.size()) break;
      tokens.push_back(std::string(1, labels[i]));
      ++uses[labels[i]];
      shape.push_back(here[labels[i]]);
    }
    call.operands.push_back(random_layout(random, shape, true));
  }

  if (random.chance(0.75)) {
    tokens.push_back("->");
    std::vector<std::string> output;
    for (const auto& [label, count] : uses)
      if (random.chance(0.6)) output.push_back(std::string(1, label));
    if (!numpy && !output.empty() && output.size() < 4 && random.chance(0.1)) output.push_back(output[0]);
    call.options.sum_ellipsis = ellipsis_used && random.chance(0.2);
    if (ellipsis_used && !call.options.sum_ellipsis) output.push_back("...");
    random.shuffle(output);
    tokens.insert(tokens.end(), output.begin(), output.end());
  }
  call.text = detail::join_tokens(random, tokens);
  return call;
}
inline RandomEinsum random_einsum(std::uint64_t seed, double points, std::size_t most_operands) {
  Random random(seed);
  return random_einsum(random, points, most_operands);
}

}  // namespace einc::testing
