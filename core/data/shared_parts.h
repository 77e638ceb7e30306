// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

namespace assayer {

/// What a data set is made of, to make another one that differs in some of it. The spectra are shared, not
/// copied.
DatasetParts shared_parts(const Dataset& data);

}  // namespace assayer
