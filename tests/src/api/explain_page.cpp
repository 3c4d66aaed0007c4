// explain_page.hpp: the page in a browser: it draws every node, reports nothing, asks nobody, and fits its window.
// Skipped where no headless Chromium is installed.
#include "api/explain_page.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char block[4096];
  for (std::size_t read; (read = fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, read);
  pclose(pipe);
  return text;
}

// Empty where there is none.
const std::string& browser() {
  static const std::string found = [] {
    std::string path = output_of("command -v chromium-headless-shell || command -v chromium || command -v google-chrome");
    while (!path.empty() && path.back() == '\n') path.pop_back();
    return path;
  }();
  return found;
}

// Catches what the page's own scripts report: stands before them.
constexpr const char* watch = R"(<script>
window.faults = [];
addEventListener("error", event => faults.push(String(event.message)));
addEventListener("securitypolicyviolation", event => faults.push("asks for " + event.blockedURI));
for (const kind of ["error", "warn", "log"]) console[kind] = (...words) => faults.push(words.join(" "));
</script>)";

// Says what was drawn: stands behind them. `wide`: texts of the drawing that reach out of it; `long`: of the page, out of the window.
constexpr const char* report = R"(<script>
const drawing = document.querySelector("svg").getBoundingClientRect();
const outside = [...document.querySelectorAll("svg text")].filter(text => {
  const box = text.getBoundingClientRect();
  return box.left < drawing.left - 1 || box.right > drawing.right + 1 || box.top < drawing.top - 1 || box.bottom > drawing.bottom + 1;
});
const boxes = [...document.querySelectorAll("svg text")].map(text => [text.textContent, text.getBoundingClientRect()]);
const covered = boxes.filter(([, a], i) => boxes.some(([, b], j) => j < i && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2));
document.body.replaceChildren(Object.assign(document.createElement("p"), {id: "report", textContent: JSON.stringify({
  faults, nodes: document.querySelectorAll(".node").length, leaves: document.querySelectorAll(".leaf").length, rows: document.querySelectorAll("#rows tr").length,
  costs: [...document.querySelectorAll("#rows tr")].filter(row => /flop/.test(row.textContent) && / s|ms|us|ns/.test(row.textContent)).length,
  bars: document.querySelectorAll("rect.bar").length, took: document.querySelectorAll("rect.took").length,
  wide: outside.length, covered: covered.map(([text]) => text), long: document.documentElement.scrollWidth - innerWidth,
  requests: performance.getEntriesByType("resource").length})}));
</script>)";

nlohmann::json drawn(const std::string& page, int width = 1280) {
  const test::TemporaryFolder folder;
  std::string watched = page;
  watched.insert(watched.find("<style>"), watch);
  watched.insert(watched.rfind("</body>"), report);
  const std::string file = folder.put("page.html", watched);
  const std::string dom = output_of(fmt::format("timeout 120 '{}' --headless --no-sandbox --disable-gpu --window-size={},900 --user-data-dir='{}' --dump-dom 'file://{}' 2>/dev/null", browser(),
                                                width, folder / "profile", file));
  const std::string opening = "<p id=\"report\">";
  const std::size_t begin = dom.find(opening);
  if (begin == std::string::npos) return {{"faults", {"no report: " + dom.substr(0, 500)}}};
  std::string text = dom.substr(begin + opening.size(), dom.find("</p>", begin) - begin - opening.size());
  for (std::size_t at; (at = text.find("&amp;")) != std::string::npos;) text.replace(at, 5, "&");
  for (std::size_t at; (at = text.find("&gt;")) != std::string::npos;) text.replace(at, 4, ">");
  return nlohmann::json::parse(text);
}

// A ring of tensors with a leg for every second pair; the last leg of an odd ring is of three.
Compiled ring(int tensors) {
  std::string text;
  for (int i = 0; i < tensors; ++i) text += fmt::format("{}[b{}][b{}][p{}]", i > 0 ? "," : "", i, (i + 1) % tensors, std::min(i, tensors / 2 * 2 - 1) / 2);
  return compile(text + "->", std::vector<Shape>(static_cast<std::size_t>(tensors), Shape{4, 4, 3}));
}

void check(const nlohmann::json& seen, std::size_t leaves, std::size_t steps) {
  INFO(seen.dump());
  CHECK(seen.at("faults").empty());
  CHECK(seen.value("requests", 1) == 0);
  CHECK(seen.value("nodes", 0u) == steps);
  CHECK(seen.value("leaves", 0u) == leaves);
  CHECK(seen.value("rows", 0u) == steps);
  CHECK(seen.value("costs", 0u) == steps);
  CHECK(seen.value("bars", 0u) == steps);
  CHECK(seen.value("wide", 1) == 0);
  CHECK(seen.value("long", 1) <= 0);
}

}  // namespace

TEST_CASE("a browser draws every tensor and every step, for few and for many") {
  if (browser().empty()) {
    WARN("skipped: no chromium-headless-shell");
    return;
  }
  for (const int tensors : {2, 5, 40, 500}) {
    const auto count = static_cast<std::size_t>(tensors);
    const Compiled compiled = ring(tensors);
    const nlohmann::json seen = drawn(compiled.explain(Format::html));
    check(seen, count, count - 1);
    CHECK(seen.value("took", 1) == 0);
    if (tensors <= 40) CHECK(seen.at("covered").empty());
  }
  check(drawn(ring(5).explain(Format::html), 480), 5, 4);
}

TEST_CASE("a browser draws measured times beside predicted ones") {
  if (browser().empty()) {
    WARN("skipped: no chromium-headless-shell");
    return;
  }
  const Compiled compiled = ring(9);
  std::vector<double> measured;
  for (const StepSummary& step : compiled.plan().steps) measured.push_back(step.seconds * (measured.size() % 2 == 0 ? 3 : 1));
  const nlohmann::json seen = drawn(compiled.explain(Format::html, measured));
  check(seen, 9, 8);
  CHECK(seen.value("took", 0) == 8);
}

TEST_CASE("a browser draws a program with a stream, and whatever is in a text") {
  if (browser().empty()) {
    WARN("skipped: no chromium-headless-shell");
    return;
  }
  const Program program = Program::parse("input q \"qc\"\ninput k \"kc\"\ninput v \"kc\"\n"
                                         "output o = einsum(\"qk,kc->qc\", softmax(einsum(\"qc,kc->qk\", q, k), \"k\"), v)\n");
  check(drawn(explain(program, {{64, 8}, {512, 8}, {512, 8}}, {.stream = Stream::require}, Format::html)), 3, 1);
  check(drawn(explain("\u03bb\t,\u03bb\n->", {{3}, {3}}, {}, Format::html)), 2, 1);
  check(drawn(explain("i->i", {{0}}, {}, Format::html)), 1, 0);
}
