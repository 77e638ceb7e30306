// SPDX-License-Identifier: GPL-3.0-or-later
// What the window keeps between two starts: recent files with their pictures, and the theme.
#include <QAction>
#include <QDir>
#include <QMenu>
#include <QProxyStyle>
#include <QSettings>
#include <QStyleFactory>

#include "ui/views/main_window.h"
#include "ui/views/sign_icon.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

/// What a picture is drawn in before it is scaled down: letters as large as on the screen would fill it.
constexpr QSize kDrawn(480, 300);

/// Icons of a menu as large as the pictures of recent files.
class PictureMenuStyle : public QProxyStyle {
 public:
  using QProxyStyle::QProxyStyle;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override {
    return metric == PM_SmallIconSize ? RecentFiles::kPicture.width() / 2
                                      : QProxyStyle::pixelMetric(metric, option, widget);
  }
};

}  // namespace

void MainWindow::updateRecentFiles() {
  recent_menu_->clear();
  for (const QString& path : recent_.files()) {
    QAction* action =
        recent_menu_->addAction(QDir::toNativeSeparators(path), this, [this, path] { openFile(path); });
    action->setData(path);
  }
  recent_menu_->setEnabled(!recent_menu_->isEmpty());
}

void MainWindow::rememberFile(const QString& path) {
  recent_.remember(path);
  updateRecentFiles();
}

QString MainWindow::sessionFile() const {
  if (!session_.isOpen() || !project_path_.isEmpty()) return project_path_;
  return data_reopen_ ? QString::fromStdString(session_.data()->provenance().path) : QString();
}

void MainWindow::keepPicture(const QString& path) {
  if (!session_.isOpen() || path.isEmpty() || options_.cache_folder.isEmpty()) return;
  PlotView* view = spectra_;
  if (session_.data()->components() >= 2 && session_.data()->abundances()) view = simplex_;
  recent_.keepPicture(path, view->toPixmap(kDrawn.width(), kDrawn.height()).toImage());
  // Its parts lie as in the picture now.
  view->replot(QCustomPlot::rpQueuedReplot);
}

void MainWindow::showPictures() {
  bool any = false;
  for (QAction* action : recent_menu_->actions()) {
    const QImage picture = recent_.picture(action->data().toString());
    action->setIcon(picture.isNull() ? QIcon() : QIcon(QPixmap::fromImage(picture)));
    any = any || !picture.isNull();
  }
  if (!any || dynamic_cast<PictureMenuStyle*>(recent_menu_->style()) != nullptr) return;
  auto* style = new PictureMenuStyle(QStringLiteral("fusion"));
  style->setParent(recent_menu_);
  recent_menu_->setStyle(style);
}

void MainWindow::setTheme(ThemeChoice choice) {
  theme_.apply(choice);
  signExtensions(*this);
  theme_actions_[static_cast<std::size_t>(choice)]->setChecked(true);
  if (options_.persistent) QSettings().setValue(QStringLiteral("theme"), themeName(choice));
}

}  // namespace assayer::ui
