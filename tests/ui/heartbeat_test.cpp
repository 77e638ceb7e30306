// SPDX-License-Identifier: GPL-3.0-or-later
// While a model is being trained and every plot is in sight, the window answers.
#include "tests/ui/heartbeat.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QFileInfo>
#include <QTimer>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/random.h"
#include "core/io/dataset_writer.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_view.h"
#include "ui/views/redraw_turns.h"
#include "ui/views/row_table.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui::testing {
namespace {

/// The longest that the window may not answer, ms.
constexpr double kLimit = 50;
constexpr int kWatched = 6000;  // ms

TEST(HeartbeatTest, SeesWorkAndWaitingApart) {
  Heartbeat heart;
  heart.start();
  ASSERT_TRUE(QTest::qWaitFor([&] { return heart.beats() > 3; }, 5000));
  QTimer::singleShot(0, [] {
    const double until = threadSeconds() + 0.08;
    while (threadSeconds() < until) {
    }
  });
  // The beat after it, however long it took on a busy machine.
  const auto settle = [&] {
    QTest::qWait(100);
    return QTest::qWaitFor([&, from = heart.beats()] { return heart.beats() > from + 2; }, 20000);
  };
  ASSERT_TRUE(settle());
  EXPECT_GT(heart.longestWork(), 75);
  heart.start();
  QTimer::singleShot(0, [] { QThread::msleep(120); });
  ASSERT_TRUE(settle());
  heart.stop();
  EXPECT_LT(heart.longestWork(), 50);
  EXPECT_GT(heart.longestAbsence(), 100);
  EXPECT_GT(heart.usualAbsence(), 100);
}

TEST(RedrawTurnsTest, PlotsDrawOneAfterTheOtherAndTheOneUnderTheMouseAtOnce) {
  const DatasetPtr data = make(lattice(1));
  RedrawTurns turns;
  std::array<NuisanceTrace, 4> plots;
  QStringList heard;
  for (std::size_t p = 0; p < plots.size(); ++p) {
    plots[p].setData(data);
    plots[p].setValues(Matrix<double>(data->rows(), 1, 0.5));
    plots[p].move(static_cast<int>(p) * 600, 0);
    display(plots[p]);
    plots[p].setTurns(&turns);
    QObject::connect(&plots[p], &QCustomPlot::afterReplot, &turns,
                     [&heard, p] { heard << QString::number(p); });
  }
  // Without a desktop nobody tells the other windows that the mouse has left them.
  for (NuisanceTrace& plot : plots) plot.setAttribute(Qt::WA_UnderMouse, &plot == &plots[2]);

  heard.clear();
  for (NuisanceTrace& plot : plots) {
    plot.setSelection({1, 2, 3});
    plot.repaint();
  }
  EXPECT_EQ(heard.join(""), "2");
  // The others in the order in which they asked, with something else in between.
  QTimer between;
  QObject::connect(&between, &QTimer::timeout, &turns, [&heard] {
    if (heard.last() != "-") heard << "-";
  });
  between.start(0);
  EXPECT_TRUE(waitFor([&] { return heard.size() >= 7 && heard.last() == "-"; }));
  EXPECT_EQ(heard.join(""), "20-1-3-");
  between.stop();

  // A picture of all waits for nobody.
  heard.clear();
  for (NuisanceTrace& plot : plots) {
    plot.setSelection({4});
    plot.repaint();
  }
  for (NuisanceTrace& plot : plots) plot.drawNow();
  EXPECT_EQ(heard.size(), 4);
  // And the turns that were asked for before find nothing to draw.
  QTest::qWait(50);
  EXPECT_EQ(heard.size(), 4);
}

class UiHeartbeat : public WindowTest {
 protected:
  void SetUp() override {
    // The whole laboratory, not the small one.
    MainWindow::Options options;
    options.persistent = false;
    window_ = std::make_unique<MainWindow>(std::move(options));
    window_->resize(1500, 950);
    window_->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
  }

