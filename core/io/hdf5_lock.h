// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

namespace assayer::hdf5 {

/// Holds the process-wide mutex of libhdf5, which has one state for all files and threads, and keeps it from
/// printing its error stack. Everything that calls the library makes one, other libraries on top of it
/// included (NetCDF); the mutex is recursive because handles close themselves under it too.
class Lock {
 public:
  Lock();

 private:
  std::lock_guard<std::recursive_mutex> guard_;
};

}  // namespace assayer::hdf5
