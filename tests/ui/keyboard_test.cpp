// SPDX-License-Identifier: GPL-3.0-or-later
// The program without a mouse, and for those who do not see it: keys of plots, focus, names, tips.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDockWidget>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QRegularExpression>
#include <QScrollBar>
#include <QStatusBar>
#include <QTabBar>
#include <QToolButton>
#include <QTreeWidget>
#include <QUndoStack>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/curve_plot.h"
#include "ui/views/objective_plot.h"
#include "ui/views/projection_space.h"
#include "ui/views/row_table.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/status_tips.h"

namespace assayer::ui::testing {
namespace {

std::vector<ObjectiveRecord> history(std::int64_t first, std::int64_t last) {
  std::vector<ObjectiveRecord> records;
  for (std::int64_t epoch = first; epoch <= last; ++epoch) {
    ObjectiveRecord record;
    record.epoch = epoch;
    const double e = static_cast<double>(epoch);
    record.total = 500 - 40000 / e;
    record.terms.fill(std::numeric_limits<double>::quiet_NaN());
    record.terms[0] = 300 - 20000 / e;
    record.terms[1] = 200 - 20000 / e;
    records.push_back(record);
  }
  return records;
}

/// As the Menu key asks for it, whose event may come with any place of the mouse.
QMenu* menuByKey(QWidget& view) {
  QContextMenuEvent event(QContextMenuEvent::Keyboard, view.rect().center(), QPoint(3, 3));
  QCoreApplication::sendEvent(&view, &event);
  const QList<QMenu*> menus = view.findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly);
  return menus.isEmpty() ? nullptr : menus.last();
}

QAction* itemOf(const QMenu& menu, const QString& text) {
  const QList<QAction*> actions = menu.actions();
  const auto found = std::ranges::find(actions, text, [](const QAction* action) { return action->text(); });
  return found == actions.end() ? nullptr : *found;
}

/// Chooses an item of the menu that the Menu key opens.
void choose(QWidget& view, const QString& text) {
  QMenu* menu = menuByKey(view);
  ASSERT_NE(menu, nullptr);
  QAction* action = itemOf(*menu, text);
  EXPECT_NE(action, nullptr) << text.toStdString();
  if (action != nullptr) action->trigger();
  menu->close();
  QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

// ----------------------------------------------------------------------------------------- one plot

TEST(PlotKeys, PlusAndMinusZoomAboutTheMiddleUntilHome) {
  ObjectivePlot view;
  view.append(history(1, 100));
  display(view);
  const QCPRange x = view.xAxis->range();
  const QCPRange y = view.yAxis->range();
  QTest::keyClick(&view, Qt::Key_Plus);
  EXPECT_NEAR(view.xAxis->range().size(), 0.85 * x.size(), 1e-9);
  EXPECT_NEAR(view.xAxis->range().center(), x.center(), 1e-9);
  EXPECT_NEAR(view.yAxis->range().size(), 0.85 * y.size(), 1e-9);
  // To the pixel.
  EXPECT_NEAR(view.yAxis->range().center(), y.center(), 2 * y.size() / view.axisRect()->height());
  QTest::keyClick(&view, Qt::Key_Equal);
  EXPECT_NEAR(view.xAxis->range().size(), 0.85 * 0.85 * x.size(), 1e-9);
  QTest::keyClick(&view, Qt::Key_Minus);
  EXPECT_NEAR(view.xAxis->range().size(), 0.85 * x.size(), 1e-9);
  // It stays there, as after the wheel.
  view.append(history(101, 200));
  EXPECT_NEAR(view.xAxis->range().size(), 0.85 * x.size(), 1e-9);
  QTest::keyClick(&view, Qt::Key_Home);
  EXPECT_EQ(view.xAxis->range().upper, 200);
}

TEST(PlotKeys, ArrowsPanByATenthAndWithShiftByAHundredth) {
  ObjectivePlot view;
  view.append(history(1, 100));
  display(view);
  const QCPRange x = view.xAxis->range();
  const QCPRange y = view.yAxis->range();
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_NEAR(view.xAxis->range().lower, x.lower + 0.1 * x.size(), 1e-9);
  EXPECT_NEAR(view.xAxis->range().size(), x.size(), 1e-9);
  EXPECT_NEAR(view.yAxis->range().lower, y.lower, 1e-9);
  QTest::keyClick(&view, Qt::Key_Left);
  QTest::keyClick(&view, Qt::Key_Left, Qt::ShiftModifier);
  EXPECT_NEAR(view.xAxis->range().lower, x.lower - 0.01 * x.size(), 1e-9);
  QTest::keyClick(&view, Qt::Key_Up);
  EXPECT_NEAR(view.yAxis->range().lower, y.lower + 0.1 * y.size(), 1e-9);
  QTest::keyClick(&view, Qt::Key_Down);
  EXPECT_NEAR(view.yAxis->range().lower, y.lower, 1e-9);
  // With another modifier it is another key, and not the plot's.
  QTest::keyClick(&view, Qt::Key_Down, Qt::ControlModifier);
  EXPECT_NEAR(view.yAxis->range().lower, y.lower, 1e-9);
}

TEST(PlotKeys, ALogarithmicAxisPansByAFactor) {
  CurvePlot view(QStringLiteral("curve"));
  view.setAxes({.x = "x",
                .y = "y",
                .logarithmic_x = true,
                .logarithmic_y = false,
                .diagonal = false,
                .diagonal_name = {}});
  view.setLines({{"a", {{8, 1, 1, 1}, {800, 2, 2, 2}}}});
  display(view);
  const QCPRange x = view.xAxis->range();
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_NEAR(view.xAxis->range().upper / view.xAxis->range().lower, x.upper / x.lower, 1e-6);
  EXPECT_NEAR(view.xAxis->range().lower / x.lower, std::pow(x.upper / x.lower, 0.1), 1e-6);
  // So does the mouse.
  drag(view, {300, 200}, {200, 200}, {}, Qt::MiddleButton);
  EXPECT_NEAR(view.xAxis->range().upper / view.xAxis->range().lower, x.upper / x.lower, 1e-6);
  EXPECT_GT(view.xAxis->range().lower, x.lower);
}

TEST(PlotKeys, SpaceIsTurnedAndBroughtCloser) {
  const DatasetPtr data = make(lattice(1));
  auto pca = std::make_shared<Pca>();
  pca->mean.assign(data->channels(), 0.5F);
  pca->loadings = Matrix<float>(3, data->channels());
  pca->scores = Matrix<float>(data->rows(), 3);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t row = 0; row < data->rows(); ++row)
      pca->scores(row, r) = static_cast<float>(std::sin(static_cast<double>((r + 1) * (row + 1))));
    pca->variance.push_back(3.0 - static_cast<double>(r));
  }
  pca->total_variance = 6;
  ProjectionSpace view;
  view.setPca(data, pca);
  display(view);
  const auto apart = [&] { return QLineF(*view.pixelOfRow(0), *view.pixelOfRow(1)).length(); };
  const double before = apart();
  const double around = view.around();
  QTest::keyClick(&view, Qt::Key_Plus);
  EXPECT_NEAR(apart(), before / 0.85, 1e-6);
  EXPECT_EQ(view.around(), around);
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_NE(view.around(), around);
}

