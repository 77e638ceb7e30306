// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <utility>
#include <vector>

#include "core/data/dataset.h"

namespace assayer::ui {

/// What there is to know of a data set at a glance, name and value: size, axis, components, compositions,
/// groups. Reads nothing from a file.
std::vector<std::pair<QString, QString>> dataFacts(const Dataset& data, const QString& format);

}  // namespace assayer::ui
