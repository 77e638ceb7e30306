// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/plot_view.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMessageBox>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/views/figure_dialog.h"
#include "ui/views/painted.h"
#include "ui/views/plot_export.h"
#include "ui/views/redraw_turns.h"
#include "ui/views/small_font.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 4;  // pixels a click may wander before it is a drag

/// Moves what the axis shows by so many pixels.
void moveAxis(QCPAxis& axis, double pixels) {
  const double from = axis.pixelToCoord(0);
  const double to = axis.pixelToCoord(pixels);
  // On a logarithmic axis the same number of pixels is the same factor.
  axis.moveRange(axis.scaleType() == QCPAxis::stLogarithmic ? from / to : from - to);
}

}  // namespace

PlotView::PlotView(QWidget* parent) : QCustomPlot(parent), strip_(new LegendStrip(this)) {
  setLocale(QLocale::c());  // a point before decimals, as in the files
  setPlottingHint(QCP::phImmediateRefresh, false);
  setAutoAddPlottableToLegend(false);
  setInteractions(QCP::Interactions());
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);

  plotLayout()->insertRow(0);
  plotLayout()->addElement(0, 0, strip_);
  plotLayout()->setRowStretchFactor(0, 0.001);
  plotLayout()->setRowSpacing(0);
  axisRect()->setMinimumMargins(QMargins(14, 10, 18, 10));
  // Lines lie between the grid and the axes, signs above the lines.
  addLayer(QStringLiteral("marks"), layer(QStringLiteral("axes")), QCustomPlot::limAbove);

  new Painted(this, QStringLiteral("legend"), Painted::Clip::Viewport,
              [this](QCPPainter& painter) { drawEmptyText(painter); });
  new Painted(this, QStringLiteral("overlay"), Painted::Clip::Viewport,
              [this](QCPPainter& painter) { drawRegion(painter); });
  theme_ = Theme::from(palette());
}

void PlotView::fit() {
  follow_ = true;
  if (!isEmpty()) rescale();
  refresh();
}

void PlotView::setEmptyText(const QString& text) {
  emptyText_ = text;
  refresh();
}

void PlotView::setSelectShape(SelectShape shape) {
  shape_ = shape;
}

bool PlotView::exportFigure(const QString& path, QSize sizePx, QString* error, double scale) {
  const Theme screen = theme_;
  theme_ = Theme::print();
  styleAxes();
  restyle();
  const bool written =
      writeFigure(*this, path, sizePx, scale, windowTitle().isEmpty() ? plotName() : windowTitle(), error);
  theme_ = screen;
  styleAxes();
  restyle();
  refresh();
  return written;
}

bool PlotView::exportData(const QString& path, QString* error) {
  return writeCsv(table(), path, error);
}

void PlotView::copyImage() {
  QGuiApplication::clipboard()->setPixmap(toPixmap(width(), height(), devicePixelRatioF()));
  refresh();
}

void PlotView::askExportFigure() {
  // Not modal by exec(): a nested event loop could outlive the view.
  auto* dialog = new FigureDialog(size(), logicalDpiX(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] { askFigureFile(dialog->form()); });
  dialog->open();
}

void PlotView::askFigureFile(const FigureForm& form) {
  auto* dialog =
      new QFileDialog(this, tr("Export figure"), QStringLiteral("%1.%2").arg(plotName(), form.suffix));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(QStringLiteral("%1 (*.%2)").arg(form.suffix.toUpper(), form.suffix));
  dialog->setDefaultSuffix(form.suffix);
  connect(dialog, &QFileDialog::fileSelected, this, [this, form](const QString& path) {
    // The name has the last word on the format.
    const bool raster = QFileInfo(path).suffix().compare(QLatin1String("png"), Qt::CaseInsensitive) == 0;
    QString error;
    if (!exportFigure(path, form.pixels(raster), &error, form.scale())) showError(error);
  });
  dialog->open();
}

void PlotView::askExportData() {
  auto* dialog = new QFileDialog(this, tr("Export data"), plotName() + QStringLiteral(".csv"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters({tr("Comma-separated values (*.csv)")});
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    QString error;
    if (!exportData(path, &error)) showError(error);
  });
  dialog->open();
}

