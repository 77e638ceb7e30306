// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QTextBrowser;
class QToolButton;

namespace assayer::ui {

/// The guide: pages of Markdown out of the program's resources, in a window of its own.
class HelpWindow : public QWidget {
  Q_OBJECT
 public:
  explicit HelpWindow(QWidget* parent = nullptr);

  /// Shows a page, "map" for resources/guide/map.md; the contents where there is none of that name.
  void showPage(const QString& name);
  /// The page on display.
  [[nodiscard]] QString page() const;
  [[nodiscard]] QTextBrowser& browser() { return *browser_; }

  /// Says which page a widget's F1 opens; it holds for what is inside the widget, too.
  static void setPageOf(QWidget& widget, const QString& name);
  /// The page of the nearest widget around `focused` that has one; "index" without.
  static QString pageOf(const QWidget* focused);

 private:
  QTextBrowser* browser_;
  QToolButton* back_;
};

}  // namespace assayer::ui
