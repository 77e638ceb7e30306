// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/pipeline_dock.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QScrollArea>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "core/preprocess/bands.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/views/step_preview.h"

namespace assayer::ui {

namespace {

constexpr int kLongestLine = 1 << 24;  // letters

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString rangeText(const ParameterInfo& parameter) {
  if (!std::isfinite(parameter.low) && !std::isfinite(parameter.high)) return {};
  if (!std::isfinite(parameter.high)) return PipelineDock::tr("at least %1").arg(parameter.low);
  return PipelineDock::tr("%1 to %2").arg(parameter.low).arg(parameter.high);
}

QToolButton* button(const QString& name, const QString& label, const QString& tip) {
  auto* made = new QToolButton;
  made->setObjectName(name);
  made->setText(label);
  made->setToolTip(tip);
  made->setAutoRaise(true);
  return made;
}

/// Elsewhere the key means something else, or nothing: Del takes away the active run, Alt+Down opens a list
/// of choices.
void keyOf(QListWidget& list, const QKeySequence& key, QToolButton& button) {
  auto* shortcut = new QShortcut(key, &list);
  shortcut->setContext(Qt::WidgetWithChildrenShortcut);
  QObject::connect(shortcut, &QShortcut::activated, &button, &QToolButton::click);
}

QLabel* note(const QString& name) {
  auto* label = new QLabel;
  label->setObjectName(name);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  label->hide();
  return label;
}

}  // namespace

PipelineDock::PipelineDock(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("pipelineDock"));
  list_ = new QListWidget;
  list_->setObjectName(QStringLiteral("pipelineList"));
  list_->setAccessibleName(tr("Steps of preprocessing"));
  list_->setDragDropMode(QAbstractItemView::InternalMove);
  list_->setDefaultDropAction(Qt::MoveAction);
  list_->setToolTip(tr("Drag a step to another place; the tick switches it on and off."));
  list_->setMinimumHeight(70);

  add_ = button(QStringLiteral("addStepButton"), tr("Add"), tr("Add a step after the current one"));
  add_->setPopupMode(QToolButton::InstantPopup);
  recipe_ = button(QStringLiteral("recipeButton"), tr("Recipe"), tr("Replace the steps by a named pipeline"));
  recipe_->setPopupMode(QToolButton::InstantPopup);
  remove_ = button(QStringLiteral("removeStepButton"), tr("Remove"), tr("Remove the current step (Del)"));
  up_ = button(QStringLiteral("stepUpButton"), tr("Up"), tr("Move the current step up (Alt+Up)"));
  up_->setArrowType(Qt::UpArrow);
  down_ = button(QStringLiteral("stepDownButton"), tr("Down"), tr("Move the current step down (Alt+Down)"));
  down_->setArrowType(Qt::DownArrow);
  keyOf(*list_, Qt::Key_Delete, *remove_);
  keyOf(*list_, Qt::ALT | Qt::Key_Up, *up_);
  keyOf(*list_, Qt::ALT | Qt::Key_Down, *down_);
  auto* buttons = new QHBoxLayout;
  buttons->setContentsMargins(0, 0, 0, 0);
  buttons->setSpacing(2);
  for (QToolButton* one : {add_, recipe_, remove_, up_, down_}) buttons->addWidget(one);
  buttons->addStretch();

  meaning_ = note(QStringLiteral("stepMeaning"));
  form_ = new QWidget;
  rows_ = new QFormLayout(form_);
  rows_->setContentsMargins(0, 0, 0, 0);
  notes_ = note(QStringLiteral("pipelineNotes"));
  preview_ = new StepPreview;
  preview_->setAccessibleName(tr("Spectra before and after the step"));

