// attention.hpp: all of the attention library: blocks to build programs from, calls on arrays, and layers that hold weights.
// docs/attention.md has the conventions on one page.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/attention_arrays.hpp>
#include <einc/attention_blocks.hpp>
#include <einc/attention_layers.hpp>