TEST(PlotKeys, TheSimplexKeepsItsAngles) {
  SimplexView view;
  view.setData(make(lattice(1)));
  display(view);
  const auto at = [&](double a, double b) { return view.pixelOf(std::vector<double>{a, b, 1 - a - b}); };
  const QPointF corner = at(1, 0);
  const double side = QLineF(at(1, 0), at(0, 1)).length();
  QTest::keyClick(&view, Qt::Key_Right);
  view.grab();
  EXPECT_NEAR(at(1, 0).x(), corner.x() - 0.1 * view.axisRect()->width(), 1);
  EXPECT_NEAR(at(1, 0).y(), corner.y(), 1);
  QTest::keyClick(&view, Qt::Key_Minus);
  view.grab();
  EXPECT_NEAR(QLineF(at(1, 0), at(0, 1)).length(), 0.85 * side, 1);
  EXPECT_NEAR(QLineF(at(0, 0), at(0, 1)).length(), 0.85 * side, 1);
}

TEST(PlotKeys, AFrameTellsWhereTheKeyboardIsAndIsNotExported) {
  QWidget host;
  auto* column = new QVBoxLayout(&host);
  auto* line = new QLineEdit;
  auto* plot = new ObjectivePlot;
  column->addWidget(line);
  column->addWidget(plot, 1);
  plot->append(history(1, 100));
  display(host);
  host.activateWindow();
  line->setFocus();
  ASSERT_TRUE(waitFor([&] { return line->hasFocus(); }));
  const auto framed = [&](const QPixmap& picture) {
    const QImage image = picture.toImage();
    return image.pixelColor(1, image.height() / 2).rgb() == plot->theme().accent.rgb();
  };
  EXPECT_FALSE(framed(plot->grab()));
  QTest::keyClick(line, Qt::Key_Tab);
  ASSERT_TRUE(plot->hasFocus());
  EXPECT_TRUE(framed(plot->grab()));
  EXPECT_FALSE(framed(plot->toPixmap(plot->width(), plot->height())));
  // A menu takes the keyboard and gives it back.
  QMenu* menu = menuByKey(*plot);
  ASSERT_NE(menu, nullptr);
  EXPECT_TRUE(plot->rect().contains(plot->mapFromGlobal(menu->pos())));
  menu->close();
  host.activateWindow();
  ASSERT_TRUE(waitFor([&] { return plot->hasFocus(); }));
  EXPECT_TRUE(framed(plot->grab()));
  QTest::keyClick(plot, Qt::Key_Backtab);
  EXPECT_TRUE(line->hasFocus());
  EXPECT_FALSE(framed(plot->grab()));
  QTest::mouseClick(plot, Qt::LeftButton, {}, plot->rect().center());
  plot->setFocus(Qt::MouseFocusReason);
  EXPECT_FALSE(framed(plot->grab()));
}

