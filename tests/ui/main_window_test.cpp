// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, choosing and showing, with the real window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QRadioButton>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QStatusBar>
#include <QToolButton>
#include <numeric>

#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/data_dock.h"
#include "ui/views/projection_view.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/simplex_view.h"
#include "ui/views/unfeatured_dialog.h"

namespace assayer::ui::testing {
namespace {

class MainWindowTest : public WindowTest {
 protected:
  void clickComposition(const std::vector<double>& composition, Qt::KeyboardModifiers modifiers = {}) {
    auto* simplex = child<SimplexView>("simplexView");
    QTest::mouseClick(simplex, Qt::LeftButton, modifiers, simplex->pixelOf(composition).toPoint());
  }
  Rows rowsAt(const std::vector<double>& composition) {
    const Dataset& data = *window_->session().data();
    Rows rows;
    for (std::size_t i = 0; i < data.rows(); ++i) {
      const auto y = data.abundances()->row(i);
      double distance = 0;
      for (std::size_t k = 0; k < y.size(); ++k) distance += std::abs(y[k] - composition[k]);
      if (distance < 1e-6) rows.push_back(static_cast<std::uint32_t>(i));
    }
    return rows;
  }
};

TEST_F(MainWindowTest, EveryCommandHasItsPlaceInAMenuAndItsKey) {
  const auto shortcut = [&](const char* name) {
    auto* action = child<QAction>(name);
    return action == nullptr ? QString() : action->shortcut().toString(QKeySequence::PortableText);
  };
  EXPECT_EQ(shortcut("openAction"), "Ctrl+O");
  EXPECT_EQ(shortcut("openSampleAction"), "Ctrl+Shift+O");
  EXPECT_EQ(shortcut("saveProjectAction"), "Ctrl+S");
  EXPECT_EQ(shortcut("saveProjectAsAction"), "Ctrl+Shift+S");
  EXPECT_EQ(shortcut("exportFigureAction"), "Ctrl+E");
  EXPECT_EQ(shortcut("quitAction"), "Ctrl+Q");
  EXPECT_EQ(shortcut("undoAction"), "Ctrl+Z");
  EXPECT_EQ(shortcut("redoAction"), "Ctrl+Shift+Z");
  EXPECT_EQ(shortcut("trainAction"), "Ctrl+R");
  EXPECT_EQ(shortcut("pauseAction"), "Space");
  EXPECT_EQ(shortcut("roleLabelledAction"), "L");
  EXPECT_EQ(shortcut("roleUnlabelledAction"), "U");
  EXPECT_EQ(shortcut("roleHeldOutAction"), "H");
  EXPECT_EQ(shortcut("roleExcludedAction"), "X");
  EXPECT_EQ(shortcut("fullScreenAction"), "F11");
  EXPECT_EQ(shortcut("helpAction"), "F1");

  QSet<QAction*> reachable;
  const std::function<void(const QMenu*)> walk = [&](const QMenu* menu) {
    const QList<QAction*> actions = menu->actions();
    for (QAction* action : actions) {
      reachable.insert(action);
      if (action->menu() != nullptr) walk(action->menu());
    }
  };
  const QList<QAction*> menus = window_->menuBar()->actions();
  for (QAction* action : menus) walk(action->menu());
  QSet<QString> keys;
  for (QAction* action : reachable) {
    if (action->shortcut().isEmpty()) continue;
    EXPECT_FALSE(keys.contains(action->shortcut().toString()))
        << action->text().toStdString() << " shares " << action->shortcut().toString().toStdString();
    keys.insert(action->shortcut().toString());
  }
  for (const char* name :
       {"openAction", "openModelAction", "saveModelAction", "forkRunAction", "renameRunAction",
        "deleteRunAction", "exportEndmembersAction", "exportCompositionAction", "exportAllAction",
        "trainAction", "stopAction", "roleLabelledAction", "resetLayoutAction", "aboutAction"})
    EXPECT_TRUE(reachable.contains(child<QAction>(name))) << name;
}

TEST_F(MainWindowTest, NothingIsOfferedThatCannotBeDoneYet) {
  for (const char* name : {"trainAction", "pauseAction", "stopAction", "saveModelAction",
                           "exportEndmembersAction", "roleLabelledAction"})
    EXPECT_FALSE(child<QAction>(name)->isEnabled()) << name;
  EXPECT_FALSE(window_->startTraining());
}

TEST_F(MainWindowTest, SampleOpensWithItsNumbersOnDisplay) {
  ASSERT_TRUE(openSample());
  const Dataset& data = *window_->session().data();
  EXPECT_EQ(data.rows(), 396U);
  EXPECT_EQ(data.channels(), 40U);
  const Roles& roles = window_->session().session().roles();
  ASSERT_EQ(roles.size(), 396U);
  for (const Role role : DataDock::kShown)
    EXPECT_EQ(child<QLabel>(QStringLiteral("roleCount%1").arg(static_cast<int>(role)).toLatin1().constData())
                  ->text(),
              QString::number(rows_with(roles, role).size()));
  EXPECT_GT(rows_with(roles, Role::Labelled).size(), 0U);
  EXPECT_EQ(child<QLabel>("unfeaturedCount")->text(),
            QString::number(window_->session().session().unfeatured().rows()));
  EXPECT_TRUE(child<QAction>("trainAction")->isEnabled());
  const QString facts = child<QLabel>("dataFacts")->text();
  EXPECT_TRUE(facts.contains(QStringLiteral("0.9 to 2.5"))) << facts.toStdString();
}

TEST_F(MainWindowTest, ASlowJobShowsProgressAndCanBeCancelled) {
  MainWindow::Options options;
  options.persistent = false;
  options.sample.spectra = 400000;
  window_ = std::make_unique<MainWindow>(std::move(options));
  window_->show();
  QSignalSpy failed(window_.get(), &MainWindow::failed);
  window_->openSample();
  auto* cancel = child<QToolButton>("jobCancel");
  ASSERT_TRUE(waitFor([&] { return cancel->isVisible(); }));
  QTest::qWait(50);
  QElapsedTimer timer;
  timer.start();
  QTest::mouseClick(cancel, Qt::LeftButton);
  ASSERT_TRUE(waitFor([&] { return failed.count() == 1; }));
  EXPECT_LT(timer.elapsed(), 1000 * kPatience);
  // A cancel is no fault: nothing is complained about.
  EXPECT_TRUE(failed.first().first().toString().isEmpty());
  EXPECT_TRUE(window_->messageBar().text().isEmpty());
  EXPECT_FALSE(window_->session().isOpen());
  EXPECT_FALSE(cancel->isVisible());
}

TEST_F(MainWindowTest, AClickOnTheSimplexSelectsEveryRowOfThatComposition) {
  ASSERT_TRUE(openSample());
  clickComposition({0.5, 0.3, 0.2});
  const Rows first = rowsAt({0.5, 0.3, 0.2});
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(window_->selection().rows(), first);

  clickComposition({0.2, 0.3, 0.5}, Qt::ShiftModifier);
  Rows both = rowsAt({0.2, 0.3, 0.5});
  both.insert(both.end(), first.begin(), first.end());
  std::ranges::sort(both);
  EXPECT_EQ(window_->selection().rows(), both);

  auto* simplex = child<SimplexView>("simplexView");
  QTest::keyClick(simplex, Qt::Key_Escape);
  EXPECT_TRUE(window_->selection().rows().empty());
}

TEST_F(MainWindowTest, KeysGiveTheSelectionItsRoleAndUndoTakesItBack) {
  ASSERT_TRUE(openSample());
  clickComposition({0.5, 0.3, 0.2});
  const Rows rows = window_->selection().rows();
  ASSERT_FALSE(rows.empty());
  const Roles before = window_->session().session().roles();
  auto* simplex = child<SimplexView>("simplexView");
  const std::pair<Qt::Key, Role> keys[] = {{Qt::Key_X, Role::Excluded},
                                           {Qt::Key_H, Role::HeldOut},
                                           {Qt::Key_U, Role::Unlabelled},
                                           {Qt::Key_L, Role::Labelled}};
  for (const auto& [key, role] : keys) {
    QTest::keyClick(simplex, key);
    for (const std::uint32_t row : rows) EXPECT_EQ(window_->session().session().roles()[row], role);
  }
  auto* undo = child<QAction>("undoAction");
  while (undo->isEnabled()) undo->trigger();
  EXPECT_EQ(window_->session().session().roles(), before);
  child<QAction>("redoAction")->trigger();
  EXPECT_EQ(window_->session().session().roles()[rows.front()], Role::Excluded);
}

TEST_F(MainWindowTest, AClickWithThePlaceToolAddsOneUnfeaturedPoint) {
  ASSERT_TRUE(openSample());
  const std::size_t before = window_->session().session().unfeatured().rows();
  QTest::keyClick(window_.get(), Qt::Key_2);
  EXPECT_TRUE(child<SimplexPanel>("")->tools()[1]->isChecked());
  clickComposition({0.94, 0.03, 0.03});
  const Matrix<double>& points = window_->session().session().unfeatured();
  ASSERT_EQ(points.rows(), before + 1);
  const auto placed = points.row(before);
  // Half a pixel of a triangle some 300 pixels wide.
  EXPECT_NEAR(placed[0], 0.94, 0.01);
  EXPECT_NEAR(placed[1], 0.03, 0.01);
  EXPECT_NEAR(std::accumulate(placed.begin(), placed.end(), 0.0), 1, 1e-12);
  EXPECT_TRUE(window_->selection().rows().empty());
  EXPECT_EQ(child<QLabel>("unfeaturedCount")->text(), QString::number(before + 1));
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), before);
}

