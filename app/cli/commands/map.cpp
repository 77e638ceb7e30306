// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/map_writer.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Per pixel: every component with its standard deviation, every z with its own, and what the model says of how far to
trust them; NaN where a spectrum is not finite. OUT.img is an ENVI image of a band each, with a header beside it;
OUT.h5 has datasets "composition" [rows, columns, components], "composition_sd", "z", "z_sd" and the like.
The image is read and the map written piece by piece, so that neither has to fit into the memory.

Examples:
  assayer-cli map model.h5 flightline.hdr -o abundance.img
  assayer-cli map model.h5 samson.h5 -o map.h5)";

/// Whole lines of about as many pixels: enough to keep all cores busy.
constexpr std::size_t kTilePixels = 16384;

struct Options {
  std::string model;
  std::string image;
  OutputPath output;
};

std::vector<MapLayer> layers_of(const Prediction& prediction, const std::vector<std::string>& components) {
  std::vector<MapLayer> layers;
  const auto add = [&layers](std::string name, std::vector<std::string> columns) {
    if (!columns.empty()) layers.push_back({std::move(name), std::move(columns)});
  };
  const auto with_sd = [](std::vector<std::string> names) {
    for (std::string& name : names) name += " sd";
    return names;
  };
  std::vector<std::string> nuisance;
  nuisance.reserve(prediction.z.cols());
  for (std::size_t d = 0; d < prediction.z.cols(); ++d) nuisance.push_back(nuisance_name(d));
  add("composition", components);
  add("composition_sd", with_sd(components));
  add("z", nuisance);
  add("z_sd", with_sd(nuisance));
  for (const auto& [name, values] : prediction.trust()) {
    std::string dataset = name;
    std::ranges::replace(dataset, ' ', '_');
    add(std::move(dataset), {name});
  }
  return layers;
}

/// In the order of `layers_of`.
std::vector<MatrixView<double>> values_of(const Prediction& prediction) {
  std::vector<MatrixView<double>> values;
  for (const Matrix<double>* part :
       {&prediction.composition, &prediction.composition_sd, &prediction.z, &prediction.z_sd})
    if (!part->empty()) values.push_back(part->view());
  for (const auto& [name, column] : prediction.trust())
    values.emplace_back(column->data(), column->size(), 1);
  return values;
}

std::map<std::string, std::string> notes_of(const Dataset& data, const Options& options) {
  std::map<std::string, std::string> notes;
  // Where on the ground the pixels are: the map's are the same.
  for (const auto* key : {"map info", "coordinate system string", "projection info", "geo points"})
    if (const auto found = data.provenance().attributes.find(key);
        found != data.provenance().attributes.end())
      notes.insert(*found);
  notes["description"] = fmt::format("Map of {} by the model {}", options.image, options.model);
  return notes;
}

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  if (!MapWriter::can_write(options.output.path)) {
    return refuse({.what = "maps are written as .img, .dat or .hdr (ENVI), .h5 or .hdf5",
                   .where = options.output.path,
                   .mend = "Change the extension."});
  }
  if (const Status ready = check_output(options.output, {options.model, options.image}); !ready)
    return fail(ready.error());
  const auto imported = load_data(options.image, console, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  const auto shape = data.image_shape();
  if (!shape) {
    return refuse({.kind = Error::Kind::Data,
                   .what = "these spectra form no image",
                   .where = options.image,
                   .expected = "an image, rows x columns",
                   .found = fmt::format("{} spectra", data.rows()),
                   .mend = "Use predict, or give the file an attribute image_shape."});
  }
  const auto model = load_model(options.model);
  if (!model) return fail(model.error());
  const ModelState& state = (*model)->state();
  if (const Status fits = check_channels(**model, data, console); !fits)
    return fail(about_file(fits.error(), options.image));

  Progress progress(console);
  std::optional<MapWriter> writer;
  std::vector<MapLayer> layers;
  std::vector<float> scratch;
  const std::size_t most = std::max<std::size_t>(kTilePixels / shape->cols, 1);
  for (std::size_t line = 0; line < shape->rows; line += most) {
    if (control.stop_requested()) return fail(Error::cancel());
    progress.show(static_cast<double>(line) / static_cast<double>(shape->rows), "mapping");
    const std::size_t count = std::min(most, shape->rows - line) * shape->cols;
    const auto spectra = data.spectra().block(line * shape->cols, count, scratch);
    if (!spectra) return fail(about_file(spectra.error(), options.image));
    const auto prediction = (*model)->predict(*spectra);
    if (!prediction) return fail(about_file(prediction.error(), options.image));
    if (!writer) {
      // What there is to be written, a model says with its first prediction.
      layers = layers_of(*prediction, state.components);
      auto made = MapWriter::create(options.output.path, options.output.force, *shape, layers,
                                    notes_of(data, options));
      if (!made) return fail(about_file(made.error(), options.output.path));
      writer = *std::move(made);
    }
    if (const Status put = writer->write(line, values_of(*prediction)); !put)
      return fail(about_file(put.error(), options.output.path));
  }
  if (control.stop_requested()) return fail(Error::cancel());
  if (const Status done = writer->commit(); !done) return fail(about_file(done.error(), options.output.path));
  progress.clear();

  std::vector<std::string> bands;
  for (const MapLayer& layer : layers) std::ranges::copy(layer.columns, std::back_inserter(bands));
  const Status printed =
      console.json() ? print_json({{"output", options.output.path},
                                   {"image_shape", {shape->rows, shape->cols}},
                                   {"bands", bands},
                                   {"warnings", console.warnings()}})
                     : Console::print(fmt::format("{}: {} bands of {} × {} pixels\n", options.output.path,
                                                  bands.size(), shape->rows, shape->cols));
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_map(Commands& commands) {
  CLI::App* app =
      commands.root().add_subcommand("map", "Composition and z of every pixel of an image, streamed");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("MODEL", options->model, "Model file of `train`")->required();
  app->add_option("IMAGE", options->image, "Image in any readable format")->required();
  app->add_option("-o,--output", options->output.path, "OUT.img (ENVI) or OUT.h5")
      ->required()
      ->type_name("OUT");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
