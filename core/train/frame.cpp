// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace assayer {
namespace {

constexpr double kBytes = 255;

void keep_scale(ModelState& frame, double scale, std::string why) {
  frame.fixed.push_back({kSpectrumScale, {1}, {static_cast<float>(scale)}});
  frame.facts[kSpectrumScale] = std::move(why);
}

/// Softplus bends at 1, so that the spectra enter in units of their mean.
Status scale_positive(ModelState& frame) {
  double sum = 0;
  double channels = 0;
  for (std::size_t c = 0; c < frame.channel_used.size(); ++c) {
    if (frame.channel_used[c] == 0) continue;
    sum += static_cast<double>(frame.channel_mean[c]);
    channels += 1;
  }
  if (!(sum > 0))
    return fail({Error::Kind::Data, "spectra that are not positive cannot be softplus-gaussian", "likelihood",
                 "a mean above 0", fmt::format("{:.4g}", channels > 0 ? sum / channels : 0.0),
                 "Leave out the step that centres them, or take likelihood=gaussian."});
  const double scale = sum / channels;
  keep_scale(frame, scale,
             fmt::format("Spectra enter in units of their mean, {:.4g}, and are raised to a hundredth of it: "
                         "softplus-gaussian has no density at 0.",
                         scale));
  return {};
}

/// Values of 0 to 1 as they are, bytes divided by 255.
Status scale_pixels(const Dataset& data, const Rows& rows, ModelState& frame) {
  float high = 0;
  bool whole = true;
  for (const std::uint32_t row : rows) {
    const auto spectrum = data.spectra().row(row);
    for (std::size_t c = 0; c < spectrum.size(); ++c) {
      if (frame.channel_used[c] == 0) continue;
      const float value = spectrum[c];
      high = std::max(high, value);
      whole = whole && value == std::floor(value);
      if (value >= 0 && (high <= 1 || (whole && high <= kBytes))) continue;
      return fail({Error::Kind::Data, "values outside 0 to 1 cannot be bernoulli",
                   fmt::format("row {}, channel {}", row, c), "numbers of 0 to 1, or whole ones of 0 to 255",
                   fmt::format("{:g}", value), "Scale the data to 0 … 1, or take another likelihood."});
    }
  }
  std::ranges::fill(frame.channel_mean, 0.0F);  // the preset of A.2 removes no mean
  const bool bytes = high > 1;
  keep_scale(frame, bytes ? kBytes : 1,
             bytes ? "Pixels of 0 to 255 enter divided by 255." : "Pixels of 0 to 1 enter as they are.");
  return {};
}

}  // namespace

double spectrum_scale(const ModelState& state) {
  const auto found = std::ranges::find(state.fixed, std::string(kSpectrumScale), &NamedArray::name);
  return found != state.fixed.end() && found->values.size() == 1 && found->values.front() > 0
             ? static_cast<double>(found->values.front())
             : 1.0;
}

Result<ModelState> make_frame(const Dataset& data, TrainPlan plan, TrainConfig config) {
  if (!data.abundances()) {
    return fail({Error::Kind::Data, "the data have no compositions to learn from", "/abundance", "", "",
                 "Training needs some spectra of known composition."});
  }
  const std::size_t k = data.components();
  if (plan.labelled.empty()) {
    return fail({Error::Kind::Data, "no labelled spectra", "labelled", "at least one row", "none",
                 "Give the role 'labelled' to spectra of known composition."});
  }
  if (!plan.unfeatured.empty() && plan.unfeatured.cols() != k) {
    return fail({Error::Kind::Usage, "unfeatured compositions have another number of parts than the data",
                 "unfeatured", std::to_string(k), std::to_string(plan.unfeatured.cols()), ""});
  }
  const auto usable = [&](const Rows& rows, bool labelled) -> Status {
    for (const std::uint32_t row : rows) {
      if (row >= data.rows() || !data.row_is_finite(row) || (labelled && !data.labelled(row))) {
        return fail({Error::Kind::Data, "a row cannot be used for training", fmt::format("row {}", row),
                     labelled ? "a finite spectrum with a composition" : "a finite spectrum", "",
                     "Take the row out of the selection."});
      }
    }
    return {};
  };
  if (auto good = usable(plan.labelled, true); !good) return fail(good.error());
  if (auto good = usable(plan.unlabelled, false); !good) return fail(good.error());

  ModelState frame;
  frame.data_fingerprint = data.fingerprint();
  frame.data_path = data.provenance().path;
  frame.components = data.component_names();
  frame.wavelength = data.wavelength();
  frame.channel_used.assign(data.channels(), 1);
  for (std::size_t c = 0; c < data.bad_channels().size(); ++c) {
    if (data.bad_channels()[c] != 0) frame.channel_used[c] = 0;
  }
  // The channel mean of every spectrum that training sees, each once; held-out rows stay out of it.
  Rows seen;
  std::ranges::set_union(plan.labelled, plan.unlabelled, std::back_inserter(seen));
  std::vector<double> sum(data.channels(), 0.0);
  for (const std::uint32_t row : seen) {
    const auto spectrum = data.spectra().row(row);
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += frame.channel_used[c] != 0 ? spectrum[c] : 0.0F;
  }
  frame.channel_mean.resize(sum.size());
  std::ranges::transform(sum, frame.channel_mean.begin(),
                         [&](double s) { return static_cast<float>(s / static_cast<double>(seen.size())); });
  // Baselines and the guided method read the spectra as they are.
  const bool scaled_inside = config.trains_networks();
  if (scaled_inside && config.likelihood == "softplus-gaussian") {
    if (auto scaled = scale_positive(frame); !scaled) return fail(scaled.error());
  } else if (scaled_inside && config.likelihood == "bernoulli") {
    if (auto scaled = scale_pixels(data, seen, frame); !scaled) return fail(scaled.error());
  }
  if (config.y_prior.size() != 1 && config.y_prior.size() != k)
    return fail({Error::Kind::Usage, "the prior of compositions does not fit the data", "y_prior",
                 fmt::format("1 or {} concentrations", k), std::to_string(config.y_prior.size()), ""});
  if (config.flow == "coupling" && k < 3)
    return fail({Error::Kind::Usage, "couplings need two free logits, one to move by the other", "flow",
                 "3 or more components", std::to_string(k), "Take flow=planar."});
  frame.mean_z.assign(static_cast<std::size_t>(config.members * config.nuisance_dimensions), 0.0F);
  frame.plan = std::move(plan);
  frame.config = std::move(config);
  return frame;
}

Matrix<double> spectra_of(const Dataset& data, const Rows& rows, const std::vector<std::uint8_t>& used) {
  const auto channels =
      static_cast<std::size_t>(std::ranges::count_if(used, [](std::uint8_t u) { return u != 0; }));
  Matrix<double> x(rows.size(), channels);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto spectrum = data.spectra().row(rows[i]);
    std::size_t at = 0;
    for (std::size_t c = 0; c < used.size(); ++c)
      if (used[c] != 0) x(i, at++) = spectrum[c];
  }
  return x;
}

Matrix<double> compositions_of(const Dataset& data, const Rows& rows) {
  Matrix<double> y(rows.size(), data.components());
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(data.abundances()->row(rows[i]), y.row(i).begin());
  return y;
}

}  // namespace assayer
