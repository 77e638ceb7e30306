// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/methods_table.h"

#include <QHeaderView>
#include <array>
#include <cmath>
#include <optional>

#include "core/validation/measures.h"

namespace assayer::ui {
namespace {

QString number(double value) {
  return std::isfinite(value) ? QString::number(value, 'g', 4) : QStringLiteral("–");
}

QString text(const Summary& summary) {
  if (!std::isfinite(summary.sd)) return number(summary.mean);
  return QStringLiteral("%1 ± %2").arg(number(summary.mean), QString::number(summary.sd, 'g', 2));
}

QTableWidgetItem* textItem(const QString& text, bool right = true) {
  auto* made = new QTableWidgetItem(text);
  made->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
  if (right) made->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  return made;
}

void dress(QTableWidget& table) {
  table.setEditTriggers(QAbstractItemView::NoEditTriggers);
  // Tab goes on to the next control; the arrow keys go from cell to cell.
  table.setTabKeyNavigation(false);
  table.verticalHeader()->hide();
  table.horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table.setAlternatingRowColors(true);
  table.setFrameShape(QFrame::NoFrame);
}

PlotTable contents(const QTableWidget& widget) {
  PlotTable table;
  for (int c = 0; c < widget.columnCount(); ++c) table.header << widget.horizontalHeaderItem(c)->text();
  for (int r = 0; r < widget.rowCount(); ++r) {
    QStringList row;
    for (int c = 0; c < widget.columnCount(); ++c) row << widget.item(r, c)->text();
    table.rows << row;
  }
  return table;
}

}  // namespace

MethodsTable::MethodsTable(QWidget* parent) : QTableWidget(parent) {
  setObjectName(QStringLiteral("methodsTable"));
  setAccessibleName(tr("Methods that were compared"));
  dress(*this);
  const QStringList titles = {tr("Method"),     tr("KL, nats"),      tr("RMSE"),
                              tr("R²"),         tr("Endmember L2"),  tr("Endmember SAD, °"),
                              tr("z of group"), tr("Truth in 95 %"), tr("Seconds")};
  const QStringList tips = {
      {},
      tr("KL(y ‖ ŷ) of the compositions of left-out spectra"),
      tr("Root mean square error over all components"),
      tr("Mean over the components; below 0 is worse than the training spectra's mean"),
      tr("Distance from the reference spectra in their units"),
      tr("Spectral angle to the reference spectra"),
      tr("Share of left-out spectra nearest to their own group's median of z"),
      tr("Share of left-out compositions inside their 95 % interval: 0.95 is right, not more"),
      tr("Fitting and predicting, all splits")};
  setColumnCount(static_cast<int>(titles.size()));
  setHorizontalHeaderLabels(titles);
  for (int c = 0; c < columnCount(); ++c) horizontalHeaderItem(c)->setToolTip(tips[c]);
}

void MethodsTable::setValidation(const ValidationPtr& validation) {
  setRowCount(0);
  if (!validation) return;
  setRowCount(static_cast<int>(validation->methods.size()));
  std::array<std::optional<std::size_t>, kMeasures.size()> best;
  for (std::size_t i = 0; i < kMeasures.size(); ++i) best[i] = clear_best(*validation, kMeasures[i]);
  for (std::size_t m = 0; m < validation->methods.size(); ++m) {
    const MethodScores& scores = validation->methods[m];
    const int row = static_cast<int>(m);
    setItem(row, 0, textItem(QString::fromStdString(scores.method), false));
    for (std::size_t i = 0; i < kMeasures.size(); ++i) {
      QTableWidgetItem* cell = textItem(text(summarise(scores, kMeasures[i])));
      if (best[i] == m) {
        QFont bold = font();
        bold.setBold(true);
        cell->setFont(bold);
        cell->setText(cell->text() + QStringLiteral(" ★"));
        cell->setToolTip(
            tr("Better than every other method, each time with a 95 % interval of the paired "
               "difference that excludes 0"));
      }
      setItem(row, static_cast<int>(i) + 1, cell);
    }
    double seconds = 0;
    for (const auto& split : scores.splits) seconds += split ? split->seconds : 0;
    setItem(row, columnCount() - 1, textItem(QString::number(seconds, 'f', 1)));
  }
}

PlotTable MethodsTable::table() const {
  return contents(*this);
}

RunsTable::RunsTable(QWidget* parent) : QTableWidget(parent) {
  setObjectName(QStringLiteral("runsTable"));
  setAccessibleName(tr("Finished runs"));
  dress(*this);
  const QStringList titles = {
      tr("Run"),          tr("Settings"),         tr("KL held out"), tr("KL training"),   tr("RMSE"),
      tr("Endmember L2"), tr("Endmember SAD, °"), tr("z of group"),  tr("Truth in 95 %"), tr("Seconds")};
  setColumnCount(static_cast<int>(titles.size()));
  setHorizontalHeaderLabels(titles);
}

void RunsTable::addRun(const QString& name, const QString& settings, const Evaluation& e, double seconds) {
  const int row = rowCount();
  insertRow(row);
  const auto known = [](const std::optional<double>& value) {
    return value ? number(*value) : QStringLiteral("–");
  };
  const auto kl = [&](std::optional<double> Evaluation::Divergence::* which) {
    return e.kl ? known((*e.kl).*which) : QStringLiteral("–");
  };
  QString covered = QStringLiteral("–");
  for (const Evaluation::Coverage& at : e.coverage)
    if (std::abs(at.level - 0.95) < 1e-9) covered = number(at.observed);
  const QStringList cells = {name,
                             settings,
                             kl(&Evaluation::Divergence::held_out),
                             kl(&Evaluation::Divergence::training),
                             e.rmse ? number(e.rmse->mean) : QStringLiteral("–"),
                             e.endmembers ? number(e.endmembers->mean_l2) : QStringLiteral("–"),
                             e.endmembers ? number(e.endmembers->mean_sad) : QStringLiteral("–"),
                             e.z ? number(e.z->accuracy) : QStringLiteral("–"),
                             covered,
                             QString::number(seconds, 'f', 1)};
  for (int c = 0; c < columnCount(); ++c) setItem(row, c, textItem(cells[c], c > 1));
}

void RunsTable::clearRuns() {
  setRowCount(0);
}

PlotTable RunsTable::table() const {
  return contents(*this);
}

QString validationText(const Validation& validation) {
  QStringList lines;
  lines << MethodsTable::tr(
               "%L1 spectra, %2 splits by %3; mean ± sd over the splits. ★: better than every other "
               "method, with an interval that excludes 0.")
               .arg(static_cast<qulonglong>(validation.rows))
               .arg(static_cast<qulonglong>(validation.splits.size()))
               .arg(QString::fromStdString(validation.by));
  for (const PairedDifference& pair : validation.kl_differences) {
    const QString names =
        QStringLiteral("%1 − %2").arg(QString::fromStdString(pair.a), QString::fromStdString(pair.b));
    if (!std::isfinite(pair.mean)) continue;
    if (std::isfinite(pair.low))
      lines << MethodsTable::tr("KL, %1: %2, 95 % interval %3 to %4")
                   .arg(names, number(pair.mean), number(pair.low), number(pair.high));
    else
      lines << MethodsTable::tr("KL, %1: %2").arg(names, number(pair.mean));
  }
  for (const std::string& warning : validation.warnings)
    lines << MethodsTable::tr("Beware: %1.").arg(QString::fromStdString(warning));
  for (const MethodScores& scores : validation.methods)
    for (const std::string& failure : scores.failures)
      lines << MethodsTable::tr("%1 failed on %2")
                   .arg(QString::fromStdString(scores.method), QString::fromStdString(failure));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace assayer::ui
