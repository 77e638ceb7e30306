// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/pipeline_options.h"
#include "app/cli/progress.h"
#include "core/ranks/ranks.h"
#include "core/validation/validation.h"

namespace assayer::cli {

namespace {

/// Of both commands.
constexpr auto kSharedFooter = R"(

-o FOLDER keeps every finished fit and, each half minute, the state of an unfinished one. The same command again, after
Ctrl-C or a fall, takes them up and comes to the same numbers.

Started by mpirun or srun, the processes share the fits, and the first one prints. They need an Assayer that was built with
Open MPI and, with -o, a folder that all of them see:
  mpirun -n 4 assayer-cli validate meat.h5 --by kfold:5 --repeats 4 -o folds)";

constexpr auto kFooter = R"(
Each method is trained on part of the rows and judged on the rest, split by split: mean and standard deviation over
the splits, and the difference of every two methods with a 95 % interval. No row that judges is ever learnt from, by a
baseline's choice of components, by guided's choice of a link, or by preprocessing (--step, --recipe) either.

BY
  kfold:F              F folds at random, stratified by the largest component
  stratified:F         F folds balanced by group and composition
  compositions:F       F folds of whole compositions: replicates stay together
  group                every acquisition group left out once
  leave-groups:P[:M]   every choice of P groups, or M of them drawn
METHODS, separated by commas: guided, untapped, m2, m2-plain and the baselines
  pls, pcr, ridge, least-squares, vca, nfindr, ppi, atgp, smacc, minimum-volume, nmf, library

--choose KEY=VALUE,VALUE,... lets each method take, inside each split, the settings that are best there: by a validation of
the split's training rows alone (--inner BY; as --by with three folds where not given), so that what is stated is not
flattered by the choice.

--learning-curve judges the methods with fewer labels, too, on the same test rows: in so many steps from 8 labelled rows
(or two more than components) to all of them, each step within the next. Labels that are left out leave their spectra.

Examples:
  assayer-cli validate meat.h5 --methods pls,guided --by kfold:5 --repeats 2
  assayer-cli validate meat.h5 --methods pls,guided --by stratified:5 --learning-curve
  assayer-cli validate meat.h5 --methods guided,untapped --by kfold:5 --choose nuisance_dimensions=1,2 --set untapped.epochs=300
  assayer-cli validate lab.h5 --by group --methods pls,m2,untapped,guided --set m2.epochs=1000 untapped.epochs=1000)";

constexpr auto kTuneFooter = R"(
Every combination of the values given is trained and judged as `validate` does. The table ends with an honest estimate of
the best: on each split, the settings that are best on the other splits, since the least of many numbers is flattered by
having been chosen.

--halving trains all combinations for a few epochs only and keeps the better half of them; those go on to twice as many
epochs, and so forth until one is left (Jamieson & Talwalkar 2016, arXiv:1502.07943; Karnin et al. 2013). With R rungs, the
first comes after 1/2^R of the epochs. Combinations are judged by their mean KL over the splits, each time on a part of the
split's training rows (--inner BY; else as --by with three folds, of which the first is taken) and not on the rows that
judge in the end. Only what is left is then trained on all training rows and judged as `validate` does; the table tells
which combination was dropped when, and with what KL. Of n combinations it takes about R/2 + 1 + R/n trainings in full.

Examples:
  assayer-cli tune lab.h5 --method untapped --over alpha_r=0,0.001,0.01,0.1 --set epochs=1000
  assayer-cli tune meat.h5 --by kfold:5 --over nuisance_dimensions=1,2 --over members=1,4
  assayer-cli tune lab.h5 --method untapped --over alpha_r=0,0.001,0.01,0.1 --over rate=0.001,0.003 --halving)";

struct Options {
  std::string data;
  AttachArguments known;
  ValidationSettings settings;
  PipelineOptions preprocessing;
  OutputPath folder;  ///< empty: nothing is kept
};

Status write_results(const Options& options, const Validation& validation) {
  const std::filesystem::path folder = options.folder.path;
  // Without times, so that equal validations leave equal files.
  const OutputPath table{.path = (folder / "table.txt").string(), .force = true};
  if (auto written = write_text(table, validation.to_table(false)); !written) return written;
  const OutputPath object{.path = (folder / "validation.json").string(), .force = true};
  return write_text(object, validation.to_json(false) + "\n");
}

/// What this rank has to do. `lonely` is whether an error would be its own: the other ranks know nothing of
/// it.
Result<ExitCode> compute(const Options& options, Console& console, RunControl& control, Ranks& ranks,
                         bool& lonely) {
  ValidationSettings settings = options.settings;
  const auto read = [&]() -> Result<DatasetPtr> {
    const auto steps = options.preprocessing.read(console, control);
    if (!steps) return fail(steps.error());
    auto imported = load_data(options.data, options.known, console, control);
    if (!imported) return fail(imported.error());
    auto pipeline = steps->on(imported->data->wavelength());
    if (!pipeline) return fail(about_file(pipeline.error(), options.data));
    settings.preprocessing = *std::move(pipeline);
    return imported->data;
  };
  const auto data = read();
  const Status was_read = data ? Status{} : Status(fail(data.error()));
  if (auto agreed = agree(ranks, was_read, control); !agreed) return fail(agreed.error());

  Progress progress(console);
  ValidationWork work{.ranks = &ranks, .folder = options.folder.path, .afresh = options.folder.force};
  work.begin = [&](const std::string& taken_up) {
    lonely = true;
    if (taken_up.empty()) return;
    console.remark(taken_up);
    if (ranks.rank() == 0) console.flush();
  };
  auto validation = validate(*data, settings, control, progress.callback(), work);
  progress.clear();
  if (!validation) return fail(about_file(validation.error(), options.data));
  lonely = false;
  console.warn(validation->warnings);
  if (const bool any = std::ranges::any_of(
          validation->methods,
          [](const MethodScores& scores) { return scores.failures.size() < scores.splits.size(); });
      !any) {
    return refuse({.kind = Error::Kind::Data,
                   .what = "no method could be validated",
                   .where = options.data,
                   .found = validation->methods.front().failures.front()});
  }
  if (ranks.rank() > 0) return ExitCode::Done;
  lonely = true;
  if (!options.folder.path.empty()) {
    if (auto written = write_results(options, *validation); !written) return fail(written.error());
  }
  const Status printed = console.json() ? print_json(nlohmann::ordered_json::parse(validation->to_json()))
                                        : Console::print(validation->to_table());
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  auto joined = join_ranks();
  if (!joined) return fail(joined.error());
  Ranks& ranks = **joined;
  const bool first = ranks.rank() == 0;
  // What all ranks would say alike, one says.
  Console mute({.json = console.json(), .quiet = true});
  bool lonely = false;
  auto code = compute(options, first ? console : mute, control, ranks, lonely);
  if (ranks.size() == 1) return code;
  if (!code && (lonely || code.error().cancelled())) {
    // The others would wait for this one: they end with it.
    const Error& error = code.error();
    if (!error.cancelled())
      Console::complain(error.in(fmt::format("rank {} of {}", ranks.rank(), ranks.size())).message());
    else if (first)
      Console::complain("interrupted");
    ranks.end_all(static_cast<int>(exit_code(error)));
    return exit_code(error);
  }
  ranks.leave();
  if (!code && !first) return exit_code(code.error());
  return code;
}

void add_split_options(CLI::App& app, Options& options) {
  ValidationSettings& settings = options.settings;
  app.add_option("DATA", options.data, "Spectra in any readable format")->required();
  add_attach_options(app, options.known);
  app.add_option("--by", settings.by, "How rows are left out")->capture_default_str();
  app.add_option("--repeats", settings.repeats, "Times to repeat kfold, stratified or compositions")
      ->capture_default_str();
  app.add_option("--rows", settings.rows, "SEL: rows that take part (see `train --help`)")
      ->capture_default_str();
  app.add_option("--unfeatured", settings.unfeatured, "SPEC: compositions without a spectrum");
  app.add_option(
         "--preset", settings.preset,
         "Settings that the paper's methods start from: auto (by what the spectra look like), crism, libs "
         "or mnist")
      ->capture_default_str();
  options.preprocessing.add_to(app);
  app.add_option("--seed", settings.seed, "Seed of splits and methods")->capture_default_str();
  app.add_option("-o,--output", options.folder.path,
                 "Folder that keeps finished fits and checkpoints as it goes, and then table.txt and "
                 "validation.json; the same command again takes them up")
      ->type_name("FOLDER");
  app.add_flag("--force", options.folder.force, "Start anew in a folder that holds another validation");
  app.add_option("--set", settings.set, "KEY=VALUE for all methods, METHOD.KEY=VALUE for one")
      ->type_name("KEY=VALUE");
}

}  // namespace

void add_validate(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("validate", "Compare methods on rows left out of training");
  app->footer(std::string(kFooter) + kSharedFooter);
  const auto options = std::make_shared<Options>();
  add_split_options(*app, *options);
  app->add_option("--methods", options->settings.methods, "Methods to compare")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--choose", options->settings.choose,
                  "Settings and their values, of which each method takes the best inside each split")
      ->type_name("KEY=VALUE,VALUE,...");
  app->add_option("--inner", options->settings.inner, "How training rows are divided for --choose")
      ->type_name("BY");
  app->add_option("--learning-curve", options->settings.learning_curve,
                  "Scores against the number of labelled rows, in so many steps (5 where no number is given)")
      ->expected(0, 1)
      ->default_str("5")
      ->type_name("STEPS");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

void add_tune(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("tune", "Compare settings on rows left out of training");
  app->footer(std::string(kTuneFooter) + kSharedFooter);
  const auto options = std::make_shared<Options>();
  options->settings.methods = {"guided"};
  add_split_options(*app, *options);
  app->add_option("--method", options->settings.methods, "Methods whose settings are compared")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--over", options->settings.over, "Settings and their values; all combinations are tried")
      ->required()
      ->type_name("KEY=VALUE,VALUE,...");
  app->add_option("--halving", options->settings.halving,
                  "Successive halving: drop what does badly early (keep 1 in 2, or in FACTOR, at each rung)")
      ->expected(0, 1)
      ->default_str("2")
      ->type_name("FACTOR");
  app->add_option("--inner", options->settings.inner, "How training rows are divided for --halving")
      ->type_name("BY");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
