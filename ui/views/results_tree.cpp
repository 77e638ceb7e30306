// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/results_tree.h"

#include <QCoreApplication>
#include <QHeaderView>
#include <QTreeWidget>
#include <algorithm>
#include <iterator>
#include <vector>

#include "ui/viewmodels/result_lines.h"

namespace assayer::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

}  // namespace

QTreeWidget* makeResultsTree() {
  auto* tree = new QTreeWidget;
  tree->setAccessibleName(tr("Results"));
  tree->setColumnCount(2);
  tree->setHeaderLabels({tr("Measure"), tr("Value")});
  tree->headerItem()->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
  tree->header()->setStretchLastSection(false);
  tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  tree->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  tree->setUniformRowHeights(true);
  tree->setFrameShape(QFrame::NoFrame);
  tree->setIndentation(12);
  return tree;
}

void fillResultsTree(QTreeWidget& tree, const Evaluation* evaluation, const MatchedEndmembers* matches) {
  if (evaluation == nullptr && matches == nullptr) {
    tree.clear();
    return;
  }
  std::vector<ResultLine> lines;
  if (evaluation != nullptr) lines = evaluationLines(*evaluation);
  if (matches != nullptr) std::ranges::move(matchLines(*matches), std::back_inserter(lines));
  int top = 0;
  int child = 0;
  QTreeWidgetItem* parent = nullptr;
  for (const ResultLine& line : lines) {
    QTreeWidgetItem* item = nullptr;
    if (line.depth == 0 || parent == nullptr) {
      if (parent != nullptr)
        while (parent->childCount() > child) delete parent->takeChild(child);
      item = tree.topLevelItem(top);
      if (item == nullptr) item = new QTreeWidgetItem(&tree);
      ++top;
      child = 0;
      parent = item;
    } else {
      item = parent->child(child);
      if (item == nullptr) item = new QTreeWidgetItem(parent);
      ++child;
    }
    item->setText(0, line.name);
    item->setText(1, line.value);
    item->setToolTip(0, line.tip);
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
  }
  if (parent != nullptr)
    while (parent->childCount() > child) delete parent->takeChild(child);
  while (tree.topLevelItemCount() > top) delete tree.takeTopLevelItem(top);
}

QString choicesText(const Evaluation& evaluation) {
  QString text;
  for (const MethodChoice& choice : methodChoices(evaluation))
    text += QStringLiteral("<p><b>%1: %2.</b> %3</p>")
                .arg(choice.title, choice.value.toHtmlEscaped(), choice.reason.toHtmlEscaped());
  return text;
}

}  // namespace assayer::ui
