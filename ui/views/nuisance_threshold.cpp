// SPDX-License-Identifier: GPL-3.0-or-later
// The line of a nuisance trace beyond which spectra are selected.
#include <QFontMetricsF>
#include <QKeyEvent>
#include <algorithm>
#include <cmath>

#include "ui/views/counted.h"
#include "ui/views/nuisance_trace.h"

namespace assayer::ui {
namespace {

constexpr double kReach = 5;  // pixels from the line where it is taken hold of
/// Where the line is at first, in standard deviations from the median: few of a normal distribution lie
/// beyond.
constexpr double kStandsOut = 4;
constexpr double kStep = 0.01;  // of the axis, for a key

}  // namespace

void NuisanceTrace::setThresholdShown(bool shown) {
  if (shown == threshold_.has_value() || (shown && isEmpty())) return;
  if (shown) {
    const double median = shown_->median;
    const double reach = kStandsOut * shown_->spread;
    // On the side where rows stand out most.
    threshold_ = shown_->span.high - median >= median - shown_->span.low
                     ? std::min(median + reach, shown_->span.high)
                     : std::max(median - reach, shown_->span.low);
    selectBeyond();
  } else {
    threshold_.reset();
    beyond_.clear();
    refresh();
  }
  Q_EMIT thresholdShown(shown);
}

void NuisanceTrace::setThreshold(double z) {
  if (isEmpty() || !std::isfinite(z)) return;
  const bool shown = threshold_.has_value();
  threshold_ = z;
  selectBeyond();
  if (!shown) Q_EMIT thresholdShown(true);
}

Rows NuisanceTrace::beyondThreshold() const {
  if (!threshold_ || !shown_) return {};
  return shown_->beyond(*threshold_, *threshold_ >= shown_->median);
}

void NuisanceTrace::selectBeyond() {
  beyond_ = beyondThreshold();
  refresh();
  Q_EMIT selectionRequested(beyond_, SelectMode::Replace);
}

bool NuisanceTrace::onThreshold(const QPointF& position) const {
  return threshold_ && !isEmpty() && QRectF(axisRect()->rect()).contains(position) &&
         std::abs(yAxis->coordToPixel(*threshold_) - position.y()) <= kReach;
}

bool NuisanceTrace::strokesAt(const QPointF& position) const {
  return onThreshold(position);
}

void NuisanceTrace::strokeTo(const QPointF& position) {
  if (!threshold_before_) threshold_before_ = threshold_;
  const QRectF frame = axisRect()->rect();
  setThreshold(yAxis->pixelToCoord(std::clamp(position.y(), frame.top(), frame.bottom())));
  Q_EMIT statusText(
      tr("%1 beyond %2")
          .arg(counted(beyond_.size(), tr("1 row"), tr("%L1 rows")), QString::number(*threshold_, 'g', 4)));
}

void NuisanceTrace::strokeEnded(bool cancelled) {
  if (cancelled && threshold_before_) setThreshold(*threshold_before_);
  threshold_before_.reset();
}

void NuisanceTrace::hovered(const QPointF& position) {
  if (threshold_before_) return;
  if (onThreshold(position))
    setCursor(Qt::SizeVerCursor);
  else if (cursor().shape() == Qt::SizeVerCursor)
    unsetCursor();
}

void NuisanceTrace::keyPressEvent(QKeyEvent* event) {
  if (threshold_ && (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)) {
    const double step = kStep * yAxis->range().size();
    setThreshold(*threshold_ + (event->key() == Qt::Key_Up ? step : -step));
    return;
  }
  RowPlot::keyPressEvent(event);
}

void NuisanceTrace::drawThreshold(QCPPainter& painter) const {
  if (!threshold_ || isEmpty()) return;
  const QRectF frame = axisRect()->rect();
  const double y = yAxis->coordToPixel(*threshold_);
  if (y < frame.top() || y > frame.bottom()) return;
  painter.setPen(QPen(theme().selection, 1.4, Qt::DashLine));
  painter.drawLine(QLineF(frame.left(), y, frame.right(), y));
  const QString text = tr("%L1 beyond").arg(beyond_.size());
  const QFontMetricsF metrics(font());
  const bool above = *threshold_ >= shown_->median;
  // On the side that it speaks of, unless that is too narrow.
  const bool up = above ? y - frame.top() > metrics.height() + 2 : frame.bottom() - y < metrics.height() + 2;
  const QRectF place(frame.right() - metrics.horizontalAdvance(text) - 8,
                     up ? y - metrics.height() - 2 : y + 2, metrics.horizontalAdvance(text) + 4,
                     metrics.height());
  QColor behind = theme().background;
  behind.setAlpha(200);
  painter.fillRect(place, behind);
  painter.setFont(font());
  painter.setPen(theme().selection);
  painter.drawText(place, Qt::AlignCenter | Qt::TextSingleLine, text);
}

}  // namespace assayer::ui
