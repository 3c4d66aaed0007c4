// column_groups.cpp: groups fit, divide their loops and fill panels; pages and half lines count.
#include "lower/column_groups.hpp"

#include "lower/choose_tiles.hpp"
#include "support/catch.hpp"

using namespace einc;
using lower::Group;

TEST_CASE("groups divide their loops, fit and have full panels") {
  const lower::GroupCost cost{24, 96, 4, 16};
  for (const Extent along_c : {24, 48, 96, 360})
    for (const Extent along_b : {4, 84, 96})
      for (const Extent room : {96, 1024, 16384}) {
        const Group group = lower::choose_group(along_c, along_b, 32, room, cost);
        if (group.run == 0) continue;
        CHECK(along_c % group.run == 0);
        CHECK(along_b % group.repeats == 0);
        CHECK(lower::round_up(group.run, 16) * group.repeats <= room);
        CHECK((group.run >= 32 || group.run == along_c));
      }
  CHECK(lower::choose_group(360, 96, 32, 16, cost).run == 0);
}

TEST_CASE("longer pieces are chosen where there is room for them") {
  const lower::GroupCost cost{24, 96, 4, 16};
  CHECK(lower::choose_group(96, 96, 32, 64 * 96, cost).repeats > lower::choose_group(96, 96, 32, 8 * 96, cost).repeats);
}

TEST_CASE("turned groups join runs that follow each other where rows of b lie on pages of their own") {
  const auto group_of = [](bool on_pages) {
    return lower::choose_turned(84, 24, 96, 8192, lower::TurnCost{24, 96, 4, 16, true, on_pages, 84});
  };
  CHECK(group_of(true).run > group_of(false).run);
  CHECK(group_of(true).run % 24 == 0);
  CHECK(96 % (group_of(true).run / 24) == 0);
}

TEST_CASE("turned groups write whole lines or all neighbours") {
  for (const Extent along_c : {48, 84, 96, 128}) {
    const Group group = lower::choose_turned(along_c, 96, 1, 1 << 16, lower::TurnCost{24, 96, 4, 16, true, false, along_c});
    CHECK((group.repeats == along_c || group.repeats * 4 % lower::line_bytes == 0));
  }
}
