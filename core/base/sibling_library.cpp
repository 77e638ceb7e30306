// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sibling_library.h"

#include <dlfcn.h>

#include <filesystem>

namespace assayer {
namespace {

/// An address inside this library. A function's would not do: the linker may give it an entry in the program.
const char kInside = 0;

std::unexpected<std::string> reason() {
  const char* text = dlerror();
  return std::unexpected<std::string>(text != nullptr ? text : "no reason given");
}

}  // namespace

std::string sibling_path(const char* file) {
  Dl_info info{};
  if (dladdr(&kInside, &info) == 0 || info.dli_fname == nullptr) return file;
  std::error_code code;
  const auto core = std::filesystem::canonical(info.dli_fname, code);
  if (code) return file;
  const auto sibling = core.parent_path() / file;
  return std::filesystem::exists(sibling, code) ? sibling.string() : file;
}

std::expected<void*, std::string> load_library(const std::string& path, LibraryNames names) {
  void* library = dlopen(path.c_str(), RTLD_NOW | (names == LibraryNames::Global ? RTLD_GLOBAL : RTLD_LOCAL));
  if (library == nullptr) return reason();
  return library;
}

std::expected<void*, std::string> find_symbol(void* library, const char* symbol) {
  void* found = dlsym(library, symbol);
  if (found == nullptr) return reason();
  return found;
}

}  // namespace assayer
