// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/training_dock.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QStyle>
#include <QTextBrowser>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <utility>

#include "ui/viewmodels/library_matching.h"
#include "ui/viewmodels/run_words.h"
#include "ui/views/model_settings.h"
#include "ui/views/results_tree.h"
#include "ui/views/sign_icon.h"

namespace assayer::ui {

namespace {

QSpinBox* countBox(const char* name, int low, int high) {
  auto* box = new QSpinBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(low, high);
  box->setAlignment(Qt::AlignRight);
  // A number that is being typed is not a setting yet.
  box->setKeyboardTracking(false);
  return box;
}

/// Shows a number as it is written by hand: 0.003, not 0.003000.
class RealBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;
  [[nodiscard]] QString textFromValue(double value) const override {
    return locale().toString(value, 'g', QLocale::FloatingPointShortest);
  }
};

QDoubleSpinBox* realBox(const char* name, double high, double step) {
  auto* box = new RealBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setDecimals(6);
  box->setRange(0, high);
  box->setSingleStep(step);
  box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  box->setAlignment(Qt::AlignRight);
  box->setKeyboardTracking(false);
  return box;
}

}  // namespace

TrainingDock::TrainingDock(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("trainingDock"));
  buildSettings();

  train_ = new QPushButton(signIcon(Sign::Play), tr("&Train"));
  train_->setObjectName(QStringLiteral("trainButton"));
  pause_ = new QPushButton(signIcon(Sign::Pause), tr("&Pause"));
  pause_->setObjectName(QStringLiteral("pauseButton"));
  stop_ = new QPushButton(signIcon(Sign::Stop), tr("St&op"));
  stop_->setObjectName(QStringLiteral("stopButton"));
  connect(train_, &QPushButton::clicked, this, &TrainingDock::startRequested);
  connect(stop_, &QPushButton::clicked, this, &TrainingDock::stopRequested);
  connect(pause_, &QPushButton::clicked, this, [this] {
    if (phase_ == Phase::Paused)
      Q_EMIT resumeRequested();
    else
      Q_EMIT pauseRequested();
  });
  auto* buttons = new QHBoxLayout;
  for (QPushButton* button : {train_, pause_, stop_}) buttons->addWidget(button);

  progress_ = new QProgressBar;
  progress_->setObjectName(QStringLiteral("trainingProgress"));
  progress_->setRange(0, 1000);
  progress_->setTextVisible(true);
  progress_text_ = new QLabel;
  progress_text_->setObjectName(QStringLiteral("trainingProgressText"));
  progress_text_->setWordWrap(true);

  results_ = makeResultsTree();
  results_->setObjectName(QStringLiteral("results"));
  choices_ = new QTextBrowser;
  choices_->setObjectName(QStringLiteral("choices"));
  choices_->setFrameShape(QFrame::NoFrame);
  choices_->setAccessibleName(tr("What the method chose, and why"));
  choices_->hide();

  auto* scroll = new QScrollArea;
  scroll->setWidget(settings_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setMinimumWidth(settings_->minimumSizeHint().width() +
                          style()->pixelMetric(QStyle::PM_ScrollBarExtent));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 6, 6, 6);
  column->addWidget(scroll, 5);
  column->addLayout(buttons);
  column->addWidget(progress_);
  column->addWidget(progress_text_);
  column->addWidget(results_, 2);
  column->addWidget(choices_, 1);

  setConfig(TrainConfig{});
  setPhase(Phase::Unavailable);
}

