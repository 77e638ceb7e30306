// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/sign_icon.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>
#include <QPolygonF>
#include <QToolButton>
#include <algorithm>

namespace assayer::ui {

namespace {

class SignEngine : public QIconEngine {
 public:
  explicit SignEngine(Sign sign) : sign_(sign) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State /*state*/) override {
    const QPalette::ColorGroup group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    const QPalette::ColorRole role =
        mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(QApplication::palette().color(group, role));
    // On a square of 16, whatever room there is.
    const double side = std::min(rect.width(), rect.height());
    painter->translate(rect.center().x() + 0.5 - side / 2, rect.center().y() + 0.5 - side / 2);
    painter->scale(side / 16, side / 16);
    switch (sign_) {
      case Sign::Play: {
        QPainterPath path;
        path.moveTo(4, 2.5);
        path.lineTo(13.5, 8);
        path.lineTo(4, 13.5);
        path.closeSubpath();
        painter->drawPath(path);
        break;
      }
      case Sign::Pause:
        painter->drawRect(QRectF(3.5, 3, 3.2, 10));
        painter->drawRect(QRectF(9.3, 3, 3.2, 10));
        break;
      case Sign::Stop:
        painter->drawRect(QRectF(3, 3, 10, 10));
        break;
      case Sign::More:
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(QApplication::palette().color(group, role), 1.6));
        for (const double left : {2.5, 8.0})
          painter->drawPolyline(QPolygonF({{left, 4}, {left + 4, 8}, {left, 12}}));
        break;
    }
    painter->restore();
  }

  // Not kept: the next one may have another colour.
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    return pixmap;
  }

  [[nodiscard]] QIconEngine* clone() const override { return new SignEngine(sign_); }

 private:
  Sign sign_;
};

}  // namespace

QIcon signIcon(Sign sign) {
  return QIcon(new SignEngine(sign));
}

void signExtensions(QWidget& window) {
  for (auto* button : window.findChildren<QToolButton*>(QStringLiteral("qt_toolbar_ext_button")))
    button->setIcon(signIcon(Sign::More));
}

}  // namespace assayer::ui
