// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/shown_run.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <utility>

namespace assayer::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

Matrix<double> scoresOf(const Pca& pca, const Matrix<float>& spectra) {
  if (spectra.empty() || spectra.cols() != pca.mean.size()) return {};
  Matrix<double> scores(spectra.rows(), pca.loadings.rows());
  for (std::size_t c = 0; c < spectra.cols(); ++c) {
    // Masked: no part of the components.
    if (!std::isfinite(pca.mean[c])) continue;
    for (std::size_t k = 0; k < spectra.rows(); ++k) {
      const double away = static_cast<double>(spectra(k, c)) - static_cast<double>(pca.mean[c]);
      // Without a value there is no score: what is left out counts as much as what is there.
      if (!std::isfinite(away)) return {};
      for (std::size_t r = 0; r < scores.cols(); ++r)
        scores(k, r) += away * static_cast<double>(pca.loadings(r, c));
    }
  }
  return scores;
}

}  // namespace

void keepFitting(std::vector<ShownRun>& runs, const Dataset* data) {
  std::erase_if(runs, [data](const ShownRun& run) {
    return data == nullptr || !run.snapshot || run.snapshot->prediction.composition.rows() != data->rows();
  });
}

const ShownRun* findRun(const std::vector<ShownRun>& runs, std::uint64_t id) {
  const auto found = std::ranges::find(runs, id, &ShownRun::id);
  return found == runs.end() ? nullptr : &*found;
}

std::vector<RunEndmembers> endmembersAmong(const Pca& pca, const DatasetPtr& data,
                                           const std::vector<ShownRun>& runs) {
  std::vector<RunEndmembers> all;
  for (const ShownRun& run : runs) {
    RunEndmembers mine{run.id, run.name, {}};
    if (run.snapshot && run.data == data) mine.scores = scoresOf(pca, run.snapshot->endmembers.mean);
    all.push_back(std::move(mine));
  }
  return all;
}

QString endmemberText(const Dataset& data, const RunEndmembers& run, std::size_t component) {
  const std::vector<std::string>& names = data.component_names();
  const QString name =
      component < names.size() ? QString::fromStdString(names[component]) : QString::number(component + 1);
  return tr("endmember %1 of %2").arg(name, run.name);
}

}  // namespace assayer::ui
