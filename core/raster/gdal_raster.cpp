// SPDX-License-Identifier: GPL-3.0-or-later
// The library behind GdalImporter. Everything that sees GDAL is here.
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi_virtual.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gdal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/base/message.h"
#include "core/io/axis_reading.h"
#include "core/io/gdal_importer.h"
#include "core/io/hdf5_lock.h"
#include "core/io/text.h"
#include "core/io/trial.h"
#include "core/raster/band_axis.h"
#include "core/raster/drivers.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSubdataset = "subdataset";
constexpr std::size_t kLargestInMemory = std::size_t{256} << 20;
constexpr std::size_t kBlockBytes = std::size_t{8} << 20;
constexpr GIntBig kCacheBytes = GIntBig{64} << 20;
/// A compressed image of one value shrinks a thousandfold; what claims more is made up.
constexpr double kMostInflation = 4096;
constexpr double kSmallImage = double{1U << 26};

/// Takes the place of the file systems that lead out of this machine.
class Nothing final : public VSIFilesystemHandler {
 public:
  VSIVirtualHandle* Open(const char* /*name*/, const char* /*access*/, bool /*set_error*/,
                         CSLConstList /*options*/) override {
    errno = EACCES;
    return nullptr;
  }
  int Stat(const char* /*name*/, VSIStatBufL* /*status*/, int /*flags*/) override {
    errno = EACCES;
    return -1;
  }
};

void start_gdal() {
  GDALAllRegister();
  keep_raster_drivers();
  GDALSetCacheMax64(kCacheBytes);
  // A folder of ten thousand scenes need not be listed to open one of them.
  CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
  // Lines in the order of the file, as every other reader has them.
  CPLSetConfigOption("GDAL_NETCDF_BOTTOMUP", "NO");
  const std::set<std::string> local = {"/vsimem/", "/vsisubfile/"};
  char** prefixes = VSIGetFileSystemsPrefixes();
  for (int i = 0; prefixes != nullptr && prefixes[i] != nullptr; ++i) {
    const std::string prefix = prefixes[i];
    // GDAL deletes its handlers at the end, once for each name.
    if (prefix.starts_with("/vsi") && !local.contains(prefix))
      VSIFileManager::InstallHandler(prefix, new Nothing);
  }
  CSLDestroy(prefixes);
}

/// Collects what GDAL says on this thread instead of printing it.
class Said {
 public:
  Said() { CPLPushErrorHandlerEx(&Said::take, this); }
  Said(const Said&) = delete;
  Said& operator=(const Said&) = delete;
  ~Said() { CPLPopErrorHandler(); }
  /// The first error, which is the cause of the others.
  [[nodiscard]] std::string text() const { return to_utf8(first_); }

 private:
  static void CPL_STDCALL take(CPLErr kind, CPLErrorNum /*number*/, const char* message) {
    auto* self = static_cast<Said*>(CPLGetErrorHandlerUserData());
    if (kind >= CE_Failure && self->first_.empty()) self->first_ = message;
  }
  std::string first_;
};

struct CloseDataset {
  void operator()(void* dataset) const {
    const hdf5::Lock lock;  // NetCDF files are HDF5's
    GDALClose(dataset);
  }
};
using DatasetHandle = std::unique_ptr<void, CloseDataset>;

std::string text_item(GDALMajorObjectH object, const char* key, const char* domain = nullptr) {
  const char* text = GDALGetMetadataItem(object, key, domain);
  return text != nullptr ? to_utf8(text) : "";
}

/// How the numbers of a band become values.
struct BandScale {
  double gain = 1;
  double bias = 0;
  std::optional<float> missing;
};

