// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Loadings of principal components over the axis of the spectra. A click on the legend hides or shows one.
class LoadingsPlot : public PlotView {
  Q_OBJECT
 public:
  explicit LoadingsPlot(QWidget* parent = nullptr);

  /// The first `shown` components are drawn at first.
  void setPca(DatasetPtr data, std::shared_ptr<const Pca> pca, std::size_t shown = 3);
  void setShown(const std::vector<std::size_t>& components);
  [[nodiscard]] std::vector<std::size_t> shown() const;

  [[nodiscard]] PlotTable table() const override;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("loadings"); }
  [[nodiscard]] bool isEmpty() const override { return !data_ || !pca_; }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void legendClicked(int entry) override;

 private:
  void fill();

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  std::vector<std::size_t> order_;  ///< channels that the components use, by ascending position
  std::vector<bool> on_;
  std::vector<QCPGraph*> lines_;
};

}  // namespace assayer::ui
