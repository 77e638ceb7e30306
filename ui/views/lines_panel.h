// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <map>

#include "ui/viewmodels/element_lines.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QToolButton;

namespace assayer::ui {

/// A small periodic table in which elements are chosen whose lines are drawn over spectra, and what is said
/// about peaks.
class LinesPanel : public QWidget {
  Q_OBJECT
 public:
  explicit LinesPanel(QWidget* parent = nullptr);

  [[nodiscard]] std::vector<std::string> elements() const;
  [[nodiscard]] Medium medium() const;
  [[nodiscard]] bool namesPeaks() const;
  /// Least prominence of a peak that is named, as a share of its spectrometer's highest value.
  [[nodiscard]] double share() const;
  /// The colour of an element's button and lines.
  [[nodiscard]] QColor colourOf(const std::string& element) const;
  /// What was found: "31 peaks, 24 of them at a line".
  void setNote(const QString& text);
  [[nodiscard]] QToolButton* button(const std::string& element) const;

 Q_SIGNALS:
  /// Elements, medium or what is named is another.
  void changed();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void styleButtons();

  std::map<std::string, QToolButton*> buttons_;
  QComboBox* medium_;
  QCheckBox* peaks_;
  QDoubleSpinBox* share_;
  QLabel* note_;
};

}  // namespace assayer::ui
