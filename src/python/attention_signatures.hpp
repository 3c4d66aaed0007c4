// attention_signatures.hpp: the keyword arguments that many functions of attention share, as Python writes them. Texts for nb::sig(),
// which joins literals.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#define EINC_SCORING_KEYWORDS                                                                                             \
  "scale: float | None = None, soft_cap: float = 0, function: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None, " \
  "causal: bool = False, align: str = 'top_left', window: tuple[int, int] | None = None, hidden: float = -inf, "          \
  "empty_row: str = 'zero', dropout: float = 0"

#define EINC_TENSOR_KEYWORDS                                                                                                   \
  "bias: Tensor | None = None, slopes: Tensor | None = None, mask: Tensor | None = None, valid_length: Tensor | None = None, " \
  "sink: Tensor | None = None, keep: Tensor | None = None, at: Positions | None = None, labels: Labels | None = None"

#define EINC_ARRAY_KEYWORDS                                                                                             \
  "mask: object = None, bias: object = None, keep: object = None, valid_length: object = None, slopes: object = None, " \
  "sink: object = None"
