// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/vector_math_detail.h"

namespace assayer::kernels {

/// σ and what follows from it, of one raw number.
template <class S>
struct Scale {
  S sd;
  S log_sd;
  S inverse;     ///< 1 / σ
  S derivative;  ///< dσ/draw / σ
};

template <bool Softplus, class S>
ASSAYER_INLINE Scale<S> scale_of(S raw) {
  if constexpr (Softplus) {
    // softplus and its derivative share one exponential.
    const S t = vec::exp(-std::fabs(raw));
    const S sd = (raw > S(0) ? raw : S(0)) + vec::log1p(t) + S(1e-5);
    const S slope = (raw > S(0) ? S(1) : t) / (S(1) + t);
    const S inverse = S(1) / sd;
    return {sd, vec::log(sd), inverse, slope * inverse};
  } else {
    const S sd = vec::exp(S(0.5) * raw);
    return {sd, S(0.5) * raw, S(1) / sd, S(0.5)};
  }
}

}  // namespace assayer::kernels
