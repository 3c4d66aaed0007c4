// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contract_partition.hpp"

#include "support/catch.hpp"

using namespace einc::runtime;

TEST_CASE("a small contraction stays on one thread") {
  CHECK(partition_contract({1, 16, 16, 16, 32, true, true}, 8).tasks() == 1);
}

TEST_CASE("many batches are spread whole") {
  const ContractPartition cut = partition_contract({64, 128, 128, 64, 32, true, true}, 2);
  CHECK(cut.m == 1);
  CHECK(cut.n == 1);
  CHECK(cut.batch % 2 == 0);
}

TEST_CASE("an odd number of batches is cut so that two threads are equally busy") {
  const ContractPartition cut = partition_contract({3, 512, 512, 64, 32, true, true}, 2);
  CHECK(cut.tasks() % 2 == 0);
}

TEST_CASE("few rows are not cut where columns can be: low tiles take as long") {
  CHECK(partition_contract({1, 6, 12584, 26, 22, true, false}, 2) == ContractPartition{1, 1, 2});
  CHECK(partition_contract({1, 2, 12584, 260, 32, true, false}, 2) == ContractPartition{1, 1, 2});
}

TEST_CASE("the cut leaves the packed operand that is dearer to pack again whole") {
  CHECK(partition_contract({1, 1024, 512, 512, 32, true, true}, 2) == ContractPartition{1, 2, 1});
  CHECK(partition_contract({1, 512, 1024, 512, 32, true, true}, 2) == ContractPartition{1, 1, 2});
}

TEST_CASE("rows of c stay whole where they are not much dearer: cores would take lines from each other") {
  using Neighbours = PartitionExtents::Neighbours;
  CHECK(partition_contract({1, 512, 512, 64, 32, false, true}, 2) == ContractPartition{1, 1, 2});
  CHECK(partition_contract({1, 512, 512, 64, 32, false, true, 1, Neighbours::along_n}, 2) == ContractPartition{1, 2, 1});
  CHECK(partition_contract({1, 512, 512, 64, 32, false, true, 1, Neighbours::along_m}, 2) == ContractPartition{1, 1, 2});
  CHECK(partition_contract({1, 6, 12584, 26, 22, true, false, 1, Neighbours::along_n}, 2) == ContractPartition{1, 1, 2});
  CHECK(partition_contract({1, 64, 65536, 512, 32, false, true, 1, Neighbours::along_n}, 2) == ContractPartition{1, 1, 2});
}

TEST_CASE("the shares of a range cover it once, in order") {
  for (std::ptrdiff_t extent : {1, 31, 32, 100, 577})
    for (std::ptrdiff_t shares : {1, 2, 3, 7}) {
      std::ptrdiff_t at = 0;
      for (std::ptrdiff_t i = 0; i < shares; ++i) {
        const Range share = share_of(extent, 32, i, shares);
        CHECK(share.begin == at);
        CHECK(share.end >= share.begin);
        at = share.end;
      }
      CHECK(at == extent);
    }
}
