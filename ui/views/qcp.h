// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// QCustomPlot's header is written with Qt's keyword macros, which this program switches off
// (QT_NO_KEYWORDS): they are lent to it here, and to nothing else.
#define signals Q_SIGNALS  // NOLINT(bugprone-macro-parentheses)
#define slots Q_SLOTS      // NOLINT(bugprone-macro-parentheses)
#define foreach Q_FOREACH  // NOLINT(bugprone-macro-parentheses)
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach
