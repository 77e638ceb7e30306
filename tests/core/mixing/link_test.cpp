// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mixing/link.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/simulate/hapke.h"

namespace assayer {
namespace {

struct Reflectance {
  double cos_incidence;
  double cos_emission;
  double albedo;
  double closed;  ///< reflectance factor with Hapke's first H
  double exact;   ///< with the H of the integral equation
};

// Printed by expected_values.py.
constexpr std::array<Reflectance, 24> kTable{{
    {0.8660254037844386, 1.0, 0.01, 0.0013485234021671485, 0.001348910536},
    {0.8660254037844386, 1.0, 0.1, 0.014338519797925997, 0.01438034377},
    {0.8660254037844386, 1.0, 0.3, 0.050314085413506744, 0.05076809588},
    {0.8660254037844386, 1.0, 0.5, 0.10222252113279515, 0.103781814},
    {0.8660254037844386, 1.0, 0.7, 0.18824045772677228, 0.192091355},
    {0.8660254037844386, 1.0, 0.8, 0.26130329699827592, 0.2668447205},
    {0.8660254037844386, 1.0, 0.9, 0.3911474652849572, 0.3977807706},
    {0.8660254037844386, 1.0, 0.95, 0.51958139276295323, 0.5238420258},
    {1.0, 1.0, 0.01, 0.0012583963351673326, 0.001258730128},
    {1.0, 1.0, 0.1, 0.013401259745158106, 0.01343733276},
    {1.0, 1.0, 0.3, 0.047224988944135189, 0.04761668468},
    {1.0, 1.0, 0.5, 0.096509742330268072, 0.09785315593},
    {1.0, 1.0, 0.7, 0.17934859646816856, 0.182637997},
    {1.0, 1.0, 0.8, 0.25077640500378545, 0.2554305629},
    {1.0, 1.0, 0.9, 0.37993763231057326, 0.3850722587},
    {1.0, 1.0, 0.95, 0.51028271815443738, 0.5123401603},
    {0.5, 0.3, 0.01, 0.0031387517548291991, 0.003140548365},
    {0.5, 0.3, 0.1, 0.032702253134878581, 0.03289353986},
    {0.5, 0.3, 0.3, 0.10874860634422343, 0.1107538281},
    {0.5, 0.3, 0.5, 0.20564530500185849, 0.2122871496},
    {0.5, 0.3, 0.7, 0.34040796860059891, 0.3564602879},
    {0.5, 0.3, 0.8, 0.43583862844834836, 0.459518183},
    {0.5, 0.3, 0.9, 0.5747256995571155, 0.6089029114},
    {0.5, 0.3, 0.95, 0.6845510423625597, 0.7248410169},
}};

LinkSettings hapke(double scale = 1.2) {
  LinkSettings settings;
  settings.link = Link::Hapke;
  settings.scale = scale;
  return settings;
}

LinkSettings hapke(const Reflectance& entry) {
  LinkSettings settings = hapke(1.0);
  settings.cos_incidence = entry.cos_incidence;
  settings.cos_emission = entry.cos_emission;
  return settings;
}

TEST(Link, HapkeIsTheReflectanceThatItsOwnHGives) {
  for (const Reflectance& entry : kTable) {
    const LinkSettings settings = hapke(entry);
    EXPECT_NEAR(to_linear(settings, entry.closed), entry.albedo, 1e-13) << entry.albedo;
    // Softplus: ln(1 + exp(−200 · 0.05)) / 200 = 2e-7 at w = 0.95, with slope dR/dw < 4.
    EXPECT_NEAR(from_linear(settings, entry.albedo), entry.closed, 1e-6) << entry.albedo;
  }
}

TEST(Link, HapkeIsNearTheExactReflectanceOfIsotropicScatterers) {
  for (const Reflectance& entry : kTable) {
    // The first H is 2 % off near nadir, up to 6 % in oblique views (about half of it from each of the two
    // H).
    const double tolerance = entry.cos_incidence > 0.8 ? 0.022 : 0.06;
    const double x = from_linear(hapke(entry), entry.albedo);
    EXPECT_NEAR(x / entry.exact, 1.0, tolerance) << entry.albedo;
    const double better = reflectance_factor(entry.albedo, {entry.cos_incidence, entry.cos_emission});
    EXPECT_NEAR(better / entry.exact, 1.0, 0.02) << entry.albedo;
    EXPECT_NEAR(x / better, 1.0, tolerance) << entry.albedo;
  }
}

TEST(Link, DefaultAngleIsThirtyDegrees) {
  EXPECT_NEAR(LinkSettings{}.cos_incidence, viewing_cosines(30, 0).incidence, 1e-15);
  EXPECT_EQ(LinkSettings{}.cos_emission, 1.0);
}

TEST(Link, RoundTripsWhereTheAlbedoIsBelowTheKnee) {
  for (const double x : {-0.02, -1e-4, 0.0, 1e-6, 0.01, 0.1, 0.3, 0.6}) {
    EXPECT_NEAR(from_linear(hapke(), to_linear(hapke(), x)), x, 1.2e-6) << x;
  }
  for (const double v : {-3.0, -0.1, 0.0, 1e-6, 0.2, 0.5, 0.9}) {
    EXPECT_NEAR(to_linear(hapke(), from_linear(hapke(), v)), v, 2e-7) << v;
  }
  LinkSettings other;
  other.scale = 2.5;
  for (const Link link : {Link::Identity, Link::Log}) {
    other.link = link;
    for (const double x : {1e-6, 0.01, 0.4, 1.0, 7.0}) {
      EXPECT_NEAR(from_linear(other, to_linear(other, x)), x, 1e-14 * (1 + x)) << x;
    }
  }
}

TEST(Link, AboveTheKneeTheReflectanceComesOutLowerByWhatIsPromised) {
  const double x = from_linear(hapke(1.0), 0.99);
  const LinkSettings settings = hapke(1.0);
  // R(0.99) from the definition, γ = 0.1.
  const double m0 = settings.cos_incidence;
  const double r = 0.99 / (4 * (m0 + 1)) * (1 + 2 * m0) / (1 + 0.2 * m0) * 3 / 1.2;
  EXPECT_LT(x, r);
  EXPECT_GT(x, r - 0.01);
  EXPECT_NEAR(to_linear(settings, r), 0.99, 1e-14);
}

TEST(Link, IsMonotonicAndStaysFinite) {
  double last_v = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5000; ++i) {
    const double x = -2 + i * 1e-3;
    const double v = to_linear(hapke(), x);
    ASSERT_TRUE(std::isfinite(v)) << x;
    ASSERT_LE(v, 1.0) << x;
    ASSERT_GE(v, last_v) << x;
    if (x > -0.1 && x < 1.2) {
      ASSERT_GT(v, last_v) << x;
    }
    last_v = v;
  }
  EXPECT_EQ(last_v, 1.0);
  double last_x = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < 6150; ++i) {
    const double v = -5 + i * 1e-3;
    const double x = from_linear(hapke(), v);
    ASSERT_TRUE(std::isfinite(x)) << v;
    ASSERT_GT(x, last_x) << v;
    last_x = x;
  }
  // Far above 1 a surface is as bright as w = 1 makes it, c = (1 + √3) 3 / (4 (√3/2 + 1)).
  const double root3 = std::sqrt(3.0);
  EXPECT_NEAR(from_linear(hapke(), 3.0), 1.2 * (1 + root3) * 3 / (2 * root3 + 4), 1e-12);
}

