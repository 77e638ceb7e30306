// SPDX-License-Identifier: GPL-3.0-or-later
// Steps in which every new value is a weighted sum of some old ones.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numbers>

#include "core/preprocess/steps_detail.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
/// More positions than any spectrometer has: a step of 1e-9 must not fill the memory.
constexpr std::size_t kMostPositions = 1'000'000;

/// A sparse matrix by rows: out[i] = Σ weight · in[column]. A row without entries gives NaN.
struct SparseRows {
  std::vector<std::size_t> begin{0};
  std::vector<std::uint32_t> column;
  std::vector<double> weight;

  void add(std::uint32_t from, double by) {
    column.push_back(from);
    weight.push_back(by);
  }
  void end_row() { begin.push_back(column.size()); }
  [[nodiscard]] std::size_t rows() const { return begin.size() - 1; }
};

class Linear : public Step {
 public:
  Linear(const StepSettings& settings, const Channels& input, SparseRows matrix, Channels output)
      : Step(settings, input), matrix_(std::move(matrix)) {
    set_output(std::move(output));
  }
  void apply(std::span<const double> in, std::span<double> out, Scratch& /*scratch*/) const override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t first = matrix_.begin[i];
      const std::size_t last = matrix_.begin[i + 1];
      double sum = first == last ? kUnknown : 0.0;
      for (std::size_t k = first; k < last; ++k) sum += matrix_.weight[k] * in[matrix_.column[k]];
      out[i] = sum;
    }
  }
  /// As a list of entries, which scipy.sparse.coo_array((weight, (row, column))) takes.
  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    std::vector<double> row;
    for (std::size_t i = 0; i < matrix_.rows(); ++i)
      row.insert(row.end(), matrix_.begin[i + 1] - matrix_.begin[i], static_cast<double>(i));
    const std::vector<double> column(matrix_.column.begin(), matrix_.column.end());
    return {array_of("row", row), array_of("column", column), array_of("weight", matrix_.weight)};
  }
  /// The stored numbers count, not what this version would compute.
  Status restore(std::span<const PipelineArray> arrays) override {
    const auto named = [&](std::string_view name) -> const PipelineArray* {
      for (const PipelineArray& array : arrays)
        if (array.name == name) return &array;
      return nullptr;
    };
    const PipelineArray* row = named("row");
    const PipelineArray* column = named("column");
    const PipelineArray* weight = named("weight");
    const std::size_t size = weight != nullptr ? weight->values.size() : 0;
    if (row == nullptr || column == nullptr || weight == nullptr || row->values.size() != size ||
        column->values.size() != size)
      return no_array(settings(), "row, column, weight", matrix_.weight.size());
    SparseRows read;
    std::size_t at = 0;
    for (std::size_t i = 0; i < output().size(); ++i) {
      for (; at < size && row->values[at] == static_cast<double>(i); ++at) {
        const double from = column->values[at];
        if (!(from >= 0 && from < static_cast<double>(input().size())))
          return no_array(settings(), "column", size);
        read.add(static_cast<std::uint32_t>(from), weight->values[at]);
      }
      read.end_row();
    }
    if (at != size) return no_array(settings(), "row", size);
    matrix_ = std::move(read);
    return {};
  }

 private:
  SparseRows matrix_;
};

/// Positions of a new axis that no value is known for, by the reason.
struct Unknown {
  std::size_t outside = 0;
  std::size_t in_gap = 0;
  std::size_t unseen = 0;

  [[nodiscard]] std::size_t all() const { return outside + in_gap + unseen; }
  /// Empty where there are none.
  [[nodiscard]] Message words(std::size_t positions) const {
    if (all() == 0) return {};
    return Message::sentence(
        "{} of {} positions are bad channels: {} lie outside the spectra, {} in a masked gap, {} have no "
        "channel within fwhm.",
        {all(), positions, outside, in_gap, unseen});
  }
};

class Resample final : public Linear {
 public:
  Resample(const StepSettings& settings, const Channels& input, SparseRows matrix, Channels output,
           Message outcome)
      : Linear(settings, input, std::move(matrix), std::move(output)), outcome_(std::move(outcome)) {}
  /// Not learnt, but only the axis tells it.
  [[nodiscard]] Message outcome() const override { return outcome_; }

