// stream.hpp: runs a region tile by tile: its independent tiles on threads, the streamed ones in order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "runtime/execute.hpp"

namespace einc::runtime {

template <class T>
void run_stream(const ir::Stream& stream, const ir::Executable& executable, const kernels::KernelTable& table,
                const Arguments& arguments) noexcept;

}  // namespace einc::runtime
