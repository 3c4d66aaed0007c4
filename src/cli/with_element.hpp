// with_element.hpp: from an element type known at run time to a C++ type.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <einc/element_types.hpp>

namespace einc::cli {

// Calls body(std::type_identity<T>{}), where T is the C++ type of `dtype`.
template <class Body>
void with_element(DType dtype, Body&& body) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((static_cast<std::size_t>(dtype) == i ? body(std::type_identity<element_of<static_cast<DType>(i)>>{}) : void()), ...);
  }(std::make_index_sequence<dtype_count>{});
}

}  // namespace einc::cli
