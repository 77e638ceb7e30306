// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_lock.h"

#include <hdf5.h>

namespace assayer::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  // The library has one state for the whole process, so there is one mutex for it.
  static std::recursive_mutex mutex;
  return mutex;
}

/// Written by the copy of a process alone.
bool& one_thread() {
  static bool value = false;
  return value;
}

}  // namespace

Lock::Lock() : guard_(library_mutex(), std::defer_lock) {
  if (!one_thread()) guard_.lock();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

void Lock::only_thread() {
  one_thread() = true;
}

bool Lock::is_only_thread() {
  return one_thread();
}

}  // namespace assayer::hdf5