TEST(PlotKeys, TheLegendsTogglesAreInTheMenu) {
  ObjectivePlot view;
  view.append(history(1, 100));
  display(view);
  // Shift+F10 is the same key.
  QTest::keyClick(&view, Qt::Key_F10, Qt::ShiftModifier);
  const QList<QMenu*> opened = view.findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly);
  ASSERT_EQ(opened.size(), 1);
  opened[0]->close();
  QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  QMenu* menu = menuByKey(view);
  ASSERT_NE(menu, nullptr);
  QAction* legend = itemOf(*menu, QStringLiteral("Legend"));
  ASSERT_NE(legend, nullptr);
  const QList<QAction*> items = legend->menu()->actions();
  ASSERT_EQ(items.size(), static_cast<qsizetype>(view.legendEntries().size()));
  ASSERT_GE(items.size(), 3);
  EXPECT_EQ(items[0]->text(), view.legendEntries()[0].text);
  EXPECT_TRUE(items[0]->isChecked());
  items[0]->trigger();
  EXPECT_EQ(view.legendEntries()[0].on, false);
  EXPECT_EQ(view.legendEntries()[1].on, true);
  menu->close();

  // What no click turns off has no item.
  CurvePlot curve(QStringLiteral("curve"));
  curve.setAxes({.x = "x",
                 .y = "y",
                 .logarithmic_x = false,
                 .logarithmic_y = false,
                 .diagonal = true,
                 .diagonal_name = "as stated"});
  curve.setLines({{"a & b", {{0.1, 0.2, 0.1, 0.3}}}});
  display(curve);
  ASSERT_EQ(curve.legendEntries().size(), 2U);
  menu = menuByKey(curve);
  ASSERT_NE(menu, nullptr);
  legend = itemOf(*menu, QStringLiteral("Legend"));
  ASSERT_NE(legend, nullptr);
  ASSERT_EQ(legend->menu()->actions().size(), 1);
  EXPECT_EQ(legend->menu()->actions()[0]->text(), "a && b");
  menu->close();
}

// -------------------------------------------------------------------------------------- status tips

