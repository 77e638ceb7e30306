// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/gdal_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/base/letters.h"
#include "core/base/sibling_library.h"
#include "core/io/trial.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLibrary = "libassayer_gdal.so";
constexpr std::string_view kReader = "GDAL";

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
                                "\0\0\0\x0CjP  "sv,
                                "HEAD74\0"sv,
                                "KRO\x01"sv,
                                "GRIB"sv,
                                "PRODUCT=\""sv,
                                "\x89PNG\r\n"sv,
                                "\xFF\xD8\xFF"sv};
/// What their labels hold, somewhere near the start.
constexpr std::array kLabels = {"PDS_VERSION_ID"sv, "<Product_Observational"sv, "Object = IsisCube"sv,
                                "^QUBE"sv, "DatasetHeader Begin"sv};
/// NetCDF 4 is HDF5 inside: the name tells it apart.
constexpr std::array kNetCdf = {".nc"sv, ".nc4"sv, ".cdf"sv};

/// "BM", the file's size, and four zeros: the letters alone begin texts, too.
bool is_bitmap(std::string_view head) {
  return head.starts_with("BM") &&
         head.substr(std::min<std::size_t>(head.size(), 6)).starts_with("\0\0\0\0"sv);
}

/// R's raster package keeps the numbers beside a text, whose ending others have, too.
bool is_r_raster(const fs::path& path, std::string_view head) {
  return lower_extension(path) == ".grd" && head.starts_with("[general]");
}

/// Numbers without a header of their own, and ESRI's header beside them, which other formats call so, too.
bool has_esri_header(const fs::path& path) {
  constexpr std::array endings = {".bil"sv, ".bip"sv, ".bsq"sv};
  if (std::ranges::find(endings, lower_extension(path)) == endings.end()) return false;
  for (const char* ending : {".hdr", ".HDR"}) {
    std::string text(2048, '\0');
    std::ifstream(fs::path(path).replace_extension(ending), std::ios::binary)
        .read(text.data(), static_cast<std::streamsize>(text.size()));
    text = lower(text);
    if (text.contains("nrows") && text.contains("ncols")) return true;
  }
  return false;
}

Result<const Importer*> find_importer() {
  const std::string path = sibling_path(kLibrary);
  const auto missing = [&](std::string found) {
    return fail(
        {Error::Kind::Format, "files of this format need GDAL", path,
         "the library of Assayer that reads through GDAL", std::move(found),
         "Install libgdal and an Assayer that was built with it, or convert the image to ENVI or HDF5."});
  };
  // The hundred libraries behind GDAL stay out of the program's names.
  const auto library = load_library(path, LibraryNames::Local);
  if (!library) return missing(library.error());
  const auto symbol = find_symbol(*library, kCreateRasterImporter);
  if (!symbol) return missing(symbol.error());
  return reinterpret_cast<CreateRasterImporter>(*symbol)();
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

std::unexpected<Error> refused(const Error& error, const fs::path& path) {
  return fail(error.cancelled() ? error : error.in(path.string()));
}

}  // namespace

bool GdalImporter::sniff(const fs::path& path, std::string_view head) const {
  if (std::ranges::any_of(kStarts, [&](auto start) { return head.starts_with(start); })) return true;
  if (std::ranges::any_of(kLabels, [&](auto label) { return head.find(label) != head.npos; })) return true;
  if (std::ranges::find(kNetCdf, lower_extension(path)) != kNetCdf.end()) return true;
  return is_bitmap(head) || is_r_raster(path, head) || has_esri_header(path);
}

Result<ImportContents> GdalImporter::inspect(const fs::path& path, const ImportOptions& options,
                                             RunControl& control) const {
  // Loaded here, so that a copy need not do it anew.
  const auto importer = raster_importer();
  if (!importer) return fail(importer.error().in(path.string()));
  const std::uintmax_t bytes = bytes_beside(path);
  const Status outlived = try_in_copy(kReader, bytes, control, [&] {
    RunControl own;
    std::ignore = (*importer)->inspect(path, options, own);
  });
  if (!outlived) return refused(outlived.error(), path);
  return (*importer)->inspect(path, options, control);
}

Result<Imported> GdalImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                    const ProgressFn& progress) const {
  const auto importer = raster_importer();
  if (!importer) return fail(importer.error().in(path.string()));
  const std::uintmax_t bytes = bytes_beside(path);
  const Status outlived = try_in_copy(kReader, bytes, control, [&] {
    RunControl own;
    std::ignore = (*importer)->load(path, part_to_try(bytes, options), own, {});
  });
  if (!outlived) return refused(outlived.error(), path);
  return (*importer)->load(path, options, control, progress);
}

}  // namespace assayer
