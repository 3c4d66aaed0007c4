// attention_weights.hpp: weights of encoder and decoder blocks for tests.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "support/attention_data.hpp"

namespace einc::testing {

inline attention::AttentionWeights<double> attention_weights(Extent width, double phase) {
  return {wave({width, width}, phase, 0.6), wave({width, width}, phase + 0.3, 0.6), wave({width, width}, phase + 0.6, 0.6), wave({width, width}, phase + 0.9, 0.6)};
}
inline attention::FeedForwardWeights<double> feed_forward_weights(Extent width, Extent hidden, double phase) {
  return {wave({hidden, width}, phase, 0.6), wave({hidden}, phase + 0.3, 0.2), wave({width, hidden}, phase + 0.6, 0.6), wave({width}, phase + 0.9, 0.2)};
}
inline attention::NormWeights<double> norm_weights(Extent width, double phase) { return {wave({width}, phase, 0.3, 1), wave({width}, phase + 0.3, 0.1)}; }

inline attention::EncoderBlockWeights<double> encoder_weights(Extent width, Extent hidden, double phase) {
  return {attention_weights(width, phase), feed_forward_weights(width, hidden, phase + 1.5), norm_weights(width, phase + 3), norm_weights(width, phase + 3.5)};
}
inline attention::DecoderBlockWeights<double> decoder_weights(Extent width, Extent hidden, double phase) {
  return {attention_weights(width, phase),   attention_weights(width, phase + 1.2), feed_forward_weights(width, hidden, phase + 2.5),
          norm_weights(width, phase + 4),    norm_weights(width, phase + 4.5),      norm_weights(width, phase + 5)};
}

}  // namespace einc::testing
