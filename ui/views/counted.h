// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace assayer::ui {

/// "1 row", "5,354 rows": `many` holds %L1. Qt's own plural forms need a translation file even for English.
inline QString counted(std::size_t n, const QString& one, const QString& many) {
  return n == 1 ? one : many.arg(static_cast<qulonglong>(n));
}

}  // namespace assayer::ui
