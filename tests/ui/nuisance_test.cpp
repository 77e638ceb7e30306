// SPDX-License-Identifier: GPL-3.0-or-later
// The nuisance trace's orders, and its threshold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/nuisance_trace.h"

namespace assayer::ui::testing {
namespace {

class NuisanceTest : public ::testing::Test {
 protected:
  /// 66 rows of three groups, z = sin(row), but for two outliers above and one, nearer, below.
  void SetUp() override {
    MadeData what = lattice(1);
    for (std::size_t row = 0; row < what.groups.size(); ++row)
      what.groups[row] = static_cast<std::int32_t>((row * 7) % 3);
    const DatasetPtr plain = make(what);
    DatasetParts parts;
    parts.spectra = Matrix<float>(plain->rows(), 4, 1.0F);
    parts.groups = plain->groups();
    std::vector<double> minutes(plain->rows());
    std::vector<std::string> names(plain->rows());
    for (std::size_t row = 0; row < minutes.size(); ++row) {
      minutes[row] = static_cast<double>((row * 29) % 66);
      names[row] = std::string(1, static_cast<char>('z' - row % 20));
    }
    minutes[5] = std::numeric_limits<double>::quiet_NaN();
    parts.metadata = {{"minutes", minutes}, {"sample", names}};
    auto made = Dataset::create(std::move(parts));
    ASSERT_TRUE(made) << made.error().message();
    data_ = *made;
    z_ = Matrix<double>(data_->rows(), 1);
    for (std::size_t row = 0; row < z_.rows(); ++row) z_(row, 0) = std::sin(static_cast<double>(row));
    z_(7, 0) = 30;
    z_(40, 0) = 20;
    z_(12, 0) = -15;
    view_.setData(data_);
    view_.setValues(z_);
    display(view_);
    QObject::connect(&view_, &NuisanceTrace::selectionRequested, &view_,
                     [this](const Rows& rows, SelectMode mode) { requests_.emplace_back(rows, mode); });
  }
  [[nodiscard]] std::vector<int> order() const {
    std::vector<int> rows;
    const PlotTable table = view_.table();
    for (const QStringList& cells : table.rows) rows.push_back(cells[1].toInt());
    return rows;
  }
  [[nodiscard]] QPointF onLine() const {
    return {view_.axisRect()->center().x() + 0.5, view_.yAxis->coordToPixel(*view_.threshold())};
  }

  DatasetPtr data_;
  Matrix<double> z_;
  NuisanceTrace view_;
  std::vector<std::pair<Rows, SelectMode>> requests_;
};

TEST_F(NuisanceTest, SortsByRowValueAndColumn) {
  using By = TraceOrder::By;
  std::vector<int> rows(66);
  std::iota(rows.begin(), rows.end(), 0);
  EXPECT_NE(order(), rows);
  view_.setOrder({By::Row, 0});
  EXPECT_EQ(order(), rows);
  EXPECT_EQ(view_.xAxis->label(), "Spectrum");

  view_.setOrder({By::Value, 0});
  EXPECT_TRUE(
      std::ranges::is_sorted(order(), {}, [&](int row) { return z_(static_cast<std::size_t>(row), 0); }));
  EXPECT_EQ(order().back(), 7);
  // Other values, another order.
  z_(3, 0) = 99;
  view_.setValues(z_);
  EXPECT_EQ(order().back(), 3);

  view_.setOrder({By::Column, 0});
  EXPECT_EQ(view_.xAxis->label(), "Spectrum, sorted by minutes");
  std::vector<int> sorted = order();
  EXPECT_EQ(sorted.front(), 0);
  EXPECT_EQ(sorted.back(), 5);
  sorted.pop_back();
  EXPECT_TRUE(std::ranges::is_sorted(sorted, {}, [](int row) { return (row * 29) % 66; }));
  // Texts by alphabet, rows of one text in their order.
  view_.setOrder({By::Column, 1});
  sorted = order();
  sorted.resize(4);
  EXPECT_THAT(sorted, ::testing::ElementsAre(19, 39, 59, 18));
  // Groups keep their colours and names in any order.
  EXPECT_EQ(
      view_.table().rows[0][2],
      QString::fromStdString(data_->groups()->names[static_cast<std::size_t>(data_->groups()->of_row[19])]));
  // Every row can still be found where it is drawn.
  click(view_, *view_.pixelOfRow(40));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].first, Rows{40});
  view_.setOrder({By::Column, 9});
  EXPECT_EQ(view_.order(), TraceOrder());
}

