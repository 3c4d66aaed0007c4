// SPDX-License-Identifier: BSD-3-Clause
#include "cli/terminal.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "support/catch.hpp"

using namespace einc::cli;

TEST_CASE("colour is never automatic on what is no terminal") {
  const int nowhere = open("/dev/null", O_WRONLY);
  CHECK_FALSE(use_color(Color::automatic, nowhere));
  CHECK(use_color(Color::always, nowhere));
  CHECK_FALSE(use_color(Color::never, nowhere));
  CHECK(terminal_columns(nowhere, 77) == 77);
  close(nowhere);
}

TEST_CASE("a style without colour leaves words alone") {
  CHECK(Style{false}.red("x") == "x");
  CHECK(Style{true}.red("x") == "\x1b[1;31mx\x1b[0m");
}