  /// Trains, with every panel afloat and the mouse at work, and says how it went.
  void watch(const char* name) {
    const QList<QDockWidget*> docks = window_->findChildren<QDockWidget*>();
    int place = 0;
    for (QDockWidget* dock : docks) {
      if (dock->toggleViewAction()->isVisible() || dock->isVisible()) {
        dock->setFloating(true);
        dock->resize(520, 420);
        dock->move(40 * (place % 8), 40 * (place / 8));
        dock->show();
        ++place;
      }
    }
    setSetting("epochs", "1000000");
    setSetting("snapshot_seconds", "0.1");
    Rows some;
    for (std::uint32_t row = 0; row < window_->session().data()->rows(); row += 7) some.push_back(row);
    // A busy machine may take long to begin.
    ASSERT_TRUE(window_->startTraining());
    ASSERT_TRUE(waitFor([&] { return window_->training().snapshot() != nullptr; }, 200000));
    auto* panel = window_->findChild<ImageMapPanel*>();
    panel->choose({ImageLayer::Kind::Composition, {0, 1, 2}});
    auto* simplex = child<SimplexView>("simplexView");
    auto* map = child<ImageMapView>("imageMap");
    const bool composable = window_->findChild<SimplexPanel*>()->tools()[4]->isEnabled();
    if (composable) window_->findChild<SimplexPanel*>()->tools()[4]->trigger();
    QTest::qWait(500);

    QSignalSpy snapshots(&window_->training(), &TrainingController::snapshotChanged);
    Heartbeat heart;
    heart.start();
    QElapsedTimer clock;
    clock.start();
    // For some seconds, and until there was something new to draw.
    for (int turn = 0;
         clock.elapsed() < kWatched || (snapshots.count() == 0 && clock.elapsed() < 20 * kWatched); ++turn) {
      const double angle = 0.1 * turn;
      if (composable)
        drag(*simplex, simplex->rect().center() + 40 * QPointF(std::cos(angle), std::sin(angle)),
             simplex->rect().center() + 45 * QPointF(std::cos(angle), std::sin(angle)));
      QTest::mouseMove(map,
                       map->rect().center() + (60 * QPointF(std::cos(angle), std::sin(angle))).toPoint());
      if (turn % 10 == 0) window_->selection().select(turn % 20 == 0 ? Rows(some) : Rows{1, 2, 3});
      QTest::qWait(30);
    }
    heart.stop();
    std::printf(
        "%s: longest work %.1f ms, longest absence %.1f ms (usually %.1f ms), longest gap of the clock %.0f "
        "ms; "
        "%d beats, %lld snapshots in %.1f s\n",
        name, heart.longestWork(), heart.longestAbsence(), heart.usualAbsence(), heart.longestGap(),
        heart.beats(), static_cast<long long>(snapshots.count()), static_cast<double>(clock.elapsed()) / 1e3);
    EXPECT_GT(snapshots.count(), 0);
    EXPECT_LT(heart.longestWork(), kLimit * kPatience);
    EXPECT_LT(heart.usualAbsence(), kLimit * kPatience);
    window_->stopTraining();
    ASSERT_TRUE(waitUntilFinished());
  }
};

TEST_F(UiHeartbeat, IsSteadyWhileTheSampleIsLearnt) {
  ASSERT_TRUE(openSample());
  watch("sample");
}

TEST_F(UiHeartbeat, IsSteadyWhileAnImageIsLearnt) {
  const QString path = QStringLiteral(ASSAYER_SHARED_DIR "/data/samson.h5");
  if (!QFileInfo::exists(path)) GTEST_SKIP() << path.toStdString() << " is not here";
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  watch("samson");
}

TEST_F(UiHeartbeat, IsSteadyWhileManyRowsAreBrushed) {
  constexpr std::uint32_t kRows = 200'000;
  const QString path = folder_.filePath(QStringLiteral("many.h5"));
  {
    Random random(4);
    MadeData what;
    what.channels = 6;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      const double a = random.uniform();
      const double b = (1 - a) * random.uniform();
      what.compositions.push_back({a, b, 1 - a - b});
      what.groups.push_back(static_cast<std::int32_t>(row % 3));
    }
    ASSERT_TRUE(write_dataset(*make(what), path.toStdString(), true));
  }
  Heartbeat heart;
  heart.start();
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  QTest::qWait(200);
  const double opening = heart.longestWork();
  auto* simplex = child<SimplexView>("simplexView");
  auto* projection = child<ProjectionView>("projectionView");
  const auto says = [](const PlotView& view, const QString& start) {
    return std::ranges::any_of(view.legendEntries(),
                               [&](const LegendEntry& entry) { return entry.text.startsWith(start); });
  };
  EXPECT_TRUE(says(*simplex, QStringLiteral("density of 200,000 ")));
  EXPECT_TRUE(says(*projection, QStringLiteral("density of 200,000 ")));

  heart.start();
  const QPointF middle = simplex->rect().center();
  std::size_t most = 0;
  // A hand does one thing after the other: the window has answered in between, or it shows as work.
  const auto answered = [&] {
    EXPECT_TRUE(waitFor([&, from = heart.beats()] { return heart.beats() > from + 1; }));
  };
  for (int turn = 0; turn < 30; ++turn) {
    auto* view = turn % 2 == 0 ? static_cast<PlotView*>(simplex) : static_cast<PlotView*>(projection);
    // A box, then the wheel and a pan of the same view; all of it moves from turn to turn.
    const QPointF corner(60 + 2 * turn, 40 + turn);
    drag(*view, middle - corner, middle + corner);
    most = std::max(most, window_->selection().rows().size());
    answered();
    wheel(*view, middle, turn % 4 < 2 ? 1 : -1);
    answered();
    drag(*view, middle, middle + QPointF(turn % 5 - 2, 3 - turn % 7), {}, Qt::MiddleButton);
    answered();
  }
  QTest::qWait(200);
  heart.stop();
  std::printf("200,000 rows: longest work %.1f ms in opening, %.1f ms in brushing; %d beats\n", opening,
              heart.longestWork(), heart.beats());
  EXPECT_LT(opening, kLimit * kPatience);
  EXPECT_LT(heart.longestWork(), kLimit * kPatience);

  // What was brushed last is chosen in all views.
  EXPECT_GT(most, 10'000U);
  const Rows& rows = window_->selection().rows();
  ASSERT_GT(rows.size(), 1U);
  const QString chosen = QStringLiteral("%1 selected rows").arg(rows.size());
  EXPECT_TRUE(says(*projection, chosen));
  auto* table = window_->findChild<RowTable*>();
  std::size_t shown = 0;
  for (std::uint32_t row = 0; row < kRows; ++row) shown += table->rows().selected(row) ? 1 : 0;
  EXPECT_EQ(shown, rows.size());
}

}  // namespace
}  // namespace assayer::ui::testing
