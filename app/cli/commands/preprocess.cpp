// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/pipeline_options.h"
#include "app/cli/progress.h"
#include "core/data/selection.h"
#include "core/io/dataset_writer.h"
#include "core/preprocess/fitted_pipeline.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Spectra and reference endmembers go through the steps in the order given; compositions, groups and columns stay. Steps
that learn (means, bad channels, a reference) learn from the rows of --fit.

For training give the steps to `train` itself (--step, --recipe): it fits them on its training rows only, and the model
repeats them. Spectra that were preprocessed here with all rows have seen the rows that judge.

Examples:
  assayer-cli preprocess nir.h5 out.h5 --step savgol:window=11,order=3,derivative=2 --step snv
  assayer-cli preprocess libs.h5 out.h5 --recipe libs-norm3
  assayer-cli preprocess image.h5 out.h5 --step 'bad:ranges=1.35-1.45+1.8-1.95,unit=um' --step continuum
  assayer-cli preprocess lab.h5 coarse.h5 --step resample:method=gaussian,from=0.45,to=2.4,step=0.1,fwhm=0.12
  assayer-cli preprocess lab.h5 like-sensor.h5 --step resample:method=gaussian,like=sensor.hdr
)";

struct Options {
  std::string input;
  AttachArguments known;
  OutputPath output;
  PipelineOptions preprocessing;
  std::string fit = "all";
};

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  const auto read = options.preprocessing.read(console, control);
  if (!read) return fail(read.error());
  if (read->steps.empty()) {
    return refuse({.what = "there is nothing to do",
                   .where = "--step",
                   .expected = "at least one step, or a --recipe",
                   .found = "none",
                   .mend = "`assayer-cli preprocess --help` lists them."});
  }
  if (!options.output.is_hdf5()) {
    return refuse({.what = "preprocessed spectra are written as HDF5",
                   .where = options.output.path,
                   .expected = "a name that ends in .h5 or .hdf5",
                   .mend = "`assayer-cli convert` makes other formats of it."});
  }
  if (const Status ready =
          check_output(options.output, {options.input, options.known.compositions, options.known.endmembers});
      !ready)
    return fail(ready.error());
  const auto imported = load_data(options.input, options.known, console, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  const auto pipeline = read->on(data.wavelength());
  if (!pipeline) return fail(about_file(pipeline.error(), options.input));
  const auto rows = select_rows(data, options.fit);
  if (!rows) return fail(rows.error().in("--fit"));

  Progress progress(console);
  const auto fitted = FittedPipeline::fit(*pipeline, data, *rows, &control, progress.callback());
  if (!fitted) return fail(about_file(fitted.error(), options.input));
  const auto made = (*fitted)->apply(data, FittedPipeline::Leave::Out, &control, progress.callback());
  progress.clear();
  if (!made) return fail(about_file(made.error(), options.input));
  console.warn(english(pipeline->warnings()));
  console.warn(english(made->warnings));
  if (const Status written = write_dataset(*made->data, options.output.path, options.output.force); !written)
    return fail(about_file(written.error(), options.output.path));

  Status printed;
  if (console.json()) {
    printed = print_json({{"output", options.output.path},
                          {"rows", made->data->rows()},
                          {"channels", made->data->channels()},
                          {"steps", pipeline->to_texts()},
                          {"described", english((*fitted)->describe())},
                          {"warnings", console.warnings()}});
  } else {
    std::string text = fmt::format("{}: {} spectra of {} channels\n", options.output.path, made->data->rows(),
                                   made->data->channels());
    for (const Message& step : (*fitted)->describe()) text += fmt::format("  {}\n", step.english());
    printed = Console::print(text);
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_preprocess(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("preprocess", "Steps between measurement and learning");
  app->footer(std::string(kFooter) + steps_help());
  const auto options = std::make_shared<Options>();
  app->add_option("IN", options->input, "Spectra in any readable format")->required();
  app->add_option("OUT", options->output.path, "OUT.h5")->required();
  add_attach_options(*app, options->known);
  options->preprocessing.add_to(*app);
  app->add_option("--fit", options->fit, "SEL: rows that steps learn from (see `train --help`)")
      ->capture_default_str()
      ->type_name("SEL");
  app->add_flag("--force", options->output.force, "Replace an existing output");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
