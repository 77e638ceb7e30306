// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QTreeWidget;

namespace assayer {
struct Evaluation;
}

namespace assayer::ui {

struct MatchedEndmembers;

/// A two-column tree, measure and value, numbers right-aligned in tabular figures.
QTreeWidget* makeResultsTree();
/// Fills it in place, so that a row that is looked at stays where it is; both null empties it. `matches`:
/// what a library has nearest to each endmember.
void fillResultsTree(QTreeWidget& tree, const Evaluation* evaluation,
                     const MatchedEndmembers* matches = nullptr);

/// What the method chose by itself, with its reasons, as rich text; empty for methods that choose nothing.
QString choicesText(const Evaluation& evaluation);

}  // namespace assayer::ui
