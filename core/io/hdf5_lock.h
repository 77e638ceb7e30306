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

  /// For the copy of a process, which has no thread but the calling one: from here on there is nothing to
  /// hold, and what the copied thread held cannot be held again, for the mutex knows it by another number.
  static void only_thread();
  [[nodiscard]] static bool is_only_thread();

 private:
  std::unique_lock<std::recursive_mutex> guard_;
};

}  // namespace assayer::hdf5
