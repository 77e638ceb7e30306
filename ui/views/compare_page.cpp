// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare_page.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QScrollArea>
#include <QSpinBox>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <limits>
#include <utility>

#include "core/validation/measures.h"
#include "ui/views/curve_plot.h"
#include "ui/views/methods_table.h"
#include "ui/views/plot_export.h"
#include "ui/views/predicted_plot.h"
#include "ui/views/residual_plot.h"

namespace assayer::ui {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<const char*, 16> kMethods = {
    "pls",    "guided", "m2",   "untapped", "m2-plain",       "pcr", "ridge",  "least-squares", "vca",
    "nfindr", "ppi",    "atgp", "smacc",    "minimum-volume", "nmf", "library"};

QLabel* caption(const QString& text, QWidget* buddy) {
  auto* label = new QLabel(text);
  label->setBuddy(buddy);
  return label;
}

QSpinBox* spinBox(const char* name, int low, int high, int value) {
  auto* box = new QSpinBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(low, high);
  box->setValue(value);
  return box;
}

/// Measures that a learning curve can show; a share inside intervals is none to aim at.
constexpr std::array<Measure, 6> kCurves = {Measure::Kl,          Measure::Rmse,         Measure::R2,
                                            Measure::EndmemberL2, Measure::EndmemberSad, Measure::ZAccuracy};

}  // namespace