TEST_F(MainWindowTest, CornersReplaceThePointsAndClearRemovesThem) {
  ASSERT_TRUE(openSample());
  auto* panel = child<SimplexPanel>("");
  panel->clearAction()->trigger();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), 0U);
  panel->generateAction()->trigger();
  auto* dialog = child<UnfeaturedDialog>("unfeaturedDialog");
  dialog->findChild<QSpinBox*>(QStringLiteral("unfeaturedNumber"))->setValue(90);
  dialog->accept();
  const Matrix<double>& points = window_->session().session().unfeatured();
  ASSERT_EQ(points.rows(), 90U);
  for (std::size_t i = 0; i < points.rows(); ++i)
    EXPECT_GE(*std::ranges::max_element(points.row(i)), 1 - 2 * 0.05 - 1e-12);
  EXPECT_TRUE(waitFor([&] { return window_->findChild<UnfeaturedDialog*>() == nullptr; }));

  // A second lot along the edges stands beside them.
  panel->generateAction()->trigger();
  dialog = child<UnfeaturedDialog>("unfeaturedDialog");
  dialog->findChild<QComboBox*>(QStringLiteral("unfeaturedWhere"))->setCurrentIndex(1);
  dialog->findChild<QSpinBox*>(QStringLiteral("unfeaturedNumber"))->setValue(30);
  dialog->findChild<QRadioButton*>(QStringLiteral("unfeaturedJoin"))->setChecked(true);
  dialog->accept();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), 120U);
  EXPECT_EQ(child<QAction>("undoAction")->text().toStdString(), "&Undo unfeatured points edges:30:0.05");
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), 90U);
}

