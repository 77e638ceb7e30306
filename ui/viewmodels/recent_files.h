// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QSize>
#include <QString>
#include <QStringList>

namespace assayer::ui {

/// Files that were opened or saved last, the newest first, with a small picture of what each looked like.
///
/// The list is part of the user's settings. Pictures lie in a folder of their own, at most one for each file
/// of the list; nothing is read from there before it is asked for.
class RecentFiles {
 public:
  static constexpr qsizetype kMost = 8;
  static constexpr QSize kPicture{160, 100};  ///< pixels, at most

  /// `persistent`: otherwise the list is always empty. `folder`: empty for no pictures.
  RecentFiles(bool persistent, QString folder);

  [[nodiscard]] QStringList files() const;
  /// Puts the file first; what falls off the list loses its picture.
  void remember(const QString& path);

  /// Scaled down to `kPicture`; nothing for a file that is not in the list.
  void keepPicture(const QString& path, const QImage& picture) const;
  /// Null where there is none.
  [[nodiscard]] QImage picture(const QString& path) const;

 private:
  [[nodiscard]] QString pictureFile(const QString& path) const;

  bool persistent_;
  QString folder_;
};

}  // namespace assayer::ui
