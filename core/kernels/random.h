// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace assayer::kernels {

/// What a stream is drawn for: streams with different purposes are independent.
enum class Purpose : std::uint32_t { Noise, Shuffle, Rows, Start };

/// Random numbers of one purpose at one moment, as a function of (seed, purpose, moment) alone: a run that is
/// resumed at step s draws what it would have drawn, and nothing has to be kept but s. Sixteen lanes of
/// xoshiro128++ (Blackman & Vigna 2021, doi:10.1145/3460772), started by SplitMix64, so that a vector
/// register advances all of them at once.
class Stream {
 public:
  Stream(std::uint64_t seed, Purpose purpose, std::uint64_t moment);

  /// Standard normal (Box & Muller 1958), |value| below 6.7.
  void normal(std::span<float> out);
  void normal(std::span<double> out);
  /// Uniform on (low, high).
  void uniform(std::span<float> out, float low, float high);
  void uniform(std::span<double> out, double low, double high);
  /// Reorders `order` at random (Fisher–Yates), every order equally likely. Fewer than 2³² entries.
  void shuffle(std::span<std::uint32_t> order);
  /// Fills `out` with numbers in [0, range), each equally likely and drawn with replacement; 0 < range < 2³².
  void below(std::int64_t range, std::span<std::int64_t> out);

  /// All numbers of a step: normals, then uniforms within the width of z, (-1.5, 1.5).
  template <class Noise>
  void draw(const Noise& noise) {
    using S = std::remove_pointer_t<decltype(noise.normals)>;
    normal(std::span<S>(noise.normals, static_cast<std::size_t>(noise.normal_count)));
    uniform(std::span<S>(noise.uniforms, static_cast<std::size_t>(noise.uniform_count)), S(-1.5), S(1.5));
  }

  static constexpr std::size_t kLanes = 16;
  struct State {
    alignas(64) std::uint32_t words[4][kLanes];
  };

 private:
  std::uint32_t next();
  std::uint32_t below(std::uint32_t range);

  State state_;
  alignas(64) std::uint32_t drawn_[kLanes] = {};
  std::size_t used_ = kLanes;
};

}  // namespace assayer::kernels
