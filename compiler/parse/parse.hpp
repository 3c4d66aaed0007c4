// parse.hpp: run-time text to Subscripts; a fault becomes an Error with carets. Knows characters and spans, no shapes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <einc/subscripts.hpp>

namespace einc::parse {

// Parses a text. Throws Error with the codes of ErrorCode that are found in the text alone.
Subscripts parse(std::string_view text);

// One line a term: each label with the bytes where it stands.
std::string print(const Subscripts& subscripts, std::string_view text);

}  // namespace einc::parse