TEST(StatusTips, AreTheFirstSentenceWithoutMarks) {
  EXPECT_EQ(firstSentence(QStringLiteral("Clear")), "Clear");
  EXPECT_EQ(firstSentence(QStringLiteral("Take it out. It can be undone.")), "Take it out.");
  EXPECT_EQ(firstSentence(QStringLiteral("Window of points\nRange: 3 to 99")), "Window of points");
  EXPECT_EQ(firstSentence(QStringLiteral("<p>Rate of Adam, in &lt;0, 1&gt;</p><p>Changed: 2</p>")),
            "Rate of Adam, in <0, 1>");
  EXPECT_EQ(firstSentence(QStringLiteral("M2 (Kingma et al. 2014), e.g. for images")),
            "M2 (Kingma et al. 2014), e.g. for images");
  EXPECT_EQ(firstSentence({}), "");
}

// --------------------------------------------------------------------------------- the whole window

class KeyboardTest : public WindowTest {
 protected:
  std::size_t steps() { return window_->session().session().pipeline().steps.size(); }
  QString said() { return window_->statusBar()->currentMessage(); }
  void focus(QWidget* widget, Qt::FocusReason reason = Qt::OtherFocusReason) {
    window_->activateWindow();
    widget->setFocus(reason);
    ASSERT_TRUE(waitFor([&] { return widget->hasFocus(); })) << widget->objectName().toStdString();
  }
  static void enter(QWidget* widget) {
    const QPointF middle = widget->rect().center();
    QEnterEvent event(middle, middle, widget->mapToGlobal(middle));
    QCoreApplication::sendEvent(widget, &event);
  }
  static void leave(QWidget* widget) {
    QEvent event(QEvent::Leave);
    QCoreApplication::sendEvent(widget, &event);
  }
};

TEST_F(KeyboardTest, TabReachesEveryPlotInView) {
  ASSERT_TRUE(openSample());
  QSet<QWidget*> wanted;
  for (PlotView* plot : window_->findChildren<PlotView*>())
    if (plot->isVisible()) wanted.insert(plot);
  ASSERT_GE(wanted.size(), 5);
  ASSERT_NO_FATAL_FAILURE(focus(child<QLineEdit>("selectionExpression")));
  for (int press = 0; press < 400 && !wanted.isEmpty(); ++press) {
    QWidget* before = QApplication::focusWidget();
    ASSERT_NE(before, nullptr);
    QTest::keyClick(before, Qt::Key_Tab);
    ASSERT_NE(QApplication::focusWidget(), before) << before->objectName().toStdString() << " keeps Tab";
    wanted.remove(QApplication::focusWidget());
  }
  for (const QWidget* plot : wanted) ADD_FAILURE() << plot->objectName().toStdString() << " is not reached";
  // A table is left by it, too.
  child<QDockWidget>("tableDockWidget")->raise();
  auto* table = child<RowTable>("rowTable");
  ASSERT_TRUE(waitFor([&] { return table->isVisible(); }));
  ASSERT_NO_FATAL_FAILURE(focus(table));
  QTest::keyClick(table, Qt::Key_Tab);
  EXPECT_FALSE(table->hasFocus());
}

TEST_F(KeyboardTest, TheLassoStaysUntilTheBoxIsChosenAgain) {
  ASSERT_TRUE(openSample());
  auto* view = child<SimplexView>("simplexView");
  view->grab();
  const QRectF frame = QRectF(view->axisRect()->rect()).adjusted(2, 2, -2, -2);
  const auto around = [&] {
    // Half of the frame by a lasso, the whole by a box.
    const auto send = [&](QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons held) {
      QMouseEvent event(type, at, view->mapToGlobal(at), button, held, Qt::NoModifier);
      QApplication::sendEvent(view, &event);
    };
    send(QEvent::MouseButtonPress, frame.topLeft(), Qt::LeftButton, Qt::LeftButton);
    send(QEvent::MouseMove, frame.bottomLeft(), Qt::NoButton, Qt::LeftButton);
    send(QEvent::MouseMove, frame.bottomRight(), Qt::NoButton, Qt::LeftButton);
    send(QEvent::MouseButtonRelease, frame.bottomRight(), Qt::LeftButton, Qt::NoButton);
    return window_->selection().rows().size();
  };
  const std::size_t all = around();
  ASSERT_GT(all, 0U);
  ASSERT_NO_FATAL_FAILURE(choose(*view, QStringLiteral("Select by lasso")));
  EXPECT_THAT(said().toStdString(), ::testing::HasSubstr("lasso"));
  const std::size_t half = around();
  EXPECT_GT(half, 0U);
  EXPECT_LT(half, all);
  EXPECT_EQ(around(), half);
  ASSERT_NO_FATAL_FAILURE(choose(*view, QStringLiteral("Select by lasso")));
  EXPECT_EQ(around(), all);
}

