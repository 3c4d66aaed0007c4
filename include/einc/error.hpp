// error.hpp: how faults are told. Error: the user's text, shapes or files are wrong. InternalError: einc is wrong.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace einc {

// A range of bytes in the user's text: [begin, end).
struct Span {
  std::uint32_t begin = 0, end = 0;
  constexpr bool operator==(const Span&) const = default;
};

// What is wrong, as a value programs can test.
enum class ErrorCode : std::uint8_t {
  none,
  // found in the text alone
  bad_character,               // a character that is no label, comma, arrow or ellipsis
  bad_arrow,                   // `-`, `>`, or a second `->`
  bad_ellipsis,                // `.` or `..`, or the same ellipsis twice in one term
  bad_name,                    // `[` without `]`, or an empty name
  comma_in_output,             // more than one term after `->`
  unknown_output_label,        // a label of the result that no operand has
  implicit_output_with_names,  // named labels have no order of their own: `->` must be written
  bad_label,                   // a negative number in a list of labels
  bad_grouping,                // a parenthesis without its other half, around nothing, after labels, or in the result
  // found when text and arrays meet
  operand_count,          // more or fewer arrays than terms
  rank_mismatch,          // an array's rank does not fit its term
  extent_mismatch,        // one label, two extents
  ellipsis_dropped,       // an ellipsis that covers labels is missing from the result
  repeated_output_label,  // `i->ii` where numpy's rules are asked for
  bad_shape,              // an extent below zero
  too_large,              // extents whose product no 64-bit count of bytes can hold
  dtype_mismatch,         // arrays of different element types in one call
  unsupported_dtype,      // an element type einc does not compute with
  null_data,              // an array that has elements but no address
  no_view,                // einsum_view of what needs arithmetic or other memory
  no_scalar,              // einsum_scalar of what has labels
  bad_output,             // the caller's output has the wrong shape or strides that write one place twice
  overlap,                // the caller's output shares memory with an operand
  bad_option,             // an option that cannot be met, such as an ISA this machine lacks
  memory_limit,           // a plan that would need more bytes than allowed
  bad_program,            // a program that contradicts itself: a name twice, a label unknown, a tensor of another program
  cannot_stream,          // Stream::require, and a condition of streaming does not hold
  bad_file,               // a file that cannot be read, is truncated, or holds something else
  cancelled,              // a run that was asked to stop
  bad_plan,               // a saved plan that is broken, of a later release, or of another text or other shapes
};

constexpr std::string_view name_of(ErrorCode code);

// A place in the text and what is to be said of it.
struct Mark {
  Span span;
  std::string note;  // e.g. "128 in operand 0, shape [64, 128]"; may be empty
  bool operator==(const Mark&) const = default;
};

// A fault of the user's input. what() is the whole message: the sentence, the text with carets under every mark, the hint.
class Error : public std::runtime_error {
 public:
  // text: what the user wrote, or empty when the fault is not in a text. sentence: lower case, no full stop.
  Error(ErrorCode code, std::string sentence, std::string text = {}, std::vector<Mark> marks = {}, std::string hint = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& sentence() const noexcept { return sentence_; }
  const std::string& text() const noexcept { return text_; }
  const std::vector<Mark>& marks() const noexcept { return marks_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string sentence_, text_, hint_;
  std::vector<Mark> marks_;
};

// A fault of einc itself: a pass broke a promise. what() holds the offending IR, printed; please report it.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// ---------------------------------------------------------------------------------------------------------------------

constexpr std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::none: return "none";
    case ErrorCode::bad_character: return "bad_character";
    case ErrorCode::bad_arrow: return "bad_arrow";
    case ErrorCode::bad_ellipsis: return "bad_ellipsis";
    case ErrorCode::bad_name: return "bad_name";
    case ErrorCode::comma_in_output: return "comma_in_output";
    case ErrorCode::unknown_output_label: return "unknown_output_label";
    case ErrorCode::implicit_output_with_names: return "implicit_output_with_names";
    case ErrorCode::bad_label: return "bad_label";
    case ErrorCode::bad_grouping: return "bad_grouping";
    case ErrorCode::operand_count: return "operand_count";
    case ErrorCode::rank_mismatch: return "rank_mismatch";
    case ErrorCode::extent_mismatch: return "extent_mismatch";
    case ErrorCode::ellipsis_dropped: return "ellipsis_dropped";
    case ErrorCode::repeated_output_label: return "repeated_output_label";
    case ErrorCode::bad_shape: return "bad_shape";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::dtype_mismatch: return "dtype_mismatch";
    case ErrorCode::unsupported_dtype: return "unsupported_dtype";
    case ErrorCode::null_data: return "null_data";
    case ErrorCode::no_view: return "no_view";
    case ErrorCode::no_scalar: return "no_scalar";
    case ErrorCode::bad_output: return "bad_output";
    case ErrorCode::overlap: return "overlap";
    case ErrorCode::bad_option: return "bad_option";
    case ErrorCode::memory_limit: return "memory_limit";
    case ErrorCode::bad_program: return "bad_program";
    case ErrorCode::cannot_stream: return "cannot_stream";
    case ErrorCode::bad_file: return "bad_file";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::bad_plan: return "bad_plan";
  }
  return "?";
}

}  // namespace einc