void TrainingDock::buildSettings() {
  settings_ = new QWidget;
  settings_->setObjectName(QStringLiteral("trainingSettings"));
  auto* form = new QFormLayout(settings_);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);

  preset_ = choiceBox("preset", {{tr("guided"), "guided"},
                                 {tr("crism: reflectance"), "crism"},
                                 {tr("libs: emission lines"), "libs"},
                                 {tr("mnist: pixels of classes"), "mnist"}});
  preset_->setToolTip(
      tr("All settings at once: guided's, or those of the paper's three experiments (appendix A.2)"));
  method_ = new QComboBox;
  method_->setObjectName(QStringLiteral("method"));
  const auto addMethod = [this](const QString& name, const char* key, const QString& tip) {
    method_->addItem(name, QString::fromLatin1(key));
    method_->setItemData(method_->count() - 1, tip, Qt::ToolTipRole);
  };
  addMethod(
      tr("Guided"), "guided",
      tr("Recommended: endmembers that mix in a domain chosen from the data, and an encoder that starts "
         "from PLS. Seconds to train"));
  addMethod(tr("Untapped"), "untapped",
            tr("The paper's: learns from labelled, unlabelled and unfeatured data, equation (15)"));
  addMethod(tr("M2"), "m2", tr("Without unfeatured data: α_r = 0 (Kingma et al. 2014)"));
  addMethod(tr("M2, plain"), "m2-plain", tr("α_r = 0 and α_r^d = 0"));
  addMethod(tr("M1"), "m1",
            tr("A plain autoencoder that sees no label; compositions are read from its latent by regression "
               "afterwards (Kingma et al. 2014)"));
  method_->insertSeparator(method_->count());
  addMethod(tr("PLS"), "pls", tr("Baseline: partial least squares, components by cross-validation"));
  addMethod(tr("PCR"), "pcr", tr("Baseline: principal component regression"));
  addMethod(tr("Ridge"), "ridge", tr("Baseline: ridge regression"));
  const QString unmixing = tr("Baseline: %1; compositions by unmixing");
  addMethod(tr("Least squares"), "least-squares",
            unmixing.arg(tr("endmembers by least squares on the labels")));
  addMethod(tr("VCA"), "vca", unmixing.arg(tr("vertex component analysis")));
  addMethod(tr("N-FINDR"), "nfindr", unmixing.arg(tr("the largest simplex of spectra")));
  addMethod(tr("PPI"), "ppi", unmixing.arg(tr("pixel purity index")));
  addMethod(tr("ATGP"), "atgp", unmixing.arg(tr("automatic target generation")));
  addMethod(tr("SMACC"), "smacc", unmixing.arg(tr("sequential maximum angle convex cone")));
  addMethod(tr("Minimum volume"), "minimum-volume",
            unmixing.arg(tr("the smallest simplex around the spectra")));
  addMethod(tr("NMF"), "nmf", unmixing.arg(tr("non-negative factors of minimum volume")));
  addMethod(tr("Reference endmembers"), "library", unmixing.arg(tr("the file's own reference spectra")));
  link_ = choiceBox("link", {{tr("chosen from the data"), "auto"},
                             {tr("identity: spectra add as they are"), "identity"},
                             {tr("hapke: intimate mixtures"), "hapke"},
                             {tr("log: −ln x adds"), "log"}});
  link_->setToolTip(
      tr("Domain in which spectra of mixtures are linear. The results say which was taken, and why"));
  task_ = choiceBox("task", {{tr("chosen from the data"), "auto"},
                             {tr("unmixing"), "unmixing"},
                             {tr("calibration"), "calibration"}});
  task_->setToolTip(
      tr("Unmixing also inverts the endmembers; calibration learns compositions from labels alone"));
  epochs_ = countBox("epochs", 1, 10'000'000);
  members_ = countBox("members", 1, 1000);
  members_->setToolTip(tr("Models trained side by side; their spread becomes the bands"));
  labelled_ = countBox("maxLabelled", 0, 100'000'000);
  labelled_->setSpecialValueText(tr("no limit"));
  labelled_->setToolTip(tr("At most so many labelled rows are used, drawn by the seed"));
  batch_ = countBox("batch", 1, 1'000'000);
  // 64 bits do not fit a spin box.
  seed_ = new QLineEdit;
  seed_->setObjectName(QStringLiteral("seed"));
  seed_->setAlignment(Qt::AlignRight);
  rate_ = realBox("rate", 10, 0.001);

  alpha_f_ = realBox("alpha_f", 1e6, 0.1);
  alpha_fd_ = realBox("alpha_fd", 1e6, 0.1);
  alpha_r_ = realBox("alpha_r", 1e6, 0.01);
  alpha_rd_ = realBox("alpha_rd", 1e6, 0.1);
  alpha_f_->setToolTip(tr("Weight of the forward bounds, equations (7) and (8)"));
  alpha_fd_->setToolTip(tr("Weight of the divergence from the known compositions, equation (13)"));
  alpha_r_->setToolTip(tr("Weight of the reverse bounds, equations (9) and (10)"));
  alpha_rd_->setToolTip(tr("Weight of the squared distance from the measured spectra, equation (14)"));
  other_ = new QLineEdit;
  other_->setObjectName(QStringLiteral("otherSettings"));
  other_->setPlaceholderText(QStringLiteral("hidden_x=20 device=cpu …"));
  other_->setToolTip(tr("Any other setting as key=value, separated by spaces"));

  form->addRow(tr("Preset"), preset_);
  form->addRow(tr("&Method"), method_);
  form->addRow(tr("Lin&k"), link_);
  form->addRow(tr("&Task"), task_);
  form->addRow(tr("&Epochs"), epochs_);
  form->addRow(tr("Mem&bers"), members_);
  form->addRow(tr("&Seed"), seed_);
  form->addRow(tr("Learning &rate"), rate_);
  form->addRow(tr("B&atch"), batch_);
  form->addRow(tr("&Labelled at most"), labelled_);
  auto* alphas = new QGridLayout;
  const std::array<std::pair<const char*, QWidget*>, 4> weights = {
      {{"α<sub>f</sub>", alpha_f_},
       {"α<sub>f</sub><sup>d</sup>", alpha_fd_},
       {"α<sub>r</sub>", alpha_r_},
       {"α<sub>r</sub><sup>d</sup>", alpha_rd_}}};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int column = 2 * static_cast<int>(i % 2);
    const int row = static_cast<int>(i / 2);
    alphas->addWidget(new QLabel(QString::fromUtf8(weights[i].first)), row, column);
    alphas->addWidget(weights[i].second, row, column + 1);
    alphas->setColumnStretch(column + 1, 1);
  }
  form->addRow(new QLabel(tr("Weights of the objective, equation (15)")));
  form->addRow(alphas);
  model_ = new ModelSettings;
  form->addRow(new QLabel(tr("Model")));
  form->addRow(model_);
  form->addRow(tr("&Others"), other_);

  connect(method_, &QComboBox::currentIndexChanged, this, [this] {
    if (filling_) return;
    take(config_.with_method(method_->currentData().toString().toStdString()));
  });
  connect(preset_, &QComboBox::currentIndexChanged, this,
          [this] { applyPreset(preset_->currentData().toString()); });
  connect(model_, &ModelSettings::edited, this,
          [this](const QString& key, const QString& value) { apply(key.toLatin1().constData(), value); });
  for (QComboBox* box : {link_, task_}) {
    connect(box, &QComboBox::currentIndexChanged, this,
            [this, box] { apply(box->objectName().toLatin1().constData(), box->currentData().toString()); });
  }
  const auto whole = [this](QSpinBox* box, const char* key) {
    connect(box, &QSpinBox::valueChanged, this,
            [this, key](int value) { apply(key, QString::number(value)); });
  };
  whole(epochs_, "epochs");
  whole(members_, "members");
  whole(labelled_, "max_labelled");
  whole(batch_, "batch");
  const auto real = [this](QDoubleSpinBox* box, const char* key) {
    connect(box, &QDoubleSpinBox::valueChanged, this,
            [this, key](double value) { apply(key, QString::number(value, 'g', 15)); });
  };
  real(rate_, "rate");
  real(alpha_f_, "alpha_f");
  real(alpha_fd_, "alpha_fd");
  real(alpha_r_, "alpha_r");
  real(alpha_rd_, "alpha_rd");
  connect(seed_, &QLineEdit::editingFinished, this, [this] { apply("seed", seed_->text().trimmed()); });
  connect(other_, &QLineEdit::editingFinished, this, &TrainingDock::applyOther);
}

