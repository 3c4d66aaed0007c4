// make_map.hpp: fills the MapKernels of one architecture and element type from the templates.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "kernels/map_kernels.hpp"
#include "kernels/map_runs.hpp"
#include "kernels/online.hpp"

namespace einc::kernels {

template <class Arch, class T, std::size_t... ones, std::size_t... twos>
constexpr MapKernels<T> make_map(std::index_sequence<ones...>, std::index_sequence<twos...>) {
  return {{&map_one<Arch, T, static_cast<Unary>(ones)>...},
          {{&map_two<Arch, T, static_cast<Binary>(twos), true, true>, &map_two<Arch, T, static_cast<Binary>(twos), true, false>,
            &map_two<Arch, T, static_cast<Binary>(twos), false, true>}...},
          &map_select<Arch, T>,
          &count_up<Arch, T>,
          &sum_run<Arch, T>,
          &largest_of_run<Arch, T>,
          &smallest_of_run<Arch, T>,
          &online_rows<Arch, T>,
          &scale_rows<Arch, T>};
}

template <class Arch, class T>
constexpr MapKernels<T> make_map() {
  return make_map<Arch, T>(std::make_index_sequence<unary_count>{}, std::make_index_sequence<binary_count>{});
}

}  // namespace einc::kernels
