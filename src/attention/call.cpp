// call.cpp: arrays with labels, and the programs compiled for them.
// SPDX-License-Identifier: BSD-3-Clause
#include "attention/call.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::attention::detail {

std::shared_ptr<Cache> make_cache() { return std::make_shared<Cache>(); }

template <class T>
Input labelled(std::string name, std::string_view labels, const Given<T>& array) {
  need_rank(name, array, labels);
  return {std::move(name), split_labels(labels), {array.address(), array.dtype(), {}, {}}, array.extents(), array.strides()};
}

Input split_label(Input input, std::string_view label, std::string_view into, Extent outer) {
  const auto at = std::find(input.labels.begin(), input.labels.end(), label) - input.labels.begin();
  const LabelList parts = split_labels(into);
  const auto place = static_cast<std::size_t>(at);
  need_divisible(fmt::format("label `{}` of `{}`", label, input.name), input.extents[place], outer);
  const Extent inner = input.extents[place] / outer;
  input.labels[place] = parts.back(), input.labels.insert(input.labels.begin() + at, parts.front());
  input.extents[place] = inner, input.extents.insert(input.extents.begin() + at, outer);
  input.strides.insert(input.strides.begin() + at, input.strides[place] * inner);
  return input;
}

Input without_units(Input input) {
  Input result{input.name, {}, input.array, {}, {}};
  for (std::size_t at = 0; at < input.labels.size(); ++at) {
    if (input.extents[at] == 1) continue;
    result.labels.push_back(input.labels[at]);
    result.extents.push_back(input.extents[at]);
    result.strides.push_back(input.strides[at]);
  }
  return result;
}

std::optional<Compiled> Cache::find(const Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  found->second.used = ++clock_;
  return found->second.compiled;
}

Compiled Cache::keep(const Key& key, const Compiled& compiled) {
  const std::scoped_lock lock(mutex_);
  if (entries_.size() >= capacity && entries_.find(key) == entries_.end())
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& x, const auto& y) { return x.second.used < y.second.used; }));
  return entries_.try_emplace(key, Entry{compiled, ++clock_}).first->second.compiled;
}

Cache& shared_cache() {
  static Cache cache;
  return cache;
}

std::string text_of(const Options& options) {
  // Semirings and extents that stretch are no options of programs: compile() refuses them, so they must miss the cache.
  const bool refused = options.semiring != Semiring{} || options.broadcast != Broadcast::strict || !options.conjugate.empty();
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}", name_of(options.dtype), static_cast<int>(options.accumulate.choice), name_of(options.accumulate.dtype), static_cast<int>(options.planner), static_cast<int>(options.effort),
                     options.plan_seconds, options.seed, static_cast<int>(options.objective),
                     static_cast<int>(options.stream), options.threads, options.isa, options.forbid_fallback, options.memory_limit, refused);
}

Compiled compiled_for(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build) {
  Key key{settings + "; " + text_of(options), {}, {}, {}};
  for (const Input& input : inputs) {
    key.names.push_back(input.name + " " + joined(input.labels));
    key.shapes.push_back(input.extents);
    key.dtypes.push_back(input.array.dtype);
  }
  if (cache != nullptr)
    if (const auto found = cache->find(key)) return *found;
  Program program;
  std::map<std::string, Tensor> tensors;
  for (const Input& input : inputs) tensors.emplace(input.name, program.input(input.name, joined(input.labels)));
  build(program, Inputs(std::move(tensors)));
  options.dtypes = key.dtypes;
  if (!key.dtypes.empty() && is_half(promoted(key.dtypes))) options.accumulate = Accumulate::wide;  // results are of f32, whoever rounds them
  const Compiled compiled = compile(program, key.shapes, options);
  return cache != nullptr ? cache->keep(key, compiled) : compiled;
}

namespace {

std::vector<ArrayRef> references(const std::vector<Input>& inputs) {
  std::vector<ArrayRef> refs;
  for (const Input& input : inputs) refs.push_back({input.array.data, input.array.dtype, input.extents, input.strides});
  return refs;
}

}  // namespace

template <class T>
void run_into(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build,
              const std::vector<TensorView<T>>& outs) {
  options.dtype = dtype_of<T>;
  const Compiled compiled = compiled_for(cache, options, inputs, settings, build);
  std::vector<OutputRef> refs;
  for (const TensorView<T>& out : outs) refs.push_back({out.data(), dtype_of<T>, out.extents(), out.strides()});
  compiled.run(references(inputs), refs);
}

template <class T>
std::vector<Array<T>> run(Cache* cache, Options options, const std::vector<Input>& inputs, const std::string& settings, const Build& build) {
  options.dtype = dtype_of<T>;
  const Compiled compiled = compiled_for(cache, options, inputs, settings, build);
  std::vector<Array<T>> results;
  std::vector<OutputRef> refs;
  results.reserve(compiled.shapes().size());
  for (const Shape& shape : compiled.shapes()) {
    Array<T>& array = results.emplace_back(shape);
    refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  }
  compiled.run(references(inputs), refs);
  return results;
}

void need_equal(std::string_view what, std::string_view of_first, Extent first, std::string_view of_second, Extent second) {
  if (first != second)
    throw Error(ErrorCode::extent_mismatch, fmt::format("{} do not agree: {} for {}, {} for {}", what, first, of_first, second, of_second));
}

void need_divisible(std::string_view what, Extent extent, Extent heads) {
  if (heads <= 0) throw Error(ErrorCode::bad_option, fmt::format("{} heads for {}: at least one is needed", heads, what));
  if (extent % heads != 0)
    throw Error(ErrorCode::bad_option, fmt::format("{} heads cannot share {} evenly: its extent is {}", heads, what, extent), {}, {},
                fmt::format("the number of heads must divide {}", extent));
}

template <class T>
void need_rank(std::string_view name, const Given<T>& array, std::string_view labels, const std::string& hint) {
  const LabelList needed = split_labels(labels);
  if (!array) throw Error(ErrorCode::rank_mismatch, fmt::format("`{}` is missing: an array [{}] is needed", name, fmt::join(needed, " ")));
  if (array.rank() != needed.size())
    throw Error(ErrorCode::rank_mismatch,
                fmt::format("`{}` has rank {}, shape [{}], but [{}] is needed", name, array.rank(), fmt::join(array.extents(), ", "), fmt::join(needed, " ")), {},
                {}, hint);
}

#define EINC_ATTENTION_CALLS(T)                                                                                                                   \
  template Input labelled<T>(std::string, std::string_view, const Given<T>&);                                                                     \
  template std::vector<Array<T>> run<T>(Cache*, Options, const std::vector<Input>&, const std::string&, const Build&);                            \
  template void run_into<T>(Cache*, Options, const std::vector<Input>&, const std::string&, const Build&, const std::vector<TensorView<T>>&); \
  template void need_rank<T>(std::string_view, const Given<T>&, std::string_view, const std::string&);
EINC_ATTENTION_CALLS(float)
EINC_ATTENTION_CALLS(double)
#undef EINC_ATTENTION_CALLS

}  // namespace einc::attention::detail
