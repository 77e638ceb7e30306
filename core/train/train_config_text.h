// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "core/base/message.h"

namespace assayer {

/// A key of TrainConfig in words; `TrainConfig::describe` says both in English.
struct SettingText {
  Message meaning;  ///< with equation and unit
  Message form;     ///< range or choices
};
/// None for a key that does not exist.
std::optional<SettingText> setting_text(std::string_view key);

}  // namespace assayer
