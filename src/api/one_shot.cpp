// one_shot.cpp: calls with run-time text. What they compile is kept in a bounded cache that all threads share.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include <einc/einsum.hpp>

#include "api/compiled_state.hpp"
#include "api/dense_layouts.hpp"
#include "api/term_marks.hpp"

namespace einc {
namespace detail {
namespace {

constexpr std::size_t capacity = 256;  // expressions kept; the one unused for longest goes first

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;  // the golden ratio, as in Fibonacci hashing
  return hash ^ (hash >> 29);
}

// Of every operand the first at the same address, under whatever strides; empty where all differ, which is the usual case and costs a
// few comparisons.
std::vector<std::uint32_t> find_same(std::span<const ArrayRef> operands, const Options& options) {
  std::vector<std::uint32_t> same;
  if (!options.conjugate.empty()) return same;  // an array may be conjugated in one place and not in the other
  constexpr std::size_t most_before = 32;  // so many others are looked at: a text of thousands of operands is not to wait for this
  for (std::size_t i = 1; i < operands.size(); ++i) {
    for (std::size_t j = i > most_before ? i - most_before : 0; j < i; ++j) {
      const ArrayRef &one = operands[i], &other = operands[j];
      if (one.data != other.data || one.data == nullptr || one.dtype != other.dtype || one.conjugated != other.conjugated) continue;
      if (same.empty())
        for (std::uint32_t all = 0; all < operands.size(); ++all) same.push_back(all);
      same[i] = same[j];
      break;
    }
  }
  return same;
}

// Text, extents, strides and dtype of a call, which of its arrays are the same, and its options.
struct Call {
  std::string_view text;
  std::span<const ArrayRef> operands;
  const Options& options;
  std::vector<std::uint32_t> same;

  std::uint64_t hash() const {
    std::uint64_t result = mix(0, text.size());
    for (char c : text) result = mix(result, static_cast<unsigned char>(c));
    for (const ArrayRef& operand : operands) {
      result = mix(result, operand.extents.size());
      for (Extent extent : operand.extents) result = mix(result, static_cast<std::uint64_t>(extent));
      for (Stride stride : operand.strides) result = mix(result, static_cast<std::uint64_t>(stride));
      result = mix(result, static_cast<std::uint64_t>(operand.dtype) * 2 + (operand.conjugated ? 1 : 0));
    }
    for (std::uint32_t first : same) result = mix(result, first);
    const Accumulate accumulate = options.accumulate;
    return mix(result, (static_cast<std::uint64_t>(options.semiring.algebra) * 3 + static_cast<std::uint64_t>(accumulate.choice)) * dtype_count + static_cast<std::uint64_t>(accumulate.dtype));
  }
};

struct Entry {
  std::uint64_t hash;
  std::shared_ptr<const CompiledState> state;

  bool serves(const Call& call, std::uint64_t call_hash) const {
    if (hash != call_hash || state->compilation().text != call.text || state->options != call.options || state->compilation().same != call.same) return false;
    const auto& shapes = state->compilation().operand_shapes;
    if (shapes.size() != call.operands.size()) return false;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const ArrayRef& operand = call.operands[i];
      if (operand.dtype != state->compilation().operand_dtypes[i] || api::is_conjugated(call.options, i, operand.conjugated) != state->compilation().conjugated[i]) return false;
      if (!std::equal(shapes[i].begin(), shapes[i].end(), operand.extents.begin(), operand.extents.end())) return false;
      const Strides& strides = state->first.operand_strides[i];
      if (!std::equal(strides.begin(), strides.end(), operand.strides.begin(), operand.strides.end())) return false;
    }
    return true;
  }
};

class Cache {
 public:
  std::shared_ptr<const CompiledState> find(const Call& call, std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = places_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (!at->second->serves(call, hash)) continue;
      entries_.splice(entries_.begin(), entries_, at->second);
      return entries_.front().state;
    }
    return nullptr;
  }

