// attention_arrays.hpp: attention on arrays: each call builds its program, compiles it for the shapes it meets and keeps that.
// Every function here may be called from several threads at once. T is float or double: what is computed with, and the type of
// results. Arrays are of T, beside float also of bfloat16 and float16, each of its own: halves are widened as they are read, and nowhere
// copied. All throw Error, before anything is computed, when shapes do not agree.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <einc/attention_blocks.hpp>

namespace einc::attention {

namespace detail {
// An array that nobody else keeps, and how it takes part in calls.
template <class A>
struct Kept {
  A array;
  einc::detail::BorrowOf<const A> borrowed;
  explicit Kept(A&& given) : array(std::move(given)), borrowed(array) {}
  ArrayRef ref() const { return borrowed.ref(); }
};
}  // namespace detail

// An array handed over, of any kind einc takes (TensorView, Array, xtensor's), of elements of T, where that is float also of halves. One that has a name is borrowed, so it must live as long as this; a temporary or one that is moved in is kept.
// What a TensorView points to is always borrowed. Nothing by default.
template <class T>
class Given {
  template <class E>
  static constexpr bool holds = std::is_same_v<E, T> || (std::is_same_v<T, float> && is_half(dtype_of<E>));

 public:
  Given() = default;
  template <class A>
    requires(!std::is_same_v<std::remove_cvref_t<A>, Given> && Operand<A> && holds<typename ArrayTraits<std::remove_cvref_t<A>>::element>)
  Given(A&& array) {  // NOLINT: meant to convert
    if constexpr (std::is_lvalue_reference_v<A> || std::is_const_v<A>)
      take(std::make_shared<einc::detail::BorrowOf<const std::remove_reference_t<A>>>(array));
    else
      take(std::make_shared<detail::Kept<A>>(std::move(array)));
  }

  explicit operator bool() const noexcept { return there_; }
  const T* data() const noexcept { return dtype_ == dtype_of<T> ? static_cast<const T*>(data_) : nullptr; }  // null where elements are no T
  const void* address() const noexcept { return data_; }
  DType dtype() const noexcept { return dtype_; }
  T number_at(Stride elements) const {  // so many elements from the first
    if (dtype_ == DType::bf16) return static_cast<T>(static_cast<float>(static_cast<const bfloat16*>(data_)[elements]));
    if (dtype_ == DType::f16) return static_cast<T>(static_cast<float>(static_cast<const float16*>(data_)[elements]));
    return static_cast<const T*>(data_)[elements];
  }
  std::size_t rank() const noexcept { return extents_.size(); }
  const Shape& extents() const noexcept { return extents_; }
  const Strides& strides() const noexcept { return strides_; }
  Extent extent(std::size_t at) const { return extents_.at(at); }

 private:
  template <class Holder>
  void take(std::shared_ptr<Holder> holder) {
    const ArrayRef ref = holder->ref();
    data_ = ref.data;
    dtype_ = ref.dtype;
    extents_.assign(ref.extents.begin(), ref.extents.end());
    strides_.assign(ref.strides.begin(), ref.strides.end());
    kept_ = std::move(holder);
    there_ = true;
  }

  std::shared_ptr<const void> kept_;
  const void* data_ = nullptr;
  DType dtype_ = dtype_of<T>;
  Shape extents_;
  Strides strides_;
  bool there_ = false;
};

namespace detail {
class Cache;  // what was compiled, by shapes and settings
std::shared_ptr<Cache> make_cache();
}  // namespace detail

// The arrays that ScoreTensors is made of. mask, bias and keep: [b h q k] where any extent may be 1, or [q k]. A rank of 3 is
// refused, since it could mean [b q k] or [h q k]: write [b 1 q k] or [1 h q k].
template <class T>
struct ScoreArrays {
  Given<T> mask = {}, bias = {}, keep = {};
  Given<T> valid_length = {};  // [b] or [b q]
  Given<T> slopes = {}, sink = {};  // [h]
};

// What to compute besides the result. Weights have q k elements a head, which no streaming can avoid.
struct Wanted {
  bool weights = false, logsumexp = false, heads = false;
};

template <class T>
struct AttendResult {
  Array<T> out;
  Array<T> weights{}, logsumexp{};  // [b h q k], [b h q]; empty when not wanted
};

// softmax(scale * q k) v on arrays q [b h q c], k [b g k c], v [b g k v] -> [b h q v]. Head n of the h reads head n / (h / g)
// of the g. Without heads: [b q c], [b k c], [b k v] -> [b q v]; without batch as well: [q c], [k c], [k v] -> [q v].
template <class T>
class DotProductAttention {
 public:
  explicit DotProductAttention(Scoring scoring = {}, const Options& options = {});

