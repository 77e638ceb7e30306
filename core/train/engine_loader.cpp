// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <mutex>
#include <string>

#include "core/base/sibling_library.h"
#include "core/train/engine.h"

namespace assayer {
namespace {

constexpr const char* kLibrary = "libassayer_engine.so";
constexpr const char* kSymbol = "assayer_create_engine";
using CreateEngine = Engine* (*)();

Result<CreateEngine> find_factory() {
  // Programs that link the engine (its tests do) have the symbol already; a second copy must not be loaded.
  if (void* linked = dlsym(RTLD_DEFAULT, kSymbol)) return reinterpret_cast<CreateEngine>(linked);

  const std::string path = sibling_path(kLibrary);
  // LibTorch's names stay out of the program's. The types shared with the engine live in assayer_core, which
  // is in the process before the engine and is bound to by name, so that they are the same on both sides.
  // Kept for good also because LibTorch does not survive being unloaded.
  const auto library = load_library(path, LibraryNames::Local);
  if (!library)
    return fail({.kind = Error::Kind::File,
                 .what = "the numerical engine cannot be loaded",
                 .where = path,
                 .expected = "the library of the engine and the LibTorch that it was built with",
                 .found = library.error(),
                 .mend = "Install Assayer again, or put libassayer_engine.so beside libassayer_core.so"});
  const auto symbol = find_symbol(*library, kSymbol);
  if (!symbol)
    return fail({.kind = Error::Kind::File,
                 .what = "the library is not Assayer's numerical engine",
                 .where = path,
                 .expected = std::string("the function ") + kSymbol,
                 .found = symbol.error(),
                 .mend = "Install Assayer again: core and engine are of different versions"});
  return reinterpret_cast<CreateEngine>(*symbol);
}

}  // namespace

Result<std::shared_ptr<const Engine>> Engine::load() {
  // Only watched, not owned: an engine that outlived main() would be destroyed after LibTorch's own statics.
  // Whoever uses the engine owns it together; the next call after the last one makes another, which is cheap
  // because the library stays in the process.
  static std::mutex mutex;
  static std::weak_ptr<const Engine> current;
  const std::lock_guard lock(mutex);
  if (auto engine = current.lock()) return engine;

  const auto create = find_factory();
  if (!create) return fail(create.error());
  std::shared_ptr<const Engine> engine((*create)());
  if (!engine)
    return fail({.kind = Error::Kind::Numeric,
                 .what = "the numerical engine did not start",
                 .where = kLibrary,
                 .expected = {},
                 .found = {},
                 .mend = "Install Assayer again"});
  current = engine;
  return engine;
}

}  // namespace assayer
