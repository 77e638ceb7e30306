// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QPointer>
#include <QPolygonF>
#include <QString>
#include <optional>

#include "ui/views/legend_strip.h"
#include "ui/views/palette.h"
#include "ui/views/plot_table.h"
#include "ui/views/qcp.h"
#include "ui/views/select_mode.h"
#include "ui/views/select_region.h"

class QMenu;

namespace assayer::ui {

class RedrawTurns;
struct FigureForm;

/// What every plot of the program shares: the same mouse, keys, menu, colours and exports.
///
/// Wheel zooms at the cursor (Shift: x only, Ctrl: y only); middle- or Space-drag pans; double click or Home
/// fits; the right button opens the menu. Left click and drag belong to the view: those that select rows get
/// a point, a rectangle or (with Alt, or as the chosen shape) a lasso; the others zoom to the rectangle.
/// Without a mouse + and − zoom, the arrow keys pan, the Menu key or Shift+F10 opens the menu, and a frame
/// says which plot has the keyboard.
///
/// Setters of the views only mark the picture as out of date; it is drawn at most once per paint, and not
/// at all while the widget is hidden. With `setTurns` it also waits for its turn among the other plots, but
/// not under the mouse or after a key, when its user expects an answer.
class PlotView : public QCustomPlot {
  Q_OBJECT
 public:
  enum class SelectShape { Rectangle, Lasso };

  explicit PlotView(QWidget* parent = nullptr);

  /// Whom to ask before drawing; null: nobody.
  void setTurns(RedrawTurns* turns);
  /// Draws what has changed since the last time.
  void drawNow();

  /// Shows everything and follows the data again.
  virtual void fit();
  /// Drawn centred while there is nothing to show; says what to do about it.
  void setEmptyText(const QString& text);
  void setSelectShape(SelectShape shape);

  /// By suffix: pdf, svg, png; on white, with the legend and titles of the screen. Vector files are laid out
  /// in `sizePx`, pixels of the screen; a PNG has exactly `sizePx` of its own, `scale` of them for one of the
  /// screen, or with 0 as many as keep its text in the screen's proportion.
  /// The file appears under its name only when it is complete.
  bool exportFigure(const QString& path, QSize sizePx, QString* error, double scale = 0);
  /// CSV, UTF-8, units in the header.
  bool exportData(const QString& path, QString* error);
  [[nodiscard]] virtual PlotTable table() const = 0;
  /// Something that it will show is still being worked out; `settled` says when that is over.
  [[nodiscard]] virtual bool busy() const { return false; }

  void copyImage();
  /// Ask for a file name, and before it for a figure's size and resolution, then export; nothing happens when
  /// a dialog is cancelled.
  void askExportFigure();
  void askExportData();

  [[nodiscard]] const Theme& theme() const { return theme_; }
  [[nodiscard]] const std::vector<LegendEntry>& legendEntries() const { return strip_->entries(); }

 Q_SIGNALS:
  /// What is under the cursor, or what the tool does.
  void statusText(const QString& text);
  /// Space was pressed and released over the focused plot without a drag: the window's own meaning of
  /// Space (pause, resume) applies.
  void spaceTapped();
  void settled();

 protected:
  /// Base name for files: "simplex".
  [[nodiscard]] virtual QString plotName() const = 0;
  [[nodiscard]] virtual bool isEmpty() const = 0;
  /// Sets the axes' ranges so that everything shows.
  virtual void rescale() = 0;
  /// Pens, brushes and legend after a change of theme or content.
  virtual void restyle() = 0;
  [[nodiscard]] virtual QString statusAt(const QPointF& position) const = 0;
  [[nodiscard]] virtual bool selectsRows() const { return false; }
  [[nodiscard]] virtual bool doubleClickFits() const { return true; }
  virtual void clickedAt(const QPointF& position, SelectMode mode);
  virtual void regionDrawn(const SelectRegion& region, SelectMode mode);
  virtual void clearRequested() {}
  /// Whether a left drag from there is a stroke of a brush, or moves something: `strokeTo` for the press and
  /// every move, `strokeEnded` at the release, or `cancelled` by Esc. A click is a short stroke.
  [[nodiscard]] virtual bool strokesAt(const QPointF& /*position*/) const { return false; }
  virtual void strokeTo(const QPointF& /*position*/) {}
  virtual void strokeEnded(bool /*cancelled*/) {}
  /// The mouse moved over the plot, or left it (a null point): for what follows the cursor.
  virtual void hovered(const QPointF& /*position*/) {}
  virtual void legendClicked(int entry);
  virtual void extendMenu(QMenu& menu);
  /// Scales the ranges by the factors (below 1: closer) about the point under `position`.
  virtual void zoomAt(const QPointF& position, double factorX, double factorY);
  virtual void panBy(const QPointF& pixels);

  /// To be called after every change of content: empty state, ranges if they follow, redraw.
  void contentChanged();
  /// To be called last in a view's constructor (the base cannot call the view's `restyle`).
  void applyTheme();
  void refresh();
  [[nodiscard]] bool followsData() const { return follow_; }
  void setFollowsData(bool follow) { follow_ = follow; }
  LegendStrip& strip() { return *strip_; }
  [[nodiscard]] bool overLegend(const QPointF& position) const { return strip_->entryAt(position) >= 0; }
  /// `range` with 4 % air on both sides; never empty.
  static QCPRange padded(double low, double high);

  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;
  [[nodiscard]] QSize sizeHint() const override { return {480, 360}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {160, 120}; }

 private:
  static constexpr double kZoomPerStep = 0.85;  ///< a notch of the wheel, or + pressed once

  enum class Drag { None, Pending, Region, Stroke, Pan };
  bool bringUpToDate();
  void styleAxes();
  /// No more ticks than labels have room for.
  void fitTicks();
  /// Whether the key was one that zooms or pans.
  bool navigate(const QKeyEvent& event);
  /// What a click on the legend does, for those who do not click.
  void addLegendMenu(QMenu& menu);
  void endDrag();
  void updateCursor();
  [[nodiscard]] std::optional<SelectRegion> region() const;
  void drawEmptyText(QCPPainter& painter) const;
  void drawRegion(QCPPainter& painter) const;
  void askFigureFile(const FigureForm& form);
  void showError(const QString& text);

  Theme theme_;
  LegendStrip* strip_;
  QPointer<RedrawTurns> turns_;
  QString emptyText_;
  SelectShape shape_ = SelectShape::Rectangle;
  Drag drag_ = Drag::None;
  bool lasso_ = false;
  QPointF dragFrom_;
  QPointF dragTo_;
  QPolygonF path_;
  bool space_ = false;
  bool spaceUsed_ = false;
  bool framed_ = false;  ///< the keyboard came here by a key, not by a click
  bool follow_ = true;
  bool dirty_ = true;
  bool answers_ = false;  ///< the next picture is the answer to a key
  bool drawn_ = false;    ///< there is a picture of this size, old as it may be
};

}  // namespace assayer::ui
