// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/map_writer.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include "core/base/letters.h"
#include "core/io/atomic_file.h"
#include "core/io/envi_exporter.h"
#include "core/io/hdf5_file.h"
#include "core/io/raw_cube_writer.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

bool is_hdf5(const std::string& extension) {
  return extension == ".h5" || extension == ".hdf5";
}

bool is_envi(const std::string& extension) {
  return extension == ".img" || extension == ".dat" || extension == ".hdr";
}

}  // namespace

class MapWriter::Form {
 public:
  Form() = default;
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;
  virtual ~Form() = default;
  virtual Status write(std::size_t first_line, const std::vector<MatrixView<double>>& layers) = 0;
  virtual Status commit() = 0;
};

class MapWriter::EnviForm final : public Form {
 public:
  static Result<std::unique_ptr<Form>> create(const fs::path& path, bool overwrite, ImageShape shape,
                                              const std::vector<MapLayer>& layers,
                                              std::map<std::string, std::string> notes) {
    EnviHeaderText header;
    for (const auto& layer : layers)
      std::ranges::copy(layer.columns, std::back_inserter(header.lists["band names"]));
    header.cube.lines = shape.rows;
    header.cube.samples = shape.cols;
    header.cube.bands = header.lists["band names"].size();
    // Those of the image that was mapped; its bands are not those of the map.
    notes.erase("band names");
    notes.erase("fwhm");
    header.notes = std::move(notes);
    std::vector<std::string> ignored;
    auto text = header.text(ignored);

    const EnviOutput files = envi_output(path);
    auto data = AtomicFile::create(files.data, overwrite);
    if (!data) return fail(data.error());
    auto head = AtomicFile::create(files.header, overwrite);
    if (!head) return fail(head.error());
    auto writer = RawCubeWriter::open(data->aside(), header.cube);
    if (!writer) return fail(writer.error());
    return std::unique_ptr<Form>(
        new EnviForm(*std::move(data), *std::move(head), *std::move(writer), std::move(text), header.cube));
  }

  Status write(std::size_t first_line, const std::vector<MatrixView<double>>& layers) override {
    const std::size_t pixels = layers.empty() ? 0 : layers.front().rows();
    pixels_.resize(pixels * cube_.bands);
    for (std::size_t p = 0, at = 0; p < pixels; ++p)
      for (const auto& layer : layers)
        for (const double value : layer.row(p)) pixels_[at++] = static_cast<float>(value);
    return writer_.write(first_line * cube_.samples, pixels_);
  }

  Status commit() override {
    if (auto status = writer_.close(); !status) return status;
    std::ofstream stream(header_.aside(), std::ios::binary);
    stream << text_;
    stream.close();
    if (!stream) {
      return fail({Error::Kind::File, "the header cannot be written", header_.aside().string(), "", "",
                   "Choose a disk that has space left."});
    }
    if (auto status = data_.commit(); !status) return status;
    return header_.commit();
  }

 private:
  EnviForm(AtomicFile data, AtomicFile header, RawCubeWriter writer, std::string text, RawCube cube)
      : data_(std::move(data)),
        header_(std::move(header)),
        writer_(std::move(writer)),
        text_(std::move(text)),
        cube_(std::move(cube)) {}

  AtomicFile data_;
  AtomicFile header_;
  RawCubeWriter writer_;
  std::string text_;
  RawCube cube_;
  std::vector<float> pixels_;
};

class MapWriter::Hdf5Form final : public Form {
 public:
  static Result<std::unique_ptr<Form>> create(const fs::path& path, bool overwrite, ImageShape shape,
                                              std::vector<MapLayer> layers,
                                              const std::map<std::string, std::string>& notes) {
    auto target = AtomicFile::create(path, overwrite);
    if (!target) return fail(target.error());
    auto file = hdf5::File::create(target->aside());
    if (!file) return fail(file.error().in(path.string()));
    for (const auto& layer : layers) {
      const std::array<std::uint64_t, 3> size = {shape.rows, shape.cols, layer.columns.size()};
      if (auto status = file->create_dataset<float>(layer.name, size, false); !status)
        return fail(status.error().in(path.string()));
      if (auto status =
              file->write_attribute(layer.name, "columns", std::span<const std::string>(layer.columns));
          !status)
        return fail(status.error().in(path.string()));
    }
    for (const auto& [name, text] : notes)
      if (auto status = file->write_attribute("/", name, text); !status)
        return fail(status.error().in(path.string()));
    return std::unique_ptr<Form>(new Hdf5Form(path, *std::move(target), *std::move(file), std::move(layers)));
  }

  Status write(std::size_t first_line, const std::vector<MatrixView<double>>& layers) override {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      values_.assign(layers[i].data(), layers[i].data() + layers[i].size());
      if (auto status = file_.write_rows<float>(layers_[i].name, first_line, values_); !status)
        return fail(status.error().in(path_.string()));
    }
    return {};
  }

  Status commit() override {
    if (auto status = file_.close(); !status) return fail(status.error().in(path_.string()));
    return target_.commit();
  }

 private:
  Hdf5Form(fs::path path, AtomicFile target, hdf5::File file, std::vector<MapLayer> layers)
      : path_(std::move(path)),
        target_(std::move(target)),
        file_(std::move(file)),
        layers_(std::move(layers)) {}

  fs::path path_;
  AtomicFile target_;
  hdf5::File file_;
  std::vector<MapLayer> layers_;
  std::vector<float> values_;
};

MapWriter::MapWriter(std::unique_ptr<Form> form) : form_(std::move(form)) {}
MapWriter::MapWriter(MapWriter&&) noexcept = default;
MapWriter& MapWriter::operator=(MapWriter&&) noexcept = default;
MapWriter::~MapWriter() = default;

bool MapWriter::can_write(const fs::path& path) {
  const auto extension = lower_extension(path);
  return is_hdf5(extension) || is_envi(extension);
}

Result<MapWriter> MapWriter::create(const fs::path& path, bool overwrite, ImageShape shape,
                                    std::vector<MapLayer> layers, std::map<std::string, std::string> notes) {
  const auto extension = lower_extension(path);
  if (!can_write(path)) {
    return fail({Error::Kind::Usage, "maps are not written in this format", path.string(),
                 ".img, .dat or .hdr (ENVI), .h5 or .hdf5", extension.empty() ? "no extension" : extension,
                 "Change the extension of the name."});
  }
  auto form = is_hdf5(extension) ? Hdf5Form::create(path, overwrite, shape, std::move(layers), notes)
                                 : EnviForm::create(path, overwrite, shape, layers, std::move(notes));
  if (!form) return fail(form.error());
  return MapWriter(*std::move(form));
}

Status MapWriter::write(std::size_t first_line, const std::vector<MatrixView<double>>& layers) {
  return form_->write(first_line, layers);
}

Status MapWriter::commit() {
  return form_->commit();
}

}  // namespace assayer
