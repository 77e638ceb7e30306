// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/data/wavelength_axis.h"

namespace assayer::ui {

/// "nm", "µm" or "1/cm"; empty where channels are counted.
inline QString unitName(WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Nanometre:
      return QStringLiteral("nm");
    case WavelengthUnit::Micrometre:
      return QStringLiteral("µm");
    case WavelengthUnit::InverseCentimetre:
      return QStringLiteral("1/cm");
    case WavelengthUnit::Channel:
    case WavelengthUnit::Pixel:
      break;
  }
  return {};
}

}  // namespace assayer::ui
