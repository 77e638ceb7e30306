// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/core_texts.h"

#include <QByteArray>
#include <QCoreApplication>
#include <string>

#include "core/train/train_config_text.h"

namespace assayer::ui {

namespace {

// The contexts under which packaging/translations lists the texts of the core.
constexpr const char* kMessages = "assayer::Message";
constexpr const char* kErrors = "assayer::Error";
constexpr const char* kStages = "assayer::Progress";

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

QString translated(const char* context, std::string_view text) {
  // An empty text would be answered with the header of the file of translations.
  if (text.empty()) return {};
  const QByteArray source(text.data(), static_cast<qsizetype>(text.size()));
  return QCoreApplication::translate(context, source.constData());
}

}  // namespace

QString coreText(std::string_view text) {
  return translated(kMessages, text);
}

QString coreText(const Message& message) {
  return QString::fromStdString(
      message.in([](const std::string& text) { return coreText(std::string_view(text)).toStdString(); }));
}

QStringList coreTexts(const std::vector<Message>& messages) {
  QStringList texts;
  for (const Message& message : messages) texts << coreText(message);
  return texts;
}

QString errorText(const Error& error) {
  QString text = QString::fromStdString(error.where);
  if (const QString what = translated(kErrors, error.what); !what.isEmpty())
    text = text.isEmpty() ? what : tr("%1: %2").arg(text, what);
  const QString expected = translated(kErrors, error.expected);
  const QString found = QString::fromStdString(error.found);
  if (!expected.isEmpty() && !found.isEmpty())
    text = tr("%1: expected %2, found %3").arg(text, expected, found);
  else if (!expected.isEmpty())
    text = tr("%1: expected %2").arg(text, expected);
  else if (!found.isEmpty())
    text = tr("%1: found %2").arg(text, found);
  if (const QString mend = translated(kErrors, error.mend); !mend.isEmpty())
    text = tr("%1. %2").arg(text, mend);
  // Names and contents of a file may hold anything; the message stays one line.
  for (QChar& c : text)
    if (c < QLatin1Char(' ')) c = QLatin1Char(' ');
  return text;
}

QString stageText(std::string_view stage) {
  return translated(kStages, stage);
}

QString settingText(std::string_view key) {
  const auto text = setting_text(key);
  return text ? tr("%1: %2").arg(coreText(text->meaning), coreText(text->form)) : QString();
}

}  // namespace assayer::ui
