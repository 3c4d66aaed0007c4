// fmt_code.cpp: fmt's own code, for every file that formats. Compiled in each of them it took two seconds a file.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

// What <fmt/format.h> says is somewhere else; all others are functions or follow from those.
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;

}  // namespace detail
FMT_END_NAMESPACE
