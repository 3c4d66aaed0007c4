// SPDX-License-Identifier: BSD-3-Clause
#include "lower/products.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <einc/tensor_view.hpp>

#include "lower/arrange_loops.hpp"
#include "lower/attach_epilogue.hpp"
#include "lower/choose_tiles.hpp"
#include "lower/slice_sums.hpp"
#include "lower/symmetric.hpp"
#include "lower/take_types.hpp"

namespace einc::lower {
namespace {

using ir::Kernel;

// Then rows that wait for the map hold back nothing: b is packed once.
bool in_one_block(const ir::Instruction& instruction) {
  const ContractExtents extents = extents_by_role(instruction.loops);
  return instruction.tiling.k_block >= extents.k && instruction.tiling.n_block >= extents.n;
}

}  // namespace

int Products::slices_of(const ir::Instruction& contraction) const { return long_sums_ == LongSums::sliced ? slices_of_sum(contraction, target_) : 1; }

void Products::emit_product(Strided lhs, std::optional<Strided> rhs, const Strided& out, double factor, std::size_t number) {
  const Taking taking = take_types(lhs, rhs ? &*rhs : nullptr, out, plan_.extents, kind(), target_);
  if (taking.as_copy && factor == 1) return emit(number, make_copy(lhs, out, plan_.extents, plan_.dtype, target_), write_of(out));
  if (taking.as_sums) return emit({lhs, rhs ? &*rhs : nullptr, out, plan_.extents, factor}, number, number);
  if (taking.as_map || taking.as_copy) {
    std::vector<MapSource> inputs{{false, lhs}};
    if (rhs) inputs.push_back({false, *rhs});
    return emit_map(number, std::move(inputs), out, [&](const std::vector<MapSource>& from) {
      MadeMap made = make_product_map(from[0].array, rhs ? &from[1].array : nullptr, out, plan_.extents, plan_.dtype, expression_.arithmetic);
      made.made.instruction.factor = factor;
      return made;
    });
  }
  if (taking.converts_lhs) lhs = converted(lhs, number);
  if (taking.converts_rhs) rhs = converted(*rhs, number);
  if (out.buffer.dtype) return emit_rounded(lhs, *rhs, out, factor, number);
  if (rhs && number < plan_.steps.size() && plan_.steps[number].blocks > 1 && emit_symmetric(lhs, *rhs, out, factor, number)) return;
  emit({lhs, rhs ? &*rhs : nullptr, out, plan_.extents, factor}, number, number);
}

// Rounded once, behind the sum: while it is in cache, or in a pass of its own.
void Products::emit_rounded(const Strided& lhs, const Strided& rhs, const Strided& out, double factor, std::size_t number) {
  used_now(lhs), used_now(rhs);
  const Strided dense = dense_in(labels_in_memory(out), plan_.extents);
  const Copies copies = copies_of({lhs, &rhs, dense, plan_.extents});
  std::optional<MadeMap> made = copies.any() ? std::nullopt : attach_epilogue(lhs, rhs, out, {EpilogueSource{}}, {{.function = ir::Function::argument}}, plan_.extents, kind(), target_);
  if (made && in_one_block(made->made.instruction) && slices_of(made->made.instruction) == 1) {
    made->made.instruction.epilogue = static_cast<std::int32_t>(lowered_.executable.maps.size());
    lowered_.executable.maps.push_back(std::move(made->map));
    return emit_made(std::move(made->made), out, factor, number);
  }
  const Strided sum = intermediate(labels_in_memory(out), number);
  const Product product{lhs, &rhs, sum, plan_.extents, factor};
  if (copies.any()) emit_copied(product, copies, number, number);
  else emit_as_it_lies(product, number, number);
  used_now(sum);
  MadeMap rounding = make_product_map(sum, nullptr, out, plan_.extents, plan_.dtype, {});
  rounding.made.reason = fmt::format("for step {}: rounded to {} once, behind the whole sum", number + 1, name_of(*out.buffer.dtype));
  emit(Note::no_step, std::move(rounding), write_of(out));
}

// Blocks of rows from the diagonal on; what lies below is copied from them. An output has all of it copied: with the caller's scalars
// applied it may be no transpose of itself.
bool Products::emit_symmetric(const Strided& lhs, const Strided& rhs, const Strided& out, double factor, std::size_t number) {
  const std::optional<Exchange> exchange = exchange_of(lhs, rhs, plan_.extents);
  if (!exchange) return false;
  const Strided whole = out.buffer.place == ir::Place::output ? intermediate(labels_in_memory(out), number) : out;
  bool first = true;
  for (const SymmetricPart& part : make_symmetric({lhs, rhs, whole, out, *exchange, plan_.steps[number].blocks}, plan_.extents)) {
    used_now(lhs), used_now(rhs), used_now(whole), used_now(out);
    emit({part.lhs, part.rhs ? &*part.rhs : nullptr, part.out, part.extents, part.rhs ? factor : 1, part.note}, first ? number : Note::no_step, number);
    first = false;
  }
  return true;
}

// `number` is what the note belongs to, if to any step; `note_of` the step for whose sake it is there.
void Products::emit(const Product& product, std::size_t number, std::size_t note_of) {
  const Copies copies = copies_of(product);
  if (copies.any()) emit_copied(product, copies, number, note_of);
  else emit_as_it_lies(product, number, note_of);
}

Copies Products::copies_of(const Product& product) const {
  if (seconds_ == nullptr) return {};
  return choose_copies(product.lhs, product.rhs, product.out, product.extents, kind(), target_, *seconds_);
}

void Products::emit_copied(const Product& product, const Copies& copies, std::size_t number, std::size_t note_of) {
  const std::string why = fmt::format("{:.3g} ms predicted in all, {:.3g} as it lies", 1e3 * copies.seconds, 1e3 * copies.direct_seconds);
  const auto first = [&](const Strided& from, const std::optional<ir::Term>& labels) {
    if (!labels) return from;
    const Strided to = copy_of(from, *labels, product.extents, {ir::Place::arena, room(bytes_in(from, *labels, product.extents)), 0});
    emit_copy(from, to, product.extents, fmt::format("for step {}: copied into the order of labels that it reads best, {}", note_of + 1, why));
    return to;
  };
  const Strided lhs = first(product.lhs, copies.lhs), rhs = product.rhs ? first(*product.rhs, copies.rhs) : Strided{};
  const auto result = [&](const ir::Term& labels) { return dense_in(labels, product.extents, {ir::Place::arena, room(bytes_in({}, labels, product.extents)), 0}); };
  const Strided out = copies.out ? result(*copies.out) : product.out;
  emit_as_it_lies({lhs, product.rhs ? &rhs : nullptr, out, product.extents, product.factor, product.note}, number, note_of);
  if (copies.out) emit_copy(out, product.out, product.extents, fmt::format("for step {}: copied out of the order of labels that it writes best, {}", note_of + 1, why));
}

std::int64_t Products::bytes_in(const Strided& array, const ir::Term& labels, std::span<const Extent> extents) const {
  return static_cast<std::int64_t>(ir::elements(labels, extents)) * static_cast<std::int64_t>(bytes_of(array.buffer.dtype.value_or(plan_.dtype)));
}

// Elements as they are, or rounded where only the place that they go to has a type of its own.
void Products::emit_copy(const Strided& from, const Strided& to, std::span<const Extent> extents, std::string reason) {
  used_now(from), used_now(to);
  if (!to.buffer.dtype) {
    Made made = make_contraction(as_it_is(from), nullptr, as_it_is(to), extents, kind(), target_);
    made.reason = std::move(reason);
    return emit_made(std::move(made), to, 1, Note::no_step);
  }
  MadeMap made = from.buffer.dtype ? make_copy(as_it_is(from), as_it_is(to), extents, plan_.dtype, target_) : make_product_map(from, nullptr, to, extents, plan_.dtype, {});
  made.made.reason = std::move(reason);
  emit(Note::no_step, std::move(made), write_of(to));
}

// Each array where it lies.
void Products::emit_as_it_lies(const Product& product, std::size_t number, std::size_t note_of) {
  used_now(product.lhs);
  if (product.rhs != nullptr) used_now(*product.rhs);
  used_now(product.out);
  Made made = make_contraction(product.lhs, product.rhs, product.out, product.extents, kind(), target_);
  if (const int slices = slices_of(made.instruction); slices > 1 && emit_slices(product, slices, number, note_of)) return;
  finish_contraction(made, kind(), target_);
  if (made.instruction.kernel != Kernel::contract)
    if (const std::optional<DType> taken = product.lhs.buffer.dtype ? product.lhs.buffer.dtype : product.rhs ? product.rhs->buffer.dtype : std::nullopt) made.reason += fmt::format("; {} is read as it lies", name_of(*taken));
  if (product.rhs == nullptr && !product.note.empty()) made.reason = product.note;
  else made.reason += product.note;
  if (number == Note::no_step && note_of != Note::no_step) made.reason = fmt::format("for step {}: {}", note_of + 1, made.reason);
  emit_made(std::move(made), product.out, product.factor, number);
}

// Each slice has results of its own, dense and in the order of out: nothing keeps tiles from being stored whole. False where such results
// are not computed by tiles.
bool Products::emit_slices(const Product& product, int slices, std::size_t number, std::size_t note_of) {
  const auto along = static_cast<Label>(product.extents.size());  // a label of their own
  std::vector<Extent> extents(product.extents.begin(), product.extents.end());
  extents.push_back(slices);
  Strided all{labels_in_memory(product.out), {}, {}};
  all.labels.insert(all.labels.begin(), along);
  Shape shape;
  for (Label label : all.labels) shape.push_back(extents[label]);
  all.strides = row_major(shape);
  Strided one = all;
  one.labels.erase(one.labels.begin()), one.strides.erase(one.strides.begin());
  one.buffer = {ir::Place::arena, static_cast<std::uint32_t>(lives_.size()), 0};
  Made made = make_contraction(product.lhs, product.rhs, one, extents, kind(), target_);
  if (made.instruction.kernel != Kernel::contract) return false;
  arrange_loops(made, kind(), target_);
  slice_sum(made, slices, target_);
  made.reason += product.note;
  if (number == Note::no_step) made.reason = fmt::format("for step {}: {}", note_of + 1, made.reason);
  all.buffer.index = room(slices * all.strides[0] * static_cast<std::int64_t>(bytes_of(plan_.dtype)));
  all.buffer.place = ir::Place::arena;
  emit_made(std::move(made), one, 1, number);
  used_now(all), used_now(product.out);
  Made joined = make_contraction(all, nullptr, product.out, extents, kind(), target_);
  joined.reason = fmt::format("for step {}: the results of its {} slices, added up", note_of + 1, slices);
  emit_made(std::move(joined), product.out, product.factor, Note::no_step);
  return true;
}

void Products::emit_made(Made made, const Strided& out, double factor, std::size_t number) {
  made.instruction.write = write_of(out);
  made.instruction.factor = factor;
  scratch(made.scratch_bytes);
  emit(std::move(made.instruction), number, std::move(made.reason));
}

// An operand copied into the type that is computed with, in the order it has; what repeats is copied once and repeats again.
Strided Products::converted(const Strided& from, std::size_t number) {
  Strided varying, repeated;
  split_repeated(from, varying, repeated);
  Strided copy = intermediate(labels_in_memory(varying), number);
  MadeMap made = make_product_map(varying, nullptr, copy, plan_.extents, plan_.dtype, {});
  copy.labels.insert(copy.labels.end(), repeated.labels.begin(), repeated.labels.end());
  copy.strides.insert(copy.strides.end(), repeated.strides.begin(), repeated.strides.end());
  made.made.reason = fmt::format("for step {}: copied into {} first, since no kernel of what follows reads {}{} itself", number + 1, name_of(plan_.dtype),
                                 from.conjugated ? "conjugated " : "", name_of(from.buffer.dtype.value_or(plan_.dtype)));
  emit(Note::no_step, std::move(made), ir::Write::store);
  return copy;
}

void Products::emit_fill(const Strided& out, double value, ir::Write write, std::string reason, std::size_t step) {
  if (out.buffer.dtype) {
    const ir::ScalarCode code{{.function = ir::Function::constant, .value = value}};
    Strided places{{}, out.strides, out.buffer};  // labels may repeat: every place gets one of its own
    std::vector<Extent> extents;
    for (Label label : out.labels) places.labels.push_back(static_cast<Label>(extents.size())), extents.push_back(plan_.extents[label]);
    MadeMap made = make_map({}, code, ir::Fold::none, places, extents, plan_.dtype);
    made.made.reason = std::move(reason);
    return emit(step, std::move(made), write);
  }
  ir::Instruction instruction{};
  instruction.kernel = Kernel::fill;
  instruction.dtype = plan_.dtype;
  instruction.algebra = plan_.algebra;
  instruction.c = out.buffer;
  instruction.factor = value;
  for (std::size_t i = 0; i < out.labels.size(); ++i)
    if (plan_.extents[out.labels[i]] != 1) instruction.loops.push_back({ir::Role::m, plan_.extents[out.labels[i]], 0, 0, out.strides[i]});
  instruction.write = write;
  emit(std::move(instruction), step, std::move(reason));
}

void Products::emit_map(std::size_t step, std::vector<MapSource> inputs, const Strided& out, const MakeMap& make) {
  if (seconds_ == nullptr) return emit(step, make(inputs), write_of(out));
  const MapCopies copies = choose_map_copies(inputs, out, plan_.extents, target_, *seconds_, make);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!copies.inputs[i]) continue;
    const Strided from = inputs[i].array;
    inputs[i].array = copy_of(from, *copies.inputs[i], plan_.extents, {ir::Place::arena, room(bytes_in(from, *copies.inputs[i], plan_.extents)), 0});
    emit_copy(from, inputs[i].array, plan_.extents, fmt::format("for step {}: copied into the order of labels that it reads best, {:.3g} ms predicted in all, {:.3g} as it lies", step + 1,
                                                                1e3 * copies.seconds, 1e3 * copies.direct_seconds));
  }
  for (const MapSource& input : inputs)
    if (!input.position) used_now(input.array);
  used_now(out);
  emit(step, make(inputs), write_of(out));
}

void Products::emit(std::size_t step, MadeMap made, ir::Write write) {
  made.made.instruction.write = write;
  made.made.instruction.detail = static_cast<std::uint32_t>(lowered_.executable.maps.size());
  lowered_.executable.maps.push_back(std::move(made.map));
  emit(std::move(made.made.instruction), step, std::move(made.made.reason));
}

void Products::emit(ir::Instruction instruction, std::size_t step, std::string reason) {
  const Kernel kernel = instruction.kernel;
  const bool has_form = kernel == Kernel::contract || kernel == Kernel::small || kernel == Kernel::interleaved || kernel >= Kernel::map;
  const bool elementwise = !has_form && !unit_stride_somewhere(instruction);
  lowered_.notes.push_back({step, std::move(reason), elementwise});
  lowered_.executable.code.push_back(std::move(instruction));
}

void Products::scratch(std::int64_t bytes) { lowered_.executable.scratch_bytes = std::max(lowered_.executable.scratch_bytes, bytes); }

}  // namespace einc::lower
