// explain_page.hpp: the page that explain(Format::html) fills: its style and the script that draws. Knows only the data's fields.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace einc::detail {

// The data stands between `page_head` and `page_tail`, as JSON in a script element.
inline constexpr std::string_view page_head = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>einc: how it is computed</title>
<style>
:root { --ink: #1b1f24; --soft: #5c6670; --line: #d5dae0; --paper: #fff; --shade: #f5f7f9; --bar: #4c78a8; --mark: #d9480f; --cold: #c9d3de; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --soft: #9aa5b1; --line: #39424d; --paper: #14181d; --shade: #1c222a; --bar: #79a7d8; --mark: #ff8a4c; --cold: #465261; }
}
body { margin: 1.5rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font: 600 1.15rem/1.4 ui-monospace, monospace; margin: 0 0 .3rem; max-height: 4.3em; overflow: auto; overflow-wrap: anywhere; white-space: pre-wrap; }
h2 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
.soft { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .6rem 0; }
.facts b { font-weight: 600; }
.scroll { overflow-x: auto; border: 1px solid var(--line); background: var(--shade); border-radius: 4px; }
svg { display: block; }
svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
svg text.soft { fill: var(--soft); }
.edge { fill: none; stroke: var(--soft); stroke-opacity: .45; }
.leaf { fill: var(--soft); }
.node { stroke: var(--paper); cursor: pointer; }
.near, tr.near { stroke: var(--ink); stroke-width: 3; background: color-mix(in srgb, var(--mark) 18%, transparent); }
.bar { fill: var(--bar); }
.took { fill: var(--mark); fill-opacity: .55; }
.foretold { fill: none; stroke: var(--bar); stroke-width: 1.6; }
.off { stroke: var(--ink); stroke-width: 1.6; stroke-dasharray: 2 2; }
.scroll:focus-visible { outline: 2px solid var(--bar); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { white-space: nowrap; cursor: pointer; position: sticky; top: 0; background: var(--paper); }
td.text, th.text { text-align: left; font-family: ui-monospace, monospace; font-size: .85rem; overflow-wrap: anywhere; min-width: 9rem; }
td.why, th.why { text-align: left; color: var(--soft); font-size: .85rem; }
td:not(.text):not(.why) { white-space: nowrap; }
@media (max-width: 900px) { .wide { overflow-x: auto; } }
.share { display: inline-block; height: .6em; background: var(--bar); margin-right: .4em; }
#tip { position: fixed; pointer-events: none; max-width: 34rem; padding: .4rem .6rem; background: var(--ink); color: var(--paper); border-radius: 4px;
  font-size: .85rem; white-space: pre-line; overflow-wrap: anywhere; display: none; z-index: 2; }
pre { overflow-x: auto; background: var(--shade); padding: .8rem; font-size: .85rem; }
</style>
</head>
<body>
<h1 id="title"></h1>
<div id="order" class="soft"></div>
<div id="facts" class="facts"></div>
<h2>The order of contraction</h2>
<p class="soft">Steps from left to right as they run. Above, what the intermediates take while each runs; below, the tree: arrays (small dots) enter just
before the step that reads them. The area of a disc grows with the
operations of a step, its colour with the <span id="kind">predicted</span> time: <span id="legend"></span>. <span id="ring" hidden>A dashed ring: measured
and predicted are more than twice apart.</span> <label>Width of a step <input id="zoom" type="range" min="2" max="160"></label></p>
<div class="scroll" id="pictures" tabindex="0"></div>
<h2>The steps</h2>
<div class="wide"><table><thead><tr id="columns"></tr></thead><tbody id="rows"></tbody></table></div>
<div id="tip" role="tooltip"></div>
<script type="application/json" id="plan">)html";

inline constexpr std::string_view page_script = R"html(</script>
<script>
"use strict";
const plan = JSON.parse(document.getElementById("plan").textContent);
const by = id => document.getElementById(id);
const prefixed = (x, unit) => {
  if (!(x > 0)) return "0 " + unit;
  const names = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
  const power = Math.floor(Math.log10(x) / 3 + 1e-9);
  if (power >= names.length) return x.toExponential(2) + " " + unit;
  return power < 0 ? x.toPrecision(3) + " " + unit : (x / 1000 ** power).toPrecision(3) + " " + names[power] + unit;
};
const bytes = x => {
  const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let i = 0;
  for (; x >= 1024 && i + 1 < names.length; ++i) x /= 1024;
  return (i === 0 ? x : x.toPrecision(3)) + " " + names[i];
};
const time = x => !(x > 0) ? "0 s" : x >= 1 ? x.toPrecision(3) + " s" : x >= 1e-3 ? (x * 1e3).toPrecision(3) + " ms" : x >= 1e-6 ? (x * 1e6).toPrecision(3) + " us" : (x * 1e9).toPrecision(3) + " ns";

by("title").textContent = plan.title;
by("order").textContent = plan.order;
for (const [name, value] of Object.entries(plan.facts)) {
  const fact = document.createElement("span");
  fact.append(name + " ", Object.assign(document.createElement("b"), {textContent: value}));
  by("facts").append(fact);
}

