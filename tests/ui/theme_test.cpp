// SPDX-License-Identifier: GPL-3.0-or-later
// Light and dark: every widget at once, nothing that cannot be read, and remembered.
#include <gtest/gtest.h>

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QSettings>
#include <cmath>

#include "tests/ui/ui_fixture.h"
#include "ui/views/plot_view.h"
#include "ui/views/theme_choice.h"

namespace assayer::ui::testing {
namespace {

/// Relative luminance and contrast as WCAG 2.1 defines them.
double luminance(const QColor& colour) {
  const auto part = [](double value) {
    return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * part(colour.redF()) + 0.7152 * part(colour.greenF()) + 0.0722 * part(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double first = luminance(a);
  const double second = luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

TEST(Themes, TextCanBeReadOnWhatItStandsOn) {
  for (const bool dark : {false, true}) {
    const QPalette palette = themePalette(dark);
    using Role = QPalette::ColorRole;
    const std::pair<Role, Role> pairs[] = {{QPalette::WindowText, QPalette::Window},
                                           {QPalette::Text, QPalette::Base},
                                           {QPalette::Text, QPalette::AlternateBase},
                                           {QPalette::ButtonText, QPalette::Button},
                                           {QPalette::ToolTipText, QPalette::ToolTipBase},
                                           {QPalette::HighlightedText, QPalette::Highlight},
                                           {QPalette::Link, QPalette::Base},
                                           {QPalette::LinkVisited, QPalette::Base}};
    for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive})
      for (const auto& [text, ground] : pairs)
        EXPECT_GE(contrast(palette.color(group, text), palette.color(group, ground)), 4.0)
            << dark << " " << text << " on " << ground;
    // What is switched off is faint, and still there.
    EXPECT_GE(contrast(palette.color(QPalette::Disabled, QPalette::Text),
                       palette.color(QPalette::Disabled, QPalette::Base)),
              2.5);
    EXPECT_EQ(Theme::from(palette).dark, dark);
    const Theme theme = Theme::from(palette);
    for (const QColor& colour : {theme.text, theme.muted, theme.accent, theme.selection})
      EXPECT_GE(contrast(colour, theme.background), 3.0) << dark << " " << colour.name().toStdString();
  }
}

TEST(Themes, NamesAreKnownBothWays) {
  for (const ThemeChoice choice : {ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark})
    EXPECT_EQ(parseTheme(themeName(choice)), choice);
  EXPECT_FALSE(parseTheme("blue"));
}

class ThemeTest : public WindowTest {
 protected:
  void TearDown() override {
    WindowTest::TearDown();
    // The program's, not the window's.
    QApplication::setPalette(QPalette());
    QSettings().remove("theme");
  }
};

TEST_F(ThemeTest, EveryViewFollowsAtOnceAndGoesBack) {
  ASSERT_TRUE(openSample());
  const QPalette before = QApplication::palette();
  const auto views = window_->findChildren<PlotView*>();
  ASSERT_GE(views.size(), 5);
  for (const auto& [name, dark] : {std::pair("themeDarkAction", true), std::pair("themeLightAction", false),
                                   std::pair("themeDarkAction", true)}) {
    child<QAction>(name)->trigger();
    EXPECT_TRUE(child<QAction>(name)->isChecked());
    // Qt hands the palette down with the next turn of the event loop.
    QCoreApplication::processEvents();
    for (const PlotView* view : views)
      EXPECT_EQ(view->theme().dark, dark) << view->objectName().toStdString();
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
      // Nobody keeps colours of his own that the theme does not know.
      const bool lies_dark = widget->palette().color(QPalette::Window).lightness() < 128;
      EXPECT_EQ(lies_dark, dark) << widget->metaObject()->className() << " "
                                 << widget->objectName().toStdString();
    }
    // What is drawn, not what is said: the middle of a view's margin has the theme's ground.
    const QImage picture = window_->grab().toImage();
    EXPECT_EQ(picture.pixelColor(picture.width() / 2, 3).lightness() < 128, dark);
  }
  child<QAction>("themeSystemAction")->trigger();
  EXPECT_EQ(QApplication::palette().color(QPalette::Window), before.color(QPalette::Window));
  EXPECT_EQ(QApplication::palette().color(QPalette::Text), before.color(QPalette::Text));
}

class PersistentThemeTest : public ThemeTest {
 protected:
  MainWindow::Options windowOptions() const override {
    MainWindow::Options options = ThemeTest::windowOptions();
    options.persistent = true;
    return options;
  }
};

TEST_F(PersistentThemeTest, TheChoiceIsKept) {
  window_->setTheme(ThemeChoice::Dark);
  window_.reset();
  QApplication::setPalette(QPalette());
  makeWindow();
  EXPECT_TRUE(child<QAction>("themeDarkAction")->isChecked());
  EXPECT_LT(QApplication::palette().color(QPalette::Window).lightness(), 128);
}

}  // namespace
}  // namespace assayer::ui::testing
