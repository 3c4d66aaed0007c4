// call.hpp: how a call on arrays becomes a program: arrays get labels, the program is built and compiled when first met.
// Knows no attention.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <einc/attention_arrays.hpp>

#include "attention/labels.hpp"

namespace einc::attention::detail {

// An array with a name and labels: one input of the program to be.
struct Input {
  std::string name;
  LabelList labels;
  ArrayRef array;  // data and element type; extents and strides are the two below, which the reference cannot own
  Shape extents;
  Strides strides;
};

// Gives an array its labels. Throws Error (rank_mismatch) naming the array when there are more or fewer.
template <class T>
Input labelled(std::string name, std::string_view labels, const Given<T>& array);

// A view in which a label is two, the outer one of the given extent, which must divide.
Input split_label(Input input, std::string_view label, std::string_view into, Extent outer);
// A view without the labels of extent 1: an operand of a program does not vary along labels it lacks.
Input without_units(Input input);

// What is given to a build: the program's inputs by name.
class Inputs {
 public:
  explicit Inputs(std::map<std::string, Tensor> tensors) : tensors_(std::move(tensors)) {}
  const Tensor& operator[](const std::string& name) const { return tensors_.at(name); }
  std::optional<Tensor> find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, Tensor> tensors_;
};
using Build = std::function<void(Program&, const Inputs&)>;

// All that decides what is compiled: the inputs' names, labels, extents and types, and the settings as text.
struct Key {
  std::string settings;
  std::vector<std::string> names;
  std::vector<Shape> shapes;
  std::vector<DType> dtypes = {};
  auto operator<=>(const Key&) const = default;
};

// Keeps what was compiled; drops the oldest when there are too many.
class Cache {
 public:
  static constexpr std::size_t capacity = 64;
  std::optional<Compiled> find(const Key& key);
  Compiled keep(const Key& key, const Compiled& compiled);  // what another thread kept meanwhile, if it did

 private:
  struct Entry {
    Compiled compiled;
    std::uint64_t used = 0;
  };
  std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::uint64_t clock_ = 0;
};

// For calls that belong to no layer.
Cache& shared_cache();

// `settings` must tell apart all that `build` depends on besides the inputs. cache may be null: nothing is kept then.
// Results of halves are f32: nobody here rounds.
Compiled compiled_for(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build);

// Computes all outputs of the program.
template <class T>
std::vector<Array<T>> run(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build);
// The same into memory of the caller, one view an output.
template <class T>
void run_into(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build,
              const std::vector<TensorView<T>>& outs);

std::string text_of(const Options& options);

// Throws Error (extent_mismatch): `queries` have 4 features, `keys` have 5.
void need_equal(std::string_view what, std::string_view of_first, Extent first, std::string_view of_second, Extent second);
// Throws Error (bad_option) when heads do not divide what they are to share.
void need_divisible(std::string_view what, Extent extent, Extent heads);
// Throws Error (rank_mismatch): `mask` has rank 3, [2, 3, 4], and 4 are needed: [b h q k].
template <class T>
void need_rank(std::string_view name, const Given<T>& array, std::string_view labels, const std::string& hint = {});

}  // namespace einc::attention::detail