const steps = plan.steps, leaves = plan.leaves, base = leaves.length;
const measured = plan.measured;
const cost = step => measured ? step.measured : step.seconds;
const total = steps.reduce((sum, step) => sum + cost(step), 0) || 1;
const off = step => measured && step.seconds > 0 && (step.measured > 2 * step.seconds || step.measured < step.seconds / 2);
if (measured) by("kind").textContent = "measured", by("ring").hidden = false;
const most = (list, of) => list.reduce((best, each) => Math.max(best, of(each)), 0);
const slowest = most(steps, cost), heaviest = most(steps, step => step.flops), fullest = most(steps, step => step.live);
const warmth = step => slowest > 0 && cost(step) > 0 ? Math.max(0, 1 + Math.log10(cost(step) / slowest) / 4) : 0;
const colour = w => `color-mix(in oklab, var(--mark) ${(100 * w).toFixed(0)}%, var(--cold))`;
by("legend").innerHTML = [1, .75, .5, .25].map(w => `<span style="color:${colour(w)}">&#9679;</span> ${time(slowest * 10 ** (4 * (w - 1)))}`).join(" ");

// Rows of the drawing: arrays in the order in which a walk down the tree meets them, so that no two lines of a tree cross.
const place = new Array(base + steps.length).fill(-1);
let row = 0;
const walk = root => {
  const stack = [root];
  while (stack.length) {
    const at = stack.pop();
    if (place[at] >= 0) continue;
    place[at] = 0;
    if (at < base) place[at] = ++row;
    else for (const read of [...steps[at - base].reads].reverse()) if (place[read] < 0) stack.push(read);
  }
};
for (let i = steps.length; i-- > 0;) walk(base + i);
for (let i = 0; i < base; ++i) if (place[i] < 0) place[i] = ++row;
steps.forEach((step, i) => {
  const rows = step.reads.map(read => place[read]);
  place[base + i] = rows.length ? rows.reduce((x, y) => x + y, 0) / rows.length : ++row;
});
const reader = new Array(base).fill(0);
steps.forEach((step, i) => { for (const read of step.reads) if (read < base && !reader[read]) reader[read] = i + 1; });

const svg = (name, attributes, parent, text) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
};
const about = i => {
  const step = steps[i];
  return `step ${i + 1}: ${step.text}\n${prefixed(step.flops, "flop")}, ` +
    (step.inside ? `done together with step ${step.inside}\n` : `${time(step.seconds)} predicted${measured ? ", " + time(step.measured) + " measured" : ""} (${(100 * cost(step) / total).toPrecision(2)} %)\n`) +
    `result ${bytes(step.result)} ${step.extents}\nintermediates alive ${bytes(step.live)}${step.reason ? "\n" + step.reason : ""}`;
};
const nodes = [], lines = [];
const mark = (i, on) => { for (const each of [nodes[i], lines[i]]) if (each) each.classList.toggle("near", on); };
const tips = (element, text, i) => {
  element.addEventListener("pointermove", event => {
    const tip = by("tip");
    tip.textContent = text();
    tip.style.display = "block";
    tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
    if (i !== undefined) mark(i, true);
  });
  element.addEventListener("pointerleave", () => { by("tip").style.display = "none"; if (i !== undefined) mark(i, false); });
  if (i !== undefined) element.addEventListener("click", () => lines[i].scrollIntoView({block: "center"}));
};

