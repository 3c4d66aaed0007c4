// render_error.cpp: turns a fault into the message a person reads: the sentence, the text with carets under every mark, the hint.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string_view>
#include <utility>

#include <einc/error.hpp>
#include <einc/subscripts.hpp>

namespace einc {
namespace {

constexpr std::size_t widest = 96;   // columns of text shown at once; longer texts are shown around each mark
constexpr std::size_t margin = 24;   // columns kept on either side of a mark in a long text

// One character as shown: its bytes in the text, what is printed for it, and how many columns that takes.
struct Cell {
  std::uint32_t begin, end;
  std::string_view shown;
  std::size_t columns;
};

char32_t code_point(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return lead;
  char32_t code = bytes.size() == 2 ? lead & 0x1Fu : bytes.size() == 3 ? lead & 0x0Fu : lead & 0x07u;
  for (std::size_t i = 1; i < bytes.size(); ++i) code = (code << 6) | (static_cast<unsigned char>(bytes[i]) & 0x3Fu);
  return code;
}

// Columns a terminal gives a character: 0 for combining marks, 2 for East Asian wide and emoji, else 1 (Unicode TR 11, main blocks).
std::size_t columns_of(char32_t code) {
  const bool combining = (code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200F) || (code >= 0xFE00 && code <= 0xFE0F);
  if (combining) return 0;
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
                    (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::vector<Cell> cells_of(std::string_view text) {
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t length = std::max<std::uint32_t>(detail::utf8_length(text, at), 1);
    const auto begin = static_cast<std::uint32_t>(at), end = static_cast<std::uint32_t>(at + length);
    const std::string_view bytes = text.substr(at, length);
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (lead == '\t' || lead == '\n' || lead == '\r')
      cells.push_back({begin, end, " ", 1});
    else if (lead < 0x20 || lead == 0x7F || (length == 1 && lead >= 0x80))
      cells.push_back({begin, end, "?", 1});  // a control character or a stray byte: never sent to the terminal
    else
      cells.push_back({begin, end, bytes, columns_of(code_point(bytes))});
    at += length;
  }
  return cells;
}

// A part of the text, as cell numbers [first, last), and the marks shown under it.
struct Window {
  std::size_t first, last;
  bool cut_before, cut_after;  // whether its line goes on
  std::vector<const Mark*> marks;
};

std::vector<Window> windows_of(const std::string& text, const std::vector<Cell>& cells, const std::vector<Mark>& marks) {
  std::vector<Window> windows;
  const auto cell_at = [&](std::uint32_t byte) {
    return static_cast<std::size_t>(std::partition_point(cells.begin(), cells.end(), [&](const Cell& cell) { return cell.end <= byte; }) - cells.begin());
  };
  const bool several_lines = text.find('\n') != std::string::npos;
  for (const Mark& mark : marks) {
    std::size_t first = 0, last = cells.size();
    if (several_lines) {  // of a program only the line with the mark is shown
      const std::size_t at = std::min<std::size_t>(mark.span.begin, text.size());
      const std::size_t break_before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
      first = break_before == std::string::npos ? 0 : cell_at(static_cast<std::uint32_t>(break_before + 1));
      last = cell_at(static_cast<std::uint32_t>(std::min(text.find('\n', at), text.size())));
    }
    bool cut_before = false, cut_after = false;
    if (last - first > widest) {
      const std::size_t begin = cell_at(mark.span.begin), end = std::min({cell_at(mark.span.end), begin + widest - 2 * margin, last});
      cut_before = begin > first + margin;
      cut_after = end + margin < last;
      first = cut_before ? begin - margin : first;
      last = std::min(last, end + margin);
    }
    if (!windows.empty() && first <= windows.back().last && last - windows.back().first <= widest) {
      if (last >= windows.back().last) windows.back().last = last, windows.back().cut_after = cut_after;
      windows.back().marks.push_back(&mark);
    } else {
      windows.push_back({first, last, cut_before, cut_after, {&mark}});
    }
  }
  return windows;
}

void append_window(std::string& message, const std::vector<Cell>& cells, const Window& window) {
  const std::string before = window.cut_before ? "... " : "", after = window.cut_after ? " ..." : "";
  message += "\n  " + before;
  for (std::size_t i = window.first; i < window.last; ++i) message += cells[i].shown;
  message += after;
  for (const Mark* mark : window.marks) {
    std::size_t indent = before.size(), carets = 0;
    for (std::size_t i = window.first; i < window.last; ++i) {
      if (cells[i].end <= mark->span.begin) indent += cells[i].columns;
      else if (cells[i].begin < mark->span.end) carets += cells[i].columns;
    }
    message += "\n  " + std::string(indent, ' ') + std::string(std::max<std::size_t>(carets, 1), '^');
    if (!mark->note.empty()) message += " " + mark->note;
  }
}

std::string render(const std::string& sentence, const std::string& text, const std::vector<Mark>& marks, const std::string& hint) {
  std::string message = sentence;
  const std::vector<Cell> cells = cells_of(text);
  for (const Window& window : windows_of(text, cells, marks)) append_window(message, cells, window);
  if (!hint.empty()) message += "\nhint: " + hint;
  return message;
}

}  // namespace

Error::Error(ErrorCode code, std::string sentence, std::string text, std::vector<Mark> marks, std::string hint)
    : std::runtime_error(render(sentence, text, marks, hint)),
      code_(code),
      sentence_(std::move(sentence)),
      text_(std::move(text)),
      hint_(std::move(hint)),
      marks_(std::move(marks)) {}

}  // namespace einc