TEST_F(NuisanceTest, ALineSelectsWhatLiesBeyondAndIsDragged) {
  EXPECT_FALSE(view_.threshold());
  QSignalSpy shown(&view_, &NuisanceTrace::thresholdShown);
  view_.setThresholdShown(true);
  ASSERT_EQ(shown.count(), 1);
  ASSERT_TRUE(view_.threshold());
  // On the side of the farthest, where rows begin to stand out.
  EXPECT_GT(*view_.threshold(), 1);
  EXPECT_LT(*view_.threshold(), 20);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].first, (Rows{7, 40}));
  EXPECT_EQ(requests_[0].second, SelectMode::Replace);

  // Upward past the lower outlier.
  drag(view_, onLine(), {onLine().x(), view_.yAxis->coordToPixel(25)});
  EXPECT_NEAR(*view_.threshold(), 25, 0.2);
  EXPECT_EQ(requests_.back().first, Rows{7});
  // Down to the other side: what lies below counts there.
  drag(view_, onLine(), {onLine().x(), view_.yAxis->coordToPixel(-5)});
  EXPECT_NEAR(*view_.threshold(), -5, 0.2);
  EXPECT_EQ(requests_.back().first, Rows{12});

  // By keyboard.
  const double before = *view_.threshold();
  QTest::keyClick(&view_, Qt::Key_Up);
  EXPECT_NEAR(*view_.threshold() - before, 0.01 * view_.yAxis->range().size(), 1e-9);
  QTest::keyClick(&view_, Qt::Key_Down);
  EXPECT_NEAR(*view_.threshold(), before, 1e-9);

  // Beside the line a drag is a box, as ever.
  const std::size_t count = requests_.size();
  const QRectF frame = view_.axisRect()->rect();
  drag(view_, {frame.left() + 1, view_.yAxis->coordToPixel(32)},
       {frame.right() - 1, view_.yAxis->coordToPixel(18)});
  ASSERT_EQ(requests_.size(), count + 1);
  EXPECT_EQ(requests_.back().first, (Rows{7, 40}));
  EXPECT_NEAR(*view_.threshold(), before, 1e-9);

  view_.setThresholdShown(false);
  EXPECT_FALSE(view_.threshold());
  EXPECT_EQ(shown.count(), 2);
}

TEST_F(NuisanceTest, EscapePutsADraggedLineBack) {
  view_.setThreshold(10);
  const QPointF from = onLine();
  const auto send = [&](QEvent::Type type, QPointF at) {
    QMouseEvent event(type, at, view_.mapToGlobal(at), Qt::LeftButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&view_, &event);
  };
  send(QEvent::MouseButtonPress, from);
  send(QEvent::MouseMove, {from.x(), view_.yAxis->coordToPixel(29)});
  EXPECT_NEAR(*view_.threshold(), 29, 0.3);
  QTest::keyClick(&view_, Qt::Key_Escape);
  EXPECT_DOUBLE_EQ(*view_.threshold(), 10);
  EXPECT_EQ(requests_.back().first, (Rows{7, 40}));
}

TEST_F(NuisanceTest, TheLineStaysWhileValuesComeAndGoesWithThem) {
  view_.setThreshold(10);
  z_(20, 0) = 50;
  view_.setValues(z_);
  EXPECT_DOUBLE_EQ(*view_.threshold(), 10);
  EXPECT_EQ(view_.beyondThreshold(), (Rows{7, 20, 40}));
  // Nobody asked for another selection.
  EXPECT_EQ(requests_.size(), 1U);
  view_.setValues({});
  EXPECT_FALSE(view_.threshold());
  view_.setThresholdShown(true);
  EXPECT_FALSE(view_.threshold());
}

class UiThreshold : public WindowTest {};

TEST_F(UiThreshold, SelectsInEveryViewByKey) {
  ASSERT_TRUE(openSample());
  auto* action = child<QAction>("thresholdAction");
  EXPECT_FALSE(action->isEnabled());
  setSetting("epochs", "5");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(action->isEnabled());
  auto* trace = child<NuisanceTrace>("nuisanceTrace");
  trace->setFocus();
  QTest::keyClick(trace, Qt::Key_T);
  ASSERT_TRUE(trace->threshold());
  EXPECT_TRUE(action->isChecked());
  EXPECT_EQ(window_->selection().rows(), trace->beyondThreshold());
  QTest::keyClick(trace, Qt::Key_T);
  EXPECT_FALSE(trace->threshold());
  EXPECT_FALSE(action->isChecked());
  // Another session has no line.
  action->trigger();
  ASSERT_TRUE(openSample());
  EXPECT_FALSE(action->isChecked());
  EXPECT_FALSE(action->isEnabled());
}

}  // namespace
}  // namespace assayer::ui::testing
