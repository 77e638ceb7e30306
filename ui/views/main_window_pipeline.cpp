// SPDX-License-Identifier: GPL-3.0-or-later
// Preprocessing in the window: edits by way of the session, previews on a worker.
#include <QFileInfo>
#include <QStatusBar>
#include <QTimer>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/io/band_file.h"
#include "core/preprocess/bands.h"
#include "core/preprocess/fitted_pipeline.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_filters.h"
#include "ui/views/pipeline_dock.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/step_preview.h"

namespace assayer::ui {

namespace {

/// Typing and dragging through rows ask for many previews; one per pause is enough.
constexpr int kPreviewDelay = 120;  // ms
/// Spectra in the preview.
constexpr std::size_t kPreviewed = 5;

/// The pipeline with its step at the bands of a file, provided that the step is the one that was asked for.
Result<Pipeline> withBands(Pipeline pipeline, int number, const StepSettings& asked, const SensorBands& bands,
                           WavelengthUnit unit) {
  const auto at = static_cast<std::size_t>(number);
  if (at >= pipeline.steps.size() || !(pipeline.steps[at] == asked)) {
    return fail({Error::Kind::Usage, "the step was changed while the file was read", "", "", "",
                 "Take the positions again."});
  }
  const WavelengthUnit met = unit_before(pipeline, at, unit);
  if (auto taken = take_bands(pipeline.steps[at], bands, met); !taken) return fail(taken.error());
  return pipeline;
}

}  // namespace

void MainWindow::connectPipeline() {
  preview_timer_ = new QTimer(this);
  preview_timer_->setSingleShot(true);
  preview_timer_->setInterval(kPreviewDelay);
  connect(preview_timer_, &QTimer::timeout, this, &MainWindow::updatePreview);
  const auto later = [this] { preview_timer_->start(); };
  connect(pipeline_dock_, &PipelineDock::pipelineEdited, this,
          [this](const Pipeline& pipeline, const QString& what) { session_.setPipeline(pipeline, what); });
  connect(&session_, &SessionModel::pipelineChanged, this, [this, later] {
    pipeline_dock_->setPipeline(session_.session().pipeline());
    later();
  });
  connect(pipeline_dock_, &PipelineDock::currentStepChanged, this, later);
  connect(&selection_, &SelectionModel::changed, this, later);
  connect(&session_, &SessionModel::rolesChanged, this, later);
  const auto take = [this](int number, const StepSettings& asked, const QString& path,
                           const ReadBands& read) {
    const QString name = QFileInfo(path).fileName();
    auto changed = withBands(session_.session().pipeline(), number, asked, read.bands,
                             session_.data()->wavelength().unit());
    if (!changed) {
      showError(changed.error().in(path.toStdString()));
      return;
    }
    QStringList notes = toStrings(read.warnings);
    const bool response = asked.is("method", "gaussian");
    if (read.bands.fwhm.empty() && response)
      notes << tr("%1 tells no widths of its bands: fwhm is as it was, or their distance.").arg(name);
    else if (!read.bands.fwhm.empty() && !response)
      notes << tr("The widths of the bands of %1 count with the method gaussian.").arg(name);
    session_.setPipeline(*changed, tr("take positions from %1").arg(name));
    if (!notes.isEmpty()) say(MessageBar::Level::Information, notes.join(QLatin1Char(' ')));
  };
  const auto read = [this, take](int number, const QString& path) {
    const auto& steps = session_.session().pipeline().steps;
    const auto at = static_cast<std::size_t>(number);
    if (!session_.isOpen() || at >= steps.size() || steps[at].info().name != kResample) return;
    load_jobs_.start<ReadBands>(
        tr("Reading the bands of %1").arg(QFileInfo(path).fileName()),
        [file = std::filesystem::path(QFileInfo(path).filesystemAbsoluteFilePath())](
            RunControl& control, const ProgressFn& progress) { return read_bands(file, control, progress); },
        [this, take, number, asked = steps[at], path, session = session_number_](Result<ReadBands>& bands) {
          if (!bands)
            showError(bands.error());
          else if (session == session_number_ && session_.isOpen())
            take(number, asked, path, *bands);
        });
  };
  connect(pipeline_dock_, &PipelineDock::bandsWanted, this, [this, read](int number) {
    askFile(false, tr("Positions from a File"), openFilter(), {}, {},
            [read, number](const QString& path) { read(number, path); });
  });
  connect(pipeline_dock_->preview(), &PlotView::statusText, this,
          [this](const QString& text) { statusBar()->showMessage(text); });
}

void MainWindow::updatePreview() {
  const Session& session = session_.session();
  if (!session_.isOpen() || session.pipeline().steps.empty()) {
    preview_jobs_.abandon();
    pipeline_dock_->setPreview(nullptr);
    return;
  }
  Rows training;
  for (const Role role : {Role::Labelled, Role::Unlabelled}) {
    const Rows rows = rows_with(session.roles(), role);
    training.insert(training.end(), rows.begin(), rows.end());
  }
  std::ranges::sort(training);
  // The selection, or a few of the rows that are trained on.
  Rows shown = selection_.rows().empty() ? training : selection_.rows();
  if (shown.empty()) shown.push_back(0);
  if (shown.size() > kPreviewed) shown.resize(kPreviewed);
  preview_jobs_.start<PipelinePreview>(
      tr("Preview"),
      [data = session_.data(), pipeline = session.pipeline(), training = std::move(training),
       shown = std::move(shown),
       step = pipeline_dock_->currentStep()](RunControl& control, const ProgressFn& progress) {
        return previewPipeline(*data, pipeline, training, shown, step, control, progress);
      },
      [this](Result<PipelinePreview>& preview) {
        if (preview)
          pipeline_dock_->setPreview(std::make_shared<const PipelinePreview>(std::move(*preview)));
        else if (!preview.error().cancelled())
          pipeline_dock_->setProblem(errorText(preview.error()));
        if (!busy()) Q_EMIT settled();
      });
}

void MainWindow::adoptPipeline(const ModelState& state) {
  Pipeline steps;
  if (state.preprocessing)
    if (const auto fitted = FittedPipeline::restore(*state.preprocessing)) steps = (*fitted)->pipeline();
  session_.setPipeline(steps, tr("take over the model's preprocessing"));
}

void MainWindow::showSpectraOf(const DatasetPtr& shown) {
  if (!shown || spectra_->data() == shown) return;
  spectra_->setData(shown);
  spectra_->setSelection(selection_.rows());
}

}  // namespace assayer::ui
