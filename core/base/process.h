// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace assayer {

/// Settles what a program's libraries read from its environment when they are loaded: call it first in
/// `main`, before there is a second thread. LibTorch's threads then sleep while they have nothing to do; by
/// default they spin, which takes the processor from training wherever the machine has other work. A user's
/// own OMP_WAIT_POLICY stays.
void prepare_environment();

}  // namespace assayer
