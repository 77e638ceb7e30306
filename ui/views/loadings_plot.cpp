// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/loadings_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

LoadingsPlot::LoadingsPlot(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Loadings of principal components appear here once data are open."));
  applyTheme();
}

void LoadingsPlot::setPca(DatasetPtr dataset, std::shared_ptr<const Pca> pca, std::size_t shown) {
  data_ = std::move(dataset);
  pca_ = data_ && pca && pca->loadings.cols() == data_->channels() ? std::move(pca) : nullptr;
  order_.clear();
  on_.assign(pca_ ? pca_->loadings.rows() : 0, false);
  for (std::size_t r = 0; r < std::min(shown, on_.size()); ++r) on_[r] = true;
  if (pca_) {
    for (std::size_t c = 0; c < data_->channels(); ++c)
      if (std::isfinite(pca_->mean[c])) order_.push_back(c);
    std::ranges::sort(order_, {}, [this](std::size_t c) { return data_->wavelength()[c]; });
  }
  fill();
  setFollowsData(true);
  restyle();
  contentChanged();
}

void LoadingsPlot::setShown(const std::vector<std::size_t>& components) {
  std::vector<bool> on(on_.size(), false);
  for (const std::size_t component : components)
    if (component < on.size()) on[component] = true;
  if (on == on_) return;
  on_ = std::move(on);
  restyle();
  contentChanged();
}

std::vector<std::size_t> LoadingsPlot::shown() const {
  std::vector<std::size_t> components;
  for (std::size_t r = 0; r < on_.size(); ++r)
    if (on_[r]) components.push_back(r);
  return components;
}

void LoadingsPlot::fill() {
  for (QCPGraph* line : lines_) removeGraph(line);
  lines_.clear();
  for (std::size_t r = 0; r < on_.size(); ++r) {
    QVector<QCPGraphData> points;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const std::size_t c = order_[i];
      // No line across channels that take no part.
      if (i > 0 && c != order_[i - 1] + 1 && c + 1 != order_[i - 1])
        points.append(
            {(points.last().key + data_->wavelength()[c]) / 2, std::numeric_limits<double>::quiet_NaN()});
      points.append({data_->wavelength()[c], static_cast<double>(pca_->loadings(r, c))});
    }
    lines_.push_back(addGraph());
    lines_.back()->data()->set(points, true);
  }
}

void LoadingsPlot::rescale() {
  double low = 0;
  double high = 0;
  for (std::size_t r = 0; r < on_.size(); ++r) {
    if (!on_[r]) continue;
    for (const std::size_t c : order_) {
      low = std::min(low, static_cast<double>(pca_->loadings(r, c)));
      high = std::max(high, static_cast<double>(pca_->loadings(r, c)));
    }
  }
  yAxis->setRange(padded(low, high));
  if (!order_.empty())
    xAxis->setRange(data_->wavelength()[order_.front()], data_->wavelength()[order_.back()]);
}

void LoadingsPlot::restyle() {
  if (data_) {
    xAxis->setLabel(coreText(axis_title(data_->wavelength().unit())));
  }
  yAxis->setLabel(tr("Loading"));
  yAxis->grid()->setZeroLinePen(QPen(theme().axis, 1, Qt::DashLine));
  std::vector<LegendEntry> entries;
  for (std::size_t r = 0; r < lines_.size(); ++r) {
    const QPen pen(categoryColour(r, theme().dark), 1.5);
    lines_[r]->setPen(pen);
    lines_[r]->setVisible(on_[r]);
    LegendEntry entry;
    entry.text = QStringLiteral("PC%1").arg(r + 1);
    entry.line = pen;
    entry.on = on_[r];
    entries.push_back(std::move(entry));
  }
  strip().setEntries(std::move(entries));
}

QString LoadingsPlot::statusAt(const QPointF& position) const {
  if (!axisRect()->rect().contains(position.toPoint()))
    return tr("Loadings: a click on the legend hides or shows a component");
  QString text = QStringLiteral("x %1").arg(QString::number(xAxis->pixelToCoord(position.x()), 'g', 5));
  const double x = xAxis->pixelToCoord(position.x());
  const auto nearest = std::ranges::min_element(
      order_, {}, [this, x](std::size_t c) { return std::abs(data_->wavelength()[c] - x); });
  if (nearest == order_.end()) return text;
  for (std::size_t r = 0; r < on_.size(); ++r)
    if (on_[r])
      text += QStringLiteral(" · PC%1 %2")
                  .arg(r + 1)
                  .arg(static_cast<double>(pca_->loadings(r, *nearest)), 0, 'g', 3);
  return text;
}

void LoadingsPlot::legendClicked(int entry) {
  const auto r = static_cast<std::size_t>(entry);
  if (r >= on_.size()) return;
  on_[r] = !on_[r];
  restyle();
  contentChanged();
}

PlotTable LoadingsPlot::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  const std::string_view title = axis_title(data_->wavelength().unit());
  table.header << QString::fromUtf8(title.data(), static_cast<qsizetype>(title.size()));
  for (std::size_t r = 0; r < on_.size(); ++r) table.header << QStringLiteral("PC%1").arg(r + 1);
  for (const std::size_t c : order_) {
    QStringList cells{cell(data_->wavelength()[c])};
    for (std::size_t r = 0; r < on_.size(); ++r) cells << cell(pca_->loadings(r, c));
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