  auto* upper = new QWidget;
  auto* column = new QVBoxLayout(upper);
  column->setContentsMargins(6, 6, 6, 0);
  column->addWidget(list_, 1);
  column->addLayout(buttons);
  column->addWidget(meaning_);
  column->addWidget(form_);
  column->addWidget(notes_);
  auto* scroll = new QScrollArea;
  scroll->setWidget(upper);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->addWidget(scroll);
  splitter->addWidget(preview_);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(splitter);

  addMenus();
  // Its buttons stand side by side; cut off they would be found by nobody.
  scroll->setMinimumWidth(upper->minimumSizeHint().width());
  connect(list_, &QListWidget::currentRowChanged, this, [this](int row) {
    if (filling_) return;
    fillForm();
    Q_EMIT currentStepChanged(row);
  });
  connect(list_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
    if (filling_) return;
    const int step = list_->row(item);
    if (step < 0 || static_cast<std::size_t>(step) >= pipeline_.steps.size()) return;
    const bool on = item->checkState() == Qt::Checked;
    Pipeline changed = pipeline_;
    StepSettings& settings = changed.steps[static_cast<std::size_t>(step)];
    if (settings.enabled() == on) return;
    settings.set_enabled(on);
    propose(changed, (on ? tr("switch on %1") : tr("switch off %1")).arg(text(settings.info().name)), step);
  });
  // The list must not be filled anew while it is still being dropped on.
  connect(
      list_->model(), &QAbstractItemModel::rowsMoved, this, [this] { takeOrder(); }, Qt::QueuedConnection);
  connect(remove_, &QToolButton::clicked, this, [this] {
    const int step = currentStep();
    if (step < 0) return;
    Pipeline changed = pipeline_;
    const QString name = text(changed.steps[static_cast<std::size_t>(step)].info().name);
    changed.steps.erase(changed.steps.begin() + step);
    propose(changed, tr("remove %1").arg(name), std::min(step, static_cast<int>(changed.steps.size()) - 1));
  });
  connect(up_, &QToolButton::clicked, this, [this] { move(-1); });
  connect(down_, &QToolButton::clicked, this, [this] { move(1); });
  fillList(-1);
}

void PipelineDock::addMenus() {
  auto* kinds = new QMenu(add_);
  kinds->setObjectName(QStringLiteral("addStepMenu"));
  kinds->setToolTipsVisible(true);
  for (const StepInfo& kind : step_kinds()) {
    QAction* action = kinds->addAction(coreText(kind.title));
    action->setObjectName(QStringLiteral("addStep-") + text(kind.name));
    action->setToolTip(coreText(kind.meaning));
    connect(action, &QAction::triggered, this, [this, name = std::string(kind.name)] {
      auto step = StepSettings::of_kind(name);
      if (!step) return;
      Pipeline changed = pipeline_;
      const int at = currentStep() + 1;
      changed.steps.insert(changed.steps.begin() + at, *std::move(step));
      propose(changed, tr("add %1").arg(QString::fromStdString(name)), at);
    });
  }
  add_->setMenu(kinds);
  auto* named = new QMenu(recipe_);
  named->setToolTipsVisible(true);
  for (const Recipe& recipe : recipes()) {
    QAction* action = named->addAction(text(recipe.name));
    action->setObjectName(QStringLiteral("recipe-") + text(recipe.name));
    action->setToolTip(coreText(recipe.meaning));
    connect(action, &QAction::triggered, this, [this, name = std::string(recipe.name)] {
      if (auto made = Pipeline::recipe(name))
        propose(*made, tr("take recipe %1").arg(QString::fromStdString(name)), 0);
    });
  }
  recipe_->setMenu(named);
}

int PipelineDock::currentStep() const {
  const int row = list_->currentRow();
  return row >= 0 && static_cast<std::size_t>(row) < pipeline_.steps.size() ? row : -1;
}

void PipelineDock::propose(const Pipeline& pipeline, const QString& what, int current) {
  wanted_ = current;
  Q_EMIT pipelineEdited(pipeline, what);
  // Where nobody took it up, the list must show what holds.
  if (wanted_ >= -1) fillList(currentStep());
}

