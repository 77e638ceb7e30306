// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the window as figures, tables and reports.
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QStatusBar>
#include <array>
#include <utility>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/report.h"
#include "ui/viewmodels/result_export.h"
#include "ui/views/compare_page.h"
#include "ui/views/curve_plot.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/loadings_plot.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/picture_grid.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_view.h"
#include "ui/views/qcp.h"
#include "ui/views/report_writer.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/training_dock.h"

namespace assayer::ui {

namespace {

constexpr QSize kFigureSize(1200, 800);
/// Pixels of a PNG for one of the screen, whatever size the plots have there just now.
constexpr double kFigureScale = 1.5;

/// What a report is made of, copied: session and runs may change while it is being written.
struct ReportJob {
  Report report;
  std::vector<ReportFigure> figures;
};

}  // namespace

std::vector<MainWindow::Figure> MainWindow::shownFigures() const {
  std::vector<Figure> figures = {{simplex_, "simplex", tr("Simplex")},
                                 {spectra_, "spectra", tr("Spectra")},
                                 {nuisance_, "nuisance", tr("Nuisance z")},
                                 {projection_panel_->plane(), "projection", tr("Projection")},
                                 {objective_, "objective", tr("Objective")}};
  if (session_.data() && session_.data()->image_shape())
    figures.push_back({linked_->map()->view(), "map", tr("Image map")});
  if (linked_->pictures()->gridRows() > 0)
    figures.push_back({linked_->pictures(), "pictures", tr("Pictures")});
  figures.push_back({projection_panel_->scree(), "scree", tr("Explained variance")});
  figures.push_back({projection_panel_->loadings(), "loadings", tr("Loadings")});
  if (compare_page_->validation()) {
    const std::array<std::pair<const char*, QString>, 4> names = {
        {{"compare-predicted", tr("Methods compared: predicted against true")},
         {"compare-residuals", tr("Methods compared: errors by group")},
         {"compare-calibration", tr("Methods compared: calibration")},
         {"compare-learning", tr("Methods compared: learning curves")}}};
    for (std::size_t i = 0; i < names.size(); ++i)
      if (PlotView* plot = compare_page_->plots()[i]; !plot->table().rows.isEmpty())
        figures.push_back({plot, names[i].first, names[i].second});
  }
  return figures;
}

bool MainWindow::exportAll(const QString& folder, QString* error) {
  const auto failed_with = [error](const QString& text) {
    if (error != nullptr) *error = text;
    return false;
  };
  if (!QDir().mkpath(folder)) return failed_with(tr("%1: the folder cannot be made").arg(folder));
  const QDir into(folder);
  for (const auto& [view, name, title] : shownFigures()) {
    const QString base = into.filePath(QLatin1String(name));
    QString problem;
    for (const char* suffix : {".pdf", ".svg", ".png"})
      if (!view->exportFigure(base + QLatin1String(suffix), kFigureSize, &problem, kFigureScale))
        return failed_with(problem);
    if (!view->exportData(base + QStringLiteral(".csv"), &problem)) return failed_with(problem);
  }
  if (QString problem; !compare_page_->exportTables(folder, &problem)) return failed_with(problem);
  if (const std::shared_ptr<const Snapshot> shown = shownSnapshot()) {
    const Dataset& source = *session_.data();
    Status written = exportEndmembersCsv(*spectra_->data(), shown->endmembers,
                                         into.filePath(QStringLiteral("endmembers.csv")));
    if (written)
      written =
          exportCompositionCsv(source, shown->prediction, into.filePath(QStringLiteral("composition.csv")));
    if (written && shownEvaluation())
      written = writeTextFile(into.filePath(QStringLiteral("evaluation.json")),
                              QByteArray::fromStdString(shownEvaluation()->to_json()) + "\n");
    if (!written) return failed_with(errorText(written.error()));
  }
  return true;
}

void MainWindow::exportReport(const QString& path) {
  if (!session_.isOpen()) return;
  const auto form = reportForm(path);
  if (!form) {
    showError(form.error());
    return;
  }
  ReportJob job;
  const bool going = training_.active();
  job.report = makeReport({projectName(), session_.format(), session_.warnings(), session_.session(),
                           runs_.runs(), runs_.activeId(), going ? live_run_ : 0, training_dock_->matches(),
                           versions(), QDateTime::currentDateTime()});
  for (const auto& [view, name, title] : shownFigures()) {
    if (view->table().rows.isEmpty()) continue;
    auto figure = captureFigure(*view, title, *form);
    if (!figure) {
      showError(figure.error());
      return;
    }
    job.figures.push_back(*std::move(figure));
  }
  save_jobs_.start<QString>(
      tr("Writing %1").arg(QFileInfo(path).fileName()),
      [job = std::move(job), form = *form, path](RunControl&, const ProgressFn&) -> Result<QString> {
        if (const Status written = writeReport(job.report, job.figures, form, path); !written)
          return fail(written.error());
        return path;
      },
      [this](Result<QString>& written) {
        if (!written) {
          showError(written.error());
          return;
        }
        statusBar()->showMessage(tr("Report written to %1").arg(QDir::toNativeSeparators(*written)));
        Q_EMIT reportWritten(*written);
      });
}

std::vector<std::pair<QString, QString>> MainWindow::versions() const {
  std::vector<std::pair<QString, QString>> versions = {{tr("Assayer"), QLatin1String(ASSAYER_VERSION)}};
  if (!options_.commit.isEmpty()) versions.emplace_back(tr("Commit"), options_.commit);
  versions.emplace_back(QStringLiteral("Qt"), QLatin1String(qVersion()));
  versions.emplace_back(QStringLiteral("QCustomPlot"), QLatin1String(QCUSTOMPLOT_VERSION_STR));
  if (!training_.engine_description().isEmpty())
    versions.emplace_back(tr("Numerical engine"), training_.engine_description());
  return versions;
}

}  // namespace assayer::ui