 private:
  Message outcome_;
};

/// How much of the axis each channel stands for, [positions]. By the neighbours that it has, masked or not:
/// one beside a masked gap must not stand for half of the gap.
std::vector<double> shares_of_axis(std::span<const double> positions) {
  const std::size_t n = positions.size();
  std::vector<double> shares(n, 1.0);
  for (std::size_t i = 0; i < n && n > 1; ++i) {
    const std::size_t before = i > 0 ? i - 1 : i;
    const std::size_t after = i + 1 < n ? i + 1 : i;
    shares[i] = std::abs(positions[after] - positions[before]) / static_cast<double>(after - before);
  }
  return shares;
}

/// The row of a band at `at`: of channels at `x`, rising, which are `index` of the spectrum. Each counts by
/// its share, so that an uneven axis does not lean to its dense side. At least one of them lies within
/// `fwhm`: one alone beyond would stand for the whole band, although the response there is below a sixteenth.
void add_response(SparseRows& matrix, std::span<const double> x, std::span<const std::uint32_t> index,
                  std::span<const double> shares, double at, double fwhm) {
  // Beyond three widths the response is below 2e-11.
  const auto low = std::ranges::lower_bound(x, at - 3 * fwhm);
  const auto high = std::ranges::upper_bound(x, at + 3 * fwhm);
  const std::size_t begun = matrix.weight.size();
  double sum = 0;
  for (auto it = low; it != high; ++it) {
    const auto i = static_cast<std::size_t>(it - x.begin());
    // Divided before it is squared: the square of a tiny width would be 0.
    const double distance = (x[i] - at) / fwhm;
    const double weight = shares[index[i]] * std::exp(-4 * std::numbers::ln2 * distance * distance);
    matrix.add(index[i], weight);
    sum += weight;
  }
  for (std::size_t k = begun; k < matrix.weight.size(); ++k) matrix.weight[k] /= sum;
  matrix.end_row();
}

/// Weights with which the `derivative`-th derivative at 0 of the least-squares polynomial of `order` through
/// (t_i, x_i) is Σ w_i x_i. By orthonormal polynomials on the points (Gram–Schmidt, twice), which stays
/// accurate where powers would not.
std::vector<double> polynomial_weights(std::vector<double> t, std::size_t order, std::size_t derivative) {
  const std::size_t n = t.size();
  double reach = 0;
  for (const double value : t) reach = std::max(reach, std::abs(value));
  if (reach == 0) reach = 1;
  for (double& value : t) value /= reach;
  const std::size_t p = order + 1;
  std::vector<std::vector<double>> q(p, std::vector<double>(n));
  // r(j, k): the k-th power is Σ_j r(j, k) q_j.
  std::vector<std::vector<double>> r(p, std::vector<double>(p, 0.0));
  for (std::size_t k = 0; k < p; ++k) {
    for (std::size_t i = 0; i < n; ++i) q[k][i] = std::pow(t[i], static_cast<double>(k));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < k; ++j) {
        double along = 0;
        for (std::size_t i = 0; i < n; ++i) along += q[j][i] * q[k][i];
        r[j][k] += along;
        for (std::size_t i = 0; i < n; ++i) q[k][i] -= along * q[j][i];
      }
    }
    double norm = 0;
    for (const double value : q[k]) norm += value * value;
    r[k][k] = std::sqrt(norm);
    for (double& value : q[k]) value /= r[k][k];
  }
  // The coefficient of the power `derivative` is row `derivative` of R⁻¹Qᵀ x: solve Rᵀ u = e.
  std::vector<double> u(p, 0.0);
  for (std::size_t k = 0; k < p; ++k) {
    double rest = k == derivative ? 1.0 : 0.0;
    for (std::size_t j = 0; j < k; ++j) rest -= r[j][k] * u[j];
    u[k] = rest / r[k][k];
  }
  double factor = 1;
  for (std::size_t d = 1; d <= derivative; ++d) factor *= static_cast<double>(d) / reach;
  std::vector<double> weights(n, 0.0);
  for (std::size_t k = 0; k < p; ++k)
    for (std::size_t i = 0; i < n; ++i) weights[i] += factor * u[k] * q[k][i];
  return weights;
}

/// Whether good channels first … first + count of `channels` are evenly spaced, to rounding of the axis.
bool even(const WavelengthAxis& axis, const std::vector<std::uint32_t>& channels) {
  if (channels.size() < 3) return true;
  const double step =
      (axis[channels.back()] - axis[channels.front()]) / static_cast<double>(channels.size() - 1);
  for (std::size_t i = 1; i < channels.size(); ++i)
    if (std::abs(axis[channels[i]] - axis[channels[i - 1]] - step) > 1e-9 * std::abs(step)) return false;
  return true;
}

Status check_window(const StepSettings& settings, std::size_t window, std::size_t good) {
  if (window % 2 == 0)
    return misfit(settings, "the window is not odd", "an odd number", fmt::format("{}", window));
  if (window > good)
    return misfit(settings, "the window is longer than the spectrum",
                  fmt::format("at most {}, the good channels", good), fmt::format("{}", window));
  return {};
}

/// Positions of the new axis.
Result<std::vector<double>> new_positions(const StepSettings& settings, double first, double last) {
  const double from = std::max(settings.number("from"), std::min(first, last));
  const double to = std::min(settings.number("to"), std::max(first, last));
  const double step = settings.number("step");
  if (auto listed = settings.numbers("positions"); !listed.empty()) {
    if (step > 0)
      return misfit(settings, "both a step and positions are given", "one of them",
                    fmt::format("step={:g} and positions", step));
    return listed;
  }
  if (step <= 0)
    return misfit(settings, "nothing says where to resample to", "step=… or positions=…", "neither");
  // The given ends count even where they lie outside the spectra: those channels become bad, not others.
  const double begin = std::isfinite(settings.number("from")) ? settings.number("from") : from;
  const double stop = std::isfinite(settings.number("to")) ? settings.number("to") : to;
  const double count = std::floor((stop - begin) / step * (1 + 1e-12) + 1e-9);
  if (!(count >= 1) || count >= static_cast<double>(kMostPositions))
    return misfit(settings, "the new axis has an impossible number of positions",
                  fmt::format("2 to {}", kMostPositions), fmt::format("{:g}", count + 1));
  std::vector<double> positions;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(count); ++i)
    positions.push_back(begin + static_cast<double>(i) * step);
  return positions;
}

/// Second derivatives of the natural cubic spline as linear functions of the values: one row per knot. Dense
/// in principle, but they decay by 0.27 per knot; entries below 1e-17 of the largest are left out.
std::vector<std::vector<std::pair<std::uint32_t, double>>> spline_curvatures(const std::vector<double>& x) {
  const std::size_t n = x.size();
  std::vector<std::vector<std::pair<std::uint32_t, double>>> rows(n);
  if (n < 3) return rows;
  // Thomas' algorithm on h_{i-1} m_{i-1} + 2 (h_{i-1} + h_i) m_i + h_i m_{i+1} = 6 (…), for each unit vector
  // of values the three right-hand sides that it touches; solved once per knot with the factors kept.
  std::vector<double> h(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) h[i] = x[i + 1] - x[i];
  std::vector<double> upper(n, 0.0);
  std::vector<double> pivot(n, 1.0);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    pivot[i] = 2 * (h[i - 1] + h[i]) - (i > 1 ? h[i - 1] * upper[i - 1] : 0.0);
    upper[i] = h[i] / pivot[i];
  }
  constexpr std::size_t kReach = 40;
  std::vector<double> m(n);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t low = k > kReach ? k - kReach : 0;
    const std::size_t high = std::min(n - 1, k + kReach);
    std::fill(m.begin() + static_cast<std::ptrdiff_t>(low), m.begin() + static_cast<std::ptrdiff_t>(high) + 1,
              0.0);
    const auto right = [&](std::size_t i) {
      if (i == k) return -6 / h[i] - 6 / h[i - 1];
      if (i + 1 == k) return 6 / h[i];
      return i == k + 1 ? 6 / h[i - 1] : 0.0;
    };
    for (std::size_t i = std::max<std::size_t>(low, 1); i <= high && i + 1 < n; ++i)
      m[i] = (right(i) - (i > 1 && i > low ? h[i - 1] * m[i - 1] : 0.0)) / pivot[i];
    for (std::size_t i = std::min(high, n - 2); i >= std::max<std::size_t>(low, 1); --i)
      if (i + 1 <= high) m[i] -= upper[i] * m[i + 1];
    for (std::size_t i = low; i <= high; ++i)
      if (m[i] != 0 && i > 0 && i + 1 < n) rows[i].emplace_back(static_cast<std::uint32_t>(k), m[i]);
  }
  return rows;
}

}  // namespace

