// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

// Functions of one number without a branch or a call, so that the compiler computes them for a whole vector
// register at a time. In float: polynomials of the Cephes library (S. Moshier), within two units in the last
// place; infinities and NaN come out as they do from <cmath>. In double: <cmath>, for the tests' sake.

/// Compiled for AVX-512, AVX2 and any x86-64, chosen when the library is loaded. The sanitizers' start-up
/// code does not stand functions that are resolved that early.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ASSAYER_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ASSAYER_CLONES
#endif
#define ASSAYER_INLINE [[gnu::always_inline]] inline

namespace assayer::kernels::vec {

ASSAYER_INLINE float exp(float x) {
  x = x < -104.0F ? -104.0F : x;
  x = x > 89.0F ? 89.0F : x;
  // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits.
  constexpr float kRound = 12582912.0F;
  const float shifted = x * std::numbers::log2e_v<float> + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  // 2ⁿ as two factors: n may be 128, and below −126.
  const std::int32_t whole = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  const std::int32_t half = whole >> 1;
  const auto power = [](std::int32_t e) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(e + 127) << 23);
  };
  return p * power(half) * power(whole - half);
}

ASSAYER_INLINE float log(float x) {
  const bool tiny = x < std::numeric_limits<float>::min();
  const float scaled = tiny ? x * 8388608.0F : x;
  const std::int32_t bits = std::bit_cast<std::int32_t>(scaled);
  const float mantissa = std::bit_cast<float>((bits & 0x007fffff) | 0x3f000000);
  const bool low = mantissa < 0.70710678F;
  const float m = low ? mantissa + mantissa - 1.0F : mantissa - 1.0F;
  const float e =
      static_cast<float>(((bits >> 23) & 0xff) - 126) - (low ? 1.0F : 0.0F) - (tiny ? 23.0F : 0.0F);
  float p = 7.0376836292e-2F;
  p = p * m - 1.1514610310e-1F;
  p = p * m + 1.1676998740e-1F;
  p = p * m - 1.2420140846e-1F;
  p = p * m + 1.4249322787e-1F;
  p = p * m - 1.6668057665e-1F;
  p = p * m + 2.0000714765e-1F;
  p = p * m - 2.4999993993e-1F;
  p = p * m + 3.3333331174e-1F;
  const float z = m * m;
  float y = p * m * z - e * 2.12194440e-4F - 0.5F * z;
  y = (m + y) + e * 0.693359375F;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  y = x < kInfinity ? y : x;  // +∞ and NaN
  y = x == 0.0F ? -kInfinity : y;
  return x < 0.0F ? std::numeric_limits<float>::quiet_NaN() : y;
}

/// log(1 + t) for t ≥ 0; the second summand is what rounding 1 + t lost.
ASSAYER_INLINE float log1p(float t) {
  const float u = 1.0F + t;
  return log(u) + (t - (u - 1.0F)) / u;
}

ASSAYER_INLINE float tanh(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3F;
  p = p * z + 2.06390887954e-2F;
  p = p * z - 5.37397155531e-2F;
  p = p * z + 1.33314422036e-1F;
  p = p * z - 3.33332819422e-1F;
  const float near = p * z * x + x;
  const float size = std::fabs(x);
  const float far = std::copysign(1.0F - 2.0F / (exp(2.0F * size) + 1.0F), x);
  const float y = size < 0.625F ? near : far;
  return x == x ? y : x;  // copysign of NaN is one, but say so
}

ASSAYER_INLINE double exp(double x) {
  return std::exp(x);
}
ASSAYER_INLINE double log(double x) {
  return std::log(x);
}
ASSAYER_INLINE double log1p(double t) {
  return std::log1p(t);
}
ASSAYER_INLINE double tanh(double x) {
  return std::tanh(x);
}

/// log(1 + eˣ).
template <class S>
ASSAYER_INLINE S softplus(S x) {
  return (x > S(0) ? x : S(0)) + log1p(exp(-std::fabs(x)));
}

/// 1 / (1 + e⁻ˣ).
template <class S>
ASSAYER_INLINE S sigmoid(S x) {
  return S(1) / (S(1) + exp(-x));
}

}  // namespace assayer::kernels::vec
