// SPDX-License-Identifier: GPL-3.0-or-later
// Views of more rows than can be drawn one by one, driven by mouse and wheel.
#include <gtest/gtest.h>

#include <QSignalSpy>
#include <cmath>
#include <memory>
#include <numbers>

#include "core/base/random.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/point_index.h"
#include "ui/views/density.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_view.h"
#include "ui/views/row_table.h"
#include "ui/views/select_region.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kRows = 200'000;
constexpr std::uint32_t kLone = 777;  // a row far from all others

// --------------------------------------------------------------------------------------------- the parts

TEST(PointIndex, FindsWhatLookingAtAllFinds) {
  Random random(3);
  std::vector<double> x(5000);
  std::vector<double> y(5000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Half of them on a lattice, so that edges of boxes meet points; a few very far.
    x[i] = i % 2 == 0 ? std::floor(10 * random.uniform()) : 10 * random.uniform();
    y[i] = i % 2 == 0 ? std::floor(10 * random.uniform()) : random.normal();
    if (i % 500 == 0) x[i] = 1e6 * random.normal();
    if (i % 700 == 1) y[i] = std::numeric_limits<double>::quiet_NaN();
    if (i % 900 == 2) x[i] = std::numeric_limits<double>::infinity();
  }
  const PointIndex index(x, y);
  EXPECT_EQ(index.numbers(), 5000U);
  const std::vector<PlaneBox> boxes = {{2, 5, 1, 4},        {-1e9, 1e9, -1e9, 1e9}, {3, 3, -9, 9},
                                       {0.5, 0.25, 0, 1},   {1e3, 1e9, -9, 99},     {9.99, 10, -0.1, 0.1},
                                       {-50, -20, -99, 99}, {2, 2, 3, 3},           index.bounds()};
  std::size_t most = 0;
  for (const PlaneBox& box : boxes) {
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < x.size(); ++i)
      if (std::isfinite(x[i]) && std::isfinite(y[i]) && box.contains(x[i], y[i])) expected.push_back(i);
    std::vector<std::uint32_t> found;
    index.within(box, [&](std::uint32_t number, double at_x, double at_y) {
      EXPECT_EQ(at_x, x[number]);
      EXPECT_EQ(at_y, y[number]);
      found.push_back(number);
    });
    std::ranges::sort(found);
    EXPECT_EQ(found, expected);
    EXPECT_EQ(index.count(box, 1'000'000), expected.size());
    EXPECT_EQ(index.count(box, 10) > 10, expected.size() > 10);
    most = std::max(most, expected.size());
  }
  EXPECT_EQ(most, index.size());
  EXPECT_GT(most, 4900U);
  // All at one place, and none at all.
  const std::vector<double> same(100, 7.0);
  EXPECT_EQ(PointIndex(same, same).count({7, 7, 7, 7}, 1000), 100U);
  EXPECT_EQ(PointIndex(same, same).count({7.1, 8, 7, 7}, 1000), 0U);
  EXPECT_EQ(PointIndex({}, {}).count({-1, 1, -1, 1}, 1000), 0U);
}

TEST(SelectRegion, LassoHoldsWhatQtSaysThatItHolds) {
  Random random(5);
  for (int shape = 0; shape < 6; ++shape) {
    QPolygonF outline;
    // Whole numbers: level edges, repeated corners, and points on corners' heights.
    for (int corner = 0; corner < 3 + 40 * shape; ++corner)
      outline << QPointF(std::floor(200 * random.uniform()), std::floor(150 * random.uniform()));
    outline << outline.last() << outline.last() + QPointF(20, 0);
    const SelectRegion region = SelectRegion::lasso(outline);
    int in = 0;
    for (int i = 0; i < 4000; ++i) {
      QPointF at(220 * random.uniform() - 10, 170 * random.uniform() - 10);
      if (i % 2 == 0) at = QPointF(std::floor(at.x()), std::floor(at.y()));
      const bool expected = outline.boundingRect().contains(at) && outline.containsPoint(at, Qt::OddEvenFill);
      EXPECT_EQ(region.contains(at), expected) << at.x() << " " << at.y();
      in += expected ? 1 : 0;
    }
    EXPECT_GT(in, 100);
  }
  EXPECT_FALSE(SelectRegion::lasso({}).contains({0, 0}));
}

