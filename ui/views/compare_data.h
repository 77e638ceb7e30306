// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <memory>
#include <vector>

#include "core/validation/validation.h"

namespace assayer::ui {

using ValidationPtr = std::shared_ptr<const Validation>;

/// One left-out spectrum as one method predicted it; a row comes once per repeat.
struct LeftOutRow {
  std::uint32_t row = 0;
  std::size_t split = 0;
  double truth = 0;
  double predicted = 0;
  double sd = 0;  ///< NaN where the method states none
};

/// Of one method and component, in the order of splits and rows; predictions that are not finite left out.
std::vector<LeftOutRow> leftOutRows(const Validation& validation, std::size_t method, std::size_t component);

/// In the order of Validation::methods and Validation::components.
QStringList methodNames(const Validation& validation);
QStringList componentNames(const Validation& validation);

}  // namespace assayer::ui