TEST(Link, IsSmoothThroughZeroAndThroughOne) {
  // w ≈ 4 (μ₀ + μ) R near 0.
  const double slope = 4 * (LinkSettings{}.cos_incidence + 1);
  for (const double r : {-1e-6, 1e-6}) EXPECT_NEAR(to_linear(hapke(1.0), r) / r, slope, 1e-4);
  // Central differences of from_linear change slowly where the closed form has a kink.
  const auto derivative = [](double v) {
    return (from_linear(hapke(), v + 1e-6) - from_linear(hapke(), v - 1e-6)) / 2e-6;
  };
  for (int i = 0; i < 40; ++i) {
    const double v = 0.98 + i * 1e-3;
    EXPECT_NEAR(derivative(v + 1e-4) / derivative(v), 1.0, 0.02) << v;
  }
}

TEST(Link, LogHasItsFloor) {
  LinkSettings settings;
  settings.link = Link::Log;
  EXPECT_DOUBLE_EQ(to_linear(settings, 0.1), std::log(10.0));
  EXPECT_DOUBLE_EQ(to_linear(settings, -5), 6 * std::log(10.0));
  settings.scale = 2;
  EXPECT_DOUBLE_EQ(to_linear(settings, 0.5), std::log(4.0));
}

TEST(Link, NanStaysNan) {
  for (const Link link : {Link::Identity, Link::Hapke, Link::Log}) {
    LinkSettings settings;
    settings.link = link;
    EXPECT_TRUE(std::isnan(to_linear(settings, std::nan(""))));
    EXPECT_TRUE(std::isnan(from_linear(settings, std::nan(""))));
  }
}

TEST(Link, MatricesAreDoneElementByElement) {
  const Matrix<double> x(std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 2, 3);
  const Matrix<double> v = to_linear(hapke(), x);
  ASSERT_EQ(v.rows(), 2U);
  ASSERT_EQ(v.cols(), 3U);
  EXPECT_EQ(v(1, 0), to_linear(hapke(), 0.4));
  const Matrix<double> back = from_linear(hapke(), v.view());
  EXPECT_NEAR(back(1, 2), 0.6, 1e-6);
  const Matrix<float> single(std::vector<float>{0.25F, 0.5F}, 1, 2);
  EXPECT_EQ(to_linear(hapke(), single.view())(0, 1), to_linear(hapke(), 0.5));
  std::vector<double> inplace{0.1, 0.9};
  to_linear(hapke(), std::span<const double>(inplace), std::span<double>(inplace));
  EXPECT_EQ(inplace[1], to_linear(hapke(), 0.9));
}

TEST(Link, NamesAreReadBack) {
  for (const Link link : {Link::Identity, Link::Hapke, Link::Log}) {
    const auto parsed = parse_link(name(link));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, link);
  }
  const auto unknown = parse_link("Hapke");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::Usage);
  EXPECT_NE(unknown.error().message().find("hapke"), std::string::npos);
}

TEST(Link, SettingsAreJudged) {
  EXPECT_TRUE(validate(hapke()));
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    LinkSettings settings = hapke();
    settings.scale = bad;
    EXPECT_FALSE(validate(settings)) << bad;
  }
  for (const double bad : {0.0, -0.5, 1.01, std::nan("")}) {
    LinkSettings settings = hapke();
    settings.cos_emission = bad;
    ASSERT_FALSE(validate(settings)) << bad;
    EXPECT_EQ(validate(settings).error().where, "cosine of emission");
  }
}

}  // namespace
}  // namespace assayer
