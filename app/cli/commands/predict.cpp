// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "core/io/dataset_writer.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
The spectra alone are used: a composition that DATA holds is not, unless --z-given label infers z with it where it is
known (the paper's figure 6). --z-given draws infers z with compositions drawn from q(y|x), and states means and
standard deviations over --draws samples of every member in place of those that the posterior states; of guided, whose
intervals know more than its posterior, they are far too narrow. OUT.csv has a row per spectrum: its number, each
component with its standard deviation, each z with its own; "nan" for spectra that are not finite. OUT.h5 is
DATA with the same numbers as columns "predicted:COMPONENT", "sd:COMPONENT", "z1", "sd:z1".
A model of the method guided adds how far to trust them: "extrapolation" (about 1 among the labelled compositions),
"misfit" and "hidden misfit" (robust z-scores). With a nuisance z there is an "outlier score": the largest of these
two and of z's distance from the median of its acquisition group in MADs, over 5: above 1 is a suspect. Both misfits
allow for what distance from the labels does to ordinary spectra, as far as the labelled ones can tell.

Examples:
  assayer-cli predict model.h5 lab.h5 -o compositions.csv
  assayer-cli predict model.h5 image.h5 -o image-with-compositions.h5
  assayer-cli predict untapped.h5 lab.h5 -o z.csv --z-given label
  assayer-cli predict untapped.h5 lab.h5 -o draws.csv --z-given draws --draws 200 --seed 3
  assayer-cli predict model.h5 lab.h5 -o - | head)";

constexpr std::int64_t kManyDraws = 100'000;
constexpr std::int64_t kUsualDraws = 100;
constexpr auto kOutlier = "outlier score";
/// Characters of a table that are written at once.
constexpr std::size_t kStretch = 1 << 14;

struct Options {
  std::string model;
  std::string data;
  AttachArguments known;
  OutputPath output;
  std::string z_given = "prediction";
  std::optional<std::int64_t> draws;
  std::uint64_t seed = 0;
};

/// How z is inferred, as asked for.
struct Inference {
  const Matrix<double>* composition = nullptr;
  Draws draws;
};

Result<Inference> inference(const Options& options, const ModelState& state, const Dataset& data,
                            Console& console) {
  Inference how;
  if (options.z_given != "label" && options.z_given != "prediction" && options.z_given != "draws") {
    return refuse({.what = "z cannot be inferred that way",
                   .where = "--z-given",
                   .expected = "label, prediction or draws",
                   .found = options.z_given});
  }
  if (options.draws && (*options.draws < 1 || *options.draws > kManyDraws)) {
    return refuse({.what = "the number of draws is out of range",
                   .where = "--draws",
                   .expected = fmt::format("1 to {}", kManyDraws),
                   .found = fmt::format("{}", *options.draws)});
  }
  if (options.z_given == "prediction" && options.draws) {
    return refuse({.what = "a prediction without draws has no number of them",
                   .where = "--draws",
                   .expected = "--z-given draws or label",
                   .found = "--z-given prediction"});
  }
  if (options.z_given == "draws") how.draws = {options.draws.value_or(kUsualDraws), options.seed};
  if (options.z_given == "label") {
    if (!data.abundances()) {
      return refuse({.kind = Error::Kind::Data,
                     .what = "the data have no compositions to infer z with",
                     .where = options.data,
                     .expected = "a composition for some of the spectra",
                     .mend = "Leave --z-given out."});
    }
    if (const Status fits = check_components(state, data, console); !fits) return fail(fits.error());
    how.composition = &data.abundances()->values();
    if (options.draws) how.draws = {*options.draws, options.seed};
  }
  return how;
}

Status write_csv(const OutputPath& output, const Prediction& prediction, const std::vector<double>& outlier,
                 const std::vector<std::string>& components) {
  auto file = TextOutput::create(output);
  if (!file) return fail(file.error());
  CsvWriter csv;
  csv.field("row");
  for (const std::string& name : components) csv.field(name).field(name + " sd");
  for (std::size_t d = 0; d < prediction.z.cols(); ++d)
    csv.field(nuisance_name(d)).field(nuisance_name(d) + " sd");
  const auto trust = prediction.trust();
  for (const auto& [name, values] : trust) csv.field(name);
  if (!outlier.empty()) csv.field(kOutlier);
  csv.end_row();
  for (std::size_t r = 0; r < prediction.composition.rows(); ++r) {
    csv.field(r);
    for (std::size_t k = 0; k < components.size(); ++k) {
      csv.field(prediction.composition(r, k)).field(prediction.composition_sd(r, k));
    }
    for (std::size_t d = 0; d < prediction.z.cols(); ++d)
      csv.field(prediction.z(r, d)).field(prediction.z_sd(r, d));
    for (const auto& [name, values] : trust) csv.field((*values)[r]);
    if (!outlier.empty()) csv.field(outlier[r]);
    csv.end_row();
    // A million rows are a fifth of a gigabyte of text.
    if (csv.text().size() < kStretch) continue;
    if (const Status added = file->add(csv.text()); !added) return added;
    csv.forget();
  }
  if (const Status added = file->add(csv.text()); !added) return added;
  return file->finish();
}