MadeStep make_savgol(const StepSettings& settings, const Channels& input) {
  const auto channels = input.good();
  const std::size_t window = settings.whole("window");
  const std::size_t order = settings.whole("order");
  const std::size_t derivative = settings.whole("derivative");
  if (auto fits = check_window(settings, window, channels.size()); !fits) return fail(fits.error());
  if (order >= window)
    return misfit(settings, "the polynomial's order is too high for the window",
                  fmt::format("at most {}", window - 1), fmt::format("{}", order));
  if (derivative > order)
    return misfit(settings, "the polynomial has no such derivative", fmt::format("at most {}", order),
                  fmt::format("{}", derivative), "Raise the order.");

  const bool regular = even(input.axis, channels);
  const std::size_t half = window / 2;
  std::vector<double> middle;
  SparseRows matrix;
  std::size_t place = 0;  // among the good channels
  for (std::size_t c = 0; c < input.size(); ++c) {
    if (input.bad[c] == 0) {
      const std::size_t first = std::min(place > half ? place - half : 0, channels.size() - window);
      const bool inner = place >= half && place + half < channels.size();
      std::vector<double> weights;
      if (!regular || !inner || middle.empty()) {
        std::vector<double> t(window);
        for (std::size_t i = 0; i < window; ++i) t[i] = input.axis[channels[first + i]] - input.axis[c];
        weights = polynomial_weights(std::move(t), order, derivative);
        if (regular && inner) middle = weights;
      } else {
        weights = middle;
      }
      for (std::size_t i = 0; i < window; ++i) matrix.add(channels[first + i], weights[i]);
      ++place;
    }
    matrix.end_row();
  }
  return std::make_unique<Linear>(settings, input, std::move(matrix), input);
}

MadeStep make_moving_average(const StepSettings& settings, const Channels& input) {
  const auto channels = input.good();
  const std::size_t window = settings.whole("window");
  if (auto fits = check_window(settings, window, channels.size()); !fits) return fail(fits.error());
  const std::size_t half = window / 2;
  SparseRows matrix;
  std::size_t place = 0;
  for (std::size_t c = 0; c < input.size(); ++c) {
    if (input.bad[c] == 0) {
      const std::size_t first = place > half ? place - half : 0;
      const std::size_t last = std::min(channels.size() - 1, place + half);
      for (std::size_t i = first; i <= last; ++i)
        matrix.add(channels[i], 1 / static_cast<double>(last - first + 1));
      ++place;
    }
    matrix.end_row();
  }
  return std::make_unique<Linear>(settings, input, std::move(matrix), input);
}

Result<std::vector<double>> band_widths(const StepSettings& settings, std::span<const double> positions) {
  const std::size_t n = positions.size();
  const auto given = settings.numbers("fwhm");
  if (given.size() > 1 && given.size() != n)
    return misfit(settings, "there are not as many widths as positions",
                  fmt::format("one number as fwhm, or {} joined by +", n), fmt::format("{}", given.size()));
  std::vector<double> widths = shares_of_axis(positions);
  for (std::size_t j = 0; j < n && !given.empty(); ++j)
    if (const double width = given[given.size() > 1 ? j : 0]; width > 0) widths[j] = width;
  return widths;
}