TEST(Density, MixesColoursByNumberAndShowsOnePointAlone) {
  const std::vector<QColor> colours = {QColor(200, 0, 0), QColor(0, 0, 100)};
  Density density(QRectF(10, 20, 40, 30), colours);
  density.add(10, 20, 0);
  for (int i = 0; i < 3; ++i) density.add(31.9, 33, 1);
  density.add(30, 32.1, 0);
  for (const QPointF& outside : {QPointF(9.9, 25), QPointF(50.1, 25), QPointF(20, 50.1),
                                 QPointF(std::numeric_limits<double>::quiet_NaN(), 25)})
    density.add(outside.x(), outside.y(), 0);
  EXPECT_EQ(density.points(), 5U);
  EXPECT_EQ(density.place(), QRectF(10, 20, 40, 30));
  const QImage image = density.image(0.5).convertToFormat(QImage::Format_ARGB32);
  ASSERT_EQ(image.size(), QSize(20, 15));
  // Half transparent colours are kept multiplied by their opacity.
  EXPECT_NEAR(image.pixelColor(0, 0).red(), 200, 1);
  EXPECT_NEAR(image.pixelColor(0, 0).alpha(), 128, 1);
  // Four points are the most: opaque. A quarter red, three quarters blue.
  EXPECT_EQ(image.pixelColor(10, 6), QColor(50, 0, 75, 255));
  EXPECT_EQ(image.pixelColor(5, 5).alpha(), 0);
}

// --------------------------------------------------------------------------------------------- the views