void PipelineDock::setPipeline(const Pipeline& pipeline) {
  const int current = wanted_ >= 0 ? wanted_ : currentStep();
  wanted_ = -2;
  pipeline_ = pipeline;
  fillList(std::min(current, static_cast<int>(pipeline_.steps.size()) - 1));
  if (pipeline_.empty()) setPreview(nullptr);
}

void PipelineDock::fillList(int current) {
  filling_ = true;
  list_->clear();
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    const StepSettings& step = pipeline_.steps[i];
    auto* item = new QListWidgetItem(QString::fromStdString(step.to_short_text()), list_);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled |
                   Qt::ItemIsUserCheckable);
    item->setCheckState(step.enabled() ? Qt::Checked : Qt::Unchecked);
    item->setData(Qt::UserRole, static_cast<int>(i));
    item->setToolTip(coreText(step.info().title));
  }
  if (current < 0 && !pipeline_.steps.empty()) current = 0;
  list_->setCurrentRow(current);
  filling_ = false;
  fillForm();
  Q_EMIT currentStepChanged(currentStep());
}

void PipelineDock::fillForm() {
  while (rows_->rowCount() > 0) rows_->removeRow(0);
  const int current = currentStep();
  remove_->setEnabled(current >= 0);
  up_->setEnabled(current > 0);
  down_->setEnabled(current >= 0 && static_cast<std::size_t>(current) + 1 < pipeline_.steps.size());
  meaning_->setVisible(current >= 0);
  if (current < 0) return;
  const StepSettings& step = pipeline_.steps[static_cast<std::size_t>(current)];
  meaning_->setText(
      QStringLiteral("<b>%1</b><br>%2")
          .arg(coreText(step.info().title).toHtmlEscaped(), coreText(step.info().meaning).toHtmlEscaped()));
  meaning_->setToolTip(text(step.info().source));
  for (const ParameterInfo& parameter : step.info().parameters) {
    const QString key = text(parameter.key);
    const QString value = QString::fromStdString(step.text(parameter.key));
    const QString range = rangeText(parameter);
    QWidget* editor = nullptr;
    switch (parameter.kind) {
      case ParameterInfo::Kind::Choice: {
        auto* box = new QComboBox;
        for (const std::string_view choice : parameter.choices) box->addItem(text(choice));
        box->setCurrentText(value);
        connect(box, &QComboBox::textActivated, this,
                [this, current, key](const QString& chosen) { setParameter(current, key, chosen); });
        editor = box;
        break;
      }
      case ParameterInfo::Kind::Whole: {
        auto* box = new QSpinBox;
        box->setRange(static_cast<int>(parameter.low), static_cast<int>(parameter.high));
        // Windows are odd.
        if (parameter.key == "window") box->setSingleStep(2);
        box->setValue(value.toInt());
        box->setKeyboardTracking(false);
        connect(box, &QSpinBox::valueChanged, this,
                [this, current, key](int number) { setParameter(current, key, QString::number(number)); });
        editor = box;
        break;
      }
      case ParameterInfo::Kind::Number:
      case ParameterInfo::Kind::Numbers:
      case ParameterInfo::Kind::Text: {
        auto* line = new QLineEdit;
        // The positions of some thousand channels are longer than a line is by default, and would be cut.
        line->setMaxLength(kLongestLine);
        line->setText(value);
        line->setCursorPosition(0);
        if (parameter.kind != ParameterInfo::Kind::Number) line->setPlaceholderText(tr("none"));
        connect(line, &QLineEdit::editingFinished, this,
                [this, current, key, line] { setParameter(current, key, line->text().trimmed()); });
        editor = line;
        break;
      }
    }
    editor->setObjectName(QStringLiteral("parameter-") + key);
    editor->setToolTip(range.isEmpty() ? coreText(parameter.meaning)
                                       : tr("%1\nRange: %2").arg(coreText(parameter.meaning), range));
    auto* label = new QLabel(key);
    label->setToolTip(editor->toolTip());
    label->setBuddy(editor);
    rows_->addRow(label, editor);
  }
  if (step.info().name != kResample) return;
  auto* bands = button(QStringLiteral("bandsButton"), tr("Positions from a file…"),
                       tr("Take the positions, and the widths where it has them, from the bands of another "
                          "file: spectra of any format, or an ENVI header alone"));
  connect(bands, &QToolButton::clicked, this, [this, current] { Q_EMIT bandsWanted(current); });
  rows_->addRow(bands);
}

