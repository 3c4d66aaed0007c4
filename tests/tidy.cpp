// tidy.cpp: holds the source tree to the plan of the house (docs/architecture.md). `tidy ROOT` names what breaks a rule
// by file and line; `tidy --self-test` plants one breach of each rule and demands that it be seen. The rules themselves
// are data, in tidy_rules.hpp. Knows text, not C++.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tidy_rules.hpp"

namespace {

using std::string, std::string_view, std::vector;

using Tree = std::map<string, string>;  // path from the root -> text

struct Complaint {
  string path;
  std::size_t line;
  string text;
  bool operator<(const Complaint& other) const { return std::tie(path, line, text) < std::tie(other.path, other.line, other.text); }
};

bool begins(string_view text, string_view with) { return text.starts_with(with); }
bool is_header(string_view path) { return path.ends_with(".hpp"); }
bool is_source(string_view path) { return path.ends_with(".cpp"); }
string stem(const string& path) { return path.substr(0, path.rfind('.')); }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool covers(const Exception& exception, string_view path) {
  if (!exception.path.ends_with("*")) return exception.path == path;
  return begins(path, exception.path.substr(0, exception.path.size() - 1));
}

bool excepted(const vector<Exception>& list, string_view path) {
  return std::any_of(list.begin(), list.end(), [&](const Exception& e) { return covers(e, path); });
}

// The text with comments blanked, and string and character literals too if asked; every line keeps its number.
string blank(const string& text, bool literals) {
  string out = text;
  auto erase = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  auto after = [&](string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == string::npos ? text.size() : found + end.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    if (text.compare(i, 2, "//") == 0) {
      next = std::min(text.find('\n', i), text.size());
      erase(i, next);
    } else if (text.compare(i, 2, "/*") == 0) {
      next = after("*/", i + 2);
      erase(i, next);
    } else if (text.compare(i, 2, "R\"") == 0 && (i == 0 || !is_word(text[i - 1]))) {
      const std::size_t open = std::min(text.find('(', i), text.size());
      next = after(")" + text.substr(i + 2, open - i - 2) + "\"", open);
      if (literals) erase(i, next);
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      while (next < text.size() && text[next] != text[i] && text[next] != '\n') next += text[next] == '\\' ? 2U : 1U;
      next = std::min(next + 1, text.size());
      if (literals) erase(i, next);
    }
    i = next;
  }
  return out;
}

vector<string> lines_of(const string& text) {
  vector<string> lines;
  std::istringstream stream(text);
  for (string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Include {
  std::size_t line;
  string name;  // as written between the marks
  bool angled;
};

vector<Include> includes_of(const string& text) {
  vector<Include> found;
  const vector<string> lines = lines_of(blank(text, false));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const string& line = lines[i];
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == string::npos || line[hash] != '#') continue;
    const std::size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == string::npos || line.compare(word, 7, "include") != 0) continue;
    const std::size_t open = line.find_first_of("<\"", word);
    if (open == string::npos) continue;
    const std::size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
    if (close != string::npos) found.push_back({i + 1, line.substr(open + 1, close - open - 1), line[open] == '<'});
  }
  return found;
}

// The file of this tree that an include names; empty when it names none.
string resolve(const Tree& tree, const string& from, const Include& include) {
  const string beside = from.substr(0, from.rfind('/') + 1);
  for (const string& folder : {string("include/"), string("compiler/"), string("src/"), beside})
    if (!(include.angled && folder != "include/") && tree.count(folder + include.name) != 0) return folder + include.name;
  return {};
}

const Room* room_of(string_view path) {
  const Room* best = nullptr;
  for (const Room& room : rooms)
    if (begins(path, room.path) && (best == nullptr || room.path.size() > best->path.size())) best = &room;
  return best;
}

bool may_see(const Room& room, const string& target) {
  if (begins(target, room.path)) return true;
  return std::any_of(room.sees.begin(), room.sees.end(), [&](string_view path) { return begins(target, path); });
}