class ManyRows : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Random random(1);
    MadeData what;
    what.channels = 2;
    what.compositions.reserve(kRows);
    for (std::size_t row = 0; row < kRows; ++row) {
      // Towards the first corner, away from the second.
      const double a = 0.3 + 0.7 * random.uniform();
      const double b = (1 - a) * random.uniform();
      what.compositions.push_back({a, b, 1 - a - b});
      what.groups.push_back(static_cast<std::int32_t>(row % 3));
    }
    what.compositions[kLone] = {0.02, 0.96, 0.02};
    data_ = make(what);
    auto pca = std::make_shared<Pca>();
    pca->mean.assign(2, 0);
    pca->loadings = Matrix<float>(2, 2, 0.5F);
    pca->variance = {2, 1};
    pca->total_variance = 3;
    pca->scores = Matrix<float>(kRows, 2);
    z_ = Matrix<double>(kRows, 1);
    for (std::size_t row = 0; row < kRows; ++row) {
      pca->scores(row, 0) = static_cast<float>(random.normal());
      pca->scores(row, 1) = static_cast<float>(random.normal());
      z_(row, 0) = random.normal();
    }
    pca->scores(kLone, 0) = 30;
    pca->scores(kLone, 1) = 20;
    z_(kLone, 0) = 25;
    // Without a number: nowhere, and nothing selects them.
    pca->scores(5, 0) = kMissing;
    z_(5, 0) = std::numeric_limits<double>::quiet_NaN();
    pca_ = pca;
  }
  static void TearDownTestSuite() {
    data_.reset();
    pca_.reset();
    z_ = {};
  }

  template <class View>
  void show(View& view) {
    display(view, {620, 480});
    ASSERT_TRUE(waitFor([&] { return !view.busy(); }));
    view.fit();
    view.grab();
    // The legend is part of the layout.
    view.grab();
  }

  static bool saysDensity(const PlotView& view) {
    return std::ranges::any_of(view.legendEntries(), [](const LegendEntry& entry) {
      return entry.text.startsWith(QStringLiteral("density of "));
    });
  }

  /// By looking at all rows.
  template <class PixelOf>
  static Rows inside(PixelOf pixelOf, const std::function<bool(const QPointF&)>& contains) {
    Rows rows;
    for (std::uint32_t row = 0; row < kRows; ++row)
      if (const std::optional<QPointF> at = pixelOf(row); at && contains(*at)) rows.push_back(row);
    return rows;
  }

  template <class View, class PixelOf>
  void selectsWhatIsInside(View& view, PixelOf pixelOf) {
    QSignalSpy requested(&view, &View::selectionRequested);
    const QPointF from(150.5, 130.25);
    const QPointF to(420.5, 390.75);
    drag(view, from, to);
    ASSERT_EQ(requested.count(), 1);
    const Rows in = inside(pixelOf, [&](const QPointF& at) { return QRectF(from, to).contains(at); });
    EXPECT_GT(in.size(), 1000U);
    EXPECT_LT(in.size(), kRows);
    EXPECT_EQ(requested.takeFirst()[0].template value<Rows>(), in);
    // drag() draws the diagonal alone: a lasso is moved about here.
    QPolygonF outline;
    const auto send = [&](QEvent::Type type, QPointF at, Qt::MouseButton changed, Qt::MouseButtons held) {
      QMouseEvent event(type, at, view.mapToGlobal(at), changed, held, Qt::AltModifier);
      QApplication::sendEvent(&view, &event);
    };
    for (int corner = 0; corner < 60; ++corner) {
      const double angle = 2 * std::numbers::pi * corner / 60;
      const double far = 110 + 30 * std::sin(5 * angle);
      outline << QPointF(310.5 + far * std::cos(angle), 260.5 + far * std::sin(angle));
      if (corner == 0)
        send(QEvent::MouseButtonPress, outline.last(), Qt::LeftButton, Qt::LeftButton);
      else
        send(QEvent::MouseMove, outline.last(), Qt::NoButton, Qt::LeftButton);
    }
    send(QEvent::MouseButtonRelease, outline.last(), Qt::LeftButton, Qt::NoButton);
    ASSERT_EQ(requested.count(), 1);
    EXPECT_EQ(requested.takeFirst()[0].template value<Rows>(),
              inside(pixelOf, [&](const QPointF& at) { return outline.containsPoint(at, Qt::OddEvenFill); }));
  }

  /// Wheels in at the row's place until its picture is of single points.
  template <class View, class PixelOf>
  void zoomsToPoints(View& view, PixelOf pixelOf, std::uint32_t row) {
    EXPECT_TRUE(saysDensity(view));
    for (int notch = 0; notch < 60 && saysDensity(view); ++notch) {
      wheel(view, *pixelOf(row), 1);
      view.grab();
    }
    EXPECT_FALSE(saysDensity(view));
    QSignalSpy requested(&view, &View::selectionRequested);
    // A click takes the nearest of all rows: any other is farther off.
    const QPointF at(pixelOf(row)->toPoint());
    click(view, at);
    ASSERT_EQ(requested.count(), 1);
    const Rows taken = requested.takeFirst()[0].template value<Rows>();
    ASSERT_EQ(taken.size(), 1U);
    const double reached = QLineF(*pixelOf(taken[0]), at).length();
    EXPECT_TRUE(inside(pixelOf, [&](const QPointF& other) {
                  return QLineF(other, at).length() < reached - 1e-6;
                }).empty());
    view.fit();
    view.grab();
    EXPECT_TRUE(saysDensity(view));
    // The legend is part of the layout.
    view.grab();
  }

  /// How far the picture there is from the colour, from 0 to 441.
  static double distance(const QImage& picture, QPointF at, const QColor& colour) {
    // The pixel that the point lies in, hence in its square.
    const QPointF pixel = at * picture.devicePixelRatio();
    const QColor there = picture.pixelColor(static_cast<int>(pixel.x()), static_cast<int>(pixel.y()));
    return std::hypot(there.red() - colour.red(), there.green() - colour.green(),
                      there.blue() - colour.blue());
  }

  /// One row alone is seen; a selection stands out of the density, and goes again.
  template <class View, class PixelOf>
  void showsLoneAndSelected(View& view, PixelOf pixelOf) {
    const QPointF lone = *pixelOf(kLone);
    EXPECT_GT(distance(view.grab().toImage(), lone, view.theme().background), 40);
    const Rows half = inside(pixelOf, [](const QPointF& at) { return at.x() < 300; });
    ASSERT_GT(half.size(), 20'000U);
    // Inside the cloud, among many rows.
    const QPointF middle = *pixelOf(half[half.size() / 2]);
    const double before = distance(view.grab().toImage(), middle, view.theme().selection);
    view.setSelection(half);
    const double chosen = distance(view.grab().toImage(), middle, view.theme().selection);
    EXPECT_LT(chosen, 100);
    EXPECT_LT(chosen, before - 30);
    EXPECT_GT(distance(view.grab().toImage(), lone, view.theme().selection), 60);
    view.setSelection({});
    EXPECT_EQ(distance(view.grab().toImage(), middle, view.theme().selection), before);
  }

  template <class View, class PixelOf>
  void behavesAsWithFewRows(View& view, PixelOf pixelOf) {
    selectsWhatIsInside(view, pixelOf);
    view.fit();
    zoomsToPoints(view, pixelOf, 4242);
    showsLoneAndSelected(view, pixelOf);
  }

  static inline DatasetPtr data_;
  static inline std::shared_ptr<const Pca> pca_;
  static inline Matrix<double> z_;
};

