// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QVector>
#include <QWidget>
#include <vector>

#include "core/base/matrix.h"

class QCheckBox;
class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QSlider;
class QToolButton;

namespace assayer::ui {

/// What the model is asked to generate: a composition, by share of each component, and z by a slider per
/// dimension. It shows what it is given and says what the user wants.
class ComposePanel : public QWidget {
  Q_OBJECT
 public:
  /// Components with a box of their own; of more, the composition is chosen on the simplex alone.
  static constexpr std::size_t kBoxes = 16;

  explicit ComposePanel(QWidget* parent = nullptr);

  void setComponents(const QStringList& names);
  /// z of the rows that the model has seen [N, Z], from which the sliders take their ranges; empty: no model
  /// that generates, or none with z. Keeps the values where the number of dimensions stays.
  void setNuisances(const Matrix<double>& z);
  /// Whether there is a model to ask.
  void setReady(bool ready);
  /// Chooses a composition (on the simplex); empty: none.
  void setComposition(const QVector<double>& composition);

  [[nodiscard]] const QVector<double>& composition() const { return composition_; }
  /// Empty: each member's own mean.
  [[nodiscard]] std::vector<double> nuisances() const;
  void setNote(const QString& text);

 Q_SIGNALS:
  /// Composition or z is another; without a composition nothing is to be generated.
  void changed();

 private:
  void fillBoxes();
  void takeBox(std::size_t component, double percent);
  void showValues();

  QVector<double> composition_;
  QStringList names_;
  std::vector<double> low_, high_, mean_;  ///< per dimension of z
  QGridLayout* parts_;
  QGridLayout* dimensions_;
  std::vector<QDoubleSpinBox*> boxes_;
  std::vector<QSlider*> sliders_;
  std::vector<QLabel*> values_;
  QCheckBox* own_mean_;
  QToolButton* clear_;
  QLabel* hint_;
  QLabel* note_;
};

}  // namespace assayer::ui
