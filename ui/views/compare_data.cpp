// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare_data.h"

#include <cmath>
#include <limits>

#include "ui/viewmodels/texts.h"

namespace assayer::ui {

std::vector<LeftOutRow> leftOutRows(const Validation& validation, std::size_t method, std::size_t component) {
  std::vector<LeftOutRow> rows;
  if (method >= validation.methods.size() || component >= validation.components.size() || !validation.data)
    return rows;
  const Dataset& data = *validation.data;
  const MethodScores& scores = validation.methods[method];
  for (std::size_t s = 0; s < validation.splits.size() && s < scores.splits.size(); ++s) {
    if (!scores.splits[s]) continue;
    const Rows& test = validation.splits[s].test;
    const Matrix<double>& predicted = scores.splits[s]->predicted;
    const Matrix<double>& sd = scores.splits[s]->predicted_sd;
    if (predicted.rows() != test.size()) continue;
    for (std::size_t i = 0; i < test.size(); ++i) {
      const double value = predicted(i, component);
      if (!std::isfinite(value)) continue;
      rows.push_back({test[i], s, data.abundances()->row(test[i])[component], value,
                      sd.empty() ? std::numeric_limits<double>::quiet_NaN() : sd(i, component)});
    }
  }
  return rows;
}

QStringList methodNames(const Validation& validation) {
  QStringList names;
  for (const MethodScores& scores : validation.methods) names << QString::fromStdString(scores.method);
  return names;
}

QStringList componentNames(const Validation& validation) {
  return toStrings(validation.components);
}

}  // namespace assayer::ui
