// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/runs_dock.h"

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/views/run_style.h"

namespace assayer::ui {

namespace {

enum Column { kName, kMethod, kState, kKl, kError, kTime, kColumns };
constexpr int kIdRole = Qt::UserRole;

/// Only names are edited.
class NotEdited : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QWidget* createEditor(QWidget*, const QStyleOptionViewItem&, const QModelIndex&) const override {
    return nullptr;
  }
};

/// The line that the run has in plots.
QIcon sample(Qt::PenStyle style, const QColor& colour) {
  QPixmap pixmap(28, 12);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setPen(QPen(colour, 2, style, Qt::FlatCap));
  painter.drawLine(0, 6, 28, 6);
  return QIcon(pixmap);
}

QToolButton* buttonOf(QAction* action, const char* name) {
  auto* button = new QToolButton;
  button->setObjectName(QString::fromLatin1(name));
  button->setDefaultAction(action);
  button->setToolButtonStyle(Qt::ToolButtonTextOnly);
  return button;
}

}  // namespace

RunsDock::RunsDock(QWidget* parent)
    : QWidget(parent),
      list_(new QTreeWidget),
      hint_(new QLabel(tr("Every training is listed here, to be compared with the next."))),
      fork_(new QAction(tr("&New Run from This"), this)),
      continue_(new QAction(tr("&Continue Run"), this)),
      rename_(new QAction(tr("Re&name Run"), this)),
      remove_(new QAction(tr("&Delete Run"), this)) {
  setObjectName(QStringLiteral("runsDock"));
  list_->setObjectName(QStringLiteral("runsList"));
  list_->setAccessibleName(tr("Runs"));
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAllColumnsShowFocus(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->setIconSize({28, 12});
  list_->setColumnCount(kColumns);
  list_->setHeaderLabels({tr("Run"), tr("Method"), tr("State"), tr("KL"), tr("L2"), tr("Time")});
  const QStringList tips = {tr("A tick draws the run beside the active one"),
                            {},
                            {},
                            tr("Divergence of the compositions, of rows held out where there are any"),
                            tr("Mean distance of the endmembers from the file's reference spectra"),
                            tr("Of training, without pauses")};
  for (int c = 0; c < kColumns; ++c) list_->headerItem()->setToolTip(c, tips[c]);
  for (int c = kKl; c < kColumns; ++c) list_->headerItem()->setTextAlignment(c, Qt::AlignRight);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked);
  list_->setItemDelegate(new NotEdited(list_));
  list_->setItemDelegateForColumn(kName, new QStyledItemDelegate(list_));
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);

  // Beside the list it is clear what they act on.
  fork_->setIconText(tr("New from This"));
  continue_->setIconText(tr("Continue"));
  rename_->setIconText(tr("Rename"));
  remove_->setIconText(tr("Delete"));
  fork_->setObjectName(QStringLiteral("forkRunAction"));
  continue_->setObjectName(QStringLiteral("continueRunAction"));
  continue_->setStatusTip(
      tr("Train the active run on from where it ended, up to the epochs on display; it stays as it is"));
  rename_->setObjectName(QStringLiteral("renameRunAction"));
  rename_->setStatusTip(tr("Give the active run another name"));
  remove_->setObjectName(QStringLiteral("deleteRunAction"));
  remove_->setStatusTip(tr("Take the active run out of the list; Undo brings it back"));
  remove_->setShortcut(Qt::Key_Delete);
  // Elsewhere the key means something else, or nothing.
  remove_->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  addAction(remove_);
  list_->addActions({fork_, continue_, rename_, remove_});

  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);
  hint_->setEnabled(false);
  auto* over = new QVBoxLayout(list_->viewport());
  over->addWidget(hint_);

  auto* buttons = new QHBoxLayout;
  buttons->setContentsMargins(4, 0, 4, 4);
  buttons->addWidget(buttonOf(fork_, "forkRunButton"));
  buttons->addWidget(buttonOf(continue_, "continueRunButton"));
  buttons->addWidget(buttonOf(rename_, "renameRunButton"));
  buttons->addWidget(buttonOf(remove_, "deleteRunButton"));
  buttons->addStretch();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(list_, 1);
  column->addLayout(buttons);

  connect(list_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    if (!filling_ && item != nullptr) Q_EMIT activated(item->data(kName, kIdRole).toULongLong());
  });
  connect(list_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item, int column_changed) {
    if (filling_ || column_changed != kName) return;
    const quint64 id = item->data(kName, kIdRole).toULongLong();
    const auto row = std::ranges::find(rows_, id, &RunRow::id);
    if (row == rows_.end()) return;
    const bool shown = item->checkState(kName) == Qt::Checked;
    // Copies: whoever answers may fill the list anew.
    if (shown != row->shown)
      Q_EMIT shownToggled(id, shown);
    else if (item->text(kName) != row->name)
      Q_EMIT renamed(id, QString(item->text(kName)));
  });
  connect(fork_, &QAction::triggered, this, [this] { Q_EMIT forkRequested(active_); });
  connect(continue_, &QAction::triggered, this, [this] { Q_EMIT continueRequested(active_); });
  connect(remove_, &QAction::triggered, this, [this] { Q_EMIT removeRequested(active_); });
  connect(rename_, &QAction::triggered, this, [this] {
    if (QTreeWidgetItem* item = itemOf(active_)) {
      for (QWidget* widget = this; widget != nullptr; widget = widget->parentWidget()) {
        widget->show();
        widget->raise();
        if (widget->isWindow()) break;
      }
      list_->setFocus();
      list_->editItem(item, kName);
    }
  });
  updateCommands();
}