  Array<T> operator()(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with = {}) const;
  AttendResult<T> compute(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with, const Wanted& wanted) const;
  Compiled compiled(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with = {}, const Wanted& wanted = {}) const;

 private:
  Scoring scoring_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// One call of it. Compilations are kept and shared, unless scoring has a function: keep a DotProductAttention then.
template <class T>
AttendResult<T> attend_all(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Scoring& scoring, const ScoreArrays<T>& with,
                           const Wanted& wanted, const Options& options = {});
// A copy of numbers rounded to halves, to nearest. H is bfloat16 or float16.
template <class H>
Array<H> rounded(const Array<float>& numbers);

// The result has the type that q, k and v meet in: of halves of one type it is computed in float, and rounded once.
template <Operand Q, Operand K, Operand V>
  requires(std::is_floating_point_v<einc::detail::ElementOf<Q, K, V>> || is_half(dtype_of<einc::detail::ElementOf<Q, K, V>>))
auto attend(const Q& q, const K& k, const V& v, const Scoring& scoring = {},
            const ScoreArrays<element_of<computed_in(einc::detail::met_in<Q, K, V>())>>& with = {}, const Options& options = {}) {
  using R = einc::detail::ElementOf<Q, K, V>;
  using T = element_of<computed_in(dtype_of<R>)>;
  Array<T> out = attend_all<T>(q, k, v, scoring, with, {}, options).out;
  if constexpr (std::is_same_v<R, T>) return out;
  else return rounded<R>(out);
}

// Gradients of attend(): all four arrays [b h q c] or of the shapes k and v have.
template <class T>
struct AttendGradients {
  Array<T> out, q, k, v;
};
template <class T>
AttendGradients<T> attend_gradients(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Given<T>& out_gradient,
                                    const Scoring& scoring = {}, const ScoreArrays<T>& with = {}, const Options& options = {});

// Sequences packed one behind the other: q [q h c], k [k g c], v [k g v], starts [n + 1] of n sequences -> [q h v].
template <class T>
Array<T> attend_packed(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Given<T>& query_starts, const Given<T>& key_starts,
                       const Scoring& scoring = {}, const Options& options = {});

// Keys and values in pages: q [b h q c], pages [p s g c] and [p s g v], table [b t], lengths [b] -> [b h q v].
template <class T>
Array<T> attend_paged(const Given<T>& q, const Given<T>& key_pages, const Given<T>& value_pages, const Given<T>& table,
                      const Given<T>& lengths, const Scoring& scoring = {}, const Options& options = {});

// softmax over the last label of scores [.. q k], then the average of v [.. k v]. weights when wanted.
template <class T>
AttendResult<T> attention_pooling(const Given<T>& scores, const Given<T>& v, const Wanted& wanted = {}, const Options& options = {});

// Softmax over the last label as networks in bf16 take it. dtype: "f32", or "bf16" to round before and after. Throws Error
// (unsupported_dtype) for any other name. https://github.com/google-deepmind/alphafold, alphafold/model/modules.py
template <class T>
Array<T> stable_softmax(const Given<T>& logits, std::string_view dtype, const Options& options = {});

// gamma * layer_norm(x + y) + beta over the last label.
template <class T>
Array<T> add_norm(const Given<T>& x, const Given<T>& y, const Given<T>& gamma, const Given<T>& beta, const Options& options = {});

// w2 relu(w1 x + b1) + b2 over the last label: w1 [f e], w2 [o f].
template <class T>
Array<T> feed_forward(const Given<T>& x, const Given<T>& w1, const Given<T>& b1, const Given<T>& w2, const Given<T>& b2, const Options& options = {});

// [positions.. width / 2] cosines and sines of position * base^(-2 t / width), worked out in double. Throws Error (bad_shape) for an odd width.
template <class T>
std::pair<Array<T>, Array<T>> rotary_tables(const Given<T>& position, Extent width, double base = 10000);

// x [.. q c] turned: positions [q].
template <class T>
Array<T> rotary(const Given<T>& x, const Given<T>& position, Pairing pairing = Pairing::half, double base = 10000, const Options& options = {});

// [length width], worked out in double. Throws Error (bad_shape) for an odd width.
template <class T>
Array<T> positional_table(Extent length, Extent width);
// x [.. q e] + the table.
template <class T>
Array<T> add_positions(const Given<T>& x, const Options& options = {});

// The slopes 2^(-8 n / heads), n = 1 ... heads, of ALiBi for a number of heads that is a power of two (arXiv:2108.12409).
template <class T>
Array<T> alibi_slopes(Extent heads);

}  // namespace einc::attention
