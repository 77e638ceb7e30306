// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QSize>
#include <QSizeF>
#include <QString>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace assayer::ui {

/// How a figure is to be written, in the terms in which journals ask for it.
struct FigureForm {
  QString suffix;          ///< "pdf", "svg" or "png"
  QSizeF millimetres;      ///< width, height
  int dotsPerInch = 300;   ///< of pixels; vectors have none
  int screenPerInch = 96;  ///< pixels of the screen per inch, in which a plot measures its letters

  /// What a plot is laid out in: a vector file in pixels of the screen, a PNG in its own.
  [[nodiscard]] QSize pixels(bool raster) const;
  /// Pixels of a PNG for one of the screen.
  [[nodiscard]] double scale() const { return static_cast<double>(dotsPerInch) / screenPerInch; }
};

/// Asks for format, size and resolution of a figure; its letters come out as large as on the screen.
class FigureDialog : public QDialog {
  Q_OBJECT
 public:
  /// Starts with a plot's size on the screen, in its pixels.
  FigureDialog(QSize onScreen, int screenPerInch, QWidget* parent = nullptr);

  [[nodiscard]] FigureForm form() const;

 private:
  void keepProportions(bool widthLeads);
  void showOutcome();

  QSize on_screen_;
  int screen_per_inch_;
  QComboBox* format_;
  QDoubleSpinBox* width_;
  QDoubleSpinBox* height_;
  QCheckBox* proportions_;
  QSpinBox* resolution_;
  QLabel* outcome_;
  QPushButton* save_;
};

}  // namespace assayer::ui
