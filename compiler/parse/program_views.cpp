// program_views.cpp: operations that only read a tensor's positions another way: rearrange, slice, concat, gather and their like.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "parse/program_builder.hpp"

namespace einc::parse {

using ir::LabelName, ir::NamedGroup, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind, ir::written;

NodeId ProgramBuilder::view(NodeId x, std::vector<NamedGroup> groups, NamedTerm labels, const LabelExtents& extents) {
  check_distinct(labels);
  Node node = begin(NodeKind::view);
  node.arguments = {x};
  node.groups = std::move(groups);
  for (const LabelExtent& given : extents) {
    const LabelName label = read_label(given.label);
    const bool known = ir::holds(labels, label) || ir::holds(labels_of(x), label);
    if (!known) fail(fmt::format("an extent is given for `{}`, which is no label of `{}`", label, written(labels)));
    if (given.extent < 0) fail(fmt::format("label `{}` cannot have {} positions", label, given.extent), {}, ErrorCode::bad_shape);
    node.fixed.emplace_back(label, given.extent);
  }
  node.labels = std::move(labels);
  return add(std::move(node));
}

NodeId ProgramBuilder::split(NodeId x, std::string_view label, std::string_view into, const LabelExtents& extents) {
  const LabelName from = read_label(label);
  const NamedTerm to = read_labels(into);
  require_label(x, from);
  if (to.empty()) fail(fmt::format("label `{}` is to be split into at least one label", from));
  NamedTerm others = labels_of(x), labels;
  others.erase(std::find(others.begin(), others.end(), from));
  for (const LabelName& part : to) require_new(others, part);
  if (to.size() > 1 && ir::holds(to, from))
    fail(fmt::format("label `{}` cannot be a part of itself: a label has one extent in a program", from), "choose another letter for the part");
  for (const LabelName& old : labels_of(x)) {
    if (old == from) labels.insert(labels.end(), to.begin(), to.end());
    else labels.push_back(old);
  }
  return view(x, {{{from}, to}}, std::move(labels), extents);
}

NodeId ProgramBuilder::merge(NodeId x, std::string_view labels, std::string_view into) {
  const NamedTerm from = read_labels(labels);
  const LabelName to = read_label(into);
  if (from.empty()) fail("there are no labels to merge");
  check_distinct(from);
  for (const LabelName& label : from) require_label(x, label);
  NamedTerm others, result;
  for (const LabelName& label : labels_of(x))
    if (!ir::holds(from, label)) others.push_back(label);
  require_new(others, to);
  if (from.size() > 1 && ir::holds(from, to))
    fail(fmt::format("label `{}` cannot be a part of itself: a label has one extent in a program", to), "choose another letter for the whole");
  for (const LabelName& label : labels_of(x)) {
    if (label == from[0]) result.push_back(to);
    else if (!ir::holds(from, label)) result.push_back(label);
  }
  return view(x, {{from, {to}}}, std::move(result), {});
}

NodeId ProgramBuilder::permute(NodeId x, std::string_view labels) {
  const NamedTerm order = read_labels(labels);
  check_distinct(order);
  const NamedTerm& have = labels_of(x);
  if (!std::is_permutation(order.begin(), order.end(), have.begin(), have.end()))
    fail(fmt::format("`{}` are not the labels `{}` of the tensor in another order", written(order), written(have)));
  return order == have ? x : view(x, {}, order, {});
}

NodeId ProgramBuilder::broadcast(NodeId x, std::string_view labels) {
  Node node = begin(NodeKind::widen);
  node.arguments = {x};
  node.labels = read_labels(labels);
  check_distinct(node.labels);
  for (const LabelName& label : labels_of(x))
    if (!ir::holds(node.labels, label)) fail(fmt::format("`{}` leaves out label `{}` of a tensor with labels `{}`", written(node.labels), label, written(labels_of(x))));
  if (node.labels.size() == labels_of(x).size()) return permute(x, labels);
  return add(std::move(node));
}

NodeId ProgramBuilder::rename(NodeId x, std::string_view from, std::string_view to) {
  const NamedTerm old = read_labels(from), fresh = read_labels(to);
  check_distinct(old);
  if (old.size() != fresh.size()) fail(fmt::format("`{}` and `{}` are not equally many labels", written(old), written(fresh)), {}, ErrorCode::rank_mismatch);
  for (const LabelName& label : old) require_label(x, label);
  NamedTerm labels = labels_of(x);
  std::vector<NamedGroup> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto found = std::find(old.begin(), old.end(), labels[i]);
    if (found == old.end() || fresh[static_cast<std::size_t>(found - old.begin())] == labels[i]) continue;
    const LabelName& name = fresh[static_cast<std::size_t>(found - old.begin())];
    groups.push_back({{labels[i]}, {name}});
    labels[i] = name;
  }
  return groups.empty() ? x : view(x, std::move(groups), std::move(labels), {});
}