TEST_F(KeyboardTest, DelTakesAwayWhatTheListInFocusHolds) {
  ASSERT_TRUE(openSample());
  setSetting("method", "pls");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  ASSERT_EQ(window_->runs().runs().size(), 1U);
  child<QAction>("addStep-savgol")->trigger();
  child<QAction>("addStep-snv")->trigger();
  ASSERT_EQ(steps(), 2U);

  auto* spectra = child<SpectraPlot>("spectraPlot");
  ASSERT_NO_FATAL_FAILURE(focus(spectra));
  QTest::keyClick(spectra, Qt::Key_Delete);
  EXPECT_EQ(steps(), 2U);
  EXPECT_EQ(window_->runs().runs().size(), 1U);

  auto* list = child<QListWidget>("pipelineList");
  ASSERT_NO_FATAL_FAILURE(focus(list));
  QTest::keyClick(list, Qt::Key_Up, Qt::AltModifier);
  EXPECT_EQ(window_->session().session().pipeline().to_texts(), (std::vector<std::string>{"snv", "savgol"}));
  QTest::keyClick(list, Qt::Key_Delete);
  EXPECT_EQ(window_->session().session().pipeline().to_texts(), std::vector<std::string>{"savgol"});
  EXPECT_EQ(window_->runs().runs().size(), 1U);

  child<QDockWidget>("runsDockWidget")->raise();
  auto* runs = child<QTreeWidget>("runsList");
  ASSERT_TRUE(waitFor([&] { return runs->isVisible(); }));
  ASSERT_NO_FATAL_FAILURE(focus(runs));
  QTest::keyClick(runs, Qt::Key_Delete);
  EXPECT_EQ(window_->runs().runs().size(), 0U);
  EXPECT_EQ(steps(), 1U);
}

TEST_F(KeyboardTest, TheStatusBarSaysWhatToolTipsSay) {
  ASSERT_TRUE(openSample());
  auto* button = child<QToolButton>("removeStepButton");
  enter(button);
  EXPECT_EQ(said(), button->toolTip());
  leave(button);
  EXPECT_EQ(said(), "");
  // What was said meanwhile stays.
  enter(button);
  window_->statusBar()->showMessage(QStringLiteral("done"));
  leave(button);
  EXPECT_EQ(said(), "done");

  auto* seed = child<QLineEdit>("seed");
  ASSERT_TRUE(seed->isEnabled());
  ASSERT_NO_FATAL_FAILURE(focus(child<QLineEdit>("selectionExpression")));
  ASSERT_NO_FATAL_FAILURE(focus(seed, Qt::TabFocusReason));
  EXPECT_FALSE(said().isEmpty());
  EXPECT_EQ(said(), firstSentence(seed->toolTip()));
  EXPECT_FALSE(said().contains(QLatin1Char('<'))) << said().toStdString();
  ASSERT_NO_FATAL_FAILURE(focus(child<SpectraPlot>("spectraPlot")));
  EXPECT_EQ(said(), "");
  // Back by itself, as after a dialog, it says nothing.
  ASSERT_NO_FATAL_FAILURE(focus(seed));
  EXPECT_EQ(said(), "");
}