bool may_use(const Room& room, string_view name) {
  const string_view first = name.substr(0, name.find('/'));
  return std::any_of(room.outside.begin(), room.outside.end(), [&](string_view allowed) {
    if (allowed == "std") return name.find_first_of("/.") == string_view::npos;
    if (allowed == "posix") return posix_headers.count(name) != 0;
    return allowed == first;
  });
}

void check_layers(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto& [path, text] : tree) {
    const Room* room = room_of(path);
    if (room == nullptr) {
      if (!begins(path, "tests/") && path.find('/') != string::npos) complaints.push_back({path, 1, "stands in no room of the layer table"});
      continue;
    }
    for (const Include& include : includes_of(text)) {
      if (include.angled && generated_headers.count(include.name) != 0) continue;
      const string target = resolve(tree, path, include);
      const string shown = "`" + include.name + "`";
      if (!target.empty()) {
        if (!may_see(*room, target)) complaints.push_back({path, include.line, string(room->path) + " may not see " + target});
        if (begins(target, "include/") && !include.angled)
          complaints.push_back({path, include.line, "public headers are included as <" + include.name + ">"});
      } else if (!include.angled || begins(include.name, "einc/")) {
        complaints.push_back({path, include.line, shown + " names no file of this tree"});
      } else if (!may_use(*room, include.name)) {
        complaints.push_back({path, include.line, string(room->path) + " may not use " + shown});
      }
    }
  }
}

void check_lengths(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto& [path, text] : tree) {
    const std::size_t length = lines_of(text).size();
    if (length > line_limit && !excepted(long_files, path))
      complaints.push_back({path, line_limit + 1, std::to_string(length) + " lines, of at most " + std::to_string(line_limit)});
  }
}

void check_dead_headers(const Tree& tree, vector<Complaint>& complaints) {
  std::set<string> used;
  for (const auto& [path, text] : tree) {
    if (begins(path, "tests/")) continue;
    for (const Include& include : includes_of(text)) {
      const string target = resolve(tree, path, include);
      if (!target.empty() && stem(target) != stem(path)) used.insert(target);
    }
  }
  for (const auto& [path, text] : tree)
    if (is_header(path) && (begins(path, "compiler/") || begins(path, "src/")) && used.count(path) == 0 && !excepted(lone_headers, path))
      complaints.push_back({path, 1, "nothing but its own source includes this header"});
}

void check_tests(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto& [path, text] : tree)
    if (is_source(path) && (begins(path, "compiler/") || begins(path, "src/")) && tree.count("tests/" + path) == 0 &&
        !excepted(tested_elsewhere, path))
      complaints.push_back({path, 1, "has no test at tests/" + path});
}

// The lower-case words of an identifier: `OuterAxis`, `outer_axis` and `outerAxis` all hold `axis`.
vector<string> words_of(const string& identifier) {
  vector<string> words(1);
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const auto c = static_cast<unsigned char>(identifier[i]);
    const bool hump = i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(identifier[i - 1])) != 0;
    if (c == '_' || hump) words.emplace_back();
    if (c != '_') words.back() += static_cast<char>(std::tolower(c));
  }
  return words;
}

void check_words(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto& [path, text] : tree) {
    if (!is_header(path) || begins(path, "tests/") || path == "include/einc/xtensor.hpp") continue;
    const vector<string> lines = lines_of(blank(text, true));
    for (std::size_t line = 0; line < lines.size(); ++line) {
      if (lines[line].find("#include") != string::npos) continue;
      for (std::size_t i = 0; i < lines[line].size();) {
        std::size_t end = i;
        while (end < lines[line].size() && is_word(lines[line][end])) ++end;
        const string identifier = lines[line].substr(i, end - i);
        for (const string& word : words_of(identifier))
          for (const Synonym& synonym : synonyms)
            if (word == synonym.word) complaints.push_back({path, line + 1, "`" + identifier + "`: say " + string(synonym.instead)});
        i = end + 1;
      }
    }
  }
}

