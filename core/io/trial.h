// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"

namespace assayer {

/// Whether this process outlives `reading` of a file, which a copy of it does first. Libraries such as
/// libhdf5 do not check all that they take from a file: a damaged one can make them read and write beyond
/// their memory, which would end the program and lose what its user had, or go round in circles for ever. A
/// file that ends the copy, or keeps it busy for more than five seconds and one for each MiB, is a Format
/// error that names `library`.
///
/// `reading` is what the caller is about to do, by a RunControl of its own; what it returns is lost with the
/// copy, which has only the one thread: it must neither wait for others nor write. Where no copy can be made,
/// or it waits instead of working, nothing is known of the file and the caller goes on. Polls `control`.
Status try_in_copy(std::string_view library, std::uintmax_t bytes, RunControl& control,
                   const std::function<void()>& reading);

/// What `read()` gives, once a copy has outlived `attempt(RunControl&)`; else the error of `try_in_copy`.
template <class Attempt, class Read>
std::invoke_result_t<Read> read_after_trial(std::string_view library, std::uintmax_t bytes,
                                            RunControl& control, const Attempt& attempt, const Read& read) {
  const Status outlived = try_in_copy(library, bytes, control, [&attempt] {
    RunControl own;
    std::ignore = attempt(own);
  });
  if (!outlived) return fail(outlived.error());
  return read();
}

/// Size of a file; 0 where it cannot be told.
std::uintmax_t bytes_of(const std::filesystem::path& path);
/// Size of the largest file of this name, whatever its ending: an image may stand beside its label.
std::uintmax_t bytes_beside(const std::filesystem::path& path);
/// Whether so much is little enough to be read twice: 64 MiB.
bool is_tried_whole(std::uintmax_t bytes);
/// What of an import of so much is tried: all of it, or of more the first spectra.
ImportOptions part_to_try(std::uintmax_t bytes, const ImportOptions& options);

}  // namespace assayer
