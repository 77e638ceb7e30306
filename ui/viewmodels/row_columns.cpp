// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/row_columns.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/session_model.h"

namespace assayer::ui {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
/// Dimensions of z with a column for each run that is compared: all of them would hide the next run.
constexpr std::size_t kComparedDimensions = 2;

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

/// What the column's run says of the rows; null where there is none.
const Prediction* predictionOf(const RowSource& source, const RowColumn& column) {
  const Snapshot* told = source.snapshot.get();
  if (column.run != 0) {
    const ShownRun* run = findRun(source.runs, column.run);
    told = run != nullptr ? run->snapshot.get() : nullptr;
  }
  return told != nullptr ? &told->prediction : nullptr;
}

double number(const RowSource& source, const RowColumn& column, std::size_t row) {
  using Kind = RowColumn::Kind;
  const Prediction* told = predictionOf(source, column);
  const Dataset& data = *source.data;
  const auto of = [row, &column](const Matrix<double>& values) {
    return row < values.rows() && column.index < values.cols() ? values(row, column.index) : kNaN;
  };
  switch (column.kind) {
    case Kind::Row:
      return static_cast<double>(row);
    case Kind::Group:
      return data.groups() ? static_cast<double>(data.groups()->of_row[row]) : kNaN;
    case Kind::Role:
      return source.roles && row < source.roles->size() ? static_cast<double>((*source.roles)[row]) : kNaN;
    case Kind::Metadata: {
      const auto& values = data.metadata()[column.index].values;
      if (const auto* doubles = std::get_if<std::vector<double>>(&values)) return (*doubles)[row];
      if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&values))
        return static_cast<double>((*whole)[row]);
      return kNaN;
    }
    case Kind::Known:
      return data.abundances() ? 100 * of(data.abundances()->values()) : kNaN;
    case Kind::Predicted:
      return told != nullptr ? 100 * of(told->composition) : kNaN;
    case Kind::PredictedSd:
      return told != nullptr ? 100 * of(told->composition_sd) : kNaN;
    case Kind::Nuisance:
      return told != nullptr ? of(told->z) : kNaN;
    case Kind::Trust: {
      if (told == nullptr) return kNaN;
      const auto columns = told->trust();
      if (column.index >= columns.size()) return kNaN;
      const std::vector<double>& values = *columns[column.index].second;
      return row < values.size() ? values[row] : kNaN;
    }
    case Kind::Misfit:
      return told != nullptr && row < told->misfit.size() ? told->misfit[row] : kNaN;
  }
  return kNaN;
}

}  // namespace

std::vector<RowColumn> rowColumns(const RowSource& source) {
  using Kind = RowColumn::Kind;
  std::vector<RowColumn> columns;
  if (!source.data) return columns;
  const Dataset& data = *source.data;
  columns.push_back({Kind::Row, 0, tr("Row"), true});
  if (data.groups()) columns.push_back({Kind::Group, 0, tr("Group"), false});
  columns.push_back({Kind::Role, 0, tr("Role"), false});
  for (std::size_t m = 0; m < data.metadata().size(); ++m) {
    const MetadataColumn& column = data.metadata()[m];
    columns.push_back({Kind::Metadata, m, QString::fromStdString(column.name),
                       !std::holds_alternative<std::vector<std::string>>(column.values)});
  }
  std::vector<QString> names;
  for (const std::string& name : data.component_names()) names.push_back(QString::fromStdString(name));
  if (data.abundances())
    for (std::size_t k = 0; k < data.components(); ++k)
      columns.push_back({Kind::Known, k, tr("%1, known (%)").arg(names[k]), true});
  const auto component = [&names](std::size_t k) {
    return k < names.size() ? names[k] : tr("component %1").arg(k + 1);
  };
  if (source.snapshot) {
    const Prediction& prediction = source.snapshot->prediction;
    for (std::size_t k = 0; k < prediction.composition.cols(); ++k) {
      columns.push_back({Kind::Predicted, k, tr("%1 (%)").arg(component(k)), true});
      if (k < prediction.composition_sd.cols())
        columns.push_back({Kind::PredictedSd, k, tr("%1 ± (%)").arg(component(k)), true});
    }
    for (std::size_t d = 0; d < prediction.z.cols(); ++d)
      columns.push_back({Kind::Nuisance, d, tr("z %1").arg(d + 1), true});
    const auto trust = prediction.trust();
    for (std::size_t t = 0; t < trust.size(); ++t)
      columns.push_back({Kind::Trust, t, coreText(trust[t].first), true});
  }
  for (const ShownRun& run : source.runs) {
    const Prediction& prediction = run.snapshot->prediction;
    const auto add = [&](Kind kind, std::size_t index, const QString& what) {
      columns.push_back({kind, index, tr("%1 of %2").arg(what, run.name), true, run.id});
    };
    for (std::size_t k = 0; k < prediction.composition.cols(); ++k)
      add(Kind::Predicted, k, tr("%1 (%)").arg(component(k)));
    for (std::size_t d = 0; d < std::min(kComparedDimensions, prediction.z.cols()); ++d)
      add(Kind::Nuisance, d, tr("z %1").arg(d + 1));
    if (!prediction.misfit.empty()) add(Kind::Misfit, 0, tr("misfit"));
  }
  return columns;
}

