// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/training_settings.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <string_view>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {
namespace {

constexpr int kBesideScrollBar = 4;  // pixels

/// Shows a number as it is written by hand: 0.003, not 0.003000.
class RealBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;
  [[nodiscard]] QString textFromValue(double value) const override {
    return locale().toString(value, 'g', QLocale::FloatingPointShortest);
  }
};

bool any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// Whether a setting has a say in the run that the others make.
bool applies(const TrainConfig& config, std::string_view key) {
  const std::string& method = config.method;
  const bool baseline = method != "guided" && !config.trains_networks();
  const bool regression = any_of(method, {"pls", "pcr", "ridge"});
  const bool unmixes = baseline && !regression;
  if (key == "link") return method == "guided" || unmixes;
  if (key == "task") return method == "guided";
  if (any_of(key, {"epochs", "members", "batch", "rate", "alpha_f", "adam_beta1", "adam_beta2",
                   "adam_epsilon", "gradient_clip", "step"}))
    return !baseline;
  if (key == "alpha_fd") return !baseline && method != "m1";
  if (key == "alpha_r") return method == "untapped" || method == "guided";
  if (key == "alpha_rd") return method == "untapped" || method == "m2";
  if (key == "unmixing") return unmixes;
  if (key == "sunsal_lambda") return unmixes && config.unmixing == "sunsal";
  if (key == "components") return method == "pls" || method == "pcr";
  if (any_of(key, {"pls_algorithm", "pls_outputs"})) return method == "pls";
  if (key == "ridge") return method == "ridge";
  if (key == "skewers") return method == "ppi";
  if (key == "starts") return method == "nfindr";
  if (key == "outside") return method == "minimum-volume";
  if (any_of(key, {"volume_weight", "iterations"})) return method == "nmf";
  if (any_of(key, {"preset", "method", "seed", "max_labelled", "label_epsilon", "threads", "device",
                   "snapshot_seconds", "checkpoint_seconds"}))
    return true;
  // What is left says what the trained model is.
  if (!config.trains_networks()) return false;
  if (key == "temperature") return config.y_posterior == "concrete" || config.likelihood == "bernoulli";
  if (any_of(key, {"alpha_c", "hidden_zy"})) return config.reverse_z == "inferred";
  if (key == "flow_layers") return config.flow != "none";
  if (key == "bound") return config.samples > 1;
  return true;
}

/// What to show: of the weights those in force, for a method that leaves one out has 0 there.
TrainConfig shown(TrainConfig config) {
  // Where (22) is not in force its weight is no setting of the run, but it is one of the next.
  const double consistency = config.alphas.consistency;
  config.alphas = config.effective_alphas();
  config.alphas.consistency = consistency;
  return config;
}

}  // namespace

TrainingSettings::TrainingSettings(QWidget* parent) : QWidget(parent) {
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, kBesideScrollBar, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  addMain(*form);
  addWeights(*form);

  QFormLayout* model = addSection(*form, "modelSection", tr("Model"));
  addRow(*model, tr("Objective"), choice("objective"));
  addRow(*model, tr("Dimensions of z"), text("nuisance_dimensions"));
  addRow(*model, tr("Spectra p(x|y,z)"), choice("likelihood"));
  addRow(*model, tr("Compositions q(y|x)"), choice("y_posterior"));
  addRow(*model, tr("Temperature"), text("temperature"));
  addRow(*model, tr("Prior Dir(α)"), text("y_prior"));
  addRow(*model, tr("Prior of z"), choice("z_prior"));
  addRow(*model, tr("z of unfeatured"), choice("reverse_z"));
  addRow(*model, tr("Weight of (22)"), text("alpha_c"));
  addRow(*model, tr("Flow of q(y|x)"), choice("flow"));
  addRow(*model, tr("Layers of the flow"), text("flow_layers"));
  addRow(*model, tr("Monte Carlo samples"), text("samples"));
  addRow(*model, tr("Bound"), choice("bound"));
  addRow(*model, tr("Nonlinearity"), choice("nonlinearity"));
  addRow(*model, tr("Units x → y"), text("hidden_y"));
  addRow(*model, tr("Units x, y → z"), text("hidden_z"));
  addRow(*model, tr("Units y, z → x"), text("hidden_x"));
  addRow(*model, tr("Units y → z"), text("hidden_zy"));
  addRow(*model, tr("Scale of Gaussians"), choice("spread"));
  addRow(*model, tr("ε of labels"), text("label_epsilon"));

  QFormLayout* optimiser = addSection(*form, "optimiserSection", tr("Optimiser"));
  addRow(*optimiser, tr("Adam β₁"), text("adam_beta1"));
  addRow(*optimiser, tr("Adam β₂"), text("adam_beta2"));
  addRow(*optimiser, tr("Adam ε"), text("adam_epsilon"));
  addRow(*optimiser, tr("Gradients up to"), text("gradient_clip"));

  QFormLayout* baselines = addSection(*form, "baselinesSection", tr("Baselines"));
  addRow(*baselines, tr("Abundances"), choice("unmixing"));
  addRow(*baselines, tr("Weight of sparsity"), text("sunsal_lambda"));
  addRow(*baselines, tr("Components"), text("components"));
  addRow(*baselines, tr("PLS by"), choice("pls_algorithm"));
  addRow(*baselines, tr("PLS predicts"), choice("pls_outputs"));
  addRow(*baselines, tr("Ridge λ"), text("ridge"));
  addRow(*baselines, tr("Skewers of PPI"), text("skewers"));
  addRow(*baselines, tr("Starts of N-FINDR"), text("starts"));
  addRow(*baselines, tr("Share outside"), text("outside"));
  addRow(*baselines, tr("Weight of volume"), text("volume_weight"));
  addRow(*baselines, tr("Iterations of NMF"), text("iterations"));

  QFormLayout* computing = addSection(*form, "computingSection", tr("Computing"));
  addRow(*computing, tr("Threads"), text("threads"));
  addRow(*computing, tr("Device"), choice("device"));
  addRow(*computing, tr("Step"), choice("step"));
  addRow(*computing, tr("Views every, s"), text("snapshot_seconds"));
  addRow(*computing, tr("Autosave every, s"), text("checkpoint_seconds"));

  fill();
}

