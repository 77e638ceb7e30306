// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/preprocess/step.h"

namespace assayer::preprocess {

/// Brings the notes of a data set that have one entry per channel (fwhm, band names) through the steps:
/// entries of channels that are taken out go, those of a sensor response are its widths, and another axis has
/// none. A note with another number of entries stays as it is where the channels do, and goes where they
/// change.
void carry_band_notes(std::map<std::string, std::string>& notes,
                      std::span<const std::unique_ptr<Step>> steps);

}  // namespace assayer::preprocess
