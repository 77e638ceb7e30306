// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/gdal_importer.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLibrary = "libassayer_gdal.so";

using namespace std::string_view_literals;

/// How the files begin.
constexpr std::array kStarts = {"II*\0"sv,
                                "MM\0*"sv,
                                "II+\0"sv,
                                "MM\0+"sv,
                                "CDF\x01"sv,
                                "CDF\x02"sv,
                                "CDF\x05"sv,
                                "LBLSIZE="sv,
                                "EHFA_HEADER_TAG"sv,
                                "SIMPLE  ="sv,
                                "NITF0"sv,
                                "PCIDSK"sv,
                                "\x0E\x03\x13\x01"sv,
                                "\0\0\0\x0CjP  "sv};
/// What their labels hold, somewhere near the start.
constexpr std::array kLabels = {"PDS_VERSION_ID"sv, "<Product_Observational"sv, "Object = IsisCube"sv,
                                "^QUBE"sv};
/// NetCDF 4 is HDF5 inside: the name tells it apart.
constexpr std::array kNetCdf = {".nc"sv, ".nc4"sv, ".cdf"sv};

/// An address inside this library: the other one stands beside it.
const char kInside = 0;

Result<const Importer*> find_importer() {
  Dl_info info{};
  std::string path = kLibrary;
  if (dladdr(&kInside, &info) != 0 && info.dli_fname != nullptr) {
    std::error_code code;
    const auto core = fs::canonical(info.dli_fname, code);
    if (!code && fs::exists(core.parent_path() / kLibrary, code))
      path = (core.parent_path() / kLibrary).string();
  }
  const auto missing = [&](std::string found) {
    return fail(
        {Error::Kind::Format, "files of this format need GDAL", path,
         "the library of Assayer that reads through GDAL", std::move(found),
         "Install libgdal and an Assayer that was built with it, or convert the image to ENVI or HDF5."});
  };
  // Kept for good, and local: the hundred libraries behind GDAL stay out of the program's names.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto reason = [] {
    const char* text = dlerror();
    return std::string(text != nullptr ? text : "no reason given");
  };
  if (handle == nullptr) return missing(reason());
  void* symbol = dlsym(handle, kCreateRasterImporter);
  if (symbol == nullptr) return missing(reason());
  return reinterpret_cast<CreateRasterImporter>(symbol)();
}

/// Loaded once. A failure is not kept: the library may be installed meanwhile.
Result<const Importer*> raster_importer() {
  static std::mutex mutex;
  static std::unique_ptr<const Importer> importer;
  const std::lock_guard lock(mutex);
  if (importer) return importer.get();
  auto found = find_importer();
  if (found) importer.reset(*found);
  return found;
}

}  // namespace

bool GdalImporter::sniff(const fs::path& path, std::string_view head) const {
  if (std::ranges::any_of(kStarts, [&](auto start) { return head.starts_with(start); })) return true;
  if (std::ranges::any_of(kLabels, [&](auto label) { return head.find(label) != head.npos; })) return true;
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::ranges::find(kNetCdf, extension) != kNetCdf.end();
}

Result<ImportContents> GdalImporter::inspect(const fs::path& path, const ImportOptions& options,
                                             RunControl& control) const {
  const auto importer = raster_importer();
  if (!importer) return fail(importer.error().in(path.string()));
  return (*importer)->inspect(path, options, control);
}

Result<Imported> GdalImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                    const ProgressFn& progress) const {
  const auto importer = raster_importer();
  if (!importer) return fail(importer.error().in(path.string()));
  return (*importer)->load(path, options, control, progress);
}

}  // namespace assayer