const brief = (text, room) => text.length * 6.2 <= room ? text : text.slice(0, Math.max(1, Math.floor(room / 6.2) - 1)) + "\u2026";
const draw = pitch => {
  const left = 78, count = Math.max(row, 1), roomy = pitch >= 46, high = Math.max(roomy ? 13 : 3, Math.min(30, 620 / count));
  const tree = count * high + 30, tall = 154, chart = measured ? 2 * tall : tall, width = left + (steps.length + 1) * pitch + 120;
  const picture = svg("svg", {width, height: tree + chart + 40, role: "img", "aria-label": "contraction tree, memory and time over the steps"});
  const x = at => left + (at < base ? (reader[at] ? reader[at] - .55 : 0) : at - base + 1) * pitch, y = at => chart + 40 + place[at] * high;
  steps.forEach((step, i) => {
    for (const read of step.reads) {
      const from = [x(read), y(read)], to = [x(base + i), y(base + i)], bend = Math.max(to[0] - pitch * .5, from[0]);
      svg("path", {class: "edge", "stroke-width": high > 8 ? 1.4 : .7, d: `M${from}L${bend},${from[1]}L${to}`}, picture);
    }
  });
  leaves.forEach((leaf, i) => {
    const dot = svg("circle", {class: "leaf", cx: x(i), cy: y(i), r: Math.min(3, high / 2.5)}, picture);
    tips(dot, () => `${leaf.name}: ${leaf.term}\n${leaf.extents}\n${bytes(leaf.bytes)}`);
    if (high >= 11 && roomy) svg("text", {x: x(i) - 6, y: y(i) + 4, "text-anchor": "end"}, picture, brief(leaf.term || "scalar", pitch * .45));
  });
  const largest = Math.min(11, Math.max(high * .9, 3.2), Math.max(pitch * .7, 2.6));
  steps.forEach((step, i) => {
    const r = Math.max(1.6, largest * (heaviest > 0 ? Math.sqrt(step.flops / heaviest) : .5));
    nodes[i] = svg("circle", {class: off(step) && r >= 3 ? "node off" : "node", cx: x(base + i), cy: y(base + i), r, style: `fill: ${colour(warmth(step))}`}, picture);
    tips(nodes[i], () => about(i), i);
    if (high < 11 || !roomy) return;
    svg("text", {x: x(base + i) + r + 3, y: y(base + i) - 4, class: "soft"}, picture, step.inside ? "with " + step.inside : time(cost(step)));
    if (high >= 20 && pitch >= 80) svg("text", {x: x(base + i) + r + 3, y: y(base + i) + 12, class: "soft"}, picture, prefixed(step.flops, "flop"));
  });
  // One figure of every step as bars; `line`: another one over them, as a line.
  const bars = (top, title, kind, of, highest, shown, line) => {
    const floor = top + tall - 42, room = tall - 56, wide = Math.max(pitch * .8, 1), up = value => highest > 0 ? value / highest * room : 0;
    svg("text", {x: 4, y: top - 4}, picture, title);
    for (const part of highest > 0 ? [0, .5, 1] : [0]) {
      const level = floor - part * room;
      svg("line", {x1: left, x2: width, y1: level, y2: level, stroke: "var(--line)"}, picture);
      svg("text", {x: left - 6, y: level + 4, "text-anchor": "end", class: "soft"}, picture, shown(part * highest));
    }
    steps.forEach((step, i) => {
      const length = up(of(step));
      tips(svg("rect", {class: kind, x: x(base + i) - wide / 2, y: floor - length, width: wide, height: Math.max(length, .5)}, picture), () => about(i), i);
    });
    if (line) svg("path", {class: "foretold", "pointer-events": "none", d: steps.map((step, i) => `M${x(base + i) - wide / 2},${floor - up(line(step))}h${wide}`).join("")}, picture);
    const every = Math.max(1, Math.ceil(46 / pitch));
    steps.forEach((step, i) => {
      if (i % every === 0) svg("text", {x: x(base + i), y: floor + 14, "text-anchor": "middle", class: "soft"}, picture, i + 1);
    });
    svg("text", {x: 4, y: floor + 14, class: "soft"}, picture, "step");
  };
  bars(18, "intermediates alive", "bar", step => step.live, fullest, bytes);
  if (measured) bars(18 + tall, "time: measured as bars, predicted as lines", "took", step => step.measured, Math.max(slowest, most(steps, step => step.seconds)), time, step => step.seconds);
  by("pictures").replaceChildren(picture);
};

const columns = [
  ["step", step => step.number, step => step.number], ["contraction", step => step.text, step => step.text, "text"],
  ["operations", step => step.flops, step => prefixed(step.flops, "flop")],
  ["predicted", step => step.seconds, step => time(step.seconds)], ...(measured ? [["measured", step => step.measured, step => time(step.measured)],
    ["of predicted", step => step.seconds > 0 ? step.measured / step.seconds : 0, step => step.seconds > 0 ? (step.measured / step.seconds).toFixed(step.measured < 10 * step.seconds ? 2 : 0) : ""]] : []),
  ["share", cost, step => (100 * cost(step) / total).toFixed(1) + " %"],
  ["result", step => step.result, step => bytes(step.result)], ["why so", step => step.reason, step => step.reason, "why"]];
let sorted = 0, down = false;
const list = () => {
  const order = steps.map((_, i) => i).sort((i, j) => {
    const p = columns[sorted][1](steps[i]), q = columns[sorted][1](steps[j]);
    return (p < q ? -1 : p > q ? 1 : i - j) * (down ? -1 : 1);
  });
  by("rows").replaceChildren(...order.map(i => {
    const line = document.createElement("tr");
    columns.forEach(([name, , shown, kind], at) => {
      const cell = document.createElement("td");
      if (kind) cell.className = kind;
      if (name === "share") cell.append(Object.assign(document.createElement("span"), {className: "share", style: `width:${(60 * cost(steps[i]) / total).toFixed(1)}px`}));
      cell.append(String(shown(steps[i])));
      line.append(cell);
    });
    line.addEventListener("pointerenter", () => mark(i, true));
    line.addEventListener("pointerleave", () => mark(i, false));
    return lines[i] = line;
  }));
};
steps.forEach((step, i) => { step.number = i + 1; });
columns.forEach(([name, , , kind], at) => {
  const head = Object.assign(document.createElement("th"), {textContent: name, title: "sort"});
  if (kind) head.className = kind;
  head.addEventListener("click", () => { down = sorted === at ? !down : at > 1; sorted = at; list(); });
  by("columns").append(head);
});
const fit = Math.max(2, Math.min(160, (by("pictures").clientWidth - 205) / (steps.length + 1)));
by("zoom").value = fit;
by("zoom").addEventListener("input", event => draw(Number(event.target.value)));
draw(fit);
list();
</script>
)html";

}  // namespace einc::detail