void PipelineDock::setParameter(int step, const QString& key, const QString& value) {
  if (filling_ || static_cast<std::size_t>(step) >= pipeline_.steps.size()) return;
  Pipeline changed = pipeline_;
  StepSettings& settings = changed.steps[static_cast<std::size_t>(step)];
  const Status set = settings.set(key.toStdString(), value.toStdString());
  if (!set) {
    setProblem(errorText(set.error()));
    return;
  }
  if (changed == pipeline_) return;
  // Later: the editor that is speaking goes when the form is filled anew.
  QMetaObject::invokeMethod(
      this,
      [this, changed = std::move(changed), step,
       what = tr("change %1 of %2").arg(key, text(settings.info().name))] { propose(changed, what, step); },
      Qt::QueuedConnection);
}

void PipelineDock::move(int by) {
  const int from = currentStep();
  const int to = from + by;
  if (from < 0 || to < 0 || static_cast<std::size_t>(to) >= pipeline_.steps.size()) return;
  Pipeline changed = pipeline_;
  std::swap(changed.steps[static_cast<std::size_t>(from)], changed.steps[static_cast<std::size_t>(to)]);
  propose(changed, tr("move %1").arg(text(pipeline_.steps[static_cast<std::size_t>(from)].info().name)), to);
}

void PipelineDock::takeOrder() {
  if (static_cast<std::size_t>(list_->count()) != pipeline_.steps.size()) return;
  Pipeline changed;
  for (int row = 0; row < list_->count(); ++row) {
    const int from = list_->item(row)->data(Qt::UserRole).toInt();
    if (from < 0 || static_cast<std::size_t>(from) >= pipeline_.steps.size()) return;
    changed.steps.push_back(pipeline_.steps[static_cast<std::size_t>(from)]);
  }
  if (changed == pipeline_) return;
  propose(changed, tr("reorder steps"), list_->currentRow());
}

void PipelineDock::setPreview(std::shared_ptr<const PipelinePreview> preview) {
  QStringList warnings;
  QStringList outcome;
  if (preview) {
    warnings = coreTexts(preview->warnings);
    const int current = currentStep();
    // The sentence of the current step among those that are on.
    std::size_t at = 0;
    for (int i = 0; i < current; ++i)
      if (pipeline_.steps[static_cast<std::size_t>(i)].enabled()) ++at;
    if (current >= 0 && pipeline_.steps[static_cast<std::size_t>(current)].enabled() &&
        at < preview->outcome.size())
      outcome << coreText(preview->outcome[at]);
  }
  showNotes(warnings, outcome);
  preview_->setPreview(std::move(preview));
}

void PipelineDock::setProblem(const QString& problem) {
  preview_->setPreview(nullptr);
  showNotes({problem}, {});
}

void PipelineDock::showNotes(const QStringList& warnings, const QStringList& outcome) {
  QString html;
  for (const QString& warning : warnings)
    html += QStringLiteral("<p style='margin:0'><b>⚠</b> %1</p>").arg(warning.toHtmlEscaped());
  for (const QString& sentence : outcome)
    html += QStringLiteral("<p style='margin:0'>%1</p>").arg(sentence.toHtmlEscaped());
  notes_->setText(html);
  notes_->setVisible(!html.isEmpty());
}

}  // namespace assayer::ui
