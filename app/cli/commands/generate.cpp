// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "core/io/dataset_writer.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Without --samples: the mean spectrum of each composition (and, in a CSV, its standard deviation over the members of
the population). With --samples N: N random spectra of each. Without --z: at the mean z of the labelled spectra.
OUT.csv has a row per spectrum: what it is (mean, sd or sample), its composition, its z, its value per channel.

Examples:
  assayer-cli generate model.h5 --composition 0.2,0.3,0.5 -o mixture.csv
  assayer-cli generate model.h5 --composition 1,0,0 --composition 0,1,0 --z=-0.4 -o pure.h5
  assayer-cli generate model.h5 --composition 0.2,0.3,0.5 --samples 50 --seed 1 -o -)";

struct Options {
  std::string model;
  std::vector<std::string> compositions;
  std::vector<std::string> nuisances;
  std::int64_t samples = 0;
  std::uint64_t seed = 0;
  OutputPath output;
};

/// Rows of numbers as the command line gives them: "0.2,0.3,0.5" each, all with `columns` numbers.
Result<Matrix<double>> parse_rows(const std::vector<std::string>& texts, std::size_t columns,
                                  const std::string& option, const std::string& meaning) {
  Matrix<double> rows(texts.size(), columns);
  for (std::size_t r = 0; r < texts.size(); ++r) {
    const std::string& text = texts[r];
    const Fault bad{.what = "is not understood",
                    .where = option,
                    .expected = fmt::format("{} numbers separated by commas ({})", columns, meaning),
                    .found = text};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (std::size_t c = 0; c < columns; ++c) {
      const auto [next, code] = std::from_chars(at, end, rows(r, c));
      if (code != std::errc() || !std::isfinite(rows(r, c))) return refuse(bad);
      at = next;
      const bool last = c + 1 == columns;
      if (last != (at == end) || (!last && *at != ',')) return refuse(bad);
      if (!last) ++at;
    }
  }
  return rows;
}

Status check_simplex(const Matrix<double>& compositions, const std::vector<std::string>& texts) {
  for (std::size_t r = 0; r < compositions.rows(); ++r) {
    const auto row = compositions.row(r);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    const double lowest = *std::min_element(row.begin(), row.end());
    if (lowest >= 0 && std::abs(sum - 1) <= Abundances::kTolerance) continue;
    return refuse({.what = "is not a composition",
                   .where = "--composition",
                   .expected = "fractions from 0 to 1 that sum to 1",
                   .found = lowest < 0 ? texts[r] : fmt::format("{} with the sum {:g}", texts[r], sum)});
  }
  return {};
}

/// What is written: a spectrum per row with its composition and z.
struct Generated {
  Matrix<float> spectra;            ///< means, or samples
  Matrix<float> sd;                 ///< of the means; empty for samples
  std::vector<std::size_t> source;  ///< the composition of each row
};

Result<Generated> generate(const Model& model, const Matrix<double>& compositions, const Matrix<double>& z,
                           const Options& options) {
  Generated generated;
  if (options.samples == 0) {
    auto means = model.generate(compositions, z);
    if (!means) return fail(means.error());
    generated.spectra = std::move(means->mean);
    generated.sd = std::move(means->sd);
  } else {
    auto samples = model.sample(compositions, z, options.samples, options.seed);
    if (!samples) return fail(samples.error());
    generated.spectra = std::move(*samples);
  }
  const std::size_t each = generated.spectra.rows() / compositions.rows();
  for (std::size_t r = 0; r < generated.spectra.rows(); ++r) generated.source.push_back(r / each);
  return generated;
}

std::string to_csv(const ModelState& state, const WavelengthAxis& axis, const Generated& generated,
                   const Matrix<double>& compositions, const Matrix<double>& z) {
  CsvWriter csv;
  csv.field("kind");
  for (const std::string& name : state.components) csv.field(name);
  for (std::size_t d = 0; d < z.cols(); ++d) csv.field(nuisance_name(d));
  for (const double position : axis.values()) {
    csv.field(fmt::format("{} {}", position, to_string(axis.unit())));
  }
  csv.end_row();
  const auto add = [&](std::string_view kind, const Matrix<float>& spectra, std::size_t r) {
    csv.field(kind);
    for (const double part : compositions.row(generated.source[r])) csv.field(part);
    for (std::size_t d = 0; d < z.cols(); ++d) csv.field(z(generated.source[r], d));
    for (const float value : spectra.row(r)) csv.field(value);
    csv.end_row();
  };
  for (std::size_t r = 0; r < generated.spectra.rows(); ++r) {
    add(generated.sd.empty() ? "sample" : "mean", generated.spectra, r);
    if (!generated.sd.empty()) add("sd", generated.sd, r);
  }
  return csv.text();
}

