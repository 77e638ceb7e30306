// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/recent_files.h"

#include <QBuffer>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QSaveFile>
#include <QSettings>
#include <utility>

namespace assayer::ui {

namespace {

const QString kKey = QStringLiteral("recentFiles");

/// Files that stand for themselves under one name only.
QString absolute(const QString& path) {
  return QFileInfo(path).absoluteFilePath();
}

}  // namespace

RecentFiles::RecentFiles(bool persistent, QString folder)
    : persistent_(persistent), folder_(std::move(folder)) {}

QStringList RecentFiles::files() const {
  return persistent_ ? QSettings().value(kKey).toStringList() : QStringList();
}

void RecentFiles::remember(const QString& path) {
  if (!persistent_) return;
  QStringList list = files();
  list.removeAll(absolute(path));
  list.prepend(absolute(path));
  QSettings().setValue(kKey, list.mid(0, kMost));
  for (const QString& gone : list.mid(kMost)) QFile::remove(pictureFile(gone));
}

void RecentFiles::keepPicture(const QString& path, const QImage& picture) const {
  if (folder_.isEmpty() || picture.isNull() || !files().contains(absolute(path))) return;
  if (!QDir().mkpath(folder_)) return;
  // A picture that cannot be kept is none that anybody waits for.
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  picture.scaled(kPicture, Qt::KeepAspectRatio, Qt::SmoothTransformation).save(&buffer, "PNG");
  QSaveFile file(pictureFile(path));
  if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size()) file.commit();
}

QImage RecentFiles::picture(const QString& path) const {
  return folder_.isEmpty() ? QImage() : QImage(pictureFile(path));
}

QString RecentFiles::pictureFile(const QString& path) const {
  const QByteArray name = QCryptographicHash::hash(absolute(path).toUtf8(), QCryptographicHash::Sha1).toHex();
  return QDir(folder_).filePath(QString::fromLatin1(name) + QStringLiteral(".png"));
}

}  // namespace assayer::ui