namespace {

// One side of a rearrangement: labels, and which of them stand in one pair of parentheses.
struct Side {
  struct Item {
    std::vector<Subscript> labels;
    bool grouped = false;
  };
  std::vector<Item> items;
};

}  // namespace

// The parentheses are read here and the rest by the grammar of einsum, which skips blanks.
NodeId ProgramBuilder::rearrange(std::string_view text, NodeId x, const LabelExtents& extents) {
  std::string flat(text);
  std::vector<Span> groups;
  bool open = false;
  const auto refuse = [&](ErrorCode code, std::string sentence, Span span, std::string hint = {}) {
    fail_in_text(Error(code, std::move(sentence), std::string(text), {{span, {}}}, std::move(hint)), text);
  };
  for (std::uint32_t at = 0; at < flat.size(); ++at) {
    if (flat[at] == '>' && open) break;
    if (flat[at] != '(' && flat[at] != ')') continue;
    if ((flat[at] == '(') == open) refuse(ErrorCode::bad_character, "parentheses do not match, or stand in one another", {at, at + 1});
    if (!open) groups.push_back({at, at + 1});
    else groups.back().end = at;
    open = !open;
    flat[at] = ' ';
  }
  if (open) refuse(ErrorCode::bad_character, "a parenthesis is not closed", {groups.back().begin, groups.back().begin + 1});
  Subscripts read = parse_subscripts(flat);
  if (read.fault.code != ErrorCode::none) {
    // The text with parentheses would be a fault of its own: that of the text without them is shown, under the bytes as written.
    try {
      static_cast<void>(subscripts(flat, true));
    } catch (const Error& error) {
      fail_in_text(Error(error.code(), fmt::format("{}", error.sentence().substr(error.sentence().find(": ") + 2)), std::string(text), error.marks(), error.hint()), text);
    }
  }
  const Span all{0, static_cast<std::uint32_t>(text.size())};
  if (read.operands.size() != 1 || !read.has_arrow) refuse(ErrorCode::bad_arrow, "one term, an arrow and one term are expected", all, "as in `bs(hd)->bhsd`");

  const auto side_of = [&](const SubscriptTerm& term, std::uint32_t begin, std::uint32_t end) {
    Side side;
    std::size_t next = 0;
    const auto plain_before = [&](std::uint32_t at) {
      for (; next < term.subscripts.size() && term.subscripts[next].span.begin < at; ++next) side.items.push_back({{term.subscripts[next]}, false});
    };
    for (const Span& group : groups) {
      if (group.begin < begin || group.begin >= end) continue;
      plain_before(group.begin);
      Side::Item item{{}, true};
      for (; next < term.subscripts.size() && term.subscripts[next].span.begin < group.end; ++next) {
        if (term.subscripts[next].ellipsis) refuse(ErrorCode::bad_ellipsis, "an ellipsis inside parentheses does not say what it covers", term.subscripts[next].span);
        item.labels.push_back(term.subscripts[next]);
      }
      if (item.labels.empty()) refuse(ErrorCode::bad_character, "nothing stands between the parentheses", group);
      side.items.push_back(std::move(item));
    }
    plain_before(end);
    return side;
  };
  const auto arrow = static_cast<std::uint32_t>(text.find("->"));
  const Side left = side_of(read.operands[0], 0, arrow), right = side_of(read.output, arrow, all.end);

  // The left side names the tensor's labels by position: some are renamed, some split.
  const NamedTerm own = labels_of(x);
  const auto ellipses = static_cast<std::size_t>(std::count_if(left.items.begin(), left.items.end(), [](const Side::Item& item) { return item.labels[0].ellipsis; }));
  const std::size_t spelled = left.items.size() - ellipses;
  if (ellipses > 1) refuse(ErrorCode::bad_ellipsis, "a term with two ellipses does not say which labels each covers", read.operands[0].span);
  if (ellipses == 0 ? own.size() != spelled : own.size() < spelled)
    refuse(ErrorCode::rank_mismatch, fmt::format("the term has {} labels, groups counted once, its tensor has {}: `{}`", spelled, own.size(), written(own)),
           read.operands[0].span);
  std::vector<NamedGroup> split_groups;
  NamedTerm spread, dots;
  std::size_t position = 0;
  for (const Side::Item& item : left.items) {
    if (item.labels[0].ellipsis) {
      for (std::size_t covered = own.size() - spelled; covered > 0; --covered) dots.push_back(own[position++]);
      spread.insert(spread.end(), dots.begin(), dots.end());
      continue;
    }
    NamedTerm to;
    for (const Subscript& subscript : item.labels) to.push_back(name_of(flat, read, subscript));
    if (to.size() > 1 && ir::holds(to, own[position]))
      fail(fmt::format("label `{}` cannot be a part of itself: a label has one extent in a program", own[position]), "choose another letter for the part");
    if (to != NamedTerm{own[position]}) split_groups.push_back({{own[position]}, to});
    spread.insert(spread.end(), to.begin(), to.end());
    ++position;
  }
  // The right side: the same labels in another order, some merged into one that is named after its parts.
  NamedTerm kept, order;
  std::vector<std::pair<NamedTerm, LabelName>> merges;
  for (const Side::Item& item : right.items) {
    if (item.labels[0].ellipsis) {
      kept.insert(kept.end(), dots.begin(), dots.end());
      order.insert(order.end(), dots.begin(), dots.end());
      continue;
    }
    NamedTerm parts;
    std::string name;
    for (const Subscript& subscript : item.labels) {
      const Span span = read.names[subscript.name];
      parts.push_back(name_of(flat, read, subscript));
      name += (name.empty() ? "" : "_") + flat.substr(span.begin, span.end - span.begin);
    }
    kept.insert(kept.end(), parts.begin(), parts.end());
    order.push_back(parts.size() == 1 ? parts[0] : fmt::format("[{}]", name));
    if (parts.size() > 1) merges.emplace_back(parts, order.back());
  }
  if (!std::is_permutation(kept.begin(), kept.end(), spread.begin(), spread.end()))
    fail(fmt::format("the result keeps `{}` of `{}`: every label once, no others", written(kept), written(spread)), "sum labels away with `sum`, add some with `broadcast`");
  for (const LabelExtent& given : extents)
    if (!ir::holds(spread, read_label(given.label))) fail(fmt::format("an extent is given for `{}`, which is no label of `{}`", given.label, text));
  NodeId result = x;
  if (!split_groups.empty() || !extents.empty()) result = view(x, std::move(split_groups), spread, extents);
  for (const auto& [parts, whole] : merges) result = merge(result, written(parts), whole);
  return permute(result, written(order));
}