Result<DatasetPtr> to_dataset(const Model& model, Generated generated, const Matrix<double>& compositions,
                              const Matrix<double>& z, const Options& options) {
  const ModelState& state = model.state();
  const ModelChannels channels = model.output();
  const std::size_t rows = generated.spectra.rows();
  Matrix<double> of_row(rows, compositions.cols());
  for (std::size_t r = 0; r < rows; ++r) {
    const auto composition = compositions.row(generated.source[r]);
    std::copy(composition.begin(), composition.end(), of_row.row(r).begin());
  }
  auto abundances = Abundances::create(std::move(of_row), state.components);
  if (!abundances) return fail(abundances.error());
  DatasetParts parts;
  parts.spectra = std::move(generated.spectra);
  parts.wavelength = channels.wavelength;
  parts.abundances = std::move(*abundances);
  parts.bad_channels = masked_channels(channels);
  for (std::size_t d = 0; d < z.cols(); ++d) {
    std::vector<double> column(rows);
    for (std::size_t r = 0; r < rows; ++r) column[r] = z(generated.source[r], d);
    parts.metadata.push_back({nuisance_name(d), std::move(column)});
  }
  parts.provenance.attributes["source"] =
      options.samples == 0
          ? fmt::format("mean spectra generated by the model {}", options.model)
          : fmt::format("spectra drawn from the model {} with seed {}", options.model, options.seed);
  if (const std::string steps = model.output_space(); !steps.empty())
    parts.provenance.attributes["quantity"] = "Signal after " + steps;
  return Dataset::create(std::move(parts));
}

/// One z per composition; a single one is for all. Empty: the model's own mean.
Result<Matrix<double>> parse_nuisance(const Options& options, const TrainConfig& config, Console& console) {
  if (options.nuisances.empty()) return Matrix<double>();
  auto given = parse_rows(options.nuisances, static_cast<std::size_t>(config.nuisance_dimensions), "--z",
                          "a value per dimension of z");
  if (!given) return given;
  const std::size_t wanted = options.compositions.size();
  if (given->rows() != 1 && given->rows() != wanted) {
    return refuse({.what = "does not fit the compositions",
                   .where = "--z",
                   .expected = fmt::format("one for all, or one for each of the {}", wanted),
                   .found = fmt::format("{}", given->rows())});
  }
  // Of the uniform prior its support, of a Gaussian one what nearly all of it holds.
  const double most = config.z_prior == "gaussian" ? 3.0 : 1.5;
  for (const double value : given->values()) {
    if (std::abs(value) <= most) continue;
    console.warn(fmt::format("z = {:g} is outside the model's range of {:g} to {:g}: this extrapolates",
                             value, -most, most));
  }
  Matrix<double> z(wanted, given->cols());
  for (std::size_t r = 0; r < wanted; ++r) {
    const auto row = given->row(given->rows() == 1 ? 0 : r);
    std::copy(row.begin(), row.end(), z.row(r).begin());
  }
  return z;
}

Result<ExitCode> run(const Options& options, Console& console) {
  if (const Status ready = check_table_output(options.output, {options.model}, console.json()); !ready) {
    return fail(ready.error());
  }
  const auto model = load_model(options.model);
  if (!model) return fail(model.error());
  const ModelState& state = (*model)->state();
  const auto compositions = parse_rows(options.compositions, state.components.size(), "--composition",
                                       fmt::format("{}", fmt::join(state.components, ", ")));
  if (!compositions) return fail(compositions.error());
  if (const Status valid = check_simplex(*compositions, options.compositions); !valid)
    return fail(valid.error());
  const auto z = parse_nuisance(options, state.config, console);
  if (!z) return fail(z.error());

  tell_output_space(**model, console);
  auto generated = generate(**model, *compositions, *z, options);
  if (!generated) return fail(about_file(generated.error(), options.model));
  const std::size_t rows = generated->spectra.rows();
  Status written;
  if (options.output.is_hdf5()) {
    const auto data = to_dataset(**model, std::move(*generated), *compositions, *z, options);
    if (!data) return fail(about_file(data.error(), options.output.path));
    written = write_dataset(**data, options.output.path, options.output.force);
  } else {
    written = write_text(options.output,
                         to_csv(state, (*model)->output().wavelength, *generated, *compositions, *z));
  }
  if (!written) return fail(about_file(written.error(), options.output.path));
  if (options.output.is_stdout()) return ExitCode::Done;

  Status printed;
  if (console.json()) {
    printed = print_json({{"output", options.output.path},
                          {"spectra", rows},
                          {"components", state.components},
                          {"samples", options.samples},
                          {"after", (*model)->output_space()},
                          {"seed", options.seed},
                          {"warnings", console.warnings()}});
  } else {
    printed = Console::print(fmt::format("{}: {} spectra\n", options.output.path, rows));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_generate(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("generate", "Spectra of any composition");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("MODEL", options->model, "Model file of `train`")->required();
  app->add_option("--composition", options->compositions, "Fractions of the components; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("A,B,...");
  app->add_option("--z", options->nuisances, "Nuisance, one for all compositions or one for each")
      ->allow_extra_args(false)
      ->type_name("V,...");
  app->add_option("--samples", options->samples, "Random spectra per composition, instead of the mean")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->type_name("N");
  app->add_option("--seed", options->seed, "Seed of the random spectra")->capture_default_str();
  app->add_option("-o,--output", options->output.path, "OUT.csv, OUT.h5, or - for CSV on standard output")
      ->required()
      ->type_name("OUT");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  commands.add(*app, [options](Console& console, RunControl&) { return run(*options, console); });
}

}  // namespace assayer::cli
