// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/dataset_writer.h"
#include "core/io/model_file.h"
#include "core/reproduce/experiment.h"

namespace assayer::cli {

namespace {

namespace fs = std::filesystem;

constexpr auto kFooter = R"(
The paper: I. Gemp, M. Parente, I. Durugkar, D. Dyar, S. Mahadevan, Inverting Variational Autoencoders for Improved
Generative Accuracy. Its tables are printed beside ours, with the spread over seeds and what the data are. -o writes what
the figures are drawn from.

Examples:
  assayer-cli reproduce crism --quick
  assayer-cli reproduce crism --seeds 5 -o crism/)";

using Experiment = Result<ExperimentReport> (*)(const ReproduceOptions&, RunControl&, const ProgressFn&);

struct Options {
  ReproduceOptions reproduce;
  std::string data;
  std::string output;
  bool force = false;
};

std::string text_of(const ExperimentReport& report) {
  std::string text;
  for (const std::string& sentence : report.about) text += sentence + '\n';
  for (const ReportTable& table : report.tables) {
    TextTable cells(table.header);
    for (const auto& row : table.rows) cells.add(row);
    text += '\n' + table.title + "\n\n" + cells.text();
  }
  if (!report.findings.empty()) text += '\n';
  for (const std::string& sentence : report.findings) text += sentence + '\n';
  return text;
}

/// A folder that is there or can be made, and in which no file of ours may be in the way.
Status prepare_folder(const Options& options) {
  if (options.output.empty()) return {};
  std::error_code failure;
  fs::create_directories(options.output, failure);
  if (failure || !fs::is_directory(options.output)) {
    return refuse({.kind = Error::Kind::File,
                   .what = "the folder cannot be made",
                   .where = options.output,
                   .found = failure.message()});
  }
  if (!options.force && !fs::is_empty(options.output, failure)) {
    return refuse({.what = "the folder is not empty",
                   .where = options.output,
                   .mend = "Name another folder, or replace files of the same name with --force."});
  }
  return {};
}

Result<ExitCode> run(const Options& options, Experiment experiment, Console& console, RunControl& control) {
  if (const Status ready = prepare_folder(options); !ready) return fail(ready.error());
  ReproduceOptions settings = options.reproduce;
  settings.data = options.data;
  Progress progress(console);
  const auto report = experiment(settings, control, progress.callback());
  progress.clear();
  if (!report) return fail(report.error());
  console.warn(report->warnings);
  const std::string text = text_of(*report);
  if (!options.output.empty()) {
    const fs::path folder = options.output;
    std::vector<FigureFile> files = report->figures;
    files.push_back({"tables.txt", text});
    files.push_back({"measures.json", report->json + "\n"});
    for (const FigureFile& file : files) {
      if (const Status written = write_text({(folder / file.name).string(), true}, file.text); !written) {
        return fail(written.error());
      }
    }
  }
  if (!options.output.empty() && report->data && !report->models.empty()) {
    const fs::path folder = options.output;
    if (const Status written = write_dataset(*report->data, folder / "data.h5", true); !written) {
      return fail(about_file(written.error(), folder / "data.h5"));
    }
    for (const NamedModel& trained : report->models) {
      const fs::path file = folder / (trained.name + ".h5");
      if (const Status written = write_model(trained.model->state(), file, true); !written) {
        return fail(about_file(written.error(), file));
      }
    }
    console.remark(fmt::format("Pictures: assayer --reproduced {} --figures FOLDER", options.output));
  }
  const Status printed =
      console.json() ? print_json(nlohmann::ordered_json::parse(report->json)) : Console::print(text);
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

CLI::App* add_experiment(Commands& commands, CLI::App& reproduce, const char* name, const char* about,
                         const char* footer, Experiment experiment, bool reads_data) {
  CLI::App* app = reproduce.add_subcommand(name, about);
  app->footer(footer);
  const auto options = std::make_shared<Options>();
  app->add_option("--seeds", options->reproduce.seeds, "Runs of each method")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app->add_flag("--quick", options->reproduce.quick, "Minutes on one core: fewer epochs and seeds");
  app->add_option("--epochs", options->reproduce.epochs, "Of the paper's methods, instead of its own number")
      ->check(CLI::Range(1, 1'000'000));
  if (reads_data) app->add_option("--data", options->data, "Folder with the data")->type_name("FOLDER");
  app->add_option("-o,--output", options->output, "Folder for tables and the figures' data")
      ->type_name("FOLDER");
  app->add_flag("--force", options->force, "Replace files in a folder that is not empty");
  commands.add(*app, [options, experiment](Console& console, RunControl& control) {
    return run(*options, experiment, console, control);
  });
  return app;
}

}  // namespace

void add_reproduce(Commands& commands) {
  CLI::App* reproduce = commands.root().add_subcommand("reproduce", "Do the paper's experiments again");
  reproduce->require_subcommand(1);
  reproduce->footer(kFooter);
  add_experiment(commands, *reproduce, "crism", "Table 2 and figures 4 to 6 on the simulated laboratory", R"(
PLS, M2, Untapped and guided on 5354 simulated spectra; M2 and Untapped with the paper's objective and with that of the
authors' published code.

Examples:
  assayer-cli reproduce crism --quick
  assayer-cli reproduce crism --seeds 5 -o crism/)",
                 reproduce_crism, false);
  add_experiment(commands, *reproduce, "libs", "Table 3 and figure 7 on simulated LIBS, and measured spectra",
                 R"(
PLS, M2, Untapped and guided learn from three of six calibration targets and 500 unlabelled rocks, and are judged by the
other three. --data names a folder with bhvo2_chemcam.h5, libs_jsc_basalts.h5 or chemcam_ccs_sol13.h5, measured spectra
that are then predicted by models of the simulation.

Example:
  assayer-cli reproduce libs --quick --data measured/ -o libs/)",
                 reproduce_libs, true);
  add_experiment(commands, *reproduce, "mnist", "Table 4 and figures 8 and 9 on MNIST", R"(
M2 and Untapped see labels of the digits 0 to 4 only. Which digit each one-hot carries is told by a classifier of real
digits. --data names the folder with the four IDX files.

Example:
  assayer-cli reproduce mnist --quick --data mnist/ -o digits/)",
                 reproduce_mnist, true);
}

}  // namespace assayer::cli
