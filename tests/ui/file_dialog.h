// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QFileDialog>

#include "tests/ui/ui_fixture.h"

namespace assayer::ui::testing {

/// Waits for a dialog for files over `window`, chooses `path` in it and closes it.
inline void answerFileDialog(QWidget& window, const QString& path) {
  QFileDialog* dialog = nullptr;
  ASSERT_TRUE(waitFor([&] {
    for (QFileDialog* one : window.findChildren<QFileDialog*>())
      if (one->isVisible()) dialog = one;
    return dialog != nullptr;
  }));
  Q_EMIT dialog->fileSelected(path);
  dialog->reject();
}

}  // namespace assayer::ui::testing
