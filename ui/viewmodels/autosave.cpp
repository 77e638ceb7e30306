// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/autosave.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QUuid>
#include <algorithm>
#include <utility>

#include "core/io/dataset_writer.h"
#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

namespace {

const QString kSession = QStringLiteral("session.assayer");
const QString kAbout = QStringLiteral("about.json");
const QString kLock = QStringLiteral("lock");

constexpr int kShortest = 500;  // ms from a change to the save of it

std::filesystem::path toPath(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

/// Never stale by its age: a program may be open for days.
std::unique_ptr<QLockFile> lockOf(const QString& folder) {
  auto lock = std::make_unique<QLockFile>(QDir(folder).filePath(kLock));
  lock->setStaleLockTime(0);
  return lock;
}

bool writeAbout(const QString& folder, const QString& project, const QString& name) {
  const QJsonObject about = {
      {QStringLiteral("project"), project},
      {QStringLiteral("name"), name},
      {QStringLiteral("saved"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)}};
  QSaveFile file(QDir(folder).filePath(kAbout));
  const QByteArray bytes = QJsonDocument(about).toJson();
  return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
}

}  // namespace

Autosave::Autosave(QString root, int interval, Capture capture, QObject* parent)
    : QObject(parent), root_(std::move(root)), interval_(interval), capture_(std::move(capture)) {
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &Autosave::save);
  // What changed while a save was going on waits for the next.
  connect(jobs_.get(), &JobRunner::ended, this, [this] {
    if (kept_) return leave();
    if (changed_) touch();
  });
}

Autosave::~Autosave() {
  blockSignals(true);
  timer_.stop();
  // Joins the worker, which could put a file into the folder after it was emptied.
  jobs_.reset();
  removeFolder();
}

void Autosave::touch() {
  if (root_.isEmpty() || kept_) return;
  changed_ = true;
  if (timer_.isActive() || jobs_->busy()) return;
  const qint64 elapsed = since_.isValid() ? since_.elapsed() : interval_;
  // Not at once even the first time: an edit seldom comes alone.
  timer_.start(static_cast<int>(std::max<qint64>(std::min(kShortest, interval_), interval_ - elapsed)));
}

void Autosave::hurry() {
  if (root_.isEmpty() || kept_) return;
  changed_ = true;
  if (!jobs_->busy()) timer_.start(std::min(kShortest, interval_));
}

void Autosave::keep(std::function<void()> done) {
  if (kept_) return;
  timer_.stop();
  kept_ = std::move(done);
  // A save that is going on is of what was before: `leave` follows it.
  if (!jobs_->busy()) leave();
}

void Autosave::leave() {
  if (changed_) save();
  if (jobs_->busy()) return;
  // Without its lock the folder is that of a program that lives no more.
  lock_.reset();
  folder_.clear();
  kept_();
}

void Autosave::forget() {
  timer_.stop();
  jobs_->abandon();
  changed_ = false;
  stored_.reset();
  if (folder_.isEmpty()) return;
  // The name of the session first: without it the rest is not found.
  const QDir folder(folder_);
  for (const QString& name : {kSession, kAbout}) QFile::remove(folder.filePath(name));
}

bool Autosave::makeFolder() {
  if (!folder_.isEmpty()) return true;
  const QString folder = QDir(root_).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces));
  if (!QDir().mkpath(folder)) return false;
  lock_ = lockOf(folder);
  if (!lock_->tryLock(0)) return false;
  folder_ = folder;
  return true;
}

void Autosave::removeFolder() {
  if (folder_.isEmpty()) return;
  // Another program that starts just now must not take it for a lost one.
  QFile::remove(QDir(folder_).filePath(kSession));
  lock_.reset();
  QDir(folder_).removeRecursively();
  folder_.clear();
}

void Autosave::save() {
  changed_ = false;
  std::optional<Contents> contents = capture_();
  if (!contents) return;
  since_.start();
  if (!makeFolder()) {
    if (!std::exchange(complained_, true))
      Q_EMIT failed(tr("%1: nothing can be saved automatically there").arg(QDir::toNativeSeparators(root_)));
    return;
  }
  const DatasetPtr data = contents->project.session.data();
  const QDir folder(folder_);
  // Large data that can be opened again stay where they are.
  const bool refers = data->spectra().stays_in_file() && contents->project.data_reopen;
  QString file = stored_file_;
  const bool writes = !refers && data != stored_;
  if (writes) file = folder.filePath(QStringLiteral("data-%1.h5").arg(++files_));
  const QString target = folder.filePath(kSession);
  jobs_->start<QString>(
      tr("Saving automatically"),
      [contents = std::move(*contents), data, file, target, refers, writes, inside = folder_](
          RunControl& control, const ProgressFn& progress) -> Result<QString> {
        ProjectOptions options;
        options.overwrite = true;
        if (!refers) {
          options.data_file = toPath(file);
          if (writes)
            if (const Status written = write_dataset(*data, toPath(file), true, control, progress); !written)
              return fail(written.error());
        }
        if (const Status written =
                write_project(contents.project, toPath(target), options, control, progress);
            !written)
          return fail(written.error());
        writeAbout(inside, contents.file, contents.name);
        return target;
      },
      [this, data, file, writes](Result<QString>& saved_to) {
        if (!saved_to) {
          // Once: the next save will fail for the same reason.
          if (!saved_to.error().cancelled() && !std::exchange(complained_, true))
            Q_EMIT failed(errorText(saved_to.error()));
          return;
        }
        complained_ = false;
        if (writes) {
          if (!stored_file_.isEmpty()) QFile::remove(stored_file_);
          stored_ = data;
          stored_file_ = file;
        }
        Q_EMIT saved(*saved_to);
      });
}

std::vector<LostSession> Autosave::lost() const {
  std::vector<LostSession> found;
  if (root_.isEmpty()) return found;
  const QDir root(root_);
  const QStringList names = root.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
  for (const QString& name : names) {
    const QDir folder(root.filePath(name));
    if (folder.path() == folder_) continue;
    const std::unique_ptr<QLockFile> lock = lockOf(folder.path());
    if (!lock->tryLock(0)) continue;  // its program lives
    const QFileInfo file(folder.filePath(kSession));
    if (!file.exists()) {
      // Killed before its first save, or while it tidied up.
      lock->unlock();
      QDir(folder).removeRecursively();
      continue;
    }
    LostSession session;
    session.folder = folder.path();
    session.file = file.filePath();
    session.saved = file.lastModified();
    QFile about(folder.filePath(kAbout));
    if (about.open(QIODevice::ReadOnly)) {
      const QJsonObject object = QJsonDocument::fromJson(about.readAll()).object();
      session.project = object.value(QStringLiteral("project")).toString();
      session.name = object.value(QStringLiteral("name")).toString();
    }
    found.push_back(std::move(session));
  }
  std::ranges::sort(found, std::greater{}, &LostSession::saved);
  return found;
}

void Autosave::discard(const LostSession& session) {
  QDir(session.folder).removeRecursively();
}

}  // namespace assayer::ui