void TrainingSettings::addMain(QFormLayout& form) {
  preset_ = qobject_cast<QComboBox*>(choice("preset", {{tr("guided"), "guided"},
                                                       {tr("crism: reflectance"), "crism"},
                                                       {tr("libs: lines"), "libs"},
                                                       {tr("mnist: pixels"), "mnist"}}));
  addRow(form, tr("Preset"), preset_);
  field(preset_).about =
      tr("All settings at once: guided's, or those of the paper's three experiments (appendix A.2)");
  changes_ = new QLabel;
  changes_->setObjectName(QStringLiteral("settingChanges"));
  changes_->setWordWrap(true);
  reset_ = new QPushButton(tr("Reset"));
  reset_->setObjectName(QStringLiteral("resetSettings"));
  reset_->setToolTip(tr("Give the settings in bold the preset's values again"));
  connect(reset_, &QPushButton::clicked, this, &TrainingSettings::reset);
  auto* changes = new QHBoxLayout;
  changes->addWidget(changes_, 1);
  changes->addWidget(reset_, 0);
  form.addRow(changes);

  method_ = new QComboBox;
  addMethods();
  enter("method", method_,
        [this](const QString& key) { method_->setCurrentIndex(std::max(0, method_->findData(key))); });
  addRow(form, tr("&Method"), method_);
  connect(method_, &QComboBox::currentIndexChanged, this, [this] {
    if (!filling_) take(config_.with_method(method_->currentData().toString().toStdString()));
  });
  addRow(form, tr("Lin&k"),
         choice("link", {{tr("chosen from the data"), "auto"},
                         {tr("identity: spectra add as they are"), "identity"},
                         {tr("hapke: intimate mixtures"), "hapke"},
                         {tr("log: −ln x adds"), "log"}}));
  addRow(form, tr("&Task"),
         choice("task", {{tr("chosen from the data"), "auto"},
                         {tr("unmixing"), "unmixing"},
                         {tr("calibration"), "calibration"}}));
  addRow(form, tr("&Epochs"), count("epochs", 1, 1'000'000'000));
  addRow(form, tr("Mem&bers"), count("members", 1, 1024));
  addRow(form, tr("&Seed"), text("seed"));
  addRow(form, tr("Learning &rate"), real("rate", 10, 0.001));
  addRow(form, tr("B&atch"), count("batch", 1, 1'000'000'000));
  auto* labelled = qobject_cast<QSpinBox*>(count("max_labelled", 0, 1'000'000'000));
  labelled->setSpecialValueText(tr("no limit"));
  addRow(form, tr("&Labelled at most"), labelled);
}

void TrainingSettings::addWeights(QFormLayout& form) {
  auto* grid = new QGridLayout;
  const std::array<std::pair<const char*, QWidget*>, 4> weights = {
      {{"α<sub>f</sub>", real("alpha_f", 1e6, 0.1)},
       {"α<sub>f</sub><sup>d</sup>", real("alpha_fd", 1e6, 0.1)},
       {"α<sub>r</sub>", real("alpha_r", 1e6, 0.01)},
       {"α<sub>r</sub><sup>d</sup>", real("alpha_rd", 1e6, 0.1)}}};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& [name, editor] = weights[i];
    const int column = 2 * static_cast<int>(i % 2);
    const int row = static_cast<int>(i / 2);
    auto* label = new QLabel(QString::fromUtf8(name));
    label->setBuddy(editor);
    field(editor).label = label;
    grid->addWidget(label, row, column);
    grid->addWidget(editor, row, column + 1);
    grid->setColumnStretch(column + 1, 1);
  }
  form.addRow(new QLabel(tr("Weights of the objective, equation (15)")));
  form.addRow(grid);
}

void TrainingSettings::addMethods() {
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
}

QFormLayout* TrainingSettings::addSection(QFormLayout& form, const char* name, const QString& title) {
  auto* head = new QToolButton;
  head->setObjectName(QString::fromLatin1(name));
  head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  head->setAutoRaise(true);
  head->setCheckable(true);
  head->setArrowType(Qt::RightArrow);
  head->setFocusPolicy(Qt::StrongFocus);
  head->setToolTip(tr("Show or hide these settings"));
  auto* body = new QWidget;
  auto* rows = new QFormLayout(body);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  body->hide();
  connect(head, &QToolButton::toggled, this, [head, body](bool open) {
    head->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    body->setVisible(open);
  });
  form.addRow(head);
  form.addRow(body);
  sections_.push_back({title, head, body, {}});
  return rows;
}

void TrainingSettings::addRow(QFormLayout& form, const QString& title, QWidget* editor) {
  form.addRow(title, editor);
  Field& added = field(editor);
  added.label = qobject_cast<QLabel*>(form.labelForField(editor));
  if (!sections_.empty()) sections_.back().keys.push_back(added.key);
}

QWidget* TrainingSettings::choice(const char* key, const Choices& choices) {
  auto* box = new QComboBox;
  for (const auto& [text, value] : choices) box->addItem(text, QString::fromLatin1(value));
  if (choices.empty())
    for (const std::string& value : TrainConfig::choices(key))
      box->addItem(QString::fromStdString(value), QString::fromStdString(value));
  // The longest choice must not decide the width of the dock.
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(12);
  if (std::string_view(key) == "preset")
    connect(box, &QComboBox::currentIndexChanged, this, &TrainingSettings::applyPreset);
  else
    connect(box, &QComboBox::currentIndexChanged, this,
            [this, box, key] { apply(key, box->currentData().toString()); });
  return enter(key, box, [box](const QString& value) { box->setCurrentIndex(box->findData(value)); });
}

QWidget* TrainingSettings::count(const char* key, int low, int high) {
  auto* box = new QSpinBox;
  box->setRange(low, high);
  box->setAlignment(Qt::AlignRight);
  // A number that is being typed is not a setting yet.
  box->setKeyboardTracking(false);
  // Large numbers would make the dock as wide as they may be.
  box->setMinimumWidth(box->fontMetrics().horizontalAdvance(QStringLiteral("0")) * 12);
  box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  connect(box, &QSpinBox::valueChanged, this, [this, key](int value) { apply(key, QString::number(value)); });
  return enter(key, box, [box](const QString& value) {
    box->setValue(
        static_cast<int>(std::clamp<qlonglong>(value.toLongLong(), box->minimum(), box->maximum())));
  });
}

QWidget* TrainingSettings::real(const char* key, double high, double step) {
  auto* box = new RealBox;
  box->setDecimals(12);
  box->setRange(0, high);
  box->setSingleStep(step);
  box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  box->setAlignment(Qt::AlignRight);
  box->setKeyboardTracking(false);
  box->setMinimumWidth(box->fontMetrics().horizontalAdvance(QStringLiteral("0")) * 9);
  box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  connect(box, &QDoubleSpinBox::valueChanged, this,
          [this, key](double value) { apply(key, QString::number(value, 'g', 15)); });
  return enter(key, box, [box](const QString& value) { box->setValue(value.toDouble()); });
}

QWidget* TrainingSettings::text(const char* key) {
  auto* line = new QLineEdit;
  line->setAlignment(Qt::AlignRight);
  connect(line, &QLineEdit::editingFinished, this,
          [this, line, key] { apply(key, line->text().remove(QLatin1Char(' '))); });
  return enter(key, line, [line](const QString& value) {
    // What stands there already keeps its cursor.
    if (line->text() != value) line->setText(value);
  });
}

QWidget* TrainingSettings::enter(const char* key, QWidget* editor, std::function<void(const QString&)> show) {
  editor->setObjectName(QString::fromLatin1(key));
  editor->setFocusPolicy(Qt::StrongFocus);
  editor->installEventFilter(this);
  fields_.push_back({key, nullptr, editor, std::move(show), {}});
  return editor;
}

TrainingSettings::Field& TrainingSettings::field(const QWidget* editor) {
  return *std::ranges::find(fields_, editor, &Field::editor);
}

void TrainingSettings::apply(const char* key, const QString& value) {
  if (filling_) return;
  TrainConfig changed = config_;
  if (Status status = changed.set(key, value.toStdString()); !status) {
    take(std::unexpected(std::move(status.error())));
    return;
  }
  take(std::move(changed));
}

void TrainingSettings::applyPreset() {
  if (filling_) return;
  auto fresh = TrainConfig::from_preset(preset_->currentData().toString().toStdString());
  if (fresh) fresh->run_like(config_);
  take(std::move(fresh));
}

void TrainingSettings::reset() {
  take(config_.unchanged());
}

void TrainingSettings::take(Result<TrainConfig> changed) {
  if (!changed) {
    Q_EMIT rejected(errorText(changed.error()));
    fill();
    return;
  }
  const bool differs = *changed != config_;
  config_ = *std::move(changed);
  // Also what is the same in other words: 1e-2 for 0.01.
  fill();
  if (differs) Q_EMIT edited(config_);
}

void TrainingSettings::setConfig(const TrainConfig& config) {
  if (config == config_) return;
  config_ = config;
  fill();
}

void TrainingSettings::fill() {
  filling_ = true;
  const TrainConfig values = shown(config_);
  for (const Field& one : fields_) {
    one.show(QString::fromStdString(values.value(one.key)));
    one.editor->setEnabled(applies(config_, one.key));
    if (one.label != nullptr) one.label->setEnabled(one.editor->isEnabled());
  }
  showChanges();
  filling_ = false;
}

void TrainingSettings::setSuggested(const SuggestedPreset& suggested) {
  for (int i = 0; i < preset_->count(); ++i) {
    QString name = preset_->itemData(i).toString();
    const bool best = name == QString::fromStdString(suggested.name);
    static constexpr int kPlain = Qt::UserRole + 1;
    if (!preset_->itemData(i, kPlain).isValid()) preset_->setItemData(i, preset_->itemText(i), kPlain);
    const QString plain = preset_->itemData(i, kPlain).toString();
    preset_->setItemText(i, best ? tr("%1 (suggested)").arg(plain) : plain);
    preset_->setItemData(i, best ? coreText(suggested.reason) : QString(), Qt::ToolTipRole);
  }
  field(preset_).about =
      tr("All settings at once: guided's, or those of the paper's three experiments (appendix A.2).") +
      QLatin1Char(' ') + coreText(suggested.reason);
  showChanges();
}

void TrainingSettings::showChanges() {
  const TrainConfig start = config_.unchanged();
  const std::vector<std::string> keys = config_.changed();
  const auto isChanged = [&keys](const std::string& key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  for (const Field& one : fields_) {
    const bool changed = isChanged(one.key);
    QString tip = settingText(one.key);
    if (!one.about.isEmpty()) tip += QStringLiteral("\n") + one.about;
    const QString was = changed ? tr("Changed: preset %1 has %2")
                                      .arg(QString::fromStdString(config_.preset),
                                           QString::fromStdString(start.value(one.key)))
                                : QString();
    if (changed) tip += QStringLiteral("\n") + was;
    // As rich text, which is broken into lines.
    const QString rich = QStringLiteral("<p>%1</p>")
                             .arg(tip.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("</p><p>")));
    one.editor->setToolTip(rich);
    one.editor->setAccessibleDescription(was);
    if (one.label == nullptr) continue;
    one.label->setToolTip(rich);
    QFont font = one.label->font();
    font.setBold(changed);
    one.label->setFont(font);
  }
  for (const Section& section : sections_) {
    const auto count = std::ranges::count_if(section.keys, isChanged);
    section.head->setText(count == 0 ? section.title : tr("%1 (%L2 changed)").arg(section.title).arg(count));
    QFont font = section.head->font();
    font.setBold(count > 0);
    section.head->setFont(font);
  }
  const auto count = static_cast<qulonglong>(keys.size());
  changes_->setText(count == 0   ? tr("As the preset has them")
                    : count == 1 ? tr("1 setting changed, in bold")
                                 : tr("%L1 settings changed, in bold").arg(count));
  reset_->setEnabled(count > 0);
}

int TrainingSettings::leastWidth() const {
  int width = minimumSizeHint().width();
  for (const Section& section : sections_) width = std::max(width, section.body->minimumSizeHint().width());
  return width;
}

bool TrainingSettings::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Wheel && !static_cast<QWidget*>(watched)->hasFocus()) {
    event->ignore();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace assayer::ui
