// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <memory>

#include "core/preprocess/pipeline.h"
#include "ui/viewmodels/pipeline_preview.h"

class QFormLayout;
class QLabel;
class QListWidget;
class QToolButton;

namespace assayer::ui {

class StepPreview;

/// The steps of preprocessing: order by dragging, on and off by a tick, settings in place, and what the
/// current step does to spectra. It shows what it is given and says what the user wants; nothing changes
/// until the new pipeline comes back by `setPipeline`.
class PipelineDock : public QWidget {
  Q_OBJECT
 public:
  explicit PipelineDock(QWidget* parent = nullptr);

  void setPipeline(const Pipeline& pipeline);
  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  /// Index of the step whose settings are shown; −1 without any.
  [[nodiscard]] int currentStep() const;
  void setPreview(std::shared_ptr<const PipelinePreview> preview);
  /// Why there is no preview.
  void setProblem(const QString& text);
  [[nodiscard]] StepPreview* preview() { return preview_; }

 Q_SIGNALS:
  /// `what` names the edit for Undo.
  void pipelineEdited(const assayer::Pipeline& pipeline, const QString& what);
  void currentStepChanged(int step);
  /// The step is to go to the bands of another file.
  void bandsWanted(int step);

 private:
  void fillList(int current);
  void fillForm();
  void addMenus();
  void propose(const Pipeline& pipeline, const QString& what, int current);
  void move(int by);
  void takeOrder();
  void setParameter(int step, const QString& key, const QString& value);
  void showNotes(const QStringList& warnings, const QStringList& outcome);

  Pipeline pipeline_;
  int wanted_ = -2;  ///< the step to select when the proposed pipeline comes back
  bool filling_ = false;
  QListWidget* list_;
  QToolButton* add_;
  QToolButton* remove_;
  QToolButton* up_;
  QToolButton* down_;
  QToolButton* recipe_;
  QWidget* form_;
  QFormLayout* rows_;
  QLabel* meaning_;
  QLabel* notes_;
  StepPreview* preview_;
};

}  // namespace assayer::ui
