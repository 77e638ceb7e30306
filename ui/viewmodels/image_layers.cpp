// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/image_layers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <span>

#include "ui/viewmodels/reconstruction.h"

namespace assayer::ui {

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
/// Spectra that are generated at once for the residual.
constexpr std::size_t kBlock = 256;
/// Colours leave out this share at either end: single hot pixels would darken all others.
constexpr double kTail = 0.01;

Error missing(const char* what) {
  return {Error::Kind::Data, what, "", "", "", "Train a model, or open one."};
}

/// Rows of the image that the window takes, line by line.
std::vector<std::size_t> rows_of(const ImageWindow& window, std::size_t cols, std::size_t line) {
  std::vector<std::size_t> rows;
  rows.reserve(window.width());
  for (std::size_t s = 0; s < window.samples; s += window.step)
    rows.push_back(line * cols + window.sample + s);
  return rows;
}

/// All channels of the layer in one pass: where spectra stay in their file, a pass is what takes the time.
Status read_channels(const Spectra& spectra, const ImageWindow& window, std::size_t cols, LayerImage& image,
                     const RunControl& control, const ProgressFn& progress) {
  std::vector<float> scratch;
  for (std::size_t l = 0; l < window.lines; l += window.step) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(static_cast<double>(l) / static_cast<double>(window.lines), "reading the image");
    auto line = spectra.block((window.line + l) * cols + window.sample, window.samples, scratch);
    if (!line) return fail(line.error());
    for (std::size_t i = 0; i < image.bands.size(); ++i)
      for (std::size_t s = 0; s < window.samples; s += window.step)
        image.bands[i].push_back((*line)(s, image.layer.index[i]));
  }
  return {};
}

void read_column(const Matrix<double>& values, std::size_t column, const ImageWindow& window,
                 std::size_t cols, std::vector<float>& band) {
  for (std::size_t l = 0; l < window.lines; l += window.step)
    for (const std::size_t row : rows_of(window, cols, window.line + l))
      band.push_back(static_cast<float>(values(row, column)));
}

/// Whose results a layer shows, and the data in their space.
struct Told {
  std::shared_ptr<const Snapshot> snapshot;
  DatasetPtr shown;
};

Told told_by(const ImageSource& source, std::uint64_t run) {
  if (run == 0) return {source.snapshot, source.shown};
  const ShownRun* other = findRun(source.runs, run);
  return other != nullptr ? Told{other->snapshot, other->data} : Told{};
}

/// The model's own picture of each spectrum, from its composition and z, against the spectrum.
Status read_residual(const Told& told, const ImageWindow& window, std::size_t cols, std::vector<float>& band,
                     const RunControl& control, const ProgressFn& progress) {
  const Spectra& spectra = told.shown->spectra();
  Rows rows;
  for (std::size_t l = 0; l < window.lines; l += window.step)
    std::ranges::transform(rows_of(window, cols, window.line + l), std::back_inserter(rows),
                           [](std::size_t row) { return static_cast<std::uint32_t>(row); });
  const auto add = [&](std::span<const float> generated, std::span<const float> measured) -> Status {
    if (generated.size() != spectra.cols())
      return fail(missing("the model's channels are not those of the data on display"));
    double squares = 0;
    std::size_t used = 0;
    for (std::size_t c = 0; c < measured.size(); ++c) {
      const double away = static_cast<double>(measured[c]) - generated[c];
      if (!std::isfinite(away)) continue;
      squares += away * away;
      ++used;
    }
    band.push_back(used > 0 ? static_cast<float>(std::sqrt(squares / static_cast<double>(used))) : kNaN);
    return {};
  };
  return generate_rows(*told.snapshot->model, told.snapshot->prediction, spectra, rows, kBlock, control,
                       progress, add);
}

/// One quantity of one model: of the run, 0: of the model on display.
Status read_results(const ImageSource& source, std::uint64_t run, ImageLayer::Kind kind, std::size_t index,
                    const ImageWindow& window, std::vector<float>& band, const RunControl& control,
                    const ProgressFn& progress) {
  const Told told = told_by(source, run);
  const std::size_t cols = source.data->image_shape()->cols;
  if (!told.snapshot || told.snapshot->prediction.composition.rows() != source.data->rows())
    return fail(missing("no model has seen this image yet"));
  const Prediction& prediction = told.snapshot->prediction;
  if (kind == ImageLayer::Kind::Residual) {
    if (!told.snapshot->model || !told.shown || told.shown->rows() != source.data->rows())
      return fail(missing("the method cannot generate spectra"));
    return read_residual(told, window, cols, band, control, progress);
  }
  const bool nuisance = kind == ImageLayer::Kind::Nuisance;
  const Matrix<double>& values = nuisance ? prediction.z : prediction.composition;
  if (index >= values.cols())
    return fail(missing(nuisance ? "the method has no nuisance z" : "the method has no such component"));
  read_column(values, index, window, cols, band);
  return {};
}