// A file without an extension is one that a shell made of the arrow in a text without quotes; a user's own, of the README's commands, has one.
void check_top_level(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto& [path, text] : tree)
    if (path.find_first_of("/.") == string::npos && top_level.count(path) == 0) complaints.push_back({path, 1, "does not belong at the top level"});
}

// An exception nobody needs any more would hide the next breach.
void check_exceptions(const Tree& tree, vector<Complaint>& complaints) {
  for (const auto* list : {&long_files, &tested_elsewhere, &lone_headers})
    for (const Exception& exception : *list) {
      const bool needed = std::any_of(tree.begin(), tree.end(), [&](const auto& file) {
        if (!covers(exception, file.first)) return false;
        if (list == &long_files) return lines_of(file.second).size() > line_limit;
        return list != &tested_elsewhere || tree.count("tests/" + file.first) == 0;
      });
      if (!needed) complaints.push_back({"tests/tidy.cpp", 1, "the exception for `" + string(exception.path) + "` is not needed"});
    }
}

vector<Complaint> check(const Tree& tree) {
  vector<Complaint> complaints;
  check_layers(tree, complaints);
  check_lengths(tree, complaints);
  check_dead_headers(tree, complaints);
  check_tests(tree, complaints);
  check_words(tree, complaints);
  check_top_level(tree, complaints);
  std::sort(complaints.begin(), complaints.end());
  return complaints;
}

Tree read_tree(const std::filesystem::path& root) {
  Tree tree;
  for (const auto& entry : std::filesystem::directory_iterator(root))
    if (entry.is_regular_file()) tree[entry.path().filename().generic_string()];  // the name alone
  for (const char* folder : {"include", "compiler", "src", "tests", "benchmarks", "docs/examples"}) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const string path = entry.path().lexically_relative(root).generic_string();
      if (!entry.is_regular_file() || !(is_header(path) || is_source(path))) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      tree[path] = string(std::istreambuf_iterator<char>(file), {});
    }
  }
  return tree;
}

struct Planted {
  string path, text;      // one file put into a clean tree
  string complaint;       // part of what must be said about it; empty: nothing may be said
};

