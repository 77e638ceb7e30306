// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/dataset_writer.h"
#include "core/simulate/crism_lab.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Examples:
  assayer-cli simulate crism-lab -o lab.h5
  assayer-cli simulate crism-lab -o small.h5 --spectra 600 --noise 0.005 --seed 7
  assayer-cli simulate crism-lab -o lab.h5 --endmembers usgs_fo_di_by.h5 --force)";

struct Options {
  CrismLabOptions lab;
  std::string library;
  OutputPath output;
};

Result<ExitCode> run(Options options, Console& console, RunControl& control) {
  std::vector<std::filesystem::path> inputs;
  if (!options.library.empty()) inputs.emplace_back(options.library);
  if (!options.output.is_hdf5()) {
    return refuse({.what = "a data set is written as HDF5",
                   .where = options.output.path,
                   .expected = "a name that ends in .h5 or .hdf5"});
  }
  if (const Status ready = check_output(options.output, inputs); !ready) return fail(ready.error());
  if (!options.library.empty()) {
    const auto library = load_data(options.library, console, control);
    if (!library) return fail(library.error());
    options.lab.library = library->data;
  }
  Result<DatasetPtr> data = fail(Error::cancel());
  {
    Progress progress(console);
    data = simulate_crism_lab(options.lab, control, progress.callback());
  }
  if (!data) return fail(data.error());
  if (const Status written = write_dataset(**data, options.output.path, options.output.force); !written) {
    return fail(about_file(written.error(), options.output.path));
  }
  Status printed;
  if (console.json()) {
    printed = print_json({{"output", options.output.path},
                          {"rows", (*data)->rows()},
                          {"channels", (*data)->channels()},
                          {"components", (*data)->component_names()},
                          {"seed", options.lab.seed},
                          {"fingerprint", (*data)->fingerprint()},
                          {"warnings", console.warnings()}});
  } else {
    printed = Console::print(fmt::format("{}: {} spectra of {} channels\n", options.output.path,
                                         (*data)->rows(), (*data)->channels()));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_simulate(Commands& commands) {
  CLI::App* simulate = commands.root().add_subcommand("simulate", "Make spectra whose truth is known");
  simulate->require_subcommand(1);
  simulate->footer(kFooter);
  CLI::App* app = simulate->add_subcommand(
      "crism-lab", "Intimate mixtures of olivine, diopside and bytownite in three viewing geometries");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  CrismLabOptions& lab = options->lab;
  app->add_option("-o,--output", options->output.path, "HDF5 file to write")->required()->type_name("OUT.h5");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  app->add_option("--seed", lab.seed, "Seed of every random draw")->capture_default_str();
  app->add_option("--spectra", lab.spectra, "Number of spectra")->capture_default_str();
  app->add_option("--channels", lab.channels, "Number of channels")->capture_default_str();
  app->add_option("--first", lab.first_um, "First wavelength, micrometres")->capture_default_str();
  app->add_option("--last", lab.last_um, "Last wavelength, micrometres")->capture_default_str();
  app->add_option("--noise", lab.noise, "Standard deviation of the sensor noise, reflectance")
      ->capture_default_str();
  app->add_option("--outliers", lab.outliers, "Pixels of the sample container")->capture_default_str();
  app->add_option("--jitter", lab.abundance_jitter,
                  "Standard deviation of the abundances around the nominal ones")
      ->capture_default_str();
  app->add_option("--grain-low", lab.grain_low_um, "Smallest grain size, micrometres")->capture_default_str();
  app->add_option("--grain-high", lab.grain_high_um, "Largest grain size, micrometres")
      ->capture_default_str();
  app->add_option("--endmembers", options->library,
                  "Spectra of olivine, diopside and bytownite, in this order, instead of the built-in ones")
      ->type_name("LIB.h5");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
