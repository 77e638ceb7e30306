// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QButtonGroup;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace assayer::ui {

/// Asks for compositions without a spectrum: where on the simplex, how many, how widely spread, and whether
/// they join those that there are or stand in their place. The answer has the form of make_unfeatured's SPEC.
class UnfeaturedDialog : public QDialog {
  Q_OBJECT
 public:
  /// `components` at least 2; `present` unfeatured points are there already.
  UnfeaturedDialog(std::size_t components, std::size_t present, QWidget* parent = nullptr);

  [[nodiscard]] QString spec() const;
  [[nodiscard]] bool joins() const;

 Q_SIGNALS:
  void specAccepted(const QString& spec, bool joins);

 private:
  enum class Where { Corners, Edges, Whole, Pure, Peak };
  [[nodiscard]] Where where() const;
  void adapt();

  std::size_t components_;
  QFormLayout* form_;
  QComboBox* where_;
  QSpinBox* count_;
  QDoubleSpinBox* spread_;
  QLabel* meaning_;
  QButtonGroup* how_;
};

}  // namespace assayer::ui
