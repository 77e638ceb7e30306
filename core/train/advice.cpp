// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace assayer {

namespace {

constexpr std::size_t kRowsPerComponent = 4;  // as many as suggest_plan wants of an interior
constexpr double kPresent = 1e-6;             // a share above which a spectrum contains a component
constexpr double kNothing = 0.01;             // of a variance or a length: as good as none

/// Of values as they come; those that are not finite are left out.
class Spread {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    ++count_;
    const double off = value - mean_;
    mean_ += off / static_cast<double>(count_);
    squares_ += off * (value - mean_);
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double variance() const { return count_ > 0 ? squares_ / static_cast<double>(count_) : 0; }

 private:
  std::size_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

std::vector<std::size_t> collapsed_dimensions(const Prediction& prediction) {
  std::vector<std::size_t> collapsed;
  for (std::size_t d = 0; d < prediction.z.cols() && d < prediction.z_sd.cols(); ++d) {
    Spread means;
    Spread variances;
    for (std::size_t row = 0; row < prediction.z.rows(); ++row) {
      means.add(prediction.z(row, d));
      variances.add(prediction.z_sd(row, d) * prediction.z_sd(row, d));
    }
    const double whole = means.variance() + variances.mean();
    if (means.count() > 1 && whole > 0 && means.variance() < kNothing * whole) collapsed.push_back(d + 1);
  }
  return collapsed;
}

/// Whether the compositions of the labelled spectra are predicted as one and the same.
bool copies_composition(const Dataset& data, const Rows& labelled, const Matrix<double>& predicted) {
  double known_variance = 0;
  double predicted_variance = 0;
  for (std::size_t k = 0; k < predicted.cols() && k < data.components(); ++k) {
    Spread known;
    Spread told;
    for (const std::uint32_t row : labelled) {
      known.add(data.abundances()->row(row)[k]);
      told.add(predicted(row, k));
    }
    if (told.count() == 0) return false;
    known_variance += known.variance();
    predicted_variance += told.variance();
  }
  return known_variance > 0 && predicted_variance < kNothing * known_variance;
}

bool copies_spectrum(const Matrix<float>& endmembers) {
  if (endmembers.rows() < 2) return false;
  double difference = 0;
  double size = 0;
  for (std::size_t c = 0; c < endmembers.cols(); ++c) {
    if (!std::isfinite(endmembers(0, c))) continue;
    for (std::size_t k = 0; k < endmembers.rows(); ++k) {
      const auto value = static_cast<double>(endmembers(k, c));
      const double off = value - static_cast<double>(endmembers(0, c));
      size += value * value;
      difference += off * off;
    }
  }
  return size > 0 && difference < kNothing * kNothing * size;
}

// Whole sentences for one and for several: a translation cannot be put together from words.

Message say_missing(const std::vector<std::string>& components, bool unfeatured) {
  const std::string names = fmt::format("{}", fmt::join(components, ", "));
  const bool one = components.size() == 1;
  if (one && unfeatured)
    return Message::sentence(
        "No labelled spectrum contains {}: what is learnt of it comes from unlabelled spectra and unfeatured "
        "compositions alone.",
        {names});
  if (one)
    return Message::sentence(
        "No labelled spectrum contains {}: what is learnt of it comes from unlabelled spectra alone.",
        {names});
  if (unfeatured)
    return Message::sentence(
        "No labelled spectrum contains {}: what is learnt of them comes from unlabelled spectra and "
        "unfeatured compositions alone.",
        {names});
  return Message::sentence(
      "No labelled spectrum contains {}: what is learnt of them comes from unlabelled spectra alone.",
      {names});
}

/// Of the `dimensions` of z those `collapsed`, counted from 1.
Message say_collapsed(const std::vector<std::size_t>& collapsed, std::size_t dimensions) {
  if (collapsed.size() == dimensions)
    return Message::sentence(
        "z is the same for every spectrum (posterior collapse): what spectra of one composition differ in is "
        "taken for noise. More epochs or more hidden units may help.");
  if (collapsed.size() == 1)
    return Message::sentence(
        "Dimension {} of z is the same for every spectrum (posterior collapse): fewer dimensions would do.",
        {collapsed.front()});
  return Message::sentence(
      "Dimensions {} of z are the same for every spectrum (posterior collapse): fewer dimensions would do.",
      {fmt::format("{}", fmt::join(collapsed, ", "))});
}

}  // namespace

std::vector<Message> advise_before(const Dataset& data, const TrainPlan& plan) {
  std::vector<Message> advice;
  const std::size_t components = data.components();
  if (plan.labelled.size() < kRowsPerComponent * components)
    advice.push_back(
        Message::sentence("There are few labelled spectra, {} for {} components: label at least {}, or take "
                          "what is learnt for a guess.",
                          {plan.labelled.size(), components, kRowsPerComponent * components}));
  std::vector<std::string> missing;
  for (std::size_t k = 0; k < components; ++k) {
    const auto contains = [&](std::uint32_t row) { return data.abundances()->row(row)[k] > kPresent; };
    if (std::ranges::none_of(plan.labelled, contains)) missing.push_back(data.component_names()[k]);
  }
  if (!missing.empty()) advice.push_back(say_missing(missing, plan.unfeatured.rows() > 0));
  return advice;
}

std::vector<Message> advise_after(const Dataset& data, const TrainPlan& plan, const Prediction& prediction,
                                  const EndmemberEstimate& endmembers) {
  std::vector<Message> advice;
  if (const std::vector<std::size_t> collapsed = collapsed_dimensions(prediction); !collapsed.empty())
    advice.push_back(say_collapsed(collapsed, prediction.z.cols()));
  if (prediction.composition.rows() == data.rows() &&
      copies_composition(data, plan.labelled, prediction.composition))
    advice.push_back(
        Message::sentence("Nearly the same composition is predicted for every labelled spectrum: the model "
                          "copies the mean. Train longer, raise alpha_fd, or preprocess the spectra so that "
                          "they differ in what the compositions differ in."));
  if (copies_spectrum(endmembers.mean))
    advice.push_back(
        Message::sentence("The endmembers are nearly one and the same spectrum: the model copies the mean. "
                          "Train longer, or label spectra whose compositions differ more."));
  return advice;
}

}  // namespace assayer
