// program.hpp: programs of einsums: symbolic tensors with labels, pointwise functions, reductions and softmax between them.
// Nothing is computed here: compile() binds the program to shapes, fuses it by algebra, and may stream what fits no memory.
//
//   Program p;
//   Tensor q = p.input("q", "bqhc"), k = p.input("k", "bkhc"), v = p.input("v", "bkhc");
//   Tensor s = einsum("bqhc,bkhc->bhqk", q, k) * rsqrt(p.extent("c"));
//   s = where(p.iota("k") <= p.iota("q"), s, -infinity);
//   p.output("o", einsum("bhqk,bkhc->bqhc", softmax(s, "k"), v));
//   Compiled attention = compile(p, {{1, 512, 8, 64}, {1, 512, 8, 64}, {1, 512, 8, 64}}, {.stream = Stream::require});
//
// Tensors meet by label, never by position: scores with labels b h q k plus a bias with labels h q k align h, q and k wherever
// they stand, and the bias does not vary along b. A label has one extent in a whole program. A result has the labels of its
// first operand, then the new ones of the next; where() those of what it chooses from, then those of the condition. The order
// matters to einsum and rearrange alone, whose texts name labels by position. Labels are written as in einsum: letters, UTF-8 letters, `[names]`.
// Faults are told where they are made when labels alone show them, else by compile(): every Error names the operation, its
// labels and extents, and the line of source that wrote it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <einc/einsum.hpp>

namespace einc {

namespace ir {
struct Program;
}

inline constexpr double infinity = std::numeric_limits<double>::infinity();

class Tensor;
class Program;

// While one lives, whatever this thread adds to programs counts as written on that line of that file: for bindings to other
// languages, and for functions that write a part of a program in the name of their caller. The innermost counts.
class WrittenAt {
 public:
  WrittenAt(std::string file, std::uint32_t line);
  ~WrittenAt();
  WrittenAt(const WrittenAt&) = delete;
  WrittenAt& operator=(const WrittenAt&) = delete;

 private:
  friend struct ProgramAccess;
  std::string file_;
  std::uint32_t line_;
  const WrittenAt* outer_;
};

// A tensor or a number, and the line of source that hands it over.
struct Located;

// A text and the line of source that wrote it.
struct LocatedText {
  std::string_view text;
  std::source_location where;
  template <class Text>
    requires std::is_convertible_v<const Text&, std::string_view>
  LocatedText(const Text& written, std::source_location here = std::source_location::current())  // NOLINT: a text is meant to convert
      : text(written), where(here) {}
};

// A symbolic value of a program: its labels are known, their extents are not. A number converts to a tensor without labels
// that joins the program of whatever it meets. Cheap to copy.
class Tensor {
 public:
  Tensor() = default;                          // no tensor yet: any use throws Error (bad_program)
  Tensor(double number) : number_(number), is_number_(true) {}  // NOLINT: numbers are meant to convert

  std::vector<std::string> labels() const;     // one entry a label, as written: "b", "[batch]"

  // Element by element; comparisons and logic give 1 or 0, and anything but 0 is true.
  friend Tensor operator+(const Located& x, const Located& y);
  friend Tensor operator-(const Located& x, const Located& y);
  friend Tensor operator*(const Located& x, const Located& y);
  friend Tensor operator/(const Located& x, const Located& y);
  friend Tensor operator<(const Located& x, const Located& y);
  friend Tensor operator<=(const Located& x, const Located& y);
  friend Tensor operator>(const Located& x, const Located& y);
  friend Tensor operator>=(const Located& x, const Located& y);
  friend Tensor operator==(const Located& x, const Located& y);
  friend Tensor operator!=(const Located& x, const Located& y);
  friend Tensor operator&&(const Located& x, const Located& y);  // both sides are always part of the program
  friend Tensor operator||(const Located& x, const Located& y);
  friend Tensor operator-(const Located& x);
  friend Tensor operator!(const Located& x);