/// Adds a column to the data's metadata, in place of one of that name.
void set_column(DatasetParts& parts, std::string name, std::vector<double> column) {
  // A slash would make a group of the file.
  std::replace(name.begin(), name.end(), '/', '|');
  std::erase_if(parts.metadata, [&](const MetadataColumn& other) { return other.name == name; });
  parts.metadata.push_back({std::move(name), std::move(column)});
}

void set_column(DatasetParts& parts, std::string name, const Matrix<double>& values, std::size_t c) {
  std::vector<double> column(values.rows());
  for (std::size_t r = 0; r < values.rows(); ++r) column[r] = values(r, c);
  set_column(parts, std::move(name), std::move(column));
}

Result<DatasetPtr> with_prediction(const Dataset& data, const Prediction& prediction,
                                   const std::vector<double>& outlier,
                                   const std::vector<std::string>& components, const std::string& model) {
  DatasetParts parts = data.parts();
  for (std::size_t k = 0; k < components.size(); ++k) {
    set_column(parts, "predicted:" + components[k], prediction.composition, k);
    set_column(parts, "sd:" + components[k], prediction.composition_sd, k);
  }
  for (std::size_t d = 0; d < prediction.z.cols(); ++d) {
    set_column(parts, nuisance_name(d), prediction.z, d);
    set_column(parts, "sd:" + nuisance_name(d), prediction.z_sd, d);
  }
  for (const auto& [name, values] : prediction.trust()) set_column(parts, name, *values);
  if (!outlier.empty()) set_column(parts, kOutlier, outlier);
  parts.provenance.attributes["predicted_by"] = model;
  return Dataset::create(std::move(parts));
}

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  if (const Status ready = check_table_output(
          options.output, {options.model, options.data, options.known.compositions, options.known.endmembers},
          console.json());
      !ready) {
    return fail(ready.error());
  }
  const auto imported = load_data(options.data, options.known, console, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  const auto model = load_model(options.model);
  if (!model) return fail(model.error());
  const ModelState& state = (*model)->state();
  if (const Status fits = check_channels(**model, data, console); !fits) {
    return fail(about_file(fits.error(), options.data));
  }
  const auto how = inference(options, state, data, console);
  if (!how) return fail(how.error());
  const auto prediction = predict_rows(**model, data, how->composition, console, control, how->draws);
  if (!prediction) return fail(about_file(prediction.error(), options.data));

  std::vector<double> outlier;
  if (!prediction->z.empty()) outlier = outlier_score(*prediction, data.groups());

  Status written;
  if (options.output.is_hdf5()) {
    const auto result = with_prediction(data, *prediction, outlier, state.components, options.model);
    if (!result) return fail(about_file(result.error(), options.output.path));
    written = write_dataset(**result, options.output.path, options.output.force);
  } else {
    written = write_csv(options.output, *prediction, outlier, state.components);
  }
  if (!written) return fail(about_file(written.error(), options.output.path));
  if (options.output.is_stdout()) return ExitCode::Done;

  Status printed;
  if (console.json()) {
    printed = print_json({{"output", options.output.path},
                          {"rows", data.rows()},
                          {"components", state.components},
                          {"nuisance_dimensions", prediction->z.cols()},
                          {"members", state.config.members},
                          {"z_given", options.z_given},
                          {"draws", how->draws.count},
                          {"warnings", console.warnings()}});
  } else {
    printed =
        Console::print(fmt::format("{}: compositions of {} spectra\n", options.output.path, data.rows()));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_predict(Commands& commands) {
  CLI::App* app =
      commands.root().add_subcommand("predict", "Composition and z of spectra, with their spread");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("MODEL", options->model, "Model file of `train`")->required();
  app->add_option("DATA", options->data, "Spectra in any readable format")->required();
  add_attach_options(*app, options->known);
  app->add_option("-o,--output", options->output.path, "OUT.csv, OUT.h5, or - for CSV on standard output")
      ->required()
      ->type_name("OUT");
  app->add_option("--z-given", options->z_given,
                  "What z is inferred with: prediction (the mean composition), label (that of DATA where it "
                  "is known), draws (compositions drawn from q(y|x))")
      ->capture_default_str()
      ->type_name("HOW");
  app->add_option("--draws", options->draws,
                  "Samples of every member, 100 with --z-given draws; with label, z alone is drawn")
      ->type_name("N");
  app->add_option("--seed", options->seed, "Seed of the draws")->type_name("S");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
