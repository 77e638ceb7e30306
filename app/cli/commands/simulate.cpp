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
#include "core/simulate/chemcam.h"
#include "core/simulate/crism_lab.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Examples:
  assayer-cli simulate crism-lab -o lab.h5
  assayer-cli simulate crism-lab -o small.h5 --spectra 600 --noise 0.005 --seed 7
  assayer-cli simulate crism-lab -o lab.h5 --endmembers usgs_fo_di_by.h5 --force
  assayer-cli simulate chemcam -o libs.h5)";

struct Options {
  CrismLabOptions lab;
  std::string library;
  OutputPath output;
};

// Before the work, so that it does not end in "no such directory".
Status check_target(const OutputPath& output, const std::vector<std::filesystem::path>& inputs) {
  if (!output.is_hdf5()) {
    return refuse({.what = "a data set is written as HDF5",
                   .where = output.path,
                   .expected = "a name that ends in .h5 or .hdf5"});
  }
  return check_output(output, inputs);
}

Result<ExitCode> write_simulated(const Dataset& data, const OutputPath& output, std::uint64_t seed,
                                 const Console& console) {
  if (const Status written = write_dataset(data, output.path, output.force); !written) {
    return fail(about_file(written.error(), output.path));
  }
  Status printed;
  if (console.json()) {
    printed = print_json({{"output", output.path},
                          {"rows", data.rows()},
                          {"channels", data.channels()},
                          {"components", data.component_names()},
                          {"seed", seed},
                          {"fingerprint", data.fingerprint()},
                          {"warnings", console.warnings()}});
  } else {
    printed = Console::print(
        fmt::format("{}: {} spectra of {} channels\n", output.path, data.rows(), data.channels()));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

Result<ExitCode> run(Options options, Console& console, RunControl& control) {
  std::vector<std::filesystem::path> inputs;
  if (!options.library.empty()) inputs.emplace_back(options.library);
  if (const Status ready = check_target(options.output, inputs); !ready) return fail(ready.error());
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
  return write_simulated(**data, options.output, options.lab.seed, console);
}

struct ChemcamRun {
  ChemcamOptions libs;
  OutputPath output;
};

Result<ExitCode> run_chemcam(const ChemcamRun& options, Console& console, RunControl& control) {
  if (const Status ready = check_target(options.output, {}); !ready) return fail(ready.error());
  Result<DatasetPtr> data = fail(Error::cancel());
  {
    Progress progress(console);
    data = simulate_chemcam(options.libs, control, progress.callback());
  }
  if (!data) return fail(data.error());
  return write_simulated(**data, options.output, options.libs.seed, console);
}

void add_chemcam(Commands& commands, CLI::App& simulate) {
  CLI::App* app = simulate.add_subcommand(
      "chemcam", "LIBS spectra of ChemCam's calibration targets and of rocks of unknown composition");
  app->footer(R"(
A homogeneous plasma in local thermodynamic equilibrium: lines of 13 elements, 6144 channels, shots that differ in
temperature, electron density, coupling and distance. The targets are labelled, the rocks are not; the truth of both is
in the file.

Example:
  assayer-cli simulate chemcam -o libs.h5 --rocks 100 --seed 3)");
  const auto options = std::make_shared<ChemcamRun>();
  ChemcamOptions& libs = options->libs;
  app->add_option("-o,--output", options->output.path, "HDF5 file to write")->required()->type_name("OUT.h5");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  app->add_option("--seed", libs.seed, "Seed of every random draw")->capture_default_str();
  app->add_option("--rocks", libs.rocks, "Number of rocks of unknown composition")->capture_default_str();
  app->add_option("--shots", libs.shots, "Factor on the number of shots at each target")
      ->capture_default_str();
  app->add_option("--temperature", libs.temperature, "Median temperature of the plasma, K")
      ->capture_default_str();
  app->add_option("--temperature-sd", libs.temperature_sd, "Its standard deviation from shot to shot, K")
      ->capture_default_str();
  app->add_option("--electron-density", libs.electron_density, "Median density of electrons, 1/cm3")
      ->capture_default_str();
  app->add_option("--depth", libs.depth_cm, "Depth of the plasma that absorbs its own light, cm; 0: none")
      ->capture_default_str();
  app->add_option("--continuum", libs.continuum, "Share of the continuum in all light")
      ->capture_default_str();
  app->add_option("--read-noise", libs.read_noise,
                  "Standard deviation of the detector's noise, in mean signals of a spectrometer")
      ->capture_default_str();
  app->add_option("--photons", libs.photons, "Photons in a channel of mean signal")->capture_default_str();
  commands.add(*app, [options](Console& console, RunControl& control) {
    return run_chemcam(*options, console, control);
  });
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
  add_chemcam(commands, *simulate);
}

}  // namespace assayer::cli