 private:
  friend class Program;
  friend struct ProgramAccess;
  std::shared_ptr<ir::Program> program_;
  std::uint32_t node_ = 0;
  double number_ = 0;
  bool is_number_ = false;
};

struct Located {
  Tensor tensor;
  std::source_location where;
  Located(Tensor given, std::source_location here = std::source_location::current())  // NOLINT: meant to convert
      : tensor(std::move(given)), where(here) {}
  Located(double number, std::source_location here = std::source_location::current())  // NOLINT: meant to convert
      : tensor(number), where(here) {}
};

// The sum of products over the labels the result does not keep. The text's labels name the operands' labels by position and
// become the result's, so `einsum("bte->bte", x)` reads x [b s e] along t. `...` stands for an operand's other labels.
Tensor einsum(const LocatedText& text, std::span<const Tensor> tensors);
template <class... T>
  requires(sizeof...(T) > 0 && (std::is_same_v<T, Tensor> && ...))
Tensor einsum(const LocatedText& text, const T&... tensors) {
  const Tensor all[] = {tensors...};
  return einsum(text, std::span<const Tensor>(all));
}

Tensor exp(const Located& x);
Tensor log(const Located& x);
Tensor sqrt(const Located& x);
Tensor rsqrt(const Located& x);    // 1 / sqrt(x)
Tensor tanh(const Located& x);
Tensor sigmoid(const Located& x);  // 1 / (1 + exp(-x))
Tensor relu(const Located& x);     // x > 0 ? x : 0
Tensor gelu(const Located& x);     // x * (1 + erf(x / sqrt(2))) / 2
Tensor erf(const Located& x);
Tensor sin(const Located& x);
Tensor cos(const Located& x);
Tensor floor(const Located& x);
Tensor abs(const Located& x);
Tensor min(const Located& x, const Located& y);  // NaN when either is
Tensor max(const Located& x, const Located& y);
Tensor where(const Located& condition, const Located& then, const Located& otherwise);  // what is not chosen may be NaN

// Over the labels of the text ("k", "qk"). Over no positions a sum is 0, a maximum -inf, a minimum +inf, a mean NaN.
enum class Reduction : std::uint8_t { sum, max, min, mean };
Tensor reduce(Reduction kind, const Located& x, std::string_view labels);
inline Tensor sum(const Located& x, std::string_view labels) { return reduce(Reduction::sum, x, labels); }
inline Tensor mean(const Located& x, std::string_view labels) { return reduce(Reduction::mean, x, labels); }

// What softmax gives along a row whose scores are all -inf. With a finite mask, such as -1e9, no row is empty in this sense.
enum class EmptyRow : std::uint8_t {
  zero,     // zeros: nothing is attended to
  uniform,  // 1 / extent everywhere
  nan,      // what the formula says
};

// exp(x - m) / sum exp(x - m) over the labels, m the largest: as Milakov and Gimelshein, arXiv:1805.02867, write it. A sink is one more score a row
// that takes weight and gives none; with one, an empty row is zeros.
Tensor softmax(const Located& x, std::string_view labels, EmptyRow empty = EmptyRow::zero);
Tensor softmax(const Located& x, std::string_view labels, const Tensor& sink);
Tensor logsumexp(const Located& x, std::string_view labels);                      // -inf along an empty row
Tensor logsumexp(const Located& x, std::string_view labels, const Tensor& sink);

// (x - mean) / sqrt(variance + epsilon) over the labels, the variance divided by their number (Ba, Kiros, Hinton, arXiv:1607.06450).
Tensor layer_norm(const Located& x, std::string_view labels, double epsilon = 1e-5);

// Extents for labels of which no input tells them.
struct LabelExtent {
  std::string label;
  Extent extent;
};
using LabelExtents = std::vector<LabelExtent>;

// Splits, merges and permutes, as in "bs(hd)->bhsd": parentheses group labels that are one, outermost first. At most one extent
// of a group may be left open. Costs nothing where strides allow.
Tensor rearrange(const LocatedText& text, const Tensor& x, const LabelExtents& extents = {});
Tensor split(const Located& x, std::string_view label, std::string_view into, const LabelExtents& extents = {});  // split(x, "h", "gr", {{"r", 4}})
Tensor merge(const Located& x, std::string_view labels, std::string_view into);                                   // merge(x, "hd", "e")
Tensor permute(const Located& x, std::string_view labels);    // the same labels in another order
Tensor broadcast(const Located& x, std::string_view labels);  // more labels, in this order: x does not vary along the new ones
Tensor rename(const Located& x, std::string_view from, std::string_view to);  // rename(x, "s", "t"): label by label

// Every element rounded to a type's nearest values; the program goes on in its own type. DType::bf16, f32 or f64.
Tensor cast(const Located& x, DType dtype);

// Positions begin, begin + step ... before end of a label, as another label. Negative begin and end count from the end, as in Python.
struct Cut {
  Extent begin = 0, end = std::numeric_limits<Extent>::max(), step = 1;
};
Tensor slice(const Located& x, std::string_view label, const Cut& cut, std::string_view as);

// Tensors one behind the other: concat({{x, "s"}, {y, "t"}}, "u") has the labels of x, u in the place of s.
struct Part {
  Tensor tensor;
  std::string_view label;
};
Tensor concat(std::span<const Part> parts, const LocatedText& into);
inline Tensor concat(std::initializer_list<Part> parts, const LocatedText& into) {
  return concat(std::span<const Part>(parts.begin(), parts.size()), into);
}

// table at positions index along the label: gather(words ["vd"], "v", tokens ["bs"]) has labels b s d. Labels both have are
// aligned. 0 where the index is no position (negative, too large, NaN); a fraction is cut off.
Tensor gather(const Located& table, std::string_view label, const Tensor& index);

// What a Tensor belongs to. Copies share the program.
class Program {
 public:
  Program();

  // An array of the caller, in the order of these calls. Throws Error: bad_program for a name twice.
  Tensor input(const LocatedText& name, std::string_view labels);
  Tensor constant(double number, std::source_location where = std::source_location::current());
  Tensor extent(const LocatedText& label);  // as a number
  Tensor iota(const LocatedText& label);    // 0, 1, 2 ... along the label: masks and position biases are comparisons of these

  // A result, in the order of these calls, its labels in the order of x or of `labels`.
  void output(const LocatedText& name, const Tensor& x);
  void output(const LocatedText& name, const Tensor& x, std::string_view labels);

  // Fixes the extent of a label that no input tells.
  void fix(const LocatedText& label, Extent extent);

  std::vector<std::string> inputs() const;
  std::vector<std::string> outputs() const;

  std::string text() const;                                    // program text: parse(text()) is the same program
  static Program parse(std::string_view text);                 // docs/program_text.md; throws Error with carets
  bool operator==(const Program& other) const;                 // the same text

 private:
  friend struct ProgramAccess;
  std::shared_ptr<ir::Program> program_;
};

// Binds a program to the shapes of its inputs, in order, and compiles it. The program stays as it is: compile it again for other
// shapes. Throws Error: bad_program, rank_mismatch, extent_mismatch, too_large, bad_option, cannot_stream.
Compiled compile(const Program& program, const std::vector<Shape>& shapes, const Options& options = {}, const PlanProgress& progress = {});
std::string explain(const Program& program, const std::vector<Shape>& shapes, const Options& options = {}, Format format = Format::text);
std::string print_after(std::string_view pass, const Program& program, const std::vector<Shape>& shapes, const Options& options = {});

}  // namespace einc
