// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer's entry: any bytes as a file of one format. The format stands in the environment as
// ASSAYER_FUZZ_FORMAT, by the importer's name; "list" prints the names.
#include <fmt/format.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/io/importer.h"

namespace {

using namespace assayer;

const Importer& chosen(const ImporterRegistry& registry) {
  const char* const wanted = std::getenv("ASSAYER_FUZZ_FORMAT");
  const std::string name = wanted == nullptr ? "list" : wanted;
  for (const auto& importer : registry.importers())
    if (importer->name() == name) return *importer;
  for (const auto& importer : registry.importers())
    fmt::print("{}\t{}\n", importer->name(), importer->patterns());
  std::fflush(stdout);
  // Not std::exit: libFuzzer takes that for a crash.
  ::_exit(name == "list" ? 0 : 2);
}

/// Where the bytes lie: a file in memory with the extension that the format's files have.
std::filesystem::path place_for(const Importer& importer) {
  std::string extension = importer.patterns();
  extension = extension.substr(0, extension.find(' '));
  extension.erase(0, extension.find_first_not_of('*'));
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path folder =
      (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
      fmt::format("assayer-fuzz-{}", ::getpid());
  std::filesystem::create_directory(folder);
  return folder / ("input" + extension);
}

/// Writes the bytes to `path`. A header of ENVI's needs data beside it: what follows the first zero, or where
/// there is none the header once more.
void place(std::string_view bytes, const std::filesystem::path& path) {
  std::string_view data = bytes;
  if (path.extension() == ".hdr") {
    const std::size_t zero = bytes.find('\0');
    if (zero != std::string_view::npos) {
      data = bytes.substr(zero + 1);
      bytes = bytes.substr(0, zero);
    }
    std::ofstream(std::filesystem::path(path).replace_extension(".img"), std::ios::binary) << data;
  }
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A copy of the process in which an importer tries a file may die of it: that is what it is for.
void forget_the_fuzzer() {
  __sanitizer_set_death_callback(nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const ImporterRegistry registry = ImporterRegistry::standard();
  static const Importer& importer = chosen(registry);
  static const std::filesystem::path path = place_for(importer);
  [[maybe_unused]] static const int kForgets = ::pthread_atfork(nullptr, nullptr, forget_the_fuzzer);
  if (size == 0) return 0;
  place({reinterpret_cast<const char*>(bytes), size}, path);
  RunControl control;
  const auto contents = importer.inspect(path, {}, control);
  const auto whole = importer.load(path, {}, control, {});
  ImportOptions preview;
  preview.max_rows = 2;
  const auto first = importer.load(path, preview, control, {});
  // What a preview shows is what the whole file has.
  if (whole && first && first->data->channels() != whole->data->channels()) std::abort();
  return 0;
}
