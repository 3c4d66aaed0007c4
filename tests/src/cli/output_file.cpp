// SPDX-License-Identifier: BSD-3-Clause
#include "cli/output_file.hpp"

#include <filesystem>

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using einc::Error;
using einc::cli::OutputFile;
using einc::test::read_file;

TEST_CASE("a file appears when it is committed, and not before") {
  const einc::test::TemporaryFolder folder;
  {
    OutputFile file(folder / "x");
    file.write("abc", 3);
    CHECK_FALSE(std::filesystem::exists(folder / "x"));
    file.commit();
  }
  CHECK(read_file(folder / "x") == "abc");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("a file that is not committed leaves everything as it was") {
  const einc::test::TemporaryFolder folder;
  folder.put("x", "before");
  {
    OutputFile file(folder / "x");
    file.write("after", 5);
  }
  CHECK(read_file(folder / "x") == "before");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("a link stays a link, and its target is replaced") {
  const einc::test::TemporaryFolder folder;
  folder.put("target", "before");
  std::filesystem::create_symlink("target", folder / "link");
  OutputFile file(folder / "link");
  file.write("after", 5);
  file.commit();
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_file(folder / "target") == "after");
}

TEST_CASE("places that cannot be written are refused at once; devices are written in place") {
  const einc::test::TemporaryFolder folder;
  CHECK_THROWS_AS(OutputFile(folder / ""), Error);
  CHECK_THROWS_AS(OutputFile(folder / "none/x"), Error);
  OutputFile nowhere("/dev/null");
  nowhere.write("abc", 3);
  nowhere.commit();
  CHECK(std::filesystem::is_character_file("/dev/null"));
  OutputFile full("/dev/full");
  CHECK_THROWS_AS(full.write("abc", 3), Error);
}
