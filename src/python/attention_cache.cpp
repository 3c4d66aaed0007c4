// attention_cache.cpp: keys and values of the past, kept between steps of decoding.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "python/attention_layers.hpp"
#include "python/attention_parts.hpp"

namespace einc::python {

using namespace nb::literals;
using attention::Given, attention::KeyValueCache;

namespace {

constexpr Extent largest_capacity = Extent{1} << 40;  // far more than memory holds, far less than overflows

void make_cache(HeldCache* self, Extent capacity) {
  if (capacity < 0 || capacity > largest_capacity)
    throw Error(ErrorCode::bad_option, fmt::format("the capacity {} is no number of positions to begin with", capacity));
  new (self) HeldCache(capacity);
}

template <class T>
void copy_into(const TensorView<T>& to, const Given<T>& from) {
  const Shape& n = to.extents();
  const Strides &s = to.strides(), &t = from.strides();
  for (Extent b = 0; b < n[0]; ++b)
    for (Extent k = 0; k < n[1]; ++k)
      for (Extent h = 0; h < n[2]; ++h)
        for (Extent c = 0; c < n[3]; ++c)
          to.data()[b * s[0] + k * s[1] + h * s[2] + c * s[3]] = from.number_at(b * t[0] + k * t[1] + h * t[2] + c * t[3]);
}

void extend(HeldCache& self, nb::handle keys, nb::handle values) {
  const NamedArrays arrays({{"keys", keys}, {"values", values}});
  with_element(arrays.dtype(), [&]<class T>() {
    const Given<T> k = arrays.get<T>("keys"), v = arrays.get<T>("values");
    if (k.rank() != 4 || v.rank() != 4)
      throw Error(ErrorCode::rank_mismatch,
                  fmt::format("`keys` has rank {}, `values` {}, but [b k h c] and [b k h v] are needed", k.rank(), v.rank()));
    for (std::size_t at = 0; at < 3; ++at)
      if (k.extent(at) != v.extent(at))
        throw Error(ErrorCode::extent_mismatch, fmt::format("{} do not agree: {} for keys, {} for values",
                                                            at == 0   ? "batches"
                                                            : at == 1 ? "positions"
                                                                      : "heads",
                                                            k.extent(at), v.extent(at)));
    alone_with(self, [&] {
      const auto slots = self.cache<T>().extend(k.extent(1), k.extent(0), k.extent(2), k.extent(3), v.extent(3));
      copy_into<T>(slots.keys, k);
      copy_into<T>(slots.values, v);
    });
  });
}

// A copy of what is used: the cache itself moves when it grows.
nb::object copy_of(HeldCache& self, bool of_keys) {
  if (self.empty()) return nb::none();
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(alone_with(self,
                                  [&] {
                                    KeyValueCache<T>& cache = self.cache<T>();
                                    const auto slots = cache.all();
                                    const TensorView<T>& all = of_keys ? slots.keys : slots.values;
                                    Shape extents = all.extents();
                                    const Extent row = extents[2] * extents[3], used = cache.length() * row, whole = extents[1] * row;
                                    extents[1] = cache.length();
                                    Array<T> copy(extents);
                                    for (Extent b = 0; b < extents[0]; ++b) std::copy_n(all.data() + b * whole, used, copy.data() + b * used);
                                    return copy;
                                  }),
                       {});
  });
}

Extent length_of(HeldCache& self) {
  if (self.empty()) return 0;
  return with_element(self.dtype(), [&]<class T>() { return alone_with(self, [&] { return self.cache<T>().length(); }); });
}
Extent capacity_of(HeldCache& self) {
  if (self.empty()) return self.first_capacity();
  return with_element(self.dtype(), [&]<class T>() { return alone_with(self, [&] { return self.cache<T>().capacity(); }); });
}
void clear(HeldCache& self) {
  if (self.empty()) return;
  with_element(self.dtype(), [&]<class T>() { alone_with(self, [&] { self.cache<T>().clear(); }); });
}

}  // namespace

void bind_key_value_cache(nb::module_& module) {
  nb::class_<HeldCache>(
      module, "KeyValueCache",
      "The past of one sequence a batch, for decoding: keys [b k h c] and values [b k h v], in memory that doubles when it is full, so\n"
      "that a layer compiles again only then. capacity: positions to begin with.\n\n"
      ">>> import einc, numpy as np\n"
      ">>> past = einc.attention.KeyValueCache()\n"
      ">>> past.extend(np.ones((1, 3, 2, 4)), np.ones((1, 3, 2, 4)))\n"
      ">>> past.length, past.keys.shape\n"
      "(3, (1, 3, 2, 4))\n")
      .def("__init__", &make_cache, "capacity"_a = 64)
      .def("extend", &extend, "keys"_a, "values"_a, nb::sig("def extend(self, keys: object, values: object) -> None"),
           "Appends positions. Raises Error (extent_mismatch) when batch, heads or features are others than those of the first call.")
      .def_prop_ro("length", &length_of, "How many positions it holds.")
      .def_prop_ro("capacity", &capacity_of, "How many it has memory for.")
      .def_prop_ro(
          "keys", [](HeldCache& self) { return copy_of(self, true); }, "A copy of the keys; None before the first.")
      .def_prop_ro(
          "values", [](HeldCache& self) { return copy_of(self, false); }, "A copy of the values; None before the first.")
      .def("clear", &clear, "Forgets all positions, and keeps the memory.")
      .def("__len__", &length_of);
}

}  // namespace einc::python