/// Spectra of a raster through GDAL, which is not made for several threads on one image: one after another.
class RasterSource final : public SpectraSource {
 public:
  RasterSource(DatasetHandle dataset, std::string path, std::vector<int> bands, std::vector<BandScale> scale)
      : dataset_(std::move(dataset)),
        path_(std::move(path)),
        bands_(std::move(bands)),
        scale_(std::move(scale)),
        lines_(static_cast<std::size_t>(GDALGetRasterYSize(dataset_.get()))),
        samples_(static_cast<std::size_t>(GDALGetRasterXSize(dataset_.get()))) {
    int width = 0;
    int height = 0;
    GDALGetBlockSize(GDALGetRasterBand(dataset_.get(), bands_.front()), &width, &height);
    on_hdf5_ = std::string_view(GDALGetDriverShortName(GDALGetDatasetDriver(dataset_.get()))) == "netCDF";
    block_lines_ = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(height, 1)), 1, lines_);
  }

  [[nodiscard]] std::size_t rows() const override { return lines_ * samples_; }
  [[nodiscard]] std::size_t channels() const override { return bands_.size(); }
  [[nodiscard]] std::size_t lines() const { return lines_; }
  [[nodiscard]] std::size_t samples() const { return samples_; }

  /// Whole rows of the file's blocks, which GDAL reads whole anyhow.
  [[nodiscard]] std::size_t few_rows() const override {
    const std::size_t few = kBlockBytes / sizeof(float) / channels();
    return std::clamp<std::size_t>(few, 1, block_lines_ * samples_);
  }
  [[nodiscard]] std::size_t block_rows() const override {
    const std::size_t wanted = kBlockBytes / sizeof(float) / channels() / samples_;
    if (wanted == 0) return few_rows();
    return std::max(wanted / block_lines_, std::size_t{1}) * block_lines_ * samples_;
  }

  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    const std::lock_guard lock(mutex_);
    // Block by block, so that others get to their files in between.
    std::optional<hdf5::Lock> library;
    if (on_hdf5_) library.emplace();
    while (count > 0) {
      const std::size_t line = first / samples_;
      const std::size_t sample = first % samples_;
      // Whole lines at once, or the rest of one.
      const bool whole = sample == 0 && count >= samples_;
      const std::size_t width = whole ? samples_ : std::min(samples_ - sample, count);
      const std::size_t height = whole ? count / samples_ : 1;
      if (auto status = read_window(line, sample, height, width, out.data()); !status) return status;
      const std::size_t done = width * height;
      apply_scale(out.first(done * channels()));
      out = out.subspan(done * channels());
      first += done;
      count -= done;
    }
    return {};
  }

 private:
  Status read_window(std::size_t line, std::size_t sample, std::size_t height, std::size_t width,
                     float* out) const {
    const Said said;
    const auto pixel = static_cast<GSpacing>(channels()) * static_cast<GSpacing>(sizeof(float));
    const auto w = static_cast<int>(width);
    const auto h = static_cast<int>(height);
    // GDAL takes the list of bands as int* but only reads it.
    if (GDALDatasetRasterIOEx(dataset_.get(), GF_Read, static_cast<int>(sample), static_cast<int>(line), w, h,
                              out, w, h, GDT_Float32, static_cast<int>(bands_.size()),
                              const_cast<int*>(bands_.data()), pixel, pixel * w, sizeof(float),
                              nullptr) == CE_None)
      return {};
    return fail({Error::Kind::Format, "the image cannot be read", path_,
                 fmt::format("{} lines from {} on", h, line), said.text(),
                 "Copy the file again: it may be cut or damaged."});
  }

  void apply_scale(std::span<float> values) const {
    for (std::size_t b = 0; b < scale_.size(); ++b) {
      const auto& [gain, bias, missing] = scale_[b];
      const bool scaled = gain != 1 || bias != 0;
      if (!scaled && !missing) continue;
      for (std::size_t i = b; i < values.size(); i += scale_.size()) {
        if (missing && values[i] == *missing)
          values[i] = std::numeric_limits<float>::quiet_NaN();
        else if (scaled)
          values[i] = static_cast<float>(static_cast<double>(values[i]) * gain + bias);
      }
    }
  }

  DatasetHandle dataset_;
  std::string path_;
  std::vector<int> bands_;
  std::vector<BandScale> scale_;
  std::size_t lines_;
  std::size_t samples_;
  std::size_t block_lines_ = 1;
  bool on_hdf5_ = false;  ///< GDAL reads this file through libhdf5
  mutable std::mutex mutex_;
};

