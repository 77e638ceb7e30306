// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/error.h"
#include "core/train/train_config.h"

namespace assayer {

/// Settings of training as a JSON file, one member per key of TrainConfig; the file appears under its name
/// only once it is complete, in place of what was there.
Status write_settings(const TrainConfig& config, const std::filesystem::path& path);

/// A file of `write_settings`, or one that names some settings alone: the others are those of its preset, or
/// of crism where it names none. What cannot be read, or breaks a range, is an error that names the setting.
Result<TrainConfig> read_settings(const std::filesystem::path& path);

}  // namespace assayer
