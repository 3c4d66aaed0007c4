// SPDX-License-Identifier: BSD-3-Clause
#include "lower/copy_first.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <einc/tensor_view.hpp>

#include "lower/arrange_loops.hpp"
#include "lower/bring_far_rows.hpp"
#include "lower/slice_sums.hpp"
#include "lower/take_types.hpp"

namespace einc::lower {
namespace {

// A shorter contraction is not worth the search, which takes as long as some hundred prices: about half a millisecond. The slowest order takes
// less than that for so few multiply-adds. What is only read and multiplied, or summed, has orders that are priced in a few microseconds each.
constexpr double least_seconds = 4e-4, least_products = 2e5, least_element_seconds = 4e-5, least_elements = 1 << 14;
// Predictions of what is badly ordered are off by up to two, and so are those of copies of which neither array is walked in order. 90 random
// contractions, f32, one thread, Zen 4 (2026-11): 52 have copies then and take 0.59 of the time in the mean, the worst 1.35; as predicted,
// and a quarter less, 0.64 and 1.73; copies three times as long 0.59 and 1.58; two fifths less, 1.5 times as long 0.53 of 35 and 1.55.
constexpr double worth = 0.8, copy_cost = 2;
// Loops that were arranged for such orders take down to half of what is predicted: "dca,bd->abc" of 384, 24, 376, 384 41 ms, not 82, and 46 to 54 with copies.
constexpr double arranged_share = 0.5;
// Of all copies together: arrays that fill a machine are not doubled.
constexpr double most_bytes = 1 << 30;

bool contains(const ir::Term& labels, Label label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

// Those of `labels` that belong to all of `in` and none of `not_in`.
ir::Term those(const ir::Term& labels, std::initializer_list<const ir::Term*> in, std::initializer_list<const ir::Term*> not_in) {
  ir::Term found;
  for (Label label : labels) {
    const auto has = [&](const ir::Term* term) { return contains(*term, label); };
    if (std::all_of(in.begin(), in.end(), has) && std::none_of(not_in.begin(), not_in.end(), has)) found.push_back(label);
  }
  return found;
}

ir::Term joined(std::initializer_list<const ir::Term*> parts) {
  ir::Term all;
  for (const ir::Term* part : parts) all.insert(all.end(), part->begin(), part->end());
  return all;
}

// Arrays that a copy can stand for: every label has places of its own.
bool has_own_places(const Strided& array, std::span<const Extent> extents) {
  for (std::size_t i = 0; i < array.labels.size(); ++i)
    if (array.strides[i] == 0 && extents[array.labels[i]] > 1) return false;
  return true;
}

double elements_of(const ir::Term& labels, std::span<const Extent> extents) {
  double all = 1;
  for (Label label : labels) all *= static_cast<double>(extents[label]);
  return all;
}

// Bits of what is copied.
enum : unsigned { copies_lhs = 1, copies_rhs = 2, copies_out = 4, copies_all = 7 };

// What is asked of any instruction on one or two arrays.
class Prices {
 public:
  Prices(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target, const InstructionSeconds& seconds)
      : lhs_(lhs), rhs_(rhs), out_(out), extents_(extents), kind_(kind), target_(target), seconds_(seconds), l_(labels_in_memory(lhs)), r_(rhs ? labels_in_memory(*rhs) : ir::Term{}), o_(labels_in_memory(out)) {}

 protected:
  Made whole(const Strided& lhs, const Strided& rhs, const Strided& out) const {
    Made made = make_contraction(lhs, rhs_ ? &rhs : nullptr, out, extents_, kind_, target_);
    if (made.instruction.kernel == ir::Kernel::contract) finish_contraction(made, kind_, target_);
    return made;
  }
  double product(const Strided& lhs, const Strided& rhs, const Strided& out) const { return seconds_(whole(lhs, rhs, out).instruction, nullptr); }
  double copy(const Strided& from, const Strided& to) const {
    if (from.buffer.dtype == to.buffer.dtype) return seconds_(make_contraction(as_it_is(from), nullptr, as_it_is(to), extents_, kind_, target_).instruction, nullptr);
    const MadeMap rounding = make_product_map(from, nullptr, to, extents_, kind_.dtype, {});
    return seconds_(rounding.made.instruction, &rounding.map);
  }
  const Strided& rhs() const { return rhs_ ? *rhs_ : lhs_; }
  Strided copy_of(const Strided& array, const ir::Term& labels) const { return lower::copy_of(array, labels, extents_); }
  Strided result(const ir::Term& labels) const { return dense_in(labels, extents_); }  // of the type that is computed with
  double elements(const ir::Term& labels) const { return elements_of(labels, extents_); }

  // Keeps the best so far of some orders for the arrays that are copied.
  void try_orders(Copies copies) {
    const auto bytes = [&](const std::optional<ir::Term>& copied) { return copied ? elements(*copied) * static_cast<double>(bytes_of(kind_.dtype)) : 0; };  // at most
    if (bytes(copies.lhs) + bytes(copies.rhs) + bytes(copies.out) > most_bytes) return;
    const Strided lhs = copies.lhs ? copy_of(lhs_, *copies.lhs) : lhs_, other = copies.rhs ? copy_of(rhs(), *copies.rhs) : rhs(), out = copies.out ? result(*copies.out) : out_;
    const double copying = (copies.lhs ? copy(lhs_, lhs) : 0) + (copies.rhs ? copy(rhs(), other) : 0) + (copies.out ? copy(out, out_) : 0);
    if (copy_cost * copying >= least_) return;
    const double rest = product(lhs, other, out);
    if (copy_cost * copying + rest >= least_) return;
    least_ = copy_cost * copying + rest;
    copies.seconds = copying + rest;
    best_ = std::move(copies);
  }

  const Strided& lhs_;
  const Strided* rhs_;
  const Strided& out_;
  std::span<const Extent> extents_;
  ir::NumberKind kind_;
  const ir::Target& target_;
  const InstructionSeconds& seconds_;
  ir::Term l_, r_, o_;  // labels as they lie in memory
  Copies best_;
  double least_ = 0;  // seconds of the best, copies counted as they are believed
};

// Labels that all three arrays have stand outside in the copies, then those of an array alone and those of the sum, in either order.
class ContractionOrders : Prices {
 public:
  using Prices::Prices;

  Copies run() {
    double products = elements(l_);
    for (Label label : r_) products *= contains(l_, label) ? 1 : static_cast<double>(extents_[label]);
    if (products < least_products) return {};
    const Made direct = whole(lhs_, rhs(), out_);
    const Orders all = orders_for(copies_all);
    if (direct.instruction.kernel != ir::Kernel::contract || all.lhs[0].size() != l_.size() || all.rhs[0].size() != r_.size() || all.out[0].size() != o_.size()) return {};
    best_.direct_seconds = best_.seconds = seconds_(direct.instruction, nullptr);
    if (best_.direct_seconds < least_seconds) return {};
    const ir::Tiling& tiling = direct.instruction.tiling;
    least_ = best_.seconds * worth * (tiling.run != 0 ? arranged_share : 1);
    // Whether the contraction would be enough faster if copies cost nothing.
    if (product(copy_of(lhs_, all.lhs[0]), copy_of(rhs(), all.rhs[0]), result(all.out[0])) > least_) return {};
    for (unsigned copied = 1; copied <= copies_all; ++copied) try_copying(copied);
    return best_.any() ? best_ : Copies{};
  }

 private:
  struct Orders {
    std::array<ir::Term, 2> lhs, rhs, out;
  };
  // Labels of one role stand as they do in an array that stays where it is.
  Orders orders_for(unsigned copied) const {
    const bool keeps_lhs = (copied & copies_lhs) == 0, keeps_rhs = (copied & copies_rhs) == 0, keeps_out = (copied & copies_out) == 0;
    const ir::Term batch = those(keeps_out ? o_ : keeps_lhs ? l_ : keeps_rhs ? r_ : o_, {&l_, &r_, &o_}, {});
    const ir::Term m = those(keeps_out || !keeps_lhs ? o_ : l_, {&l_, &o_}, {&r_}), n = those(keeps_out || !keeps_rhs ? o_ : r_, {&r_, &o_}, {&l_});
    const ir::Term k = those(keeps_lhs || !keeps_rhs ? l_ : r_, {&l_, &r_}, {&o_});
    return {{joined({&batch, &m, &k}), joined({&batch, &k, &m})}, {joined({&batch, &k, &n}), joined({&batch, &n, &k})}, {joined({&batch, &m, &n}), joined({&batch, &n, &m})}};
  }
  // The orders to try for an array: none where it stays, and of those into which it is copied, the ones that it does not have already.
  using Ways = std::vector<std::optional<ir::Term>>;
  Ways ways(bool copied, const Strided& array, const ir::Term& now, const std::array<ir::Term, 2>& orders) const {
    if (!copied) return {std::nullopt};
    Ways found;
    if (!has_own_places(array, extents_)) return found;
    for (const ir::Term& order : orders)
      if (order != now) found.emplace_back(order);
    return found;
  }
  void try_copying(unsigned copied) {
    const Orders orders = orders_for(copied);
    const Ways lhs = ways((copied & copies_lhs) != 0, lhs_, l_, orders.lhs), rhs = ways((copied & copies_rhs) != 0, *rhs_, r_, orders.rhs), out = ways((copied & copies_out) != 0, out_, o_, orders.out);
    for (const auto& of_lhs : lhs)
      for (const auto& of_rhs : rhs)
        for (const auto& of_out : out) try_orders({of_lhs, of_rhs, of_out, 0, best_.direct_seconds});
  }
};

// Each element is read once, or few times: a sum over one array, a product without a sum, a dot product, a matrix times a vector. One order of all labels
// for the copies: that of the result, with those of the sum inside, outside or next to the last; or that of an operand that has all.
class ElementOrders : Prices {
 public:
  using Prices::Prices;

  Copies run() {
    if (elements(l_) + elements(r_) + elements(o_) < least_elements) return {};
    const Made direct = whole(lhs_, rhs(), out_);
    switch (direct.instruction.kernel) {
      case ir::Kernel::multiply:
      case ir::Kernel::matvec:
      case ir::Kernel::dot:
      case ir::Kernel::reduce: break;
      default: return {};
    }
    best_.direct_seconds = best_.seconds = seconds_(direct.instruction, nullptr);
    if (best_.direct_seconds < least_element_seconds) return {};
    least_ = best_.seconds * worth;
    for (const ir::Term& order : orders()) try_order(order);
    return best_.any() ? best_ : Copies{};
  }

 private:
  std::vector<ir::Term> orders() const {
    const ir::Term sum_of_lhs = those(l_, {}, {&o_}), sum_of_rhs = those(r_, {}, {&o_, &sum_of_lhs});
    const ir::Term sum = joined({&sum_of_lhs, &sum_of_rhs}), others_of_lhs = those(r_, {}, {&l_}), others_of_rhs = those(l_, {}, {&r_});
    std::vector<ir::Term> found;
    if (rhs_ != nullptr) {
      found.push_back(joined({&o_, &sum}));
      if (!sum.empty() && !o_.empty()) {
        const ir::Term outer(o_.begin(), o_.end() - 1), last{o_.back()};
        found.push_back(joined({&sum, &o_}));
        found.push_back(joined({&outer, &sum, &last}));
      }
      found.push_back(joined({&others_of_rhs, &r_}));
    }
    found.push_back(joined({&others_of_lhs, &l_}));
    return found;
  }
  // Every choice of arrays that are copied into such an order and do not have it.
  void try_order(const ir::Term& order) {
    const auto way = [&](const Strided& array, const ir::Term& now) -> std::optional<ir::Term> {
      ir::Term wanted = those(order, {&now}, {});
      return wanted != now && has_own_places(array, extents_) ? std::optional(std::move(wanted)) : std::nullopt;
    };
    const std::optional<ir::Term> lhs = rhs_ ? way(lhs_, l_) : std::nullopt, rhs = rhs_ ? way(*rhs_, r_) : std::nullopt, out = way(out_, o_);
    const unsigned possible = (lhs ? copies_lhs : 0U) | (rhs ? copies_rhs : 0U) | (out ? copies_out : 0U);
    for (unsigned copied = 1; copied <= copies_all; ++copied) {
      if ((copied & ~possible) != 0) continue;
      try_orders({(copied & copies_lhs) != 0 ? lhs : std::nullopt, (copied & copies_rhs) != 0 ? rhs : std::nullopt, (copied & copies_out) != 0 ? out : std::nullopt, 0, best_.direct_seconds});
    }
  }
};

}  // namespace

Strided dense_in(const ir::Term& labels, std::span<const Extent> extents, ir::BufferRef buffer) {
  Shape shape;
  for (Label label : labels) shape.push_back(extents[label]);
  return {labels, row_major(shape), buffer};
}

void finish_contraction(Made& made, ir::NumberKind kind, const ir::Target& target) {
  shorten_blocks(made, target);
  arrange_loops(made, kind, target);
  bring_far_rows(made, target);
}

Copies choose_copies(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target,
                     const InstructionSeconds& seconds) {
  if (rhs != nullptr && is_contraction(lhs, *rhs, out, extents)) return ContractionOrders(lhs, rhs, out, extents, kind, target, seconds).run();
  return ElementOrders(lhs, rhs, out, extents, kind, target, seconds).run();
}

Strided copy_of(const Strided& array, const ir::Term& labels, std::span<const Extent> extents, ir::BufferRef buffer) {
  buffer.dtype = array.buffer.dtype;
  Strided copy = dense_in(labels, extents, buffer);
  copy.conjugated = array.conjugated;
  return copy;
}

Strided as_it_is(Strided array) {
  array.conjugated = false;
  return array;
}

MapCopies choose_map_copies(std::vector<MapSource> inputs, const Strided& out, std::span<const Extent> extents, const ir::Target& target, const InstructionSeconds& seconds, const MakeMap& make) {
  MapCopies best{std::vector<std::optional<ir::Term>>(inputs.size()), 0, 0};
  MadeMap direct = make(inputs);
  const DType dtype = direct.made.instruction.dtype;
  const ir::Term result = labels_in_memory(out);
  double copying = 0, bytes = 0, least = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Strided array = inputs[i].array;
    const ir::Term now = labels_in_memory(array);
    const double elements = elements_of(now, extents);
    const Stride inner = direct.map.inputs[i].strides.empty() ? 0 : direct.map.inputs[i].strides.back();
    if (inputs[i].position || inner == 0 || inner == 1 || elements < least_elements || !has_own_places(array, extents)) continue;
    if (least == 0) {  // the first that is asked about
      best.direct_seconds = seconds(direct.made.instruction, &direct.map);
      least = worth * best.direct_seconds;
    }
    if (best.direct_seconds < least_element_seconds) return best;
    const double size = elements * static_cast<double>(bytes_of(array.buffer.dtype.value_or(dtype)));
    if (bytes + size > most_bytes) continue;
    ir::Term order = those(result, {&now}, {});
    const ir::Term folded = those(now, {}, {&result});
    order.insert(order.end(), folded.begin(), folded.end());
    if (order == now) continue;
    inputs[i].array = copy_of(array, order, extents);
    const double copy = seconds(make_contraction(as_it_is(array), nullptr, as_it_is(inputs[i].array), extents, dtype, target).instruction, nullptr);
    const MadeMap made = make(inputs);
    const double map = seconds(made.made.instruction, &made.map);
    if (copy_cost * (copying + copy) + map >= least) {
      inputs[i].array = array;
      continue;
    }
    least = copy_cost * (copying + copy) + map;
    copying += copy, bytes += size;
    best.inputs[i] = std::move(order);
    best.seconds = copying + map;
  }
  return best;
}

}  // namespace einc::lower