/// Two residuals can be told from each other where both are of spectra in the same units.
Status comparable(const ImageSource& source, const ImageLayer& layer) {
  if (layer.kind != ImageLayer::Kind::Residual) return {};
  const Told one = told_by(source, layer.run);
  const Told other = told_by(source, 0);
  if (!one.snapshot || !one.snapshot->model || !other.snapshot || !other.snapshot->model) return {};
  if (one.snapshot->model->output_space() == other.snapshot->model->output_space()) return {};
  return fail({Error::Kind::Data, "the residuals of the two runs are in different units", "", "",
               "the runs preprocess spectra differently", "Choose runs with the same steps."});
}

/// Where the colours of a difference end on either side of 0, which is the middle.
LayerImage::Range range_of_difference(const std::vector<float>& band) {
  std::vector<float> sizes;
  for (const float value : band)
    if (std::isfinite(value)) sizes.push_back(std::abs(value));
  if (sizes.empty()) return {-1, 1};
  const auto at = sizes.begin() + std::lround((1 - kTail) * static_cast<double>(sizes.size() - 1));
  std::ranges::nth_element(sizes, at);
  double size = static_cast<double>(*at);
  // Equal but for a few pixels, or everywhere: any size is as good then.
  if (!(size > 0)) size = static_cast<double>(std::ranges::max(sizes));
  if (!(size > 0)) size = 1;
  return {-size, size};
}

LayerImage::Range range_of(ImageLayer::Kind kind, const std::vector<float>& band) {
  if (kind == ImageLayer::Kind::Composition || kind == ImageLayer::Kind::Known) return {0, 1};
  std::vector<float> finite;
  finite.reserve(band.size());
  std::ranges::copy_if(band, std::back_inserter(finite), [](float value) { return std::isfinite(value); });
  if (finite.empty()) return {0, 1};
  const auto quantile = [&finite](double share) {
    const auto at = finite.begin() + std::lround(share * static_cast<double>(finite.size() - 1));
    std::ranges::nth_element(finite, at);
    return static_cast<double>(*at);
  };
  LayerImage::Range range{kind == ImageLayer::Kind::Residual ? 0 : quantile(kTail), quantile(1 - kTail)};
  // Constant but for a few pixels: all of the values then.
  if (!(range.high > range.low)) {
    const auto [low, high] = std::ranges::minmax_element(finite);
    range = {*low, *high};
  }
  if (!(range.high > range.low)) range.high = range.low + std::max(1e-6, std::abs(range.low) * 1e-3);
  return range;
}

}  // namespace

std::size_t step_for(std::size_t lines, std::size_t samples, const ImageBudget& budget) {
  std::size_t step = 1;
  const auto enough = [&](std::size_t by) {
    const std::size_t height_steps = (lines + by - 1) / by;
    const std::size_t width_steps = (samples + by - 1) / by;
    const auto height = static_cast<double>(height_steps);
    const auto width = static_cast<double>(width_steps);
    return height * width <= static_cast<double>(budget.pixels) &&
           height * static_cast<double>(samples) * static_cast<double>(budget.bytes_per_pixel) <=
               static_cast<double>(budget.bytes);
  };
  while (!enough(step) && step < std::max(lines, samples)) ++step;
  return step;
}

Result<LayerImage> readLayer(const ImageSource& source, const ImageLayer& layer, const ImageWindow& window,
                             const RunControl& control, const ProgressFn& progress) {
  using Kind = ImageLayer::Kind;
  const std::size_t cols = source.data->image_shape()->cols;
  LayerImage image{layer, window, {}, {}};
  image.bands.resize(layer.index.size());
  for (std::vector<float>& band : image.bands) band.reserve(window.height() * window.width());
  Status status;
  if (layer.kind == Kind::Channel)
    status = read_channels(source.data->spectra(), window, cols, image, control, progress);
  for (std::size_t i = 0; i < layer.index.size() && status; ++i) {
    const std::size_t index = layer.index[i];
    std::vector<float>& band = image.bands[i];
    const auto read = [&](std::uint64_t run, std::vector<float>& into) {
      return read_results(source, run, layer.kind, index, window, into, control, progress);
    };
    if (layer.kind == Kind::Known) {
      if (!source.data->abundances()) return fail(missing("the data have no known composition"));
      read_column(source.data->abundances()->values(), index, window, cols, band);
    } else if (layer.modelled()) {
      status = read(layer.run, band);
    }
    if (layer.difference && layer.modelled() && status) {
      std::vector<float> less;
      less.reserve(band.size());
      status = comparable(source, layer);
      if (status) status = read(0, less);
      if (status) std::ranges::transform(band, less, band.begin(), std::minus<>());
    }
    if (control.stop_requested()) return fail(Error::cancel());
    if (status)
      image.ranges.push_back(layer.difference ? range_of_difference(band) : range_of(layer.kind, band));
  }
  if (!status) return fail(status.error());
  return image;
}

}  // namespace assayer::ui