  void keep(const Call& call, Entry entry) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t hash = entry.hash;
    const auto [same, same_end] = places_.equal_range(hash);
    if (std::any_of(same, same_end, [&](const auto& place) { return place.second->serves(call, hash); })) return;  // another thread was quicker
    entries_.push_front(std::move(entry));
    try {
      places_.emplace(hash, entries_.begin());
    } catch (...) {  // no memory: an entry without a place would never be found, nor leave
      entries_.pop_front();
      throw;
    }
    if (entries_.size() <= capacity) return;
    const auto last = std::prev(entries_.end());
    const auto [begin, end] = places_.equal_range(last->hash);
    places_.erase(std::find_if(begin, end, [&](const auto& place) { return place.second == last; }));
    entries_.pop_back();
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    places_.clear();
    entries_.clear();
    hits = misses = 0;
    ++generation;
  }

  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  std::atomic<std::size_t> hits = 0, misses = 0;
  std::atomic<std::uint64_t> generation = 1;  // raised by clear(), so that what threads remember is forgotten too

 private:
  std::mutex mutex_;
  std::list<Entry> entries_;  // last used first
  std::unordered_multimap<std::uint64_t, std::list<Entry>::iterator> places_;
};

Cache& cache() {
  static Cache instance;
  return instance;
}

// The last expressions this thread used, found without a lock.
struct Remembered {
  static constexpr std::size_t slots = 8;
  std::uint64_t generation = 0;
  std::array<Entry, slots> entries;
};

std::shared_ptr<const CompiledState> find_or_compile(const Call& call, const PlanProgress* progress) {
  thread_local Remembered remembered;
  const std::uint64_t hash = call.hash();
  const std::uint64_t generation = cache().generation.load(std::memory_order_acquire);
  if (remembered.generation != generation) remembered = {generation, {}};
  Entry& slot = remembered.entries[hash % Remembered::slots];
  if (slot.state && slot.serves(call, hash)) {
    cache().hits.fetch_add(1, std::memory_order_relaxed);
    return slot.state;
  }
  std::shared_ptr<const CompiledState> state = cache().find(call, hash);
  if (state) {
    cache().hits.fetch_add(1, std::memory_order_relaxed);
  } else {
    cache().misses.fetch_add(1, std::memory_order_relaxed);
    std::vector<bind::Layout> layouts;
    for (std::size_t i = 0; i < call.operands.size(); ++i) {
      const ArrayRef& operand = call.operands[i];
      layouts.push_back({operand.extents, operand.strides, operand.dtype, api::is_conjugated(call.options, i, operand.conjugated)});
    }
    state = std::make_shared<const CompiledState>(call.text, layouts, call.options, nullptr, progress != nullptr ? *progress : PlanProgress{}, call.same);
    cache().keep(call, {hash, state});
  }
  slot = {hash, state};
  return state;
}

}  // namespace

OneShot::OneShot(std::string_view text, std::span<const ArrayRef> operands, const Options& options, const PlanProgress* progress) : operands_(operands) {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (operands[i].extents.size() != operands[i].strides.size())
      throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has {} extents and strides for {}", i, operands[i].extents.size(), operands[i].strides.size()), std::string(text),
                  api::term_marks(text, i, fmt::format("operand {}", i)));
  if (!options.conjugate.empty() || !options.dtypes.empty()) api::check_counts(operands.size(), options);
  if (!options.constants.empty())
    throw Error(ErrorCode::bad_option, "the option `constants` is for expressions that are called again, and this is a call of its own", std::string(text), {}, "compile the text with it, and take `with_constants`");
  state_ = find_or_compile({text, operands, options, find_same(operands, options)}, progress);
  state_->check_operands(operands);
}
const Shape& OneShot::shape(DType result) const {
  state_->check_result(result);
  return state_->compilation().shapes[0];
}
void OneShot::run_fresh(const OutputRef& out) const {
  if (!state_->run_direct(operands_, {&out, 1}, {})) state_->run(operands_, {&out, 1}, {});
}
void OneShot::run(const OutputRef& out, const Scale& scale) const {
  if (state_->run_direct(operands_, {&out, 1}, scale)) return;
  state_->check_outputs(operands_, {&out, 1}, scale);
  state_->run(operands_, {&out, 1}, scale);
}

}  // namespace detail

Compiled compiled_for(std::string_view text, std::span<const ArrayRef> operands, const Options& options, const PlanProgress& progress) {
  return Compiled(detail::OneShot(text, operands, options, &progress).state());
}

CacheState cache_state() {
  return {detail::cache().size(), detail::capacity, detail::cache().hits.load(), detail::cache().misses.load()};
}
void clear_cache() { detail::cache().clear(); }

}  // namespace einc
