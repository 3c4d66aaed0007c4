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
// less than that for so few multiply-adds.
constexpr double least_seconds = 4e-4, least_products = 2e5;
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
bool can_be_copied(const Strided& array, std::span<const Extent> extents) {
  if (!is_plain(array)) return false;
  for (std::size_t i = 0; i < array.labels.size(); ++i)
    if (array.strides[i] == 0 && extents[array.labels[i]] > 1) return false;
  return true;
}

// Bits of what is copied.
enum : unsigned { copies_lhs = 1, copies_rhs = 2, copies_out = 4, copies_all = 7 };

class Search {
 public:
  Search(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target, const InstructionSeconds& seconds)
      : lhs_(lhs), rhs_(rhs), out_(out), extents_(extents), kind_(kind), target_(target), seconds_(seconds), l_(labels_in_memory(lhs)), r_(labels_in_memory(rhs)), o_(labels_in_memory(out)) {}

  Copies run() {
    double products = 1;
    for (Label label : l_) products *= static_cast<double>(extents_[label]);
    for (Label label : r_) products *= contains(l_, label) ? 1 : static_cast<double>(extents_[label]);
    if (products < least_products) return {};
    const Made direct = whole(lhs_, rhs_, out_);
    const Orders all = orders_for(copies_all);
    if (direct.instruction.kernel != ir::Kernel::contract || all.lhs[0].size() != l_.size() || all.rhs[0].size() != r_.size() || all.out[0].size() != o_.size()) return {};
    best_.direct_seconds = best_.seconds = seconds_(direct.instruction);
    if (best_.direct_seconds < least_seconds) return {};
    const ir::Tiling& tiling = direct.instruction.tiling;
    least_ = best_.seconds * worth * (tiling.run != 0 ? arranged_share : 1);
    // Whether the contraction would be enough faster if copies cost nothing.
    if (contraction(dense(all.lhs[0]), dense(all.rhs[0]), dense(all.out[0])) > least_) return {};
    for (unsigned copied = 1; copied <= copies_all; ++copied) try_copying(copied);
    return best_.any() ? best_ : Copies{};
  }

 private:
  Made whole(const Strided& lhs, const Strided& rhs, const Strided& out) const {
    Made made = make_contraction(lhs, &rhs, out, extents_, kind_, target_);
    finish_contraction(made, kind_, target_);
    return made;
  }
  double contraction(const Strided& lhs, const Strided& rhs, const Strided& out) const {
    return seconds_(whole(lhs, rhs, out).instruction);
  }
  double copy(const Strided& from, const Strided& to) const { return seconds_(make_contraction(from, nullptr, to, extents_, kind_, target_).instruction); }

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
  Strided dense(const ir::Term& labels) const { return dense_in(labels, extents_); }
  // The orders to try for an array: none where it stays, and of those into which it is copied, the ones that it does not have already.
  using Ways = std::vector<std::optional<ir::Term>>;
  Ways ways(bool copied, const Strided& array, const ir::Term& now, const std::array<ir::Term, 2>& orders) const {
    if (!copied) return {std::nullopt};
    Ways found;
    if (!can_be_copied(array, extents_)) return found;
    for (const ir::Term& order : orders)
      if (order != now) found.emplace_back(order);
    return found;
  }
  void try_copying(unsigned copied) {
    const Orders orders = orders_for(copied);
    const Ways lhs = ways((copied & copies_lhs) != 0, lhs_, l_, orders.lhs), rhs = ways((copied & copies_rhs) != 0, rhs_, r_, orders.rhs), out = ways((copied & copies_out) != 0, out_, o_, orders.out);
    for (const auto& of_lhs : lhs)
      for (const auto& of_rhs : rhs)
        for (const auto& of_out : out) try_orders({of_lhs, of_rhs, of_out, 0, best_.direct_seconds});
  }

  double bytes(const std::optional<ir::Term>& copied) const {
    double all = copied ? static_cast<double>(bytes_of(kind_.dtype)) : 0;
    for (Label label : copied.value_or(ir::Term{})) all *= static_cast<double>(extents_[label]);
    return all;
  }
  void try_orders(Copies copies) {
    if (bytes(copies.lhs) + bytes(copies.rhs) + bytes(copies.out) > most_bytes) return;
    const Strided lhs = copies.lhs ? dense(*copies.lhs) : lhs_, rhs = copies.rhs ? dense(*copies.rhs) : rhs_, out = copies.out ? dense(*copies.out) : out_;
    const double copying = (copies.lhs ? copy(lhs_, lhs) : 0) + (copies.rhs ? copy(rhs_, rhs) : 0) + (copies.out ? copy(out, out_) : 0);
    if (copy_cost * copying >= least_) return;
    const double product = contraction(lhs, rhs, out);
    if (copy_cost * copying + product >= least_) return;
    least_ = copy_cost * copying + product;
    copies.seconds = copying + product;
    best_ = std::move(copies);
  }

  const Strided &lhs_, &rhs_, &out_;
  std::span<const Extent> extents_;
  ir::NumberKind kind_;
  const ir::Target& target_;
  const InstructionSeconds& seconds_;
  ir::Term l_, r_, o_;  // labels as they lie in memory
  Copies best_;
  double least_ = 0;  // seconds of the best, copies counted as they are believed
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

Copies choose_copies(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target,
                     const InstructionSeconds& seconds) {
  return Search(lhs, rhs, out, extents, kind, target, seconds).run();
}

}  // namespace einc::lower
