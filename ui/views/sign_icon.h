// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

class QWidget;

namespace assayer::ui {

enum class Sign { Play, Pause, Stop, More };

/// Drawn in the colour that letters on buttons have when it is painted: the style's own pictures are dark in
/// every theme.
QIcon signIcon(Sign sign);

/// The buttons of all tool bars in `window` that show what has no room. To be called again after a change of
/// style, which gives them the style's picture.
void signExtensions(QWidget& window);

}  // namespace assayer::ui
