// key_value_cache.cpp: keys and values of the past, in memory that doubles.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <algorithm>

#include "attention/call.hpp"

namespace einc::attention {

namespace {

// Copies the positions used of every batch into memory with room for more.
template <class T>
std::vector<T> with_capacity(const std::vector<T>& from, Extent batch, Extent used, Extent old_capacity, Extent capacity, Extent row) {
  std::vector<T> to(static_cast<std::size_t>(batch * capacity * row));
  for (Extent b = 0; b < batch; ++b) std::copy_n(from.begin() + b * old_capacity * row, used * row, to.begin() + b * capacity * row);
  return to;
}

}  // namespace

template <class T>
typename KeyValueCache<T>::Slots KeyValueCache<T>::extend(Extent count, Extent batch, Extent heads, Extent key_width, Extent value_width) {
  if (capacity_ == 0 && length_ == 0) batch_ = batch, heads_ = heads, key_width_ = key_width, value_width_ = value_width;
  detail::need_equal("the batches of a past and of what follows", "the past", batch_, "the new positions", batch);
  detail::need_equal("the heads of a past and of what follows", "the past", heads_, "the new positions", heads);
  detail::need_equal("the key features of a past and of what follows", "the past", key_width_, "the new positions", key_width);
  detail::need_equal("the value features of a past and of what follows", "the past", value_width_, "the new positions", value_width);
  const Extent needed = length_ + count;
  if (needed > capacity_) {
    const Extent capacity = std::max({needed, 2 * capacity_, first_capacity_});
    keys_ = with_capacity(keys_, batch_, length_, capacity_, capacity, heads_ * key_width_);
    values_ = with_capacity(values_, batch_, length_, capacity_, capacity, heads_ * value_width_);
    capacity_ = capacity;
  }
  const Extent key_row = heads_ * key_width_, value_row = heads_ * value_width_;
  Slots slots{{keys_.data() + length_ * key_row, {batch_, count, heads_, key_width_}, {capacity_ * key_row, key_row, key_width_, 1}},
              {values_.data() + length_ * value_row, {batch_, count, heads_, value_width_}, {capacity_ * value_row, value_row, value_width_, 1}}};
  length_ = needed;
  return slots;
}

template <class T>
typename KeyValueCache<T>::Slots KeyValueCache<T>::all() {
  return {{keys_.data(), {batch_, capacity_, heads_, key_width_}}, {values_.data(), {batch_, capacity_, heads_, value_width_}}};
}

template class KeyValueCache<float>;
template class KeyValueCache<double>;

}  // namespace einc::attention
