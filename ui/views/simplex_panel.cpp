// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_panel.h"

#include <QAction>
#include <QActionGroup>
#include <QToolBar>
#include <QVBoxLayout>

namespace assayer::ui {

SimplexPanel::SimplexPanel(QWidget* parent)
    : QWidget(parent), view_(new SimplexView(this)), bar_(new QToolBar(this)) {
  view_->setObjectName(QStringLiteral("simplexView"));
  view_->setEmptyText(
      tr("Open data with known compositions\nto choose labelled and unfeatured points here."));

  auto* tools = new QActionGroup(this);
  const auto tool = [&](const QString& text, const QString& tip, const QKeySequence& key) {
    QAction* action = tools->addAction(text);
    action->setCheckable(true);
    action->setShortcut(key);
    action->setToolTip(tr("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
    action->setStatusTip(tip);
    return action;
  };
  select_ =
      tool(tr("&Select"), tr("Click takes the nearest composition, Shift adds, drag draws a box"), Qt::Key_1);
  place_ =
      tool(tr("&Place Unfeatured"),
           tr("Each click adds one composition without a spectrum; place them near the corners"), Qt::Key_2);
  select_->setChecked(true);
  connect(select_, &QAction::triggered, this, [this] { chooseTool(SimplexView::Tool::Select); });
  connect(place_, &QAction::triggered, this, [this] { chooseTool(SimplexView::Tool::PlaceUnfeatured); });

  corners_ = new QAction(tr("&Corners…"), this);
  corners_->setToolTip(tr("Replace the unfeatured points by compositions near the corners"));
  clear_ = new QAction(tr("C&lear Unfeatured"), this);
  clear_->setToolTip(tr("Remove all unfeatured points"));

  bar_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  bar_->addActions({select_, place_});
  bar_->addSeparator();
  bar_->addActions({corners_, clear_});

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(bar_);
  column->addWidget(view_, 1);
  setEditable(false);
}

void SimplexPanel::setEditable(bool editable) {
  for (QAction* action : {place_, corners_, clear_}) action->setEnabled(editable);
  if (!editable) select_->trigger();
}

void SimplexPanel::chooseTool(SimplexView::Tool tool) {
  view_->setTool(tool);
  Q_EMIT statusText((tool == SimplexView::Tool::Select ? select_ : place_)->statusTip());
}

}  // namespace assayer::ui