QList<QAction*> RunsDock::commands() const {
  return {fork_, continue_, rename_, remove_};
}

QTreeWidgetItem* RunsDock::itemOf(quint64 id) const {
  for (int i = 0; i < list_->topLevelItemCount(); ++i)
    if (list_->topLevelItem(i)->data(kName, kIdRole).toULongLong() == id) return list_->topLevelItem(i);
  return nullptr;
}

void RunsDock::setRuns(const std::vector<RunRow>& rows, quint64 active) {
  filling_ = true;
  const bool same = std::ranges::equal(rows, rows_, {}, &RunRow::id, &RunRow::id);
  rows_ = rows;
  active_ = active;
  // In place where it can be: this may be the answer to an edit that is not over yet.
  if (same)
    for (const RunRow& row : rows_) fill(*itemOf(row.id), row);
  else
    list_->clear();
  for (const RunRow& row : rows_) {
    if (same) break;
    auto* item = new QTreeWidgetItem(list_);
    item->setData(kName, kIdRole, row.id);
    item->setFlags(item->flags() | Qt::ItemIsEditable | Qt::ItemIsUserCheckable);
    for (int c = kKl; c < kColumns; ++c) item->setTextAlignment(c, Qt::AlignRight | Qt::AlignVCenter);
    fill(*item, row);
  }
  filling_ = false;
  restyle();
}

void RunsDock::updateRun(const RunRow& row) {
  const auto mine = std::ranges::find(rows_, row.id, &RunRow::id);
  QTreeWidgetItem* item = itemOf(row.id);
  if (mine == rows_.end() || item == nullptr) return;
  *mine = row;
  filling_ = true;
  fill(*item, row);
  filling_ = false;
  updateCommands();
}

void RunsDock::setActive(quint64 id) {
  active_ = id;
  restyle();
}

void RunsDock::fill(QTreeWidgetItem& item, const RunRow& row) {
  const QStringList cells = {row.name, row.method, row.state, row.kl, row.error, row.time};
  for (int c = 0; c < kColumns; ++c) {
    item.setText(c, cells[c]);
    item.setToolTip(c, row.details);
  }
  item.setCheckState(kName, row.shown ? Qt::Checked : Qt::Unchecked);
}

void RunsDock::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  // The samples of lines are drawn in the colour of letters.
  if (event->type() == QEvent::PaletteChange) restyle();
}

void RunsDock::restyle() {
  filling_ = true;
  for (const RunRow& row : rows_) {
    QTreeWidgetItem* item = itemOf(row.id);
    const bool active = row.id == active_;
    QFont font = list_->font();
    font.setBold(active);
    for (int c = 0; c < kColumns; ++c) item->setFont(c, font);
    item->setIcon(kName, sample(active      ? Qt::SolidLine
                                : row.shown ? runDash(row.id)
                                            : Qt::NoPen,
                                list_->palette().color(QPalette::Text)));
    if (active) list_->setCurrentItem(item);
  }
  filling_ = false;
  hint_->setVisible(rows_.empty());
  updateCommands();
}

void RunsDock::updateCommands() {
  const auto row = std::ranges::find(rows_, active_, &RunRow::id);
  const bool any = row != rows_.end();
  const bool idle = std::ranges::none_of(rows_, &RunRow::going);
  // What is learnt from is read off a run, which one that waits does not hinder.
  const bool still = std::ranges::none_of(rows_, [](const RunRow& r) { return r.going && !r.paused; });
  fork_->setEnabled(any && still);
  fork_->setStatusTip(
      any && row->paused
          ? tr("Stop this run, which is kept, and take over its rows, steps and settings, to change and "
               "train anew")
          : tr("Take over the rows, steps and settings of this run, to change and train anew"));
  continue_->setEnabled(any && idle && row->resumes);
  rename_->setEnabled(any);
  remove_->setEnabled(any && !row->going);
}

}  // namespace assayer::ui