Result<DatasetHandle> open_raster(const std::string& name, const fs::path& path) {
  const Said said;
  // Of the drivers that are left.
  DatasetHandle dataset(GDALOpenEx(name.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                                   nullptr, nullptr, nullptr));
  if (dataset) return dataset;
  return fail({Error::Kind::Format, "GDAL does not read this file as an image", path.string(),
               "GeoTIFF, NetCDF, PDS, ISIS, VICAR, Imagine, ERDAS LAN, ER Mapper, ESRI BIL, R raster, FITS, "
               "JPEG 2000, NITF, PCIDSK, HDF4, GRIB, Envisat or a picture",
               said.text(), "Convert the image to ENVI or HDF5."});
}

/// A container names its images as SUBDATASET_n_NAME.
std::vector<std::string> subdatasets(GDALDatasetH dataset) {
  std::vector<std::string> found;
  // The list, for some drivers make it only when it is asked for as a whole.
  char** items = GDALGetMetadata(dataset, "SUBDATASETS");
  for (int i = 1;; ++i) {
    const char* name = CSLFetchNameValue(items, fmt::format("SUBDATASET_{}_NAME", i).c_str());
    if (name == nullptr) return found;
    found.emplace_back(name);
  }
}

/// The last part of "NETCDF:"/a/b.nc":reflectance".
std::string short_name(const std::string& subdataset) {
  const auto colon = subdataset.rfind(':');
  return colon == std::string::npos ? subdataset : subdataset.substr(colon + 1);
}

struct Opened {
  DatasetHandle dataset;
  std::vector<std::string> choices;  ///< of the setting `subdataset`
  std::string chosen;

  [[nodiscard]] ImportContents contents() const {
    ImportContents contents{GdalImporter().name(), {}, {}};
    if (!choices.empty())
      contents.settings.push_back(
          {kSubdataset, Message::marked("which of the file's arrays"), choices, chosen});
    return contents;
  }
};

/// The image, or that of a container's images which the settings name; where they do not, the one of most
/// bands.
Result<Opened> open_image(const fs::path& path, const ImportOptions& options) {
  auto dataset = open_raster(path.string(), path);
  if (!dataset) return fail(dataset.error());
  Opened best;
  std::vector<std::string> parts;
  if (GDALGetRasterCount(dataset->get()) == 0) parts = subdatasets(dataset->get());
  for (const auto& part : parts) best.choices.push_back(short_name(part));
  if (auto status = check_options(best.contents(), options); !status)
    return fail(status.error().in(path.string()));
  if (parts.empty()) {
    best.dataset = *std::move(dataset);
    return best;
  }
  const auto wish = options.settings.find(kSubdataset);
  int most = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (wish != options.settings.end() && wish->second != best.choices[i]) continue;
    auto opened = open_raster(parts[i], path);
    if (!opened || GDALGetRasterCount(opened->get()) <= most) continue;
    most = GDALGetRasterCount(opened->get());
    best.dataset = *std::move(opened);
    best.chosen = best.choices[i];
  }
  if (!best.dataset) {
    return fail({Error::Kind::Format, "none of the file's arrays is an image", path.string(),
                 "an image of bands", fmt::format("{}", fmt::join(best.choices, ", ")),
                 "Convert the array to ENVI or HDF5."});
  }
  return best;
}

Result<std::vector<int>> spectral_bands(GDALDatasetH dataset, const fs::path& path) {
  std::vector<int> bands;
  for (int b = 1; b <= GDALGetRasterCount(dataset); ++b) {
    const auto band = GDALGetRasterBand(dataset, b);
    if (GDALDataTypeIsComplex(GDALGetRasterDataType(band)) != 0) {
      return fail({Error::Kind::Format, "the image holds complex numbers", path.string(), "real numbers",
                   fmt::format("band {}: {}", b, GDALGetDataTypeName(GDALGetRasterDataType(band))),
                   "Write the magnitude or the real part as an image of its own."});
    }
    if (GDALGetRasterColorInterpretation(band) != GCI_AlphaBand) bands.push_back(b);
  }
  if (bands.empty()) {
    return fail(
        {Error::Kind::Format, "the file has no bands", path.string(), "an image of bands", "none", ""});
  }
  return bands;
}

BandScale scale_of(GDALRasterBandH band) {
  BandScale scale;
  int known = 0;
  const double gain = GDALGetRasterScale(band, &known);
  if (known != 0 && std::isfinite(gain) && gain != 0) scale.gain = gain;
  const double bias = GDALGetRasterOffset(band, &known);
  if (known != 0 && std::isfinite(bias)) scale.bias = bias;
  const double missing = GDALGetRasterNoDataValue(band, &known);
  if (known != 0 && !std::isnan(missing)) scale.missing = static_cast<float>(missing);
  return scale;
}

