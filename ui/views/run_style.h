// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qt>
#include <array>
#include <cstdint>

namespace assayer::ui {

/// How the lines of a run that is shown beside the active one are broken, the same in every plot and in the
/// list of runs. Colours are taken: they tell components and terms apart. The active run's lines are solid.
inline Qt::PenStyle runDash(std::uint64_t id) {
  constexpr std::array<Qt::PenStyle, 4> kStyles = {Qt::DashLine, Qt::DotLine, Qt::DashDotLine,
                                                   Qt::DashDotDotLine};
  return kStyles[id % kStyles.size()];
}

}  // namespace assayer::ui