TEST_F(KeyboardTest, ItemsOfMenusHaveStatusTips) {
  ASSERT_TRUE(openSample());
  auto* menu = child<QMenu>("addStepMenu");
  menu->popup(window_->mapToGlobal(QPoint(20, 20)));
  ASSERT_TRUE(waitFor([&] { return menu->isVisible(); }));
  const QList<QAction*> kinds = menu->actions();
  ASSERT_FALSE(kinds.isEmpty());
  for (const QAction* kind : kinds) EXPECT_EQ(kind->statusTip(), firstSentence(kind->toolTip()));
  kinds[0]->setToolTip(QStringLiteral("Another. And more"));
  menu->close();
  menu->popup(window_->mapToGlobal(QPoint(20, 20)));
  EXPECT_EQ(kinds[0]->statusTip(), "Another.");
  menu->close();
  // One without a tool tip would only be told its own text.
  menu = menuByKey(*child<SpectraPlot>("spectraPlot"));
  ASSERT_NE(menu, nullptr);
  EXPECT_EQ(menu->actions()[0]->statusTip(), "");
  menu->close();
  for (const QAction* action : child<QMenu>("viewMenu")->actions()) {
    if (action->isSeparator() || action->menu() != nullptr) continue;
    EXPECT_FALSE(action->statusTip().isEmpty()) << action->text().toStdString();
  }
}

// -------------------------------------------------------------------------------------------- names

/// What Qt makes inside its widgets.
bool internal(const QWidget& widget) {
  if (qobject_cast<const QScrollBar*>(&widget) != nullptr ||
      qobject_cast<const QHeaderView*>(&widget) != nullptr)
    return true;
  for (const QWidget* in = widget.parentWidget(); in != nullptr; in = in->parentWidget())
    if (qobject_cast<const QAbstractSpinBox*>(in) != nullptr ||
        qobject_cast<const QComboBox*>(in) != nullptr || qobject_cast<const QTabBar*>(in) != nullptr ||
        qobject_cast<const QAbstractItemView*>(in) != nullptr)
      return true;
  return false;
}

QString nameOf(QWidget* widget) {
  QAccessibleInterface* heard = QAccessible::queryAccessibleInterface(widget);
  if (heard == nullptr) return {};
  if (qobject_cast<QComboBox*>(widget) == nullptr) return heard->text(QAccessible::Name);
  // Under X11 Qt calls a box what is chosen in it, and what it is for is its label's to say.
  if (!widget->accessibleName().isEmpty()) return widget->accessibleName();
  for (const auto& [other, relation] : heard->relations(QAccessible::Label))
    if (other != nullptr) return other->text(QAccessible::Name);
  return {};
}

/// Those that can have the focus and are called nothing.
QStringList nameless(QWidget& root) {
  QStringList found;
  for (QWidget* widget : root.findChildren<QWidget*>()) {
    // Menus and dialogs are windows of their own.
    if (widget->focusPolicy() == Qt::NoFocus || widget->window() != root.window() || internal(*widget))
      continue;
    bool in_dock = false;
    for (const QWidget* in = widget; in != nullptr; in = in->parentWidget())
      in_dock = in_dock || qobject_cast<const QDockWidget*>(in) != nullptr;
    // A panel behind another comes to the front; a label that is hidden has nothing to say.
    const bool by_tab = (widget->focusPolicy() & Qt::TabFocus) != 0;
    if (!widget->isVisible() && !(by_tab && in_dock)) continue;
    if (nameOf(widget).trimmed().isEmpty())
      found << QStringLiteral("%1 '%2' in '%3'")
                   .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
                        widget->parentWidget() != nullptr ? widget->parentWidget()->objectName() : QString());
  }
  return found;
}

TEST_F(KeyboardTest, EverythingThatTakesTheFocusHasAName) {
  ASSERT_TRUE(openSample());
  EXPECT_EQ(nameless(*window_).join(QLatin1Char('\n')).toStdString(), "");
  EXPECT_EQ(nameOf(child<SpectraPlot>("spectraPlot")), "Spectra");
  // The fields of every step that there is.
  auto* pipeline = child<QWidget>("pipelineDock");
  const QRegularExpression adds(QStringLiteral("^addStep-"));
  for (QAction* add : window_->findChildren<QAction*>(adds)) {
    add->trigger();
    EXPECT_EQ(nameless(*pipeline).join(QLatin1Char('\n')).toStdString(), "") << add->text().toStdString();
  }
}

}  // namespace
}  // namespace assayer::ui::testing