QComboBox* TrainingDock::choiceBox(const char* name,
                                   const std::vector<std::pair<QString, const char*>>& choices) {
  auto* box = new QComboBox;
  box->setObjectName(QString::fromLatin1(name));
  for (const auto& [text, key] : choices) box->addItem(text, QString::fromLatin1(key));
  // The longest choice must not decide the width of the dock.
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(12);
  return box;
}

void TrainingDock::apply(const char* key, const QString& value) {
  if (filling_) return;
  TrainConfig changed = config_;
  if (Status status = changed.set(key, value.toStdString()); !status) {
    take(std::unexpected(std::move(status.error())));
    return;
  }
  take(std::move(changed));
}

void TrainingDock::applyPreset(const QString& name) {
  if (filling_) return;
  auto fresh = TrainConfig::from_preset(name.toStdString());
  if (fresh) {
    fresh->seed = config_.seed;
    fresh->threads = config_.threads;
    fresh->device = config_.device;
    fresh->snapshot_seconds = config_.snapshot_seconds;
    fresh->checkpoint_seconds = config_.checkpoint_seconds;
  }
  take(std::move(fresh));
}

void TrainingDock::take(Result<TrainConfig> changed) {
  if (!changed) {
    Q_EMIT configRejected(QString::fromStdString(changed.error().message()));
    setConfig(config_);
    return;
  }
  if (*changed == config_) return;
  setConfig(*changed);
  Q_EMIT configEdited(config_);
}

void TrainingDock::applyOther() {
  TrainConfig changed = config_;
  const QStringList pairs = other_->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (const QString& pair : pairs) {
    const qsizetype sign = pair.indexOf(QLatin1Char('='));
    const Status status = changed.set(pair.left(sign < 0 ? pair.size() : sign).toStdString(),
                                      sign < 0 ? std::string() : pair.mid(sign + 1).toStdString());
    if (!status) {
      Q_EMIT configRejected(QString::fromStdString(status.error().message()));
      return;
    }
  }
  if (changed == config_) return;
  setConfig(changed);
  Q_EMIT configEdited(config_);
}

