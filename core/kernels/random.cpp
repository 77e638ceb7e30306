// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/random.h"

#include <algorithm>

#include "core/kernels/vector_math_detail.h"

namespace assayer::kernels {
namespace {

constexpr std::size_t kLanes = Stream::kLanes;

/// SplitMix64's finaliser (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

ASSAYER_INLINE std::uint32_t rotate(std::uint32_t x, int by) {
  return (x << by) | (x >> (32 - by));
}

ASSAYER_INLINE void advance(Stream::State& state, std::uint32_t* out) {
  auto& s = state.words;
  for (std::size_t i = 0; i < kLanes; ++i) {
    out[i] = rotate(s[0][i] + s[3][i], 7) + s[0][i];
    const std::uint32_t t = s[1][i] << 9;
    s[2][i] ^= s[0][i];
    s[3][i] ^= s[1][i];
    s[1][i] ^= s[2][i];
    s[0][i] ^= s[3][i];
    s[2][i] ^= t;
    s[3][i] = rotate(s[3][i], 11);
  }
}

/// On (0, 1]: 31 bits and a half.
ASSAYER_INLINE float unit(std::uint32_t bits) {
  return (static_cast<float>(static_cast<std::int32_t>(bits >> 1)) + 0.5F) * 0x1.0p-31F;
}

/// Two normals of two words each, for every lane.
ASSAYER_INLINE void normal_pair(const std::uint32_t* first, const std::uint32_t* second, float* a, float* b) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    const float radius = std::sqrt(-2.0F * vec::log(unit(first[i])));
    // The top two bits choose the quarter of the circle, the others the angle in it, −π/4 to π/4.
    const std::uint32_t quarter = second[i] >> 30;
    const float angle = static_cast<float>(static_cast<std::int32_t>(second[i] << 2)) *
                        (0x1.0p-31F * 0.25F * std::numbers::pi_v<float>);
    const float z = angle * angle;
    float sine = -1.9515295891e-4F;
    sine = sine * z + 8.3321608736e-3F;
    sine = sine * z - 1.6666654611e-1F;
    sine = sine * z * angle + angle;
    float cosine = 2.443315711809948e-5F;
    cosine = cosine * z - 1.388731625493765e-3F;
    cosine = cosine * z + 4.166664568298827e-2F;
    cosine = cosine * z * z - 0.5F * z + 1.0F;
    const float x = (quarter & 1U) != 0 ? -sine : cosine;
    const float y = (quarter & 1U) != 0 ? cosine : sine;
    const float turned = (quarter & 2U) != 0 ? -radius : radius;
    a[i] = turned * x;
    b[i] = turned * y;
  }
}

ASSAYER_CLONES void fill_normal(Stream::State& kept, float* out, std::size_t count) {
  Stream::State state = kept;
  alignas(64) std::uint32_t first[kLanes];
  alignas(64) std::uint32_t second[kLanes];
  alignas(64) float pair[2 * kLanes];
  std::size_t done = 0;
  for (; done + 2 * kLanes <= count; done += 2 * kLanes) {
    advance(state, first);
    advance(state, second);
    normal_pair(first, second, pair, pair + kLanes);
    for (std::size_t i = 0; i < 2 * kLanes; ++i) out[done + i] = pair[i];
  }
  if (done < count) {
    advance(state, first);
    advance(state, second);
    normal_pair(first, second, pair, pair + kLanes);
    std::copy_n(pair, count - done, out + done);
  }
  kept = state;
}

ASSAYER_CLONES void fill_uniform(Stream::State& kept, float* out, std::size_t count, float low, float high) {
  Stream::State state = kept;
  alignas(64) std::uint32_t bits[kLanes];
  for (std::size_t done = 0; done < count; done += kLanes) {
    advance(state, bits);
    const std::size_t n = std::min(kLanes, count - done);
    for (std::size_t i = 0; i < n; ++i) out[done + i] = low + (high - low) * unit(bits[i]);
  }
  kept = state;
}

/// Tests compute in double what training computes in float: with the same numbers.
template <class Fill>
void widened(std::span<double> out, Fill&& fill) {
  float block[256];
  for (std::size_t done = 0; done < out.size(); done += 256) {
    const std::size_t n = std::min<std::size_t>(256, out.size() - done);
    fill(std::span<float>(block, n));
    std::copy_n(block, n, out.data() + done);
  }
}

}  // namespace

Stream::Stream(std::uint64_t seed, Purpose purpose, std::uint64_t moment) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
  std::uint64_t x = mix(seed + kGolden);
  x = mix(x ^ (moment + kGolden));
  x = mix(x ^ (static_cast<std::uint64_t>(purpose) + kGolden));
  for (auto& word : state_.words) {
    for (std::size_t lane = 0; lane < kLanes; lane += 2) {
      x += kGolden;
      const std::uint64_t bits = mix(x);
      word[lane] = static_cast<std::uint32_t>(bits);
      word[lane + 1] = static_cast<std::uint32_t>(bits >> 32);
    }
  }
}

void Stream::normal(std::span<float> out) {
  fill_normal(state_, out.data(), out.size());
}

void Stream::normal(std::span<double> out) {
  widened(out, [this](std::span<float> block) { normal(block); });
}

void Stream::uniform(std::span<float> out, float low, float high) {
  fill_uniform(state_, out.data(), out.size(), low, high);
}

void Stream::uniform(std::span<double> out, double low, double high) {
  widened(out,
          [&](std::span<float> block) { uniform(block, static_cast<float>(low), static_cast<float>(high)); });
}

std::uint32_t Stream::next() {
  if (used_ == kLanes) {
    advance(state_, drawn_);
    used_ = 0;
  }
  return drawn_[used_++];
}

std::uint32_t Stream::below(std::uint32_t range) {
  // Lemire 2019, doi:10.1145/3230636: the high word of a product, redrawn where it would favour some.
  std::uint64_t product = static_cast<std::uint64_t>(next()) * range;
  if (static_cast<std::uint32_t>(product) < range) {
    const std::uint32_t least = (0U - range) % range;
    while (static_cast<std::uint32_t>(product) < least) product = static_cast<std::uint64_t>(next()) * range;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

void Stream::shuffle(std::span<std::uint32_t> order) {
  for (std::size_t n = order.size(); n > 1; --n)
    std::swap(order[n - 1], order[below(static_cast<std::uint32_t>(n))]);
}

void Stream::below(std::int64_t range, std::span<std::int64_t> out) {
  for (std::int64_t& number : out) number = below(static_cast<std::uint32_t>(range));
}

}  // namespace assayer::kernels
