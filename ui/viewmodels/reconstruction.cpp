// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/reconstruction.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace assayer::ui {

namespace {

/// Spectra that are generated at once: a stop must not wait for hundreds.
constexpr std::size_t kBlock = 64;

Error missing(const char* what) {
  return {Error::Kind::Data, what, "", "", "", ""};
}

/// Sums by channel, with how many values each has.
struct Sums {
  explicit Sums(std::size_t channels) : sum(channels), count(channels) {}
  void add(std::size_t channel, double value) {
    sum[channel] += value;
    ++count[channel];
  }
  [[nodiscard]] double mean(std::size_t channel) const {
    return count[channel] > 0 ? sum[channel] / static_cast<double>(count[channel])
                              : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> sum;
  std::vector<std::size_t> count;
};

}  // namespace

Status generate_rows(const Model& model, const Prediction& prediction, const Spectra& measured,
                     const Rows& rows, std::size_t block, const RunControl& control,
                     const ProgressFn& progress, const TakeGenerated& take) {
  const std::size_t nuisances = prediction.z.cols();
  std::vector<float> scratch;
  for (std::size_t first = 0; first < rows.size(); first += block) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress)
      progress(static_cast<double>(first) / static_cast<double>(rows.size()), "reconstructing spectra");
    const std::size_t count = std::min(block, rows.size() - first);
    Matrix<double> composition(count, prediction.composition.cols());
    Matrix<double> z(nuisances > 0 ? count : 0, nuisances);
    for (std::size_t i = 0; i < count; ++i) {
      std::ranges::copy(prediction.composition.row(rows[first + i]), composition.row(i).begin());
      if (nuisances > 0) std::ranges::copy(prediction.z.row(rows[first + i]), z.row(i).begin());
    }
    const auto generated = model.generate(composition, z);
    if (!generated) return fail(generated.error());
    for (std::size_t i = 0; i < count; ++i) {
      const auto spectrum = measured.block(rows[first + i], 1, scratch);
      if (!spectrum) return fail(spectrum.error());
      if (Status taken = take(generated->mean.row(i), spectrum->row(0)); !taken) return taken;
    }
  }
  return {};
}

Result<Reconstruction> reconstruct(const Dataset& shown, const Snapshot& snapshot, const Rows& rows,
                                   const RunControl& control) {
  const Prediction& prediction = snapshot.prediction;
  if (!snapshot.model) return fail(missing("the method cannot generate spectra"));
  if (prediction.composition.rows() != shown.rows())
    return fail(missing("the run has not seen the data on display"));
  Reconstruction made;
  std::ranges::copy_if(rows, std::back_inserter(made.rows), [&](std::uint32_t row) {
    return row < shown.rows() &&
           std::ranges::all_of(
               prediction.composition.row(row), [](double part) { return std::isfinite(part); });
  });
  if (made.rows.empty()) return fail(missing("the run predicts no composition for these rows"));

  const std::size_t channels = shown.channels();
  Sums generated(channels);
  Sums residual(channels);
  double squares = 0;
  std::size_t values = 0;
  const auto add = [&](std::span<const float> own, std::span<const float> measured) -> Status {
    if (own.size() != channels)
      return fail(missing("the model's channels are not those of the data on display"));
    for (std::size_t c = 0; c < channels; ++c) {
      if (!std::isfinite(own[c])) continue;
      generated.add(c, own[c]);
      const double away = static_cast<double>(measured[c]) - own[c];
      if (!std::isfinite(away)) continue;
      residual.add(c, away);
      squares += away * away;
      ++values;
    }
    return {};
  };
  if (const Status all =
          generate_rows(*snapshot.model, prediction, shown.spectra(), made.rows, kBlock, control, {}, add);
      !all)
    return fail(all.error());

  double squares_of_mean = 0;
  std::size_t used = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const double away = residual.mean(c);
    made.generated.push_back(static_cast<float>(generated.mean(c)));
    made.residual.push_back(static_cast<float>(away));
    if (!std::isfinite(away)) continue;
    squares_of_mean += away * away;
    ++used;
  }
  if (used == 0) return fail(missing("the model and these rows have no channel in common"));
  made.rms = std::sqrt(squares_of_mean / static_cast<double>(used));
  made.rms_of_rows = std::sqrt(squares / static_cast<double>(values));
  return made;
}

}  // namespace assayer::ui