ComparePage::ComparePage(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("comparePage"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(6, 6, 6, 6);
  layout->addWidget(makeControls());
  layout->addWidget(makeResults(), 1);
  setData(nullptr);
}

QWidget* ComparePage::makeControls() {
  methods_ = new QToolButton;
  methods_->setObjectName(QStringLiteral("compareMethods"));
  methods_->setPopupMode(QToolButton::InstantPopup);
  methods_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  methods_->setToolTip(
      tr("Methods to compare: the paper's networks take minutes per split, 'guided' seconds, the "
         "others less"));
  auto* menu = new QMenu(methods_);
  for (const char* name : kMethods) {
    QAction* action = menu->addAction(QString::fromLatin1(name));
    action->setCheckable(true);
    action->setChecked(std::string_view(name) == "pls" || std::string_view(name) == "guided");
    connect(action, &QAction::toggled, this, [this] {
      updateMethodsText();
      updateControls();
    });
    if (std::string_view(name) == "m2-plain") menu->addSeparator();
  }
  methods_->setMenu(menu);

  by_ = new QComboBox;
  by_->setObjectName(QStringLiteral("compareBy"));
  by_->addItem(tr("spectra at random"), QStringLiteral("kfold"));
  by_->addItem(tr("spectra, stratified"), QStringLiteral("stratified"));
  by_->addItem(tr("whole compositions"), QStringLiteral("compositions"));
  by_->addItem(tr("every group once"), QStringLiteral("group"));
  by_->addItem(tr("choices of groups"), QStringLiteral("leave-groups"));
  by_->setItemData(0, tr("Folds at random, stratified by the largest component"), Qt::ToolTipRole);
  by_->setItemData(1, tr("Folds balanced by group and composition"), Qt::ToolTipRole);
  by_->setItemData(2, tr("Replicates of a composition stay together: use this where there are any"),
                   Qt::ToolTipRole);
  by_->setItemData(3, tr("Leave one acquisition group out at a time"), Qt::ToolTipRole);
  by_->setItemData(4, tr("Leave every choice of so many groups out, at most 20 of them"), Qt::ToolTipRole);
  count_ = spinBox("compareCount", 2, 50, 5);
  count_label_ = caption(tr("folds"), count_);
  repeats_ = spinBox("compareRepeats", 1, 100, 1);
  repeats_->setToolTip(tr("Each time with folds of its own"));
  steps_ = spinBox("compareSteps", 0, 20, 0);
  steps_->setSpecialValueText(tr("none"));
  steps_->setToolTip(
      tr("Steps from few labels to all, judged on the same spectra; every step takes as long as a "
         "comparison"));
  connect(steps_, &QSpinBox::valueChanged, this, [this](int value) {
    // One step alone is no curve.
    if (value == 1) steps_->setValue(2);
  });
  set_ = new QLineEdit;
  set_->setObjectName(QStringLiteral("compareSettings"));
  set_->setAccessibleName(tr("Settings of the methods"));
  set_->setPlaceholderText(tr("settings, such as members=1 m2.epochs=1000"));
  set_->setToolTip(tr("KEY=VALUE for all methods, METHOD.KEY=VALUE for one; separated by blanks"));
  run_ = new QPushButton;
  run_->setObjectName(QStringLiteral("compareButton"));
  export_ = new QPushButton(tr("Export tables…"));
  export_->setObjectName(QStringLiteral("compareExport"));
  progress_ = new QProgressBar;
  progress_->setObjectName(QStringLiteral("compareProgress"));
  progress_->setRange(0, 1000);
  progress_->setMaximumWidth(180);
  progress_text_ = new QLabel;
  progress_text_->setObjectName(QStringLiteral("compareProgressText"));

  auto* controls = new QWidget;
  auto* rows = new QVBoxLayout(controls);
  rows->setContentsMargins(0, 0, 0, 0);
  auto* first = new QHBoxLayout;
  for (QWidget* widget : std::initializer_list<QWidget*>{
           caption(tr("&Methods"), methods_), methods_, caption(tr("&Leave out"), by_), by_, count_,
           count_label_, caption(tr("&Repeats"), repeats_), repeats_, caption(tr("Learning &curve"), steps_),
           steps_})
    first->addWidget(widget);
  first->addStretch(1);
  auto* second = new QHBoxLayout;
  second->addWidget(set_, 1);
  second->addWidget(progress_);
  second->addWidget(progress_text_);
  second->addWidget(run_);
  second->addWidget(export_);
  rows->addLayout(first);
  rows->addLayout(second);

  connect(by_, &QComboBox::currentIndexChanged, this, [this] { updateControls(); });
  connect(run_, &QPushButton::clicked, this, [this] {
    if (busy_)
      Q_EMIT cancelRequested();
    else
      Q_EMIT compareRequested(settings());
  });
  connect(export_, &QPushButton::clicked, this, &ComparePage::askExportTables);
  updateMethodsText();
  return controls;
}

QWidget* ComparePage::makeResults() {
  table_ = new MethodsTable;
  words_ = new QLabel;
  words_->setObjectName(QStringLiteral("compareWords"));
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  words_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  words_->setMargin(6);
  predicted_ = new PredictedPlot;
  predicted_->setObjectName(QStringLiteral("predictedPlot"));
  predicted_->setAccessibleName(tr("Predicted and true"));
  residuals_ = new ResidualPlot;
  residuals_->setObjectName(QStringLiteral("residualPlot"));
  residuals_->setAccessibleName(tr("Residuals"));
  calibration_ = new CurvePlot(QStringLiteral("compare-calibration"));
  calibration_->setObjectName(QStringLiteral("calibrationPlot"));
  calibration_->setAccessibleName(tr("Calibration"));
  calibration_->setEmptyText(tr(
      "Compare methods that state an uncertainty to see how often the truth lies inside their intervals."));
  calibration_->setAxes({.x = tr("Stated probability of the interval"),
                         .y = tr("Share of left-out truth inside"),
                         .logarithmic_x = false,
                         .logarithmic_y = false,
                         .diagonal = true,
                         .diagonal_name = tr("as stated")});
  learning_ = new CurvePlot(QStringLiteral("compare-learning"));
  learning_->setObjectName(QStringLiteral("learningPlot"));
  learning_->setAccessibleName(tr("Learning curve"));
  learning_->setEmptyText(tr("Compare methods with a learning curve to see what more labels are worth."));
  runs_ = new RunsTable;
  method_ = new QComboBox;
  method_->setObjectName(QStringLiteral("compareMethod"));
  component_ = new QComboBox;
  component_->setObjectName(QStringLiteral("compareComponent"));
  measure_ = new QComboBox;
  measure_->setObjectName(QStringLiteral("compareMeasure"));
  measure_->addItems({tr("KL, nats"), tr("RMSE"), tr("R²"), tr("Endmember L2"), tr("Endmember SAD, °"),
                      tr("z of group, share")});
  connect(method_, &QComboBox::currentIndexChanged, this, &ComparePage::showChosen);
  connect(component_, &QComboBox::currentIndexChanged, this, &ComparePage::showChosen);
  connect(measure_, &QComboBox::currentIndexChanged, this, &ComparePage::fillCurves);
  connect(predicted_, &PredictedPlot::selectionRequested, this, &ComparePage::selectionRequested);
  for (PlotView* view : plots()) connect(view, &PlotView::statusText, this, &ComparePage::statusText);

  auto* methods = new QWidget;
  auto* column = new QVBoxLayout(methods);
  column->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setAccessibleName(tr("What the comparison says"));
  scroll->setWidget(words_);
  column->addWidget(table_, 3);
  column->addWidget(scroll, 2);

  auto* errors = new QWidget;
  auto* page = new QVBoxLayout(errors);
  page->setContentsMargins(0, 0, 0, 0);
  auto* choice = new QHBoxLayout;
  choice->addWidget(caption(tr("Met&hod"), method_));
  choice->addWidget(method_);
  choice->addWidget(caption(tr("Com&ponent"), component_));
  choice->addWidget(component_);
  choice->addStretch(1);
  page->addLayout(choice);
  auto* pair = new QHBoxLayout;
  pair->addWidget(predicted_, 1);
  pair->addWidget(residuals_, 1);
  page->addLayout(pair, 1);

  auto* learning = new QWidget;
  auto* curve = new QVBoxLayout(learning);
  curve->setContentsMargins(0, 0, 0, 0);
  auto* which = new QHBoxLayout;
  which->addWidget(caption(tr("Meas&ure"), measure_));
  which->addWidget(measure_);
  which->addStretch(1);
  curve->addLayout(which);
  curve->addWidget(learning_, 1);

  tabs_ = new QTabWidget;
  tabs_->setObjectName(QStringLiteral("compareTabs"));
  tabs_->setAccessibleName(tr("Results of the comparison"));
  tabs_->setDocumentMode(true);
  tabs_->addTab(methods, tr("Methods"));
  tabs_->addTab(errors, tr("Predicted and true"));
  tabs_->addTab(calibration_, tr("Calibration"));
  tabs_->addTab(learning, tr("Learning curve"));
  tabs_->addTab(runs_, tr("Finished runs"));
  return tabs_;
}

void ComparePage::setData(const DatasetPtr& source) {
  data_ = source;
  runs_->clearRuns();
  setValidation(nullptr);
  progress_text_->setText(data_ && !data_->abundances() ? tr("These data have no compositions to judge by.")
                                                        : QString());
  const int random = by_->findData(QStringLiteral("kfold"));
  if (data_ && !data_->groups() && by_->currentIndex() > by_->findData(QStringLiteral("compositions")))
    by_->setCurrentIndex(random);
  updateControls();
}

void ComparePage::setBusy(bool busy) {
  busy_ = busy;
  progress_->setValue(0);
  progress_text_->setText({});
  updateControls();
}

void ComparePage::setProgress(double fraction, const QString& what) {
  progress_->setValue(static_cast<int>(std::lround(1000 * fraction)));
  progress_text_->setText(what);
}

void ComparePage::updateMethodsText() {
  QStringList names;
  for (const QAction* action : methods_->menu()->actions())
    if (action->isChecked()) names << action->text();
  methods_->setText(names.isEmpty()    ? tr("choose…")
                    : names.size() > 4 ? tr("%1 methods").arg(names.size())
                                       : names.join(QStringLiteral(", ")));
}

void ComparePage::updateControls() {
  const bool usable = data_ && data_->abundances();
  const QString by = by_->currentData().toString();
  const bool folds = by != QLatin1String("group");
  const bool groups = by == QLatin1String("leave-groups");
  count_->setVisible(folds);
  count_label_->setVisible(folds);
  count_->setMinimum(groups ? 1 : 2);
  count_label_->setText(groups ? tr("groups") : tr("folds"));
  repeats_->setEnabled(!busy_ && folds && !groups);
  for (QWidget* widget : std::initializer_list<QWidget*>{methods_, by_, count_, steps_, set_})
    widget->setEnabled(!busy_);
  bool any = false;
  for (const QAction* action : methods_->menu()->actions()) any = any || action->isChecked();
  const bool grouped = !groups && folds ? true : data_ && data_->groups();
  run_->setText(busy_ ? tr("Cancel") : tr("Compare"));
  run_->setEnabled(busy_ || (usable && any && grouped));
  run_->setToolTip(busy_                       ? QString()
                   : usable && any && !grouped ? tr("The data have no acquisition groups to leave out")
                   : usable && !any            ? tr("Choose a method first")
                                    : tr("Train every method on part of the spectra and judge it on the "
                                         "rest, split by split"));
  progress_->setVisible(busy_);
  export_->setEnabled(validation_ != nullptr || runs_->rowCount() > 0);
}

ValidationSettings ComparePage::settings() const {
  ValidationSettings settings;
  settings.methods.clear();
  for (const QAction* action : methods_->menu()->actions())
    if (action->isChecked()) settings.methods.push_back(action->text().toStdString());
  const QString by = by_->currentData().toString();
  settings.by = by.toStdString();
  if (by == QLatin1String("leave-groups"))
    settings.by += ":" + std::to_string(count_->value()) + ":20";
  else if (by != QLatin1String("group"))
    settings.by += ":" + std::to_string(count_->value());
  settings.repeats = static_cast<std::size_t>(repeats_->value());
  settings.learning_curve = static_cast<std::size_t>(steps_->value());
  for (const QString& setting : set_->text().split(QLatin1Char(' '), Qt::SkipEmptyParts))
    settings.set.push_back(setting.toStdString());
  return settings;
}

void ComparePage::setValidation(ValidationPtr validation) {
  validation_ = std::move(validation);
  table_->setValidation(validation_);
  words_->setText(validation_
                      ? validationText(*validation_)
                      : tr("Choose methods and how spectra are left out, then Compare. No spectrum that "
                           "judges a method is ever learnt from."));
  for (QComboBox* box : {method_, component_}) {
    const QSignalBlocker blocked(box);
    const QString before = box->currentText();
    box->clear();
    if (validation_) box->addItems(box == method_ ? methodNames(*validation_) : componentNames(*validation_));
    box->setCurrentIndex(std::max(box->count() > 0 ? 0 : -1, box->findText(before)));
  }
  predicted_->setValidation(validation_);
  residuals_->setValidation(validation_);
  showChosen();
  fillCurves();
  updateControls();
}

void ComparePage::showChosen() {
  const auto method = static_cast<std::size_t>(std::max(0, method_->currentIndex()));
  const auto component = static_cast<std::size_t>(std::max(0, component_->currentIndex()));
  predicted_->setShown(method, component);
  residuals_->setShown(method, component);
}

void ComparePage::fillCurves() {
  std::vector<CurvePlot::Line> stated;
  std::vector<CurvePlot::Line> curve;
  const auto chosen = static_cast<std::size_t>(std::max(0, measure_->currentIndex()));
  const Measure measure = kCurves[std::min(chosen, kCurves.size() - 1)];
  if (validation_) {
    for (std::size_t m = 0; m < validation_->methods.size(); ++m) {
      const MethodScores& scores = validation_->methods[m];
      CurvePlot::Line line{QString::fromStdString(scores.method), {}};
      for (const CalibrationLevel& at : scores.calibration.levels)
        line.points.push_back({at.level, at.inside, at.low, at.high});
      stated.push_back(line);
      line.points.clear();
      for (const LearningStep& step : validation_->learning) {
        const Summary summary = summarise(step.methods[m], measure);
        const bool bar = std::isfinite(summary.sd);
        line.points.push_back({step.rows, summary.mean, bar ? summary.mean - summary.sd : kNaN,
                               bar ? summary.mean + summary.sd : kNaN});
      }
      curve.push_back(std::move(line));
    }
  }
  calibration_->setLines(std::move(stated));
  learning_->setAxes({.x = tr("Labelled spectra"),
                      .y = tr("%1, mean ± sd over the splits").arg(measure_->currentText()),
                      .logarithmic_x = true,
                      .logarithmic_y = measure == Measure::Kl,
                      .diagonal = false,
                      .diagonal_name = {}});
  learning_->setLines(std::move(curve));
}

void ComparePage::setSelection(const Rows& rows) {
  predicted_->setSelection(rows);
}

std::array<PlotView*, 4> ComparePage::plots() const {
  return {predicted_, residuals_, calibration_, learning_};
}

bool ComparePage::exportTables(const QString& folder, QString* error) const {
  const QDir into(folder);
  if (validation_) {
    if (!writeCsv(table_->table(), into.filePath(QStringLiteral("compare-methods.csv")), error)) return false;
    QSaveFile file(into.filePath(QStringLiteral("compare.json")));
    if (!file.open(QIODevice::WriteOnly) ||
        file.write(QByteArray::fromStdString(validation_->to_json()) + "\n") < 0 || !file.commit()) {
      if (error != nullptr) *error = tr("%1: %2").arg(file.fileName(), file.errorString());
      return false;
    }
  }
  if (runs_->rowCount() == 0) return true;
  return writeCsv(runs_->table(), into.filePath(QStringLiteral("runs.csv")), error);
}

void ComparePage::askExportTables() {
  auto* dialog = new QFileDialog(this, tr("Export into Folder"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    QString error;
    if (exportTables(folder, &error)) {
      Q_EMIT statusText(tr("Tables written to %1").arg(QDir::toNativeSeparators(folder)));
      return;
    }
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Export"), error, QMessageBox::Ok, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
  });
  dialog->open();
}

}  // namespace assayer::ui
