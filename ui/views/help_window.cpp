// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/help_window.h"

#include <QFile>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QImage>
#include <QTextBrowser>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <QVariant>

namespace assayer::ui {
namespace {

constexpr const char* kPageProperty = "guidePage";
const QString kContents = QStringLiteral("index");

constexpr int kPictureWidth = 580;  // pixels: a page as wide as the window is at first

QString fileOf(const QString& page) {
  return QStringLiteral(":/guide/%1.md").arg(page);
}

/// Markdown does not say how large a picture is to be: those of the guide fit the page.
class Pages : public QTextBrowser {
 public:
  using QTextBrowser::QTextBrowser;
  QVariant loadResource(int type, const QUrl& name) override {
    QVariant loaded = QTextBrowser::loadResource(type, name);
    if (type != QTextDocument::ImageResource) return loaded;
    const QImage picture = QImage::fromData(loaded.toByteArray());
    return picture.width() > kPictureWidth ? picture.scaledToWidth(kPictureWidth, Qt::SmoothTransformation)
                                           : picture;
  }
};

}  // namespace

HelpWindow::HelpWindow(QWidget* parent)
    : QWidget(parent, Qt::Window), browser_(new Pages), back_(new QToolButton) {
  setObjectName(QStringLiteral("helpWindow"));
  setWindowTitle(tr("Assayer's Guide"));
  resize(640, 620);
  browser_->setObjectName(QStringLiteral("helpBrowser"));
  browser_->setOpenExternalLinks(true);
  browser_->setSearchPaths({QStringLiteral(":/guide")});
  browser_->setAccessibleName(tr("Page of the guide"));
  back_->setObjectName(QStringLiteral("helpBack"));
  back_->setText(tr("Back"));
  back_->setEnabled(false);
  auto* contents = new QToolButton;
  contents->setObjectName(QStringLiteral("helpContents"));
  contents->setText(tr("Contents"));
  auto* bar = new QHBoxLayout;
  bar->addWidget(contents);
  bar->addWidget(back_);
  bar->addStretch(1);
  auto* column = new QVBoxLayout(this);
  column->addLayout(bar);
  column->addWidget(browser_, 1);
  connect(contents, &QToolButton::clicked, this, [this] { showPage(kContents); });
  connect(back_, &QToolButton::clicked, browser_, &QTextBrowser::backward);
  connect(browser_, &QTextBrowser::backwardAvailable, back_, &QToolButton::setEnabled);
}

void HelpWindow::showPage(const QString& name) {
  const QString page = QFile::exists(fileOf(name)) ? name : kContents;
  browser_->setSource(QUrl(QStringLiteral("qrc") + fileOf(page)), QTextDocument::MarkdownResource);
  show();
  raise();
  activateWindow();
}

QString HelpWindow::page() const {
  return QFileInfo(browser_->source().path()).completeBaseName();
}

void HelpWindow::setPageOf(QWidget& widget, const QString& name) {
  widget.setProperty(kPageProperty, name);
}

QString HelpWindow::pageOf(const QWidget* focused) {
  for (; focused != nullptr; focused = focused->parentWidget()) {
    const QVariant page = focused->property(kPageProperty);
    if (page.isValid()) return page.toString();
  }
  return kContents;
}

}  // namespace assayer::ui
