// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>

#include "core/data/dataset.h"
#include "core/train/engine.h"

namespace assayer::ui::testing {

/// The value of line l, sample s, channel c of made images: three numbers that one can read back.
inline float imageValue(std::size_t line, std::size_t sample, std::size_t channel) {
  return static_cast<float>(line) + static_cast<float>(sample) / 1000 + static_cast<float>(100 * channel);
}

/// Known compositions in three components, which change from left to right and from top to bottom.
inline DatasetPtr makeImage(std::size_t lines, std::size_t samples, std::size_t channels,
                            bool compositions = true) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(lines * samples, channels);
  Matrix<double> known(lines * samples, 3);
  for (std::size_t l = 0; l < lines; ++l)
    for (std::size_t s = 0; s < samples; ++s) {
      const std::size_t row = l * samples + s;
      for (std::size_t c = 0; c < channels; ++c) parts.spectra(row, c) = imageValue(l, s, c);
      const double a = static_cast<double>(s) / static_cast<double>(samples);
      const double b = (1 - a) * static_cast<double>(l) / static_cast<double>(lines);
      known(row, 0) = a;
      known(row, 1) = b;
      known(row, 2) = 1 - a - b;
    }
  std::vector<double> axis;
  axis.reserve(channels);
  for (std::size_t c = 0; c < channels; ++c) axis.push_back(400 + 10 * static_cast<double>(c));
  parts.wavelength = WavelengthAxis::create(axis, WavelengthUnit::Nanometre).value();
  if (compositions) parts.abundances = Abundances::create(known, {"soil", "tree", "water"}).value();
  parts.image_shape = ImageShape{lines, samples};
  auto made = Dataset::create(std::move(parts));
  if (!made) {
    ADD_FAILURE() << made.error().message();
    return nullptr;
  }
  return *made;
}

/// An image that stays in a "file" which counts what is read from it, and may be slow.
class CountedImage : public SpectraSource {
 public:
  CountedImage(std::size_t lines, std::size_t samples, std::size_t channels)
      : lines_(lines), samples_(samples), channels_(channels) {}
  [[nodiscard]] std::size_t rows() const override { return lines_ * samples_; }
  [[nodiscard]] std::size_t channels() const override { return channels_; }
  [[nodiscard]] std::size_t block_rows() const override { return samples_; }
  [[nodiscard]] std::size_t few_rows() const override { return 1; }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t c = 0; c < channels_; ++c)
        out[r * channels_ + c] = imageValue((first + r) / samples_, (first + r) % samples_, c);
    bytes_read += count * channels_ * sizeof(float);
    return {};
  }

  mutable std::atomic<std::size_t> bytes_read{0};
  std::chrono::milliseconds delay{0};

 private:
  std::size_t lines_;
  std::size_t samples_;
  std::size_t channels_;
};

inline DatasetPtr imageInFile(const std::shared_ptr<const CountedImage>& source, ImageShape shape) {
  DatasetParts parts;
  parts.shared_spectra = Spectra::in_file(source).value();
  parts.image_shape = shape;
  auto made = Dataset::create(std::move(parts));
  if (!made) {
    ADD_FAILURE() << made.error().message();
    return nullptr;
  }
  return *made;
}

/// A model whose spectra are plain to say: component 0 times 10, plus z, in every channel.
class PlainModel : public Model {
 public:
  explicit PlainModel(std::size_t channels) : channels_(channels) {}
  [[nodiscard]] const ModelState& state() const override { return state_; }
  [[nodiscard]] Result<Prediction> predict(MatrixView<float>, const Matrix<double>*) const override {
    return fail({Error::Kind::Usage, "does not predict", {}, {}, {}, {}});
  }
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override {
    EndmemberEstimate made{Matrix<float>(composition.rows(), channels_),
                           Matrix<float>(composition.rows(), channels_)};
    for (std::size_t i = 0; i < composition.rows(); ++i)
      for (std::size_t c = 0; c < channels_; ++c)
        made.mean(i, c) =
            static_cast<float>(10 * composition(i, 0) + (z.rows() > i && z.cols() > 0 ? z(i, 0) : 0.5));
    return made;
  }
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>&, const Matrix<double>&, std::int64_t,
                                             std::uint64_t) const override {
    return fail({Error::Kind::Usage, "does not draw", {}, {}, {}, {}});
  }

 private:
  ModelState state_;
  std::size_t channels_;
};

}  // namespace assayer::ui::testing
