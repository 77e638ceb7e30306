// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/baselines/pca.h"
#include "core/data/dataset.h"

namespace assayer::model {

/// See Pca. `components` is cut to what the data allow.
Result<Pca> fit_pca(const Dataset& data, std::size_t components);

}  // namespace assayer::model
