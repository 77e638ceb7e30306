// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mixing/link.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

namespace assayer {

namespace {

constexpr std::array<std::pair<Link, std::string_view>, 3> kNames{
    {{Link::Identity, "identity"}, {Link::Hapke, "hapke"}, {Link::Log, "log"}}};

constexpr double kLeastForLog = 1e-6;
constexpr double kSharpness = 200;

double brightest(const LinkSettings& s) {
  return (1 + 2 * s.cos_incidence) * (1 + 2 * s.cos_emission) / (4 * (s.cos_incidence + s.cos_emission));
}

double softplus(double t) {
  return t > 36 ? t : std::log1p(std::exp(t));  // beyond 36 the difference is below the last bit
}

double albedo(const LinkSettings& s, double reflectance) {
  const double c = brightest(s);
  const double product = s.cos_incidence * s.cos_emission;
  if (reflectance >= c) return 1;
  if (reflectance < -c / (8 * product)) reflectance = -c / (8 * product);
  // The positive root of a γ² + 2 h γ − (c − R) = 0, in the form that does not subtract near-equal numbers.
  const double a = 4 * product * reflectance + c;
  const double h = (s.cos_incidence + s.cos_emission) * reflectance;
  const double root = std::sqrt(h * h + a * (c - reflectance));
  const double gamma = h >= 0 ? (c - reflectance) / (h + root) : (root - h) / a;
  return 1 - gamma * gamma;
}

double reflectance(const LinkSettings& s, double albedo) {
  const double dark = softplus(kSharpness * (1 - albedo)) / kSharpness;
  const double gamma = std::sqrt(dark);
  return brightest(s) * (1 - dark) / ((1 + 2 * s.cos_incidence * gamma) * (1 + 2 * s.cos_emission * gamma));
}

}  // namespace

std::string_view name(Link link) {
  for (const auto& [known, text] : kNames) {
    if (known == link) return text;
  }
  return {};
}

Result<Link> parse_link(std::string_view text) {
  for (const auto& [link, known] : kNames) {
    if (known == text) return link;
  }
  return fail({Error::Kind::Usage, "unknown link", {}, "identity, hapke or log", std::string(text), {}});
}

Status validate(const LinkSettings& settings) {
  if (!(settings.scale > 0) || !std::isfinite(settings.scale)) {
    return fail({Error::Kind::Usage,
                 "scale of the link out of range",
                 "scale",
                 "a number above 0",
                 std::to_string(settings.scale),
                 {}});
  }
  for (const auto& [cosine, where] : {std::pair{settings.cos_incidence, "cosine of incidence"},
                                      std::pair{settings.cos_emission, "cosine of emission"}}) {
    if (!(cosine > 0 && cosine <= 1)) {
      return fail({Error::Kind::Usage, "angle of the link out of range", where, "above 0 and at most 1",
                   std::to_string(cosine), "Angles are below 90°"});
    }
  }
  return {};
}

double to_linear(const LinkSettings& settings, double x) {
  switch (settings.link) {
    case Link::Hapke:
      return albedo(settings, x / settings.scale);
    case Link::Log:
      return -std::log((x < kLeastForLog ? kLeastForLog : x) / settings.scale);
    case Link::Identity:
      break;
  }
  return x / settings.scale;
}

double from_linear(const LinkSettings& settings, double v) {
  switch (settings.link) {
    case Link::Hapke:
      return settings.scale * reflectance(settings, v);
    case Link::Log:
      return settings.scale * std::exp(-v);
    case Link::Identity:
      break;
  }
  return settings.scale * v;
}

void to_linear(const LinkSettings& settings, std::span<const double> x, std::span<double> v) {
  assert(x.size() == v.size());
  std::ranges::transform(x, v.begin(), [&](double value) { return to_linear(settings, value); });
}

void from_linear(const LinkSettings& settings, std::span<const double> v, std::span<double> x) {
  assert(x.size() == v.size());
  std::ranges::transform(v, x.begin(), [&](double value) { return from_linear(settings, value); });
}

Matrix<double> to_linear(const LinkSettings& settings, MatrixView<double> x) {
  Matrix<double> v(x.rows(), x.cols());
  to_linear(settings, {x.data(), x.size()}, {v.data(), v.size()});
  return v;
}

Matrix<double> to_linear(const LinkSettings& settings, MatrixView<float> x) {
  Matrix<double> v(x.rows(), x.cols());
  std::transform(x.data(), x.data() + x.size(), v.data(),
                 [&](float value) { return to_linear(settings, static_cast<double>(value)); });
  return v;
}

Matrix<double> from_linear(const LinkSettings& settings, MatrixView<double> v) {
  Matrix<double> x(v.rows(), v.cols());
  from_linear(settings, {v.data(), v.size()}, {x.data(), x.size()});
  return x;
}

}  // namespace assayer
