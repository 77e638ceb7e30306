// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace assayer {

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
