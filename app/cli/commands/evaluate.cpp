// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
KL divergence and RMSE of the compositions, error and spectral angle of the endmembers, the nuisance z by
acquisition group, and how well outliers stand out in z: each where the data tell the truth of it.
Rows that the model learned from are told apart when DATA is the data set of the training.

Examples:
  assayer-cli evaluate model.h5 lab.h5
  assayer-cli evaluate model.h5 image.hdr --compositions A_true.mat
  assayer-cli evaluate model.h5 lab.h5 --json > measures.json)";

struct Options {
  std::string model;
  std::string data;
  AttachArguments known;
};

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  const auto imported = load_data(options.data, options.known, console, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  const auto model = load_model(options.model);
  if (!model) return fail(model.error());
  const ModelState& state = (*model)->state();
  for (const Status& fits :
       {check_channels(**model, data, console), check_components(state, data, console)}) {
    if (!fits) return fail(about_file(fits.error(), options.data));
  }
  const auto evaluation = evaluate_model(**model, data, console, control);
  if (!evaluation) return fail(about_file(evaluation.error(), options.data));
  Status printed;
  if (console.json()) {
    auto object = nlohmann::ordered_json::parse(evaluation->to_json());
    object["warnings"] = console.warnings();
    printed = print_json(object);
  } else {
    printed = Console::print(evaluation->to_table());
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_evaluate(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("evaluate", "Measure a model against data with known truth");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("MODEL", options->model, "Model file of `train`")->required();
  app->add_option("DATA", options->data, "Spectra in any readable format")->required();
  add_attach_options(*app, options->known);
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
