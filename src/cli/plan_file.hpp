// plan_file.hpp: saved plans in files, and messages that name the file a plan came from.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <einc/error.hpp>

namespace einc::cli {

// The text in the file. Throws Error (bad_file) that names it.
std::string read_plan_file(const std::string& path);

// The same error; where it is one of a saved plan, it names the file that the plan is from.
Error naming_plan(const Error& error, const std::string& path);

}  // namespace einc::cli
