// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>

namespace assayer {

/// Libraries of Assayer's own that are loaded when they are first needed, because of what they bring along:
/// LibTorch, GDAL, MPI. They stand beside the core, and are kept for good.

/// Whether a library's names are its own, or the program's too.
enum class LibraryNames { Local, Global };

/// Where the library `file` stands beside this one; `file` itself, for the loader to look for, where that
/// cannot be told or it does not stand there.
std::string sibling_path(const char* file);

/// dlopen, with everything bound at once: what is missing is found here, not in the middle of a run.
/// Unexpected: the loader's reason.
std::expected<void*, std::string> load_library(const std::string& path, LibraryNames names);
/// dlsym; unexpected as above.
std::expected<void*, std::string> find_symbol(void* library, const char* symbol);

}  // namespace assayer
