// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QTreeWidget;

namespace assayer {
struct Evaluation;
}

namespace assayer::ui {

/// A two-column tree, measure and value, numbers right-aligned in tabular figures.
QTreeWidget* makeResultsTree();
/// Fills it in place, so that a row that is looked at stays where it is; null empties it.
void fillResultsTree(QTreeWidget& tree, const Evaluation* evaluation);

}  // namespace assayer::ui