MadeStep make_resample(const StepSettings& settings, const Channels& input) {
  const std::string unit_text = settings.text("unit");
  const WavelengthUnit unit =
      unit_text == "axis" ? input.axis.unit() : parse_wavelength_unit(unit_text).value_or(input.axis.unit());
  auto all = positions_in(input, unit_text, place(settings));
  if (!all) return fail(all.error());
  auto targets = new_positions(settings, all->front(), all->back());
  if (!targets) return fail(targets.error());
  if (targets->size() < 2)
    return misfit(settings, "a spectrum needs two channels", "2 positions or more", "1");
  auto axis = WavelengthAxis::create(*targets, unit);
  if (!axis) return fail(axis.error().in(place(settings)));

  // Good channels by rising position; `index` says which channel of the spectrum each is.
  std::vector<std::uint32_t> index = input.good();
  if (all->front() > all->back()) std::ranges::reverse(index);
  std::vector<double> x;
  x.reserve(index.size());
  for (const std::uint32_t c : index) x.push_back((*all)[c]);

  const std::string method = settings.text("method");
  std::vector<double> fwhm;
  if (method == "gaussian") {
    auto widths = band_widths(settings, *targets);
    if (!widths) return fail(widths.error());
    fwhm = *std::move(widths);
  }
  const std::vector<double> shares = shares_of_axis(*all);
  const std::size_t n = targets->size();
  SparseRows matrix;
  Channels output{*std::move(axis), std::vector<std::uint8_t>(n, 0)};
  Unknown unknown;
  const auto curvatures =
      method == "cubic" ? spline_curvatures(x) : std::vector<std::vector<std::pair<std::uint32_t, double>>>{};
  for (std::size_t j = 0; j < n; ++j) {
    const double t = (*targets)[j];
    // A last bit lost in converting units is no reason to lose the first or last channel.
    const double slack = 1e-9 * std::max(std::abs(x.front()), std::abs(x.back()));
    const double at = t < x.front() && t >= x.front() - slack ? x.front()
                      : t > x.back() && t <= x.back() + slack ? x.back()
                                                              : t;
    const auto above = std::ranges::lower_bound(x, at);
    const auto right = static_cast<std::size_t>(above - x.begin());
    const auto lose = [&](std::size_t& count) {
      ++count;
      output.bad[j] = 1;
      matrix.end_row();
    };
    if (above == x.end() || (at != *above && above == x.begin())) {
      lose(unknown.outside);
      continue;
    }
    // Between two good channels with bad ones between them nothing is known.
    if (at != *above && (index[right] > index[right - 1] ? index[right] - index[right - 1]
                                                         : index[right - 1] - index[right]) > 1) {
      lose(unknown.in_gap);
      continue;
    }
    if (method == "gaussian") {
      const double nearest = at == *above ? 0 : std::min(x[right] - at, at - x[right - 1]);
      if (nearest > fwhm[j])
        lose(unknown.unseen);
      else
        add_response(matrix, x, index, shares, at, fwhm[j]);
      continue;
    }
    if (at == *above) {
      matrix.add(index[right], 1.0);
      matrix.end_row();
      continue;
    }
    const double h = x[right] - x[right - 1];
    const double a = (x[right] - at) / h;
    const double b = 1 - a;
    if (method != "cubic") {
      matrix.add(index[right - 1], a);
      matrix.add(index[right], b);
    } else {
      std::vector<double> sum;
      std::vector<std::uint32_t> from;
      const auto put = [&](std::uint32_t knot, double weight) {
        const auto found = std::ranges::find(from, knot);
        if (found != from.end()) {
          sum[static_cast<std::size_t>(found - from.begin())] += weight;
        } else {
          from.push_back(knot);
          sum.push_back(weight);
        }
      };
      put(static_cast<std::uint32_t>(right - 1), a);
      put(static_cast<std::uint32_t>(right), b);
      for (const auto& [knot, m] : curvatures[right - 1]) put(knot, (a * a * a - a) * h * h / 6 * m);
      for (const auto& [knot, m] : curvatures[right]) put(knot, (b * b * b - b) * h * h / 6 * m);
      for (std::size_t k = 0; k < from.size(); ++k) matrix.add(index[from[k]], sum[k]);
    }
    matrix.end_row();
  }
  if (unknown.all() == n) {
    if (unknown.unseen > 0)
      return misfit(settings, "no band is wide enough to see a channel",
                    "an fwhm of at least half the distance of the channels",
                    fmt::format("{:g} to {:g}", std::ranges::min(fwhm), std::ranges::max(fwhm)),
                    "Take method=linear for positions closer than the channels.");
    return misfit(settings, "no position of the new axis lies within the spectra",
                  fmt::format("positions from {} to {}", x.front(), x.back()),
                  fmt::format("{} to {}", targets->front(), targets->back()));
  }
  return std::make_unique<Resample>(settings, input, std::move(matrix), std::move(output), unknown.words(n));
}

}  // namespace assayer::preprocess