TEST_F(ManyRows, InTheProjection) {
  ProjectionView view;
  view.setData(data_);
  view.setPca(pca_);
  EXPECT_TRUE(view.busy());
  show(view);
  const auto pixelOf = [&](std::uint32_t row) { return view.pixelOfRow(row); };
  // The lone row and its like squeeze the others: look at these.
  wheel(view, *pixelOf(6), 9);
  view.grab();
  behavesAsWithFewRows(view, pixelOf);
  EXPECT_FALSE(pixelOf(5));
}

TEST_F(ManyRows, InTheTraceOfZ) {
  NuisanceTrace view;
  view.setData(data_);
  view.setValues(z_);
  EXPECT_TRUE(view.busy());
  show(view);
  const auto pixelOf = [&](std::uint32_t row) { return view.pixelOfRow(row); };
  wheel(view, *pixelOf(6), 6, Qt::ControlModifier);
  view.grab();
  behavesAsWithFewRows(view, pixelOf);
  EXPECT_FALSE(pixelOf(5));
  // The newest values are shown in the end, however fast they came.
  for (int time = 0; time < 5; ++time) {
    Matrix<double> z = z_;
    z(9, 0) = 26 + time;
    view.setValues(z);
  }
  ASSERT_TRUE(waitFor([&] { return !view.busy(); }));
  view.setThreshold(29.5);
  EXPECT_EQ(view.beyondThreshold(), Rows{9});
}

TEST_F(ManyRows, OnTheSimplex) {
  SimplexView view;
  view.setData(data_);
  Roles roles(kRows, Role::HeldOut);
  for (std::size_t row = 0; row < 300; ++row) roles[row] = Role::Labelled;
  view.setRoles(roles);
  EXPECT_TRUE(view.busy());
  show(view);
  const auto pixelOf = [&](std::uint32_t row) {
    return std::optional(view.pixelOf(data_->abundances()->row(row)));
  };
  behavesAsWithFewRows(view, pixelOf);
  // The few that are learnt from keep their signs over the density of the others.
  const QImage picture = view.grab().toImage();
  int seen = 0;
  for (std::uint32_t row = 0; row < 300; ++row)
    seen += distance(picture, *pixelOf(row), view.theme().accent) < 60 ? 1 : 0;
  EXPECT_GT(seen, 200);
}

TEST_F(ManyRows, FewRowsAreDotsAsBefore) {
  // No more rows than are drawn one by one: at once, and never a density.
  MadeData what = lattice(300);
  const DatasetPtr few = make(what);
  ASSERT_LE(few->rows(), 20'000U);
  NuisanceTrace trace;
  trace.setData(few);
  trace.setValues(Matrix<double>(few->rows(), 1, 0.5));
  EXPECT_FALSE(trace.busy());
  display(trace);
  EXPECT_FALSE(saysDensity(trace));
  EXPECT_TRUE(trace.pixelOfRow(3));
}

}  // namespace
}  // namespace assayer::ui
