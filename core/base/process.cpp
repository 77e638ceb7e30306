// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/process.h"

#include <cstdlib>

namespace assayer {

void prepare_environment() {
  setenv("OMP_WAIT_POLICY", "passive", 0);
}

}  // namespace assayer