int self_test() {
  const Tree clean = {
      {"include/einc/word.hpp", "#include <string>\n"},
      {"compiler/ir/noun.hpp", "#include <einc/word.hpp>\n"},
      {"compiler/ir/executable.hpp", "#pragma once\n"},
      {"compiler/plan/order.hpp", "#include \"ir/noun.hpp\"\n"},
      {"compiler/lower/emit.hpp", "#include \"ir/executable.hpp\"\n"},
      {"compiler/pipeline.hpp", "#include \"plan/order.hpp\"\n#include \"lower/emit.hpp\"\n"},
      {"src/kernels/table.hpp", "#include <cstddef>\n#include <xsimd/xsimd.hpp>\n"},
      {"src/runtime/run.hpp", "#include \"kernels/table.hpp\"\n#include \"ir/executable.hpp\"\n"},
      {"src/api/call.cpp", "#include \"pipeline.hpp\"\n#include \"runtime/run.hpp\"\n"},
      {"tests/src/api/call.cpp", "#include \"runtime/run.hpp\"\n"},
  };
  const vector<Planted> cases = {
      {"src/cli/fine.hpp", "// an axis in a comment\nauto text = \"axis\";  /* dim */\n", "nothing but its own"},
      {"docs/examples/fine.cpp", "#include <einc/word.hpp>\n// #include \"ir/noun.hpp\"\nint taxis;\n", ""},
      {"include/einc/bad.hpp", "\n#include \"ir/noun.hpp\"\n", ":2: include/einc/ may not see compiler/ir/noun.hpp"},
      {"include/einc/bad.hpp", "#include <xtensor/xarray.hpp>\n", ":1: include/einc/ may not use `xtensor/xarray.hpp`"},
      {"include/einc/xtensor.hpp", "#include <xtensor/xarray.hpp>\n", ""},
      {"include/einc/bad.hpp", "#include \"einc/word.hpp\"\n", "included as <einc/word.hpp>"},
      {"compiler/ir/noun.hpp", "#include \"plan/order.hpp\"\n", "compiler/ir/ may not see compiler/plan/order.hpp"},
      {"compiler/plan/order.hpp", "#include \"lower/emit.hpp\"\n", "compiler/plan/ may not see compiler/lower/emit.hpp"},
      {"compiler/plan/order.hpp", "# include \"pipeline.hpp\"\n", "compiler/plan/ may not see compiler/pipeline.hpp"},
      {"src/kernels/table.hpp", "#include <vector>\n", "src/kernels/ may not use `vector`"},
      {"src/kernels/table.hpp", "#include <einc/word.hpp>\n", "src/kernels/ may not see include/einc/word.hpp"},
      {"src/runtime/run.hpp", "#include \"ir/noun.hpp\"\n", "src/runtime/ may not see compiler/ir/noun.hpp"},
      {"src/api/call.cpp", "#include \"plan/order.hpp\"\n", "src/api/ may not see compiler/plan/order.hpp"},
      {"docs/examples/bad.cpp", "#include \"ir/noun.hpp\"\n", "docs/examples/ may not see compiler/ir/noun.hpp"},
      {"src/api/call.cpp", "#include \"ir/none.hpp\"\n", "`ir/none.hpp` names no file of this tree"},
      {"ik", "", "ik:1: does not belong at the top level"},
      {"LICENSE", "", ""},
      {"c.npy", "", ""},
      {"src/other/lost.hpp", "\n", "stands in no room"},
      {"include/einc/long.hpp", string(401, '\n'), ":401: 401 lines, of at most 400"},
      {"include/einc/long.hpp", string(400, '\n'), ""},
      {"src/api/unused.hpp", "\n", ":1: nothing but its own source includes this header"},
      {"src/api/untested.cpp", "\n", ":1: has no test at tests/src/api/untested.cpp"},
      {"include/einc/word.hpp", "\nint OuterAxis;\n", ":2: `OuterAxis`: say label"},
      {"include/einc/word.hpp", "int n_dims = 1'000;\n", ":1: `n_dims`: say labels"},
      {"include/einc/word.hpp", "auto s = R\"x(axis \" )x\"; int mode;\n", "`mode`: say label"},
  };
  int failures = 0;
  for (const Complaint& complaint : check(clean)) {
    std::printf("self-test: the clean tree: %s:%zu: %s\n", complaint.path.c_str(), complaint.line, complaint.text.c_str());
    ++failures;
  }
  for (const Planted& planted : cases) {
    Tree tree = clean;
    tree[planted.path] = planted.text;
    string said;
    for (const Complaint& c : check(tree))
      if (c.path == planted.path) said += c.path + ":" + std::to_string(c.line) + ": " + c.text + "\n";
    if (planted.complaint.empty() ? said.empty() : said.find(planted.complaint) != string::npos) continue;
    std::printf("self-test: %s: expected `%s`, said:\n%s", planted.path.c_str(), planted.complaint.c_str(), said.c_str());
    ++failures;
  }
  if (failures == 0) std::printf("tidy: all %zu planted files were judged rightly\n", cases.size());
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: tidy ROOT | tidy --self-test\n");
    return 2;
  }
  if (string_view(argv[1]) == "--self-test") return self_test();
  const Tree tree = read_tree(argv[1]);
  if (std::none_of(tree.begin(), tree.end(), [](const auto& file) { return is_source(file.first); })) {
    std::fprintf(stderr, "tidy: no sources below %s\n", argv[1]);
    return 2;
  }
  vector<Complaint> complaints = check(tree);
  check_exceptions(tree, complaints);
  for (const Complaint& c : complaints) std::printf("%s:%zu: %s\n", c.path.c_str(), c.line, c.text.c_str());
  std::printf("tidy: %zu files, %zu complaints\n", tree.size(), complaints.size());
  return complaints.empty() ? 0 : 1;
}