NodeId ProgramBuilder::slice(NodeId x, std::string_view label, const Cut& cut, std::string_view as) {
  Node node = begin(NodeKind::slice);
  node.arguments = {x};
  node.label = read_label(label);
  const LabelName fresh = read_label(as);
  require_label(x, node.label);
  if (cut.step < 1) fail(fmt::format("a step of {} leads nowhere", cut.step), "steps are 1 or more");
  if (fresh == node.label)
    fail(fmt::format("the positions cut out of `{}` need a label of their own: a label has one extent in a program", fresh), "choose another letter");
  for (const LabelName& old : labels_of(x)) node.labels.push_back(old == node.label ? fresh : old);
  check_distinct(node.labels);
  node.begin = cut.begin, node.end = cut.end, node.step = cut.step;
  return add(std::move(node));
}

NodeId ProgramBuilder::concat(std::span<const Piece> pieces, std::string_view into) {
  if (pieces.empty()) fail("there is nothing to join");
  Node node = begin(NodeKind::concat);
  node.label = read_label(into);
  NamedTerm others;
  for (const Piece& piece : pieces) {
    const LabelName label = read_label(piece.label);
    require_label(piece.tensor, label);
    NamedTerm rest;
    for (const LabelName& old : labels_of(piece.tensor))
      if (old != label) rest.push_back(old);
    require_new(rest, node.label);
    if (node.arguments.empty()) {
      others = rest;
      for (const LabelName& old : labels_of(piece.tensor)) node.labels.push_back(old == label ? node.label : old);
    } else if (!std::is_permutation(rest.begin(), rest.end(), others.begin(), others.end())) {
      fail(fmt::format("besides `{}` a part has labels `{}`, the first one `{}`", label, written(rest), written(others)), "`broadcast` gives a part the labels it lacks");
    }
    node.arguments.push_back(piece.tensor);
    node.terms.push_back({label});
  }
  return add(std::move(node));
}

NodeId ProgramBuilder::gather(NodeId table, std::string_view label, NodeId index) {
  Node node = begin(NodeKind::gather);
  node.arguments = {table, index};
  node.label = read_label(label);
  require_label(table, node.label);
  NamedTerm rest;
  for (const LabelName& old : labels_of(table))
    if (old != node.label) rest.push_back(old);
  for (const LabelName& old : labels_of(table)) {
    if (old != node.label) {
      node.labels.push_back(old);
      continue;
    }
    for (const LabelName& place : labels_of(index))
      if (!ir::holds(rest, place)) node.labels.push_back(place);
  }
  return add(std::move(node));
}

}  // namespace einc::parse