TEST_F(MainWindowTest, SprayingAndErasingAreOneUndoEach) {
  ASSERT_TRUE(openSample());
  auto* panel = child<SimplexPanel>("");
  auto* view = panel->view();
  panel->clearAction()->trigger();
  const auto pixel = [&](double a, double b) { return view->pixelOf(std::array{a, b, 1 - a - b}); };
  QTest::keyClick(window_.get(), Qt::Key_3);
  drag(*view, pixel(0.8, 0.1), pixel(0.3, 0.6));
  const std::size_t sprayed = window_->session().session().unfeatured().rows();
  EXPECT_GE(sprayed, 6U);
  EXPECT_TRUE(window_->selection().rows().empty());
  QTest::keyClick(window_.get(), Qt::Key_4);
  // Only one end of the stroke.
  child<QSlider>("brushSlider")->setValue(30);
  click(*view, pixel(0.8, 0.1));
  const std::size_t left = window_->session().session().unfeatured().rows();
  EXPECT_LT(left, sprayed);
  EXPECT_GT(left, 0U);
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), sprayed);
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(window_->session().session().unfeatured().rows(), 0U);
}

TEST_F(MainWindowTest, TheInteriorSliderSelectsWhatThePapersRuleDoes) {
  ASSERT_TRUE(openSample());
  auto* slider = child<QSlider>("interiorSlider");
  slider->setFocus();
  slider->setValue(50);
  EXPECT_EQ(window_->selection().rows(), select_rows(*window_->session().data(), "interior:0.5").value());
  EXPECT_FALSE(window_->selection().rows().empty());
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(QStringLiteral("selected")));
  const std::size_t before = window_->selection().rows().size();
  child<QAction>("selectGrowAction")->trigger();
  EXPECT_GT(window_->selection().rows().size(), before);
}

TEST_F(MainWindowTest, AGroupIsSelectedByTheMenu) {
  ASSERT_TRUE(openSample());
  const QList<QAction*> groups = child<QMenu>("groupMenu")->actions();
  ASSERT_EQ(groups.size(), 3);
  groups[1]->trigger();
  const auto& of_row = window_->session().data()->groups()->of_row;
  Rows wanted;
  for (std::uint32_t row = 0; row < of_row.size(); ++row)
    if (of_row[row] == 1) wanted.push_back(row);
  EXPECT_EQ(window_->selection().rows(), wanted);
}

TEST_F(MainWindowTest, AnExpressionSelectsAndANonsenseOneSaysWhatThereIs) {
  ASSERT_TRUE(openSample());
  auto* line = child<QLineEdit>("selectionExpression");
  line->setText(QStringLiteral("rows=3-5,9"));
  QTest::keyClick(line, Qt::Key_Return);
  EXPECT_EQ(window_->selection().rows(), (Rows{3, 4, 5, 9}));
  line->setText(QStringLiteral("gruop=1"));
  QTest::keyClick(line, Qt::Key_Return);
  EXPECT_EQ(window_->selection().rows(), (Rows{3, 4, 5, 9}));
  EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("gruop")));
}

