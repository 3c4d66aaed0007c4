// explain.hpp: `einc explain`: the plan of an einsum or a program for given shapes, without computing it unless asked to measure.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/options.hpp>
#include <einc/vocabulary.hpp>

namespace einc::cli {

struct ExplainRequest {
  std::string text;                // of an einsum, or
  std::string program = {};        // the file of a program
  std::vector<Shape> shapes = {};
  std::vector<std::string> names = {};  // of the inputs the shapes are for, "" for the next; empty: in order
  Format format = Format::text;
  std::string print_after = {};  // a pass, "all", or empty
  bool measure = false;          // run it on filled arrays, and show what each step took
  Options options = {};
};

// "2,128,8,64", "[2, 128]", "2x128"; "" and "[]" are a scalar. Throws Error (bad_option).
Shape parse_shape(const std::string& text);

// What is asked about, compiled: of a saved plan that Options::plan has, text and shapes may be left out. Throws Error.
Compiled compile_for(const ExplainRequest& request);

void explain(const ExplainRequest& request, std::ostream& out);

}  // namespace einc::cli