Status check_size(const RasterSource& source, const fs::path& path) {
  const double claimed = static_cast<double>(source.rows()) * static_cast<double>(source.channels());
  // A detached label is small, and its image stands beside it: only what no disk holds is refused then.
  const auto beside = static_cast<double>(bytes_beside(path));
  if (claimed <= kSmallImage || claimed <= kMostInflation * beside) return {};
  return fail({Error::Kind::Format, "the image claims to be larger than its file can be", path.string(),
               byte_size(beside) + " in the file",
               fmt::format("{} x {} x {} values", source.lines(), source.samples(), source.channels()),
               "Copy the file again, or correct its header."});
}

void add_attributes(GDALDatasetH dataset, DatasetParts& parts) {
  constexpr int most = 200;
  char** items = GDALGetMetadata(dataset, nullptr);
  for (int i = 0; items != nullptr && items[i] != nullptr && i < most; ++i) {
    char* key = nullptr;
    const char* value = CPLParseNameValue(items[i], &key);
    // "Band_7=425.2 Nanometers" is the axis once more.
    if (key != nullptr && value != nullptr && !std::string_view(key).starts_with("Band_"))
      parts.provenance.attributes[to_utf8(key)] = to_utf8(value);
    CPLFree(key);
  }
  if (const char* projection = GDALGetProjectionRef(dataset); projection != nullptr && *projection != '\0')
    parts.provenance.attributes["coordinate system string"] = to_utf8(projection);
  std::array<double, 6> transform{};
  if (GDALGetGeoTransform(dataset, transform.data()) == CE_None)
    parts.provenance.attributes["geotransform"] = fmt::format("{}", fmt::join(transform, ", "));
}

std::vector<BandMetadata> metadata_of(GDALDatasetH dataset, const std::vector<int>& bands) {
  std::vector<BandMetadata> all;
  all.reserve(bands.size());
  // NetCDF keeps a coordinate's unit beside the image, not with each band.
  std::string unit;
  for (const char* key : {"wavelength#units", "wavelengths#units"})
    if (unit.empty()) unit = text_item(dataset, key);
  for (const int b : bands) {
    const auto band = GDALGetRasterBand(dataset, b);
    BandMetadata metadata;
    metadata.description = to_utf8(GDALGetDescription(band));
    for (const char* domain : {"", "IMAGERY"}) {
      char** items = GDALGetMetadata(band, domain);
      for (int i = 0; items != nullptr && items[i] != nullptr; ++i) {
        char* key = nullptr;
        const char* value = CPLParseNameValue(items[i], &key);
        if (key != nullptr && value != nullptr) metadata.items[to_utf8(key)] = to_utf8(value);
        CPLFree(key);
      }
    }
    if (!unit.empty()) metadata.items.emplace("wavelength_units", unit);
    all.push_back(std::move(metadata));
  }
  return all;
}

std::string label_of(GDALDatasetH dataset) {
  for (const char* domain : {"json:ISIS3", "json:PDS", "json:VICAR", "xml:PDS4"}) {
    char** text = GDALGetMetadata(dataset, domain);
    if (text != nullptr && text[0] != nullptr) return to_utf8(text[0]);
  }
  return {};
}