void PlotView::showError(const QString& text) {
  auto* box = new QMessageBox(QMessageBox::Warning, tr("Export"), text, QMessageBox::Ok, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

void PlotView::clickedAt(const QPointF& /*position*/, SelectMode /*mode*/) {}

void PlotView::regionDrawn(const SelectRegion& region, SelectMode /*mode*/) {
  const QRectF box = region.bounds().intersected(QRectF(axisRect()->rect()));
  if (box.width() < kClickReach || box.height() < kClickReach) return;
  follow_ = false;
  const QCPRange x(xAxis->pixelToCoord(box.left()), xAxis->pixelToCoord(box.right()));
  const QCPRange y(yAxis->pixelToCoord(box.bottom()), yAxis->pixelToCoord(box.top()));
  xAxis->setRange(x);
  yAxis->setRange(y);
  refresh();
}

void PlotView::legendClicked(int /*entry*/) {}
void PlotView::extendMenu(QMenu& /*menu*/) {}

void PlotView::zoomAt(const QPointF& position, double factorX, double factorY) {
  xAxis->scaleRange(factorX, xAxis->pixelToCoord(position.x()));
  yAxis->scaleRange(factorY, yAxis->pixelToCoord(position.y()));
}

void PlotView::panBy(const QPointF& pixels) {
  moveAxis(*xAxis, pixels.x());
  moveAxis(*yAxis, pixels.y());
}

void PlotView::contentChanged() {
  const bool empty = isEmpty();
  axisRect()->setVisible(!empty);
  strip_->setVisible(!empty);
  if (!empty && follow_) rescale();
  refresh();
}

void PlotView::applyTheme() {
  theme_ = Theme::from(palette());
  styleAxes();
  restyle();
  contentChanged();
}

void PlotView::styleAxes() {
  setBackground(QBrush(theme_.background));
  const QFont ticks = smallFont(font());
  for (QCPAxis* axis : axisRect()->axes()) {
    axis->setBasePen(QPen(theme_.axis, 1));
    axis->setTickPen(QPen(theme_.axis, 1));
    axis->setSubTickPen(Qt::NoPen);
    axis->setSubTicks(false);
    axis->setTickLength(0, 4);
    axis->setTickLabelFont(ticks);
    axis->setTickLabelColor(theme_.muted);
    axis->setTickLabelPadding(4);
    axis->setLabelFont(font());
    axis->setLabelColor(theme_.text);
    axis->setLabelPadding(5);
    axis->grid()->setPen(QPen(theme_.grid, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  strip_->setStyle(font(), theme_.text);
}

void PlotView::fitTicks() {
  constexpr int kMost = 5;
  constexpr int kBeside = 60;  // pixels that other axis, title and legend take
  const QFontMetrics metrics(xAxis->tickLabelFont());
  // A label and as much air, beside or above each other.
  const int across = 9 * metrics.averageCharWidth();
  const int down = 3 * metrics.height();
  for (QCPAxis* axis : axisRect()->axes()) {
    // The layout follows from the labels, so that it cannot tell yet how long the axes will be.
    const int room = axis->orientation() == Qt::Horizontal ? (viewport().width() - kBeside) / across
                                                           : (viewport().height() - kBeside) / down;
    axis->ticker()->setTickCount(std::clamp(room, 2, kMost));
  }
}

void PlotView::refresh() {
  dirty_ = true;
  update();
}

QCPRange PlotView::padded(double low, double high) {
  if (!(low <= high)) return {0, 1};
  double air = 0.04 * (high - low);
  // A constant, or a spread below what doubles resolve there.
  if (air <= 1e-12 * std::max(std::abs(low), std::abs(high))) {
    air = std::max(std::abs(low) * 0.1, low == 0 ? 1.0 : 1e-12);
  }
  return {low - air, high + air};
}

void PlotView::paintEvent(QPaintEvent* event) {
  // Drawing here and nowhere else joins any number of changes into one picture, and costs nothing in a
  // hidden tab. The ratio first: the base class would only note that it changed and paint nothing.
  if (!qFuzzyCompare(bufferDevicePixelRatio(), devicePixelRatioF())) {
    setBufferDevicePixelRatio(devicePixelRatioF());
    dirty_ = true;
    drawn_ = false;
  }
  // The last picture stands until the plot's turn comes.
  if (dirty_ && drawn_ && turns_ && !underMouse() && !answers_)
    turns_->add(*this);
  else
    bringUpToDate();
  QCustomPlot::paintEvent(event);
  if (framed_ && hasFocus()) {
    // Over the widget, not in the picture, which is also what is exported.
    QPainter painter(this);
    painter.setPen(QPen(theme_.accent, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void PlotView::setTurns(RedrawTurns* turns) {
  turns_ = turns;
}

void PlotView::drawNow() {
  if (bringUpToDate()) update();
}

// Also before hit tests, which need ranges and geometry of what is on display.
bool PlotView::bringUpToDate() {
  if (!dirty_) return false;
  dirty_ = false;
  drawn_ = true;
  answers_ = false;
  fitTicks();
  replot(rpQueuedRefresh);
  return true;
}

void PlotView::resizeEvent(QResizeEvent* /*event*/) {
  setViewport(rect());
  drawn_ = false;
  refresh();
}

void PlotView::mousePressEvent(QMouseEvent* event) {
  bringUpToDate();
  event->accept();
  if (drag_ != Drag::None || isEmpty()) return;
  dragFrom_ = dragTo_ = event->position();
  if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && space_)) {
    spaceUsed_ = true;
    drag_ = Drag::Pan;
  } else if (event->button() == Qt::LeftButton) {
    if (const int entry = strip_->entryAt(event->position()); entry >= 0) {
      legendClicked(entry);
      return;
    }
    if (strokesAt(event->position())) {
      drag_ = Drag::Stroke;
      strokeTo(event->position());
      return;
    }
    lasso_ = selectsRows() && (shape_ == SelectShape::Lasso || (event->modifiers() & Qt::AltModifier) != 0);
    path_ = QPolygonF({dragFrom_});
    drag_ = Drag::Pending;
  }
  updateCursor();
}

void PlotView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF at = event->position();
  switch (drag_) {
    case Drag::None:
      if (!isEmpty()) {
        bringUpToDate();
        hovered(at);
        Q_EMIT statusText(statusAt(at));
      }
      break;
    case Drag::Stroke:
      hovered(at);
      strokeTo(at);
      break;
    case Drag::Pan:
      follow_ = false;
      panBy(at - dragTo_);
      dragTo_ = at;
      refresh();
      break;
    case Drag::Pending:
      if (QLineF(dragFrom_, at).length() <= kClickReach) break;
      drag_ = Drag::Region;
      [[fallthrough]];
    case Drag::Region:
      dragTo_ = at;
      if (lasso_) path_ << at;
      layer(QStringLiteral("overlay"))->replot();
      break;
  }
}

void PlotView::mouseReleaseEvent(QMouseEvent* event) {
  event->accept();
  const SelectMode mode =
      (event->modifiers() & Qt::ShiftModifier) != 0 ? SelectMode::Add : SelectMode::Replace;
  const Drag ended = drag_;
  if (ended == Drag::None) return;
  dragTo_ = event->position();
  if (lasso_ && ended == Drag::Region) path_ << dragTo_;
  const std::optional<SelectRegion> drawn = region();
  // Ended before the view hears of it: its answer may come back here by a signal.
  endDrag();
  if (ended == Drag::Stroke) {
    strokeEnded(false);
  } else if (ended == Drag::Pending) {
    clickedAt(event->position(), mode);
  } else if (ended == Drag::Region && drawn) {
    regionDrawn(*drawn, mode);
  }
}

void PlotView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && doubleClickFits() && strip_->entryAt(event->position()) < 0) {
    event->accept();
    fit();
    return;
  }
  // The second of two quick clicks is a click of its own.
  mousePressEvent(event);
}

void PlotView::wheelEvent(QWheelEvent* event) {
  event->accept();
  if (isEmpty()) return;
  bringUpToDate();
  // Some desktops turn a wheel with a modifier sideways.
  const int angle = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
  if (angle == 0) return;
  const double factor = std::pow(kZoomPerStep, angle / 120.0);
  const bool onlyX = (event->modifiers() & Qt::ShiftModifier) != 0;
  const bool onlyY = !onlyX && (event->modifiers() & Qt::ControlModifier) != 0;
  follow_ = false;
  zoomAt(event->position(), onlyY ? 1 : factor, onlyX ? 1 : factor);
  refresh();
}

void PlotView::leaveEvent(QEvent* event) {
  hovered({});
  Q_EMIT statusText(QString());
  QCustomPlot::leaveEvent(event);
}

void PlotView::changeEvent(QEvent* event) {
  QCustomPlot::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyTheme();
}

bool PlotView::event(QEvent* event) {
  // Space is also a shortcut of the window; over the plot it belongs to the plot until it is known whether
  // a drag follows (see spaceTapped).
  if (event->type() == QEvent::ShortcutOverride) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier && underMouse() && !isEmpty()) {
      event->accept();
      return true;
    }
  }
  return QCustomPlot::event(event);
}

void PlotView::endDrag() {
  drag_ = Drag::None;
  path_.clear();
  updateCursor();
  layer(QStringLiteral("overlay"))->replot();
}

void PlotView::updateCursor() {
  if (drag_ == Drag::Pan) {
    setCursor(Qt::ClosedHandCursor);
  } else if (space_) {
    setCursor(Qt::OpenHandCursor);
  } else {
    unsetCursor();
  }
}

std::optional<SelectRegion> PlotView::region() const {
  if (drag_ != Drag::Region) return std::nullopt;
  return lasso_ ? SelectRegion::lasso(path_) : SelectRegion::rectangle(dragFrom_, dragTo_);
}

void PlotView::drawEmptyText(QCPPainter& painter) const {
  if (!isEmpty() || emptyText_.isEmpty()) return;
  painter.setFont(font());
  painter.setPen(theme_.muted);
  painter.drawText(QRectF(viewport()).adjusted(24, 12, -24, -12), Qt::AlignCenter | Qt::TextWordWrap,
                   emptyText_);
}

void PlotView::drawRegion(QCPPainter& painter) const {
  const std::optional<SelectRegion> drawn = region();
  if (!drawn) return;
  QColor fill = theme_.accent;
  fill.setAlpha(28);
  painter.setPen(QPen(theme_.accent, 1));
  painter.setBrush(fill);
  painter.drawPolygon(drawn->outline());
}

}  // namespace assayer::ui
