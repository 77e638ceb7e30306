// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/row_table.h"

#include <QContextMenuEvent>
#include <QFileDialog>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QMessageBox>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/views/palette.h"

namespace assayer::ui {

RowTable::RowTable(QWidget* parent) : QTableView(parent) {
  setModel(&model_);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setAlternatingRowColors(false);
  setShowGrid(false);
  setWordWrap(false);
  setCornerButtonEnabled(false);
  setAccessibleName(tr("Rows of the data"));
  // Tab goes on to the next control; the arrow keys go from cell to cell.
  setTabKeyNavigation(false);
  verticalHeader()->hide();
  // Of one height: asking a million rows for theirs would take seconds.
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  horizontalHeader()->setResizeContentsPrecision(50);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionsClickable(true);
  horizontalHeader()->setSortIndicatorShown(true);
  horizontalHeader()->setSortIndicator(0, Qt::AscendingOrder);
  // Not setSortingEnabled: that would sort every new data set on sight.
  connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this,
          [this](int column, Qt::SortOrder order) { model_.sort(column, order); });
  connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &RowTable::request);
  connect(&model_, &QAbstractItemModel::modelReset, this, &RowTable::fitHeader);
  connect(&model_, &RowTableModel::exportFailed, this, [this](const QString& message) {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Export"), message, QMessageBox::Ok, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
  });
}

void RowTable::setData(const DatasetPtr& source) {
  showing_ = true;
  model_.setData(source);
  {
    const QSignalBlocker quiet(horizontalHeader());
    horizontalHeader()->setSortIndicator(0, Qt::AscendingOrder);
  }
  showing_ = false;
}

void RowTable::fitHeader() {
  QHeaderView* header = horizontalHeader();
  // Titles are read whole: what a run has is told from another's by the end of its title.
  for (int c = 0; c < header->count(); ++c)
    header->resizeSection(c, std::max(header->sectionSize(c), header->sectionSizeHint(c)));
  // The column that the rows are sorted by may stand elsewhere, or be gone.
  const QSignalBlocker quiet(header);
  header->setSortIndicator(model_.sortColumn(), model_.sortOrder());
}

void RowTable::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Export data…"), this, &RowTable::askExport)->setEnabled(model_.rowCount() > 0);
  menu->popup(event->globalPos());
}

void RowTable::askExport() {
  auto* dialog = new QFileDialog(this, tr("Export data"), QStringLiteral("table.csv"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters({tr("Comma-separated values (*.csv)")});
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  connect(dialog, &QFileDialog::fileSelected, &model_, &RowTableModel::exportCsv);
  dialog->open();
}

void RowTable::request() {
  if (showing_) return;
  Rows rows;
  const QItemSelection ranges = selectionModel()->selection();
  for (const QItemSelectionRange& range : ranges)
    for (int place = range.top(); place <= range.bottom(); ++place) rows.push_back(model_.rowAt(place));
  own_ = true;
  Q_EMIT selectionRequested(rows, SelectMode::Replace);
  own_ = false;
}

void RowTable::changeEvent(QEvent* event) {
  QTableView::changeEvent(event);
  if (event->type() == QEvent::PaletteChange)
    model_.setSelection(selected_, Theme::from(palette()).selection);
}

void RowTable::setSelection(const Rows& selected) {
  selected_ = selected;
  model_.setSelection(selected, Theme::from(palette()).selection);
  if (!own_) {
    showing_ = true;
    selectionModel()->clear();
    showing_ = false;
    // The first of them in the order of the table.
    if (!selected.empty() && isVisible()) {
      int first = model_.placeOf(selected.front());
      for (const std::uint32_t row : selected) first = std::min(first, model_.placeOf(row));
      scrollTo(model_.index(first, 0), QAbstractItemView::PositionAtCenter);
    }
  }
  viewport()->update();
}

void RowTable::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) {
    Q_EMIT selectionRequested({}, SelectMode::Replace);
    return;
  }
  QTableView::keyPressEvent(event);
}

}  // namespace assayer::ui
