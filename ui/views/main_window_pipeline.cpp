// SPDX-License-Identifier: GPL-3.0-or-later
// Preprocessing in the window: edits by way of the session, previews on a worker.
#include <QStatusBar>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "core/preprocess/fitted_pipeline.h"
#include "ui/views/main_window.h"
#include "ui/views/pipeline_dock.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/step_preview.h"

namespace assayer::ui {

namespace {

/// Typing and dragging through rows ask for many previews; one per pause is enough.
constexpr int kPreviewDelay = 120;  // ms
/// Spectra in the preview.
constexpr std::size_t kPreviewed = 5;

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
          pipeline_dock_->setProblem(QString::fromStdString(preview.error().message()));
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
