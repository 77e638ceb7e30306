// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/data_dock.h"

#include <QAction>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/viewmodels/data_facts.h"
#include "ui/views/counted.h"

namespace assayer::ui {

namespace {

/// Characters of one attribute on display: some files keep a whole header in one.
constexpr qsizetype kLongestNote = 300;

QLabel* wrapped(const char* name) {
  auto* label = new QLabel;
  label->setObjectName(QString::fromLatin1(name));
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  // A long word must not widen the dock.
  label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  label->hide();
  return label;
}

}  // namespace

DataDock::DataDock(QWidget* parent)
    : QWidget(parent),
      name_(new QLabel(tr("No data yet"))),
      facts_(new QLabel),
      warnings_(wrapped("dataWarnings")),
      suggestion_(wrapped("dataSuggestion")),
      notes_(wrapped("dataNotes")),
      selection_box_(new QGroupBox(tr("Rows"))),
      expression_(new QLineEdit),
      selected_(new QLabel),
      unfeatured_(new QLabel) {
  setObjectName(QStringLiteral("dataDock"));
  name_->setObjectName(QStringLiteral("dataName"));
  QFont bold = name_->font();
  bold.setBold(true);
  name_->setFont(bold);
  name_->setWordWrap(true);
  facts_->setObjectName(QStringLiteral("dataFacts"));
  facts_->setTextFormat(Qt::RichText);
  facts_->setWordWrap(true);
  facts_->setTextInteractionFlags(Qt::TextSelectableByMouse);

  expression_->setObjectName(QStringLiteral("selectionExpression"));
  expression_->setAccessibleName(tr("Rows to select, as an expression"));
  expression_->setPlaceholderText(tr("Select: interior:0.7, group=0,2 …"));
  expression_->setClearButtonEnabled(true);
  expression_->setToolTip(
      tr("all · none · labelled · interior:W · group=NAME,… · rows=A-B,… · max<=V · "
         "COLUMN=V,… · not:…;  + joins, & intersects"));
  connect(expression_, &QLineEdit::returnPressed, this,
          [this] { Q_EMIT expressionEntered(expression_->text().trimmed()); });
  selected_->setObjectName(QStringLiteral("selectedCount"));

  auto* grid = new QGridLayout(selection_box_);
  grid->addWidget(expression_, 0, 0, 1, 2);
  grid->addWidget(selected_, 1, 0, 1, 2);
  for (std::size_t r = 0; r < kRoles; ++r) {
    buttons_[r] = new QToolButton;
    buttons_[r]->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    buttons_[r]->setToolButtonStyle(Qt::ToolButtonTextOnly);
    counts_[r] = new QLabel(QStringLiteral("0"));
    counts_[r]->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    counts_[r]->setObjectName(QStringLiteral("roleCount%1").arg(static_cast<int>(kShown[r])));
    const int row = static_cast<int>(r) + 2;
    grid->addWidget(buttons_[r], row, 0);
    grid->addWidget(counts_[r], row, 1);
  }
  unfeatured_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  unfeatured_->setObjectName(QStringLiteral("unfeaturedCount"));
  unfeatured_->setText(QStringLiteral("0"));
  const int last = static_cast<int>(kRoles) + 2;
  grid->addWidget(new QLabel(tr("Unfeatured points")), last, 0);
  grid->addWidget(unfeatured_, last, 1);
  grid->setColumnStretch(0, 1);
  selection_box_->setEnabled(false);

  auto* inner = new QWidget;
  auto* column = new QVBoxLayout(inner);
  column->setContentsMargins(6, 6, 6, 6);
  column->addWidget(name_);
  column->addWidget(warnings_);
  column->addWidget(facts_);
  column->addWidget(selection_box_);
  column->addWidget(suggestion_);
  column->addWidget(notes_);
  column->addStretch(1);

  auto* scroll = new QScrollArea;
  scroll->setWidget(inner);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(scroll);
}

void DataDock::setRoleActions(const std::array<QAction*, kRoles>& actions) {
  for (std::size_t r = 0; r < kRoles; ++r) buttons_[r]->setDefaultAction(actions[r]);
}

void DataDock::setData(const DatasetPtr& source, const QString& name, const QString& format,
                       const QStringList& warnings, const QString& suggestion) {
  data_ = source;
  facts_->clear();
  selection_box_->setEnabled(source != nullptr);
  name_->setText(source ? name : tr("No data yet"));
  warnings_->setText(warnings.join(QLatin1Char('\n')));
  warnings_->setVisible(!warnings.isEmpty());
  notes_->hide();
  suggestion_->setText(suggestion);
  suggestion_->setVisible(!suggestion.isEmpty());
  expression_->clear();
  if (!source) return;

  // One rich text instead of a form: its rows wrap to the width that the dock happens to have.
  QString table = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"2\">");
  for (const auto& [title, value] : dataFacts(*source, format))
    table += QStringLiteral("<tr><td>%1&nbsp;</td><td>%2</td></tr>")
                 .arg(title.toHtmlEscaped(), value.toHtmlEscaped());
  facts_->setText(table + QStringLiteral("</table>"));
  const Provenance& from = source->provenance();
  QString notes;
  QString settings;
  for (const auto& [key, value] : from.attributes) {
    // What a simulation was made with is for looking up, not for reading.
    QString& text = key.starts_with("option_") ? settings : notes;
    if (!text.isEmpty()) text += QLatin1Char('\n');
    QString told = QString::fromStdString(value);
    if (told.size() > kLongestNote) told = told.left(kLongestNote) + QStringLiteral(" …");
    text += QStringLiteral("%1: %2").arg(QString::fromStdString(key), told);
  }
  notes_->setText(notes);
  notes_->setVisible(!notes.isEmpty());
  name_->setToolTip(from.path.empty() ? settings : QString::fromStdString(from.path));
}

void DataDock::setRoles(const Roles& roles) {
  for (std::size_t r = 0; r < kRoles; ++r) {
    const auto n = std::count(roles.begin(), roles.end(), kShown[r]);
    counts_[r]->setText(QStringLiteral("%L1").arg(static_cast<qlonglong>(n)));
  }
}

void DataDock::setUnfeatured(std::size_t count) {
  unfeatured_->setText(QStringLiteral("%L1").arg(static_cast<qulonglong>(count)));
}

void DataDock::setSelection(const Rows& rows) {
  selected_->setText(rows.empty() ? tr("No rows selected")
                                  : counted(rows.size(), tr("1 row selected; make it:"),
                                            tr("%L1 rows selected; make them:")));
}

}  // namespace assayer::ui
