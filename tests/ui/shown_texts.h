// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QProgressBar>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTableWidget>
#include <QToolBar>
#include <QTreeView>
#include <QTreeWidget>
#include <vector>

#include "ui/views/plot_view.h"

namespace assayer::ui::testing {

/// A text that somebody may read or hear, and where.
struct ShownText {
  QString object;  ///< its name, or that of its class
  const char* kind;
  QString text;
};

/// All texts of a window, behind tabs and in menus, too; not what the user has typed, and not the rows of
/// data.
class ShownTexts {
 public:
  explicit ShownTexts(const QWidget& root) {
    ofWidget(root);
    for (const QWidget* widget : root.findChildren<QWidget*>()) ofWidget(*widget);
    for (const QAction* action : root.findChildren<QAction*>()) ofAction(*action);
  }

  [[nodiscard]] const std::vector<ShownText>& all() const { return texts_; }

 private:
  void add(const QObject& of, const char* kind, const QString& text) {
    if (text.isEmpty()) return;
    const QString name = of.objectName();
    texts_.push_back({name.isEmpty() ? QString::fromLatin1(of.metaObject()->className()) : name, kind, text});
  }

  void ofAction(const QAction& action) {
    add(action, "text", action.text());
    add(action, "text beside an icon", action.iconText());
    add(action, "tool tip", action.toolTip());
    add(action, "status tip", action.statusTip());
    add(action, "what's this", action.whatsThis());
  }

  void ofWidget(const QWidget& widget) {
    add(widget, "tool tip", widget.toolTip());
    add(widget, "status tip", widget.statusTip());
    add(widget, "what's this", widget.whatsThis());
    add(widget, "accessible name", widget.accessibleName());
    add(widget, "accessible description", widget.accessibleDescription());
    add(widget, "title", widget.windowTitle());
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) add(widget, "text", label->text());
    if (const auto* button = qobject_cast<const QAbstractButton*>(&widget))
      add(widget, "text", button->text());
    if (const auto* box = qobject_cast<const QGroupBox*>(&widget)) add(widget, "title", box->title());
    if (const auto* line = qobject_cast<const QLineEdit*>(&widget))
      add(widget, "placeholder", line->placeholderText());
    if (const auto* bar = qobject_cast<const QProgressBar*>(&widget)) add(widget, "format", bar->format());
    if (const auto* tabs = qobject_cast<const QTabBar*>(&widget)) {
      for (int i = 0; i < tabs->count(); ++i) {
        add(widget, "tab", tabs->tabText(i));
        add(widget, "tool tip of a tab", tabs->tabToolTip(i));
      }
    }
    if (const auto* menu = qobject_cast<const QMenu*>(&widget)) add(widget, "title", menu->title());
    ofSpinBox(widget);
    ofItems(widget);
    ofPlot(widget);
  }

  void ofSpinBox(const QWidget& widget) {
    const auto* box = qobject_cast<const QAbstractSpinBox*>(&widget);
    if (box == nullptr) return;
    add(widget, "special value", box->specialValueText());
    if (const auto* whole = qobject_cast<const QSpinBox*>(box)) {
      add(widget, "prefix", whole->prefix());
      add(widget, "suffix", whole->suffix());
    }
    if (const auto* real = qobject_cast<const QDoubleSpinBox*>(box)) {
      add(widget, "prefix", real->prefix());
      add(widget, "suffix", real->suffix());
    }
  }

  void ofItems(const QWidget& widget) {
    if (const auto* box = qobject_cast<const QComboBox*>(&widget)) {
      for (int i = 0; i < box->count(); ++i) {
        add(widget, "choice", box->itemText(i));
        add(widget, "tool tip of a choice", box->itemData(i, Qt::ToolTipRole).toString());
      }
    }
    const auto* view = qobject_cast<const QAbstractItemView*>(&widget);
    if (view == nullptr || view->model() == nullptr) return;
    if (qobject_cast<const QTableView*>(view) != nullptr || qobject_cast<const QTreeView*>(view) != nullptr) {
      for (int c = 0; c < view->model()->columnCount(); ++c)
        for (const int role : {Qt::DisplayRole, Qt::ToolTipRole})
          add(widget, "header", view->model()->headerData(c, Qt::Horizontal, role).toString());
    }
    // These hold what the program wrote into them; other views show data.
    if (qobject_cast<const QTreeWidget*>(view) != nullptr ||
        qobject_cast<const QListWidget*>(view) != nullptr ||
        qobject_cast<const QTableWidget*>(view) != nullptr)
      ofBranch(widget, *view->model(), {});
  }

  void ofBranch(const QWidget& widget, const QAbstractItemModel& model, const QModelIndex& parent) {
    for (int r = 0; r < model.rowCount(parent); ++r) {
      for (int c = 0; c < model.columnCount(parent); ++c) {
        const QModelIndex index = model.index(r, c, parent);
        add(widget, "item", index.data(Qt::DisplayRole).toString());
        add(widget, "tool tip of an item", index.data(Qt::ToolTipRole).toString());
      }
      ofBranch(widget, model, model.index(r, 0, parent));
    }
  }

  void ofPlot(const QWidget& widget) {
    const auto* plot = qobject_cast<const PlotView*>(&widget);
    if (plot == nullptr) return;
    for (const QCPAxis* axis : {plot->xAxis, plot->yAxis, plot->xAxis2, plot->yAxis2})
      if (axis != nullptr) add(widget, "axis", axis->label());
    for (const LegendEntry& entry : plot->legendEntries()) add(widget, "legend", entry.text);
  }

  std::vector<ShownText> texts_;
};

}  // namespace assayer::ui::testing
