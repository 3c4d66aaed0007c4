// packing.cpp: keys that do not lie one after the other: sequences packed into one, and pages of a cache.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_blocks.hpp>

#include "attention/labels.hpp"

namespace einc::attention {

namespace {

// For every position along a label: the number of its sequence, where that begins and where it ends, and whether there is one.
struct Sequence {
  Tensor number, begin, end, exists;
};

Sequence sequence_of(Program& program, const Tensor& place, const Tensor& starts) {
  const std::string over = detail::joined(starts.labels());
  // As many starts as lie at or before a position. Where several are equal, sequences are empty: the last of them is meant.
  const Tensor started = sum(starts <= place, over), number = started - 1.0;
  // What comes after the last start has no end: it belongs to no sequence and sees nothing.
  return {number, gather(starts, over, number), gather(starts, over, started), started < program.extent(over)};
}

}  // namespace

Packing packing(Program& program, const Tensor& query_starts, const Tensor& key_starts, Align align, const Labels& labels) {
  const Tensor query = program.iota(labels.query), key = program.iota(labels.key);
  const Sequence of_query = sequence_of(program, query, query_starts), of_key = sequence_of(program, key, key_starts);
  const Tensor same = of_query.number == of_key.number && of_query.exists && of_key.exists;
  Tensor at = query - of_query.begin;
  if (align == Align::bottom_right) {
    // As many keys as the query's own sequence has.
    const std::string over = detail::joined(key_starts.labels());
    const Tensor keys = gather(key_starts, over, of_query.number + 1.0) - gather(key_starts, over, of_query.number);
    at = at + keys - (of_query.end - of_query.begin);
  }
  return {{at, key - of_key.begin}, same};
}

Tensor paged(const Tensor& pages, const Tensor& table, const PageLabels& labels) {
  return merge(gather(pages, labels.page, table), labels.entry + labels.slot, labels.key);
}

}  // namespace einc::attention