void TrainingDock::setConfig(const TrainConfig& config) {
  config_ = config;
  filling_ = true;
  method_->setCurrentIndex(std::max(0, method_->findData(QString::fromStdString(config.method))));
  const auto choose = [](QComboBox* box, const std::string& key) {
    box->setCurrentIndex(std::max(0, box->findData(QString::fromStdString(key))));
  };
  choose(preset_, config.preset);
  model_->setConfig(config);
  choose(link_, config.link);
  choose(task_, config.task);
  // Baselines stand below the separator, PLS first.
  const bool trained = method_->currentIndex() < method_->findData(QStringLiteral("pls"));
  const bool regression = config.method == "pls" || config.method == "pcr" || config.method == "ridge";
  link_->setEnabled(config.method == "guided" || (!trained && !regression));
  task_->setEnabled(config.method == "guided");
  for (QWidget* widget :
       std::initializer_list<QWidget*>{epochs_, members_, batch_, rate_, alpha_f_, alpha_fd_})
    widget->setEnabled(trained);
  epochs_->setToolTip(config.method == "guided" ? tr("Steps: rows are drawn with replacement")
                                                : tr("Passes over the largest of the three sources"));
  epochs_->setValue(static_cast<int>(std::min<std::int64_t>(config.epochs, epochs_->maximum())));
  members_->setValue(static_cast<int>(config.members));
  labelled_->setValue(static_cast<int>(config.max_labelled));
  batch_->setValue(static_cast<int>(config.batch));
  seed_->setText(QString::number(config.seed));
  rate_->setValue(config.rate);
  showAlphas();
  filling_ = false;
}

void TrainingDock::showAlphas() {
  // The weights in force: a method that leaves one out shows 0 and does not let it be set.
  const Alphas alphas = config_.effective_alphas();
  alpha_f_->setValue(alphas.forward);
  alpha_fd_->setValue(alphas.forward_label);
  alpha_r_->setValue(alphas.reverse);
  alpha_rd_->setValue(alphas.reverse_label);
  if (config_.method == "m1") alpha_fd_->setEnabled(false);
  alpha_r_->setEnabled(config_.method == "untapped" || config_.method == "guided");
  alpha_rd_->setEnabled(config_.method == "untapped" || config_.method == "m2");
}

void TrainingDock::setPhase(Phase phase) {
  phase_ = phase;
  const bool idle = phase == Phase::Unavailable || phase == Phase::Ready;
  // What a run was started with stays readable and cannot be mistaken for what one could change in it.
  settings_->setEnabled(idle);
  train_->setEnabled(phase == Phase::Ready);
  pause_->setEnabled(phase == Phase::Running || phase == Phase::Paused);
  pause_->setText(phase == Phase::Paused ? tr("&Resume") : tr("&Pause"));
  pause_->setIcon(signIcon(phase == Phase::Paused ? Sign::Play : Sign::Pause));
  stop_->setEnabled(phase == Phase::Preparing || phase == Phase::Running || phase == Phase::Paused);
}

void TrainingDock::setProgress(const Progress& progress) {
  const double fraction =
      progress.epochs > 0 ? static_cast<double>(progress.epoch) / static_cast<double>(progress.epochs) : 0;
  progress_->setValue(static_cast<int>(std::lround(fraction * 1000)));
  QString text = tr("Epoch %L1 of %L2").arg(progress.epoch).arg(progress.epochs);
  if (progress.epochs_per_second > 0) {
    const double left = static_cast<double>(progress.epochs - progress.epoch) / progress.epochs_per_second;
    text += tr(" · %1 epochs/s · %2 left")
                .arg(progress.epochs_per_second, 0, 'f', progress.epochs_per_second < 10 ? 1 : 0)
                .arg(durationText(left));
  }
  progress_text_->setText(text);
}

void TrainingDock::setProgressText(const QString& text) {
  progress_text_->setText(text);
}

void TrainingDock::setEvaluation(const std::shared_ptr<const Evaluation>& evaluation) {
  evaluation_ = evaluation;
  fillResultsTree(*results_, evaluation_.get(), matches_.get());
  const QString choices = evaluation ? choicesText(*evaluation) : QString();
  // Setting the same text again would scroll what is being read back to its beginning.
  if (choices != choices_text_) choices_->setHtml(choices);
  choices_text_ = choices;
  choices_->setVisible(!choices.isEmpty());
}

void TrainingDock::setMatches(std::shared_ptr<const MatchedEndmembers> matches) {
  matches_ = std::move(matches);
  fillResultsTree(*results_, evaluation_.get(), matches_.get());
}

}  // namespace assayer::ui