TEST_F(MainWindowTest, LettersTypedIntoALineAreNotCommands) {
  ASSERT_TRUE(openSample());
  window_->selection().select({0, 1});
  const Roles before = window_->session().session().roles();
  auto* line = child<QLineEdit>("selectionExpression");
  line->setFocus();
  QTest::keyClicks(line, QStringLiteral("xluh 1"));
  EXPECT_EQ(line->text(), QStringLiteral("xluh 1"));
  EXPECT_EQ(window_->session().session().roles(), before);
}

TEST_F(MainWindowTest, ABadFileGivesOneMessageAndKeepsTheSession) {
  ASSERT_TRUE(openSample());
  const DatasetPtr before = window_->session().data();
  const std::pair<const char*, QByteArray> files[] = {
      {"empty.h5", {}},
      {"noise.h5", QByteArray(4000, 'x')},
      {"truncated.h5", QByteArray("\x89HDF\r\n\x1a\n") + QByteArray(64, '\0')},
      {"text.txt", "these are no spectra\n"}};
  for (const auto& [name, bytes] : files) {
    const QString path = write(name, bytes);
    QSignalSpy failed(window_.get(), &MainWindow::failed);
    window_->openFile(path);
    ASSERT_TRUE(waitFor([&] { return failed.count() > 0; })) << name;
    EXPECT_EQ(failed.count(), 1) << name;
    EXPECT_TRUE(window_->messageBar().isVisible());
    EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
    EXPECT_TRUE(window_->messageBar().text().contains(QString::fromLatin1(name)))
        << window_->messageBar().text().toStdString();
    EXPECT_EQ(window_->session().data(), before);
  }
  QSignalSpy failed(window_.get(), &MainWindow::failed);
  window_->openFile(folder_.filePath(QStringLiteral("nowhere.h5")));
  ASSERT_TRUE(waitFor([&] { return failed.count() > 0; }));
  EXPECT_EQ(window_->session().data(), before);
  QTest::mouseClick(child<QToolButton>("messageClose"), Qt::LeftButton);
  EXPECT_FALSE(window_->messageBar().isVisible());
}

TEST_F(MainWindowTest, AFileDroppedOnTheWindowOpens) {
  const DatasetPtr data = smallData();
  const QString path = folder_.filePath(QStringLiteral("lab.h5"));
  ASSERT_TRUE(write_dataset(*data, path.toStdString(), false));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  EXPECT_TRUE(dropFile(path));
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
  EXPECT_EQ(window_->session().data()->fingerprint(), data->fingerprint());
  EXPECT_TRUE(window_->windowTitle().contains(QStringLiteral("lab.h5")));
}

TEST_F(MainWindowTest, RecentFilesAndLayoutSurviveTheWindow) {
  const QString path = folder_.filePath(QStringLiteral("recent.h5"));
  ASSERT_TRUE(write_dataset(*smallData(), path.toStdString(), false));
  QSettings().clear();
  {
    MainWindow first(MainWindow::Options{});
    first.show();
    QSignalSpy opened(&first, &MainWindow::sessionOpened);
    first.openFile(path);
    ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
    first.findChild<QDockWidget*>(QStringLiteral("nuisanceDockWidget"))->hide();
    first.close();
  }
  MainWindow second(MainWindow::Options{});
  second.show();
  auto* dock = second.findChild<QDockWidget*>(QStringLiteral("nuisanceDockWidget"));
  EXPECT_FALSE(dock->isVisible());
  const QList<QAction*> recent = second.findChild<QMenu*>(QStringLiteral("recentMenu"))->actions();
  ASSERT_EQ(recent.size(), 1);
  EXPECT_TRUE(recent.first()->text().contains(QStringLiteral("recent.h5")));
  QSignalSpy opened(&second, &MainWindow::sessionOpened);
  recent.first()->trigger();
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
  second.findChild<QAction*>(QStringLiteral("resetLayoutAction"))->trigger();
  EXPECT_TRUE(dock->isVisible());
  QSettings().clear();
}

TEST_F(MainWindowTest, BrushingTheProjectionSelectsInEveryView) {
  ASSERT_TRUE(openSample());
  auto* projection = child<ProjectionView>("projectionView");
  ASSERT_TRUE(waitFor([&] { return projection->pixelOfRow(7).has_value(); }));
  window_->drawNow();
  QTest::mouseClick(projection, Qt::LeftButton, {}, projection->pixelOfRow(7)->toPoint());
  ASSERT_EQ(window_->selection().rows().size(), 1U);
}

}  // namespace
}  // namespace assayer::ui::testing
