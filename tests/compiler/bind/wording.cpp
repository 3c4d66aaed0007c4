#include "bind/wording.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::bind;

TEST_CASE("short shapes and texts are written whole") {
  CHECK(shown(Shape{}) == "[]");
  CHECK(shown(Shape{2, 3}) == "[2, 3]");
  CHECK(shown(Shape(16, 7)).find("more") == std::string::npos);
  CHECK(brief("ij,jk->ik") == "ij,jk->ik");
  CHECK(brief(std::string(72, 'i')) == std::string(72, 'i'));
}

TEST_CASE("long shapes and texts keep their ends") {
  CHECK(shown(Shape(5000, 2)) == "[2, 2, 2, 2, 2, 2, ... 4988 more ..., 2, 2, 2, 2, 2, 2]");
  CHECK(brief(std::string(40, 'a') + std::string(1000000, 'b') + std::string(40, 'c')) == std::string(30, 'a').append(" ... ").append(30, 'c'));
}

TEST_CASE("a text is cut between characters, never inside one") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "x\xCE\xBB";  // three bytes: the cuts fall on both bytes of the Greek letter in turn
  for (const std::string& one : {text, "y" + text, text + "y", "zz" + text + "zz"}) {
    const std::string cut = brief(one);
    const std::size_t dots = cut.find(" ... ");
    REQUIRE(dots != std::string::npos);
    CHECK(one.starts_with(cut.substr(0, dots)));
    CHECK((cut[dots - 1] == 'x' || static_cast<unsigned char>(cut[dots - 1]) == 0xBB));
    CHECK((static_cast<unsigned char>(cut[dots + 5]) & 0xC0u) != 0x80u);
  }
}

TEST_CASE("one of a kind has no plural") {
  CHECK(counted(1, "label") == "1 label");
  CHECK(counted(0, "label") == "0 labels");
  CHECK(counted(12, "array") == "12 arrays");
}