QString rowText(const RowSource& source, const RowColumn& column, std::size_t row, bool full) {
  using Kind = RowColumn::Kind;
  const Dataset& data = *source.data;
  switch (column.kind) {
    case Kind::Row:
      return QString::number(row);
    case Kind::Group: {
      const auto group = static_cast<std::size_t>(data.groups()->of_row[row]);
      return group < data.groups()->names.size() ? QString::fromStdString(data.groups()->names[group])
                                                 : QString();
    }
    case Kind::Role:
      return source.roles && row < source.roles->size() ? roleName((*source.roles)[row]) : QString();
    case Kind::Metadata:
      return QString::fromStdString(data.metadata()[column.index].text(row));
    case Kind::Known:
    case Kind::Predicted:
    case Kind::PredictedSd:
    case Kind::Nuisance:
    case Kind::Trust:
    case Kind::Misfit: {
      const double value = number(source, column, row);
      if (!std::isfinite(value)) return {};
      if (full) return QString::number(value, 'g', QLocale::FloatingPointShortest);
      const bool percent =
          column.kind != Kind::Nuisance && column.kind != Kind::Trust && column.kind != Kind::Misfit;
      return QString::number(value, 'f', percent ? 2 : 3);
    }
  }
  return {};
}

Result<std::vector<std::uint32_t>> sortedRows(const RowSource& source, const RowColumn& column,
                                              bool descending, const RunControl& control) {
  std::vector<std::uint32_t> order(source.data->rows());
  std::iota(order.begin(), order.end(), 0U);
  // Texts become numbers of their alphabetical order first, once per different text.
  std::vector<double> keys(order.size());
  if (column.number || column.kind == RowColumn::Kind::Role) {
    for (std::size_t row = 0; row < keys.size(); ++row) keys[row] = number(source, column, row);
  } else {
    std::vector<std::string> texts(keys.size());
    for (std::size_t row = 0; row < keys.size(); ++row)
      texts[row] = rowText(source, column, row).toStdString();
    std::vector<std::string> sorted = texts;
    std::ranges::sort(sorted);
    const auto rest = std::ranges::unique(sorted);
    sorted.erase(rest.begin(), rest.end());
    for (std::size_t row = 0; row < keys.size(); ++row)
      keys[row] = texts[row].empty()
                      ? kNaN
                      : static_cast<double>(std::ranges::lower_bound(sorted, texts[row]) - sorted.begin());
  }
  if (control.stop_requested()) return fail(Error::cancel());
  std::ranges::stable_sort(order, [&keys, descending](std::uint32_t a, std::uint32_t b) {
    const bool missing_a = std::isnan(keys[a]);
    const bool missing_b = std::isnan(keys[b]);
    if (missing_a || missing_b) return !missing_a && missing_b;
    return descending ? keys[a] > keys[b] : keys[a] < keys[b];
  });
  if (control.stop_requested()) return fail(Error::cancel());
  return order;
}

}  // namespace assayer::ui