class GdalRaster final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return GdalImporter().name(); }
  [[nodiscard]] std::string patterns() const override { return GdalImporter().patterns(); }
  [[nodiscard]] bool sniff(const fs::path& path, std::string_view head) const override {
    return GdalImporter().sniff(path, head);
  }

  [[nodiscard]] Result<ImportContents> inspect(const fs::path& path, const ImportOptions& options,
                                               RunControl& /*control*/) const override {
    const Said said;
    const hdf5::Lock lock;  // GDAL may read any file's description through libhdf5
    const auto image = open_image(path, {{}, options.settings, {}});
    if (!image) return fail(image.error());
    return image->contents();
  }

  Result<Imported> load(const fs::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override {
    const Said said;
    try {
      return load_image(path, options, control, progress);
    } catch (const std::bad_alloc&) {
      return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                   "Take a part of the image."});
    }
  }

 private:
  /// The source of the spectra; everything else of the image goes to `imported` and `parts`.
  Result<std::shared_ptr<const RasterSource>> describe(const fs::path& path, const ImportOptions& options,
                                                       Imported& imported, DatasetParts& parts) const {
    const hdf5::Lock lock;
    auto image = open_image(path, options);
    if (!image) return fail(image.error());
    const GDALDatasetH dataset = image->dataset.get();
    auto bands = spectral_bands(dataset, path);
    if (!bands) return fail(bands.error());

    const std::string driver = GDALGetDriverShortName(GDALGetDatasetDriver(dataset));
    imported.format = fmt::format("{} ({})", name(), driver);
    add_attributes(dataset, parts);
    ReadAxis axis = band_axis(metadata_of(dataset, *bands), label_of(dataset), options.unit);
    parts.wavelength = std::move(axis.axis);
    parts.bad_channels = std::move(axis.bad);
    imported.warnings = std::move(axis.warnings);
    if (!axis.channels.empty()) {
      std::vector<int> chosen;
      chosen.reserve(axis.channels.size());
      for (const std::size_t c : axis.channels) chosen.push_back((*bands)[c]);
      *bands = std::move(chosen);
    }
    if (is_picture(driver))
      imported.warnings.emplace_back(
          "This is a picture: its numbers are colours made for the eye, not measured ones.");
    if (image->choices.size() > 1 && !options.settings.contains(kSubdataset))
      imported.warnings.push_back(
          fmt::format("The file holds {} arrays; \"{}\", with the most bands, is read.",
                      image->choices.size(), image->chosen));
    std::vector<BandScale> scale;
    for (const int b : *bands) scale.push_back(scale_of(GDALGetRasterBand(dataset, b)));
    if (std::ranges::any_of(scale, [](const BandScale& s) { return s.gain != 1 || s.bias != 0; }))
      imported.warnings.emplace_back("The values are scaled as the file says.");

    auto source = std::make_shared<const RasterSource>(std::move(image->dataset), path.string(),
                                                       *std::move(bands), std::move(scale));
    if (auto status = check_size(*source, path); !status) return fail(status.error());
    return source;
  }

  Result<Imported> load_image(const fs::path& path, const ImportOptions& options, RunControl& control,
                              const ProgressFn& progress) const {
    Imported imported;
    DatasetParts parts;
    const auto source = describe(path, options, imported, parts);
    if (!source) return fail(source.error());
    if (auto status = add_spectra(*source, options, parts, control, progress); !status)
      return fail(status.error());
    parts.provenance.path = path.string();
    parts.provenance.format = imported.format;
    auto data = Dataset::create(std::move(parts));
    if (!data) return fail(data.error().in(path.string()));
    imported.data = *std::move(data);
    return imported;
  }

  static Status add_spectra(const std::shared_ptr<const RasterSource>& source, const ImportOptions& options,
                            DatasetParts& parts, RunControl& control, const ProgressFn& progress) {
    const std::size_t rows = std::min(source->rows(), options.max_rows);
    if (rows == source->rows()) parts.image_shape = ImageShape{source->lines(), source->samples()};
    if (rows == source->rows() && rows > kLargestInMemory / sizeof(float) / source->channels()) {
      auto spectra = Spectra::in_file(source);
      if (!spectra) return fail(spectra.error());
      parts.shared_spectra = *std::move(spectra);
      return {};
    }
    parts.spectra = Matrix<float>(rows, source->channels());
    const std::size_t block = source->block_rows();
    for (std::size_t first = 0; first < rows; first += block) {
      if (control.stop_requested()) return fail(Error::cancel());
      if (progress) progress(static_cast<double>(first) / static_cast<double>(rows), "reading the image");
      const std::size_t count = std::min(block, rows - first);
      const std::span<float> out(parts.spectra.row(first).data(), count * source->channels());
      if (auto status = source->read(first, count, out); !status) return status;
    }
    if (progress) progress(1, "reading the image");
    return {};
  }
};

}  // namespace
}  // namespace assayer

extern "C" assayer::Importer* assayer_create_raster_importer() {
  assayer::start_gdal();
  return new assayer::GdalRaster;
}
