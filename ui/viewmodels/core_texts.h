// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/message.h"

/// The core speaks English; what it says to people is translated here, where it comes into the window.
/// Any thread may ask.
namespace assayer::ui {

/// A text of the core that is marked for translation (Message::marked).
QString coreText(std::string_view text);
QString coreText(const Message& message);
QStringList coreTexts(const std::vector<Message>& messages);

/// As Error::message. What is fixed is translated; what was put together from values stays English, as do
/// the place and what was found.
QString errorText(const Error& error);

/// What a stage of a computation is called (ProgressFn).
QString stageText(std::string_view stage);

/// As TrainConfig::describe; empty for a key that does not exist.
QString settingText(std::string_view key);

}  // namespace assayer::ui
