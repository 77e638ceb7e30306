// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/commands.h"
#include "app/cli/fault.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/pca.h"
#include "app/cli/pipeline_options.h"
#include "app/cli/plan_choice.h"
#include "app/cli/progress.h"
#include "app/cli/training_observer.h"
#include "core/io/model_file.h"
#include "core/io/settings_file.h"
#include "core/train/advice.h"
#include "core/train/baseline_run.h"
#include "core/train/best_state.h"
#include "core/train/methods.h"

namespace assayer::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr auto kFooter = R"(
SEL, rows of the data:
  all, none, labelled       every row; no row; rows with a composition
  interior:W                every component within W/K of the centre 1/K (the paper: 0.7)
  max<=V                    largest component at most V (also <, >=, >)
  group=CODE|NAME,...       acquisition groups
  rows=A-B,C,...            row numbers, from 0
  COLUMN=V,...              any column of the file
  not:SEL                   all others;  + joins,  & intersects and binds tighter
SPEC, compositions without a spectrum:
  corners:COUNT:SPREAD (the paper: corners:501:0.05), edges:COUNT:SPREAD, peak:COUNT:VALUE, one-hot:COUNT, dirichlet:COUNT[:A],
  file:PATH, none; several joined by +

What is not said is chosen for the data and told. With --labelled alone, the unlabelled rows are the same selection
and every row without a composition.

The run is kept in MODEL.h5.checkpoint as it goes. Ctrl-C keeps the last state there; --resume continues it, bit for
bit as if it had not been interrupted; a finished MODEL.h5 is continued with --resume and more --epochs. A resumed run
keeps its settings: only --epochs and --checkpoint-seconds may be given anew. A model that --keep best wrote cannot be
continued, because the run did not end there.

Examples:
  assayer-cli train lab.h5 -o model.h5
  assayer-cli train lab.h5 -o model.h5 --labelled 'interior:0.7&group=0' --holdout group=2 --seed 3
  assayer-cli train meat.h5 -o meat-model.h5 --labelled split=0 --set link=identity task=calibration
  assayer-cli train lab.h5 -o m2.h5 --method m2 --members 5 --set rate=0.001 hidden_x=30
  assayer-cli train chemcam.h5 -o libs.h5 --preset libs --labelled group=0,1,2 --holdout group=3,4,5
  assayer-cli train shots.h5 -o oxides-model.h5 --compositions oxides.csv --rest other
  assayer-cli train lab.h5 -o model.h5 --resume --epochs 8000)";

constexpr auto kBaselineFooter = R"(
Methods: {},
and pca.
  pls, pcr, ridge   compositions by regression; components or ridge by cross-validation; endmembers by its inverse
  least-squares     endmembers by least squares of labelled spectra on compositions; compositions by unmixing
  library           the data's own reference endmembers; compositions by unmixing
  fcls, nnls, scls, sunsal, ucls   library with that way of unmixing: fully constrained, non-negative, of sum one,
                    sparse, unconstrained
  pca               principal components: scores of every row (-o, a CSV) and --loadings; no model
  the others        endmembers from the spectra alone, named by the labels; compositions by unmixing

--set unmixing=fully-constrained (or least-squares, non-negative, sum-to-one, sunsal) and link=auto (or identity,
hapke: in single-scattering albedo, log) say how and where spectra are unmixed. The file is read by evaluate, predict,
endmembers and generate like that of any model.

Examples:
  assayer-cli baseline pls meat.h5 -o pls.h5 --labelled split=0
  assayer-cli baseline vca image.h5 -o vca.h5 --unlabelled all --set link=hapke
  assayer-cli baseline fcls lab.h5 -o fcls.h5 --set link=hapke
  assayer-cli baseline pca lab.h5 -o scores.csv --components 4)";

/// Names by which abundance estimation with known endmembers goes: the method library with that unmixing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kUnmixingNames = {
    {{"fcls", "fully-constrained"},
     {"nnls", "non-negative"},
     {"scls", "sum-to-one"},
     {"sunsal", "sunsal"},
     {"ucls", "least-squares"}}};

struct Options {
  std::string data;
  AttachArguments known;
  OutputPath output;
  std::string preset = "auto";
  std::string settings;  ///< a file of settings to start from, in place of a preset
  PlanRequest plan;
  PipelineOptions preprocessing;
  /// Options that are settings under another name, and --set: KEY, VALUE in the order in which they apply.
  std::array<std::optional<std::string>, 7> named;
  std::vector<std::string> set;
  bool resume = false;
  std::string keep = "last";  ///< or "best"
};

constexpr std::array<const char*, 7> kNamedKeys = {"method", "epochs",  "members",           "seed",
                                                   "device", "threads", "checkpoint_seconds"};

constexpr std::size_t kMethod = 0;  ///< its place among the named keys

constexpr double kNoSnapshots = 1e6;  // seconds

/// "auto" follows the data, and the method where one is named: guided has settings of its own, the paper's
/// methods share the paper's. Before the data are there, what suits any.
std::string preset_name(const Options& options, const Dataset* data = nullptr) {
  if (options.preset != "auto") return options.preset;
  const auto& method = options.named[kMethod];
  if (method && *method == "guided") return "guided";
  if (data != nullptr && !(method && is_baseline(*method))) {
    const std::string suggested = suggest_preset(*data).name;
    if (suggested != "guided") return suggested;
  }
  return method ? "crism" : "guided";
}

fs::path checkpoint_path(const Options& options) {
  return options.output.path + ".checkpoint";
}

Status apply_settings(const Options& options, TrainConfig& config) {
  for (std::size_t i = 0; i < kNamedKeys.size(); ++i) {
    if (!options.named[i]) continue;
    if (const Status set = config.set(kNamedKeys[i], *options.named[i]); !set) return set;
  }
  for (const std::string& setting : options.set) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return refuse({.what = "is not a setting",
                     .where = "--set " + setting,
                     .expected = "KEY=VALUE",
                     .found = {},
                     .mend = fmt::format("Keys: {}.", fmt::join(TrainConfig::keys(), ", "))});
    }
    if (const Status set = config.set(setting.substr(0, equals), setting.substr(equals + 1)); !set)
      return set;
  }
  return config.validate();
}

Result<TrainConfig> chosen_settings(const Options& options, const Dataset* data = nullptr) {
  auto config = options.settings.empty() ? TrainConfig::from_preset(preset_name(options, data))
                                         : read_settings(options.settings);
  if (!config) return config;
  if (const Status applied = apply_settings(options, *config); !applied) return fail(applied.error());
  return config;
}

Status check_destination(const Options& options) {
  if (!options.output.is_hdf5()) {
    return refuse({.what = "a model is written as HDF5",
                   .where = options.output.path,
                   .expected = "a name that ends in .h5 or .hdf5"});
  }
  OutputPath output = options.output;
  // To resume is to replace: the file is the run's own, which is checked against data and plan.
  output.force = output.force || options.resume;
  if (Status ready =
          check_output(output, {options.data, options.known.compositions, options.known.endmembers});
      !ready)
    return ready;
  std::error_code ignored;
  if (!output.force && fs::exists(checkpoint_path(options), ignored)) {
    return refuse({.kind = Error::Kind::File,
                   .what = "is the checkpoint of an interrupted run",
                   .where = checkpoint_path(options).string(),
                   .mend = "Continue it with --resume, or start anew with --force."});
  }
  return {};
}

/// The state to go on from: the checkpoint, or else the finished model.
Result<ModelState> read_earlier_run(const Options& options) {
  std::error_code ignored;
  fs::path path = checkpoint_path(options);
  if (!fs::exists(path, ignored)) path = options.output.path;
  if (!fs::exists(path, ignored)) {
    return refuse({.kind = Error::Kind::File,
                   .what = "there is nothing to resume",
                   .where = options.output.path,
                   .expected = fmt::format("{} or a finished model", checkpoint_path(options).string())});
  }
  auto state = read_model(path);
  if (!state) return fail(about_file(state.error(), path));
  if (!state->training) {
    return refuse({.kind = Error::Kind::Data,
                   .what = "the model has no training state, so that it cannot be trained on",
                   .where = path.string(),
                   .mend = "Train anew; models that are written with --keep last can be resumed"});
  }
  return state;
}

/// Settings and rows of the earlier run; what the command line says otherwise is refused, not ignored.
Status continue_settings(const Options& options, const ModelState& earlier, const Dataset& data,
                         TrainConfig& config) {
  const auto differs = [&](std::string what, std::string expected, std::string found, Error::Kind kind) {
    return refuse({.kind = kind,
                   .what = std::move(what),
                   .where = options.output.path,
                   .expected = std::move(expected),
                   .found = std::move(found),
                   .mend = "Leave it out to continue the run, or start anew with --force."});
  };
  if (earlier.data_fingerprint != data.fingerprint()) {
    return differs("the run to resume was trained on other data",
                   fmt::format("{} ({})", earlier.data_fingerprint, earlier.data_path),
                   fmt::format("{} ({})", data.fingerprint(), options.data), Error::Kind::Data);
  }
  if (options.settings.empty()) {
    config = earlier.config;
    if (const Status applied = apply_settings(options, config); !applied) return applied;
  }
  if (options.preset != "auto" && options.preset != earlier.config.preset) {
    return differs("the run to resume has another preset", earlier.config.preset, options.preset,
                   Error::Kind::Usage);
  }
  TrainConfig same = config;
  same.epochs = earlier.config.epochs;
  same.checkpoint_seconds = earlier.config.checkpoint_seconds;
  same.snapshot_seconds = earlier.config.snapshot_seconds;
  if (!(same == earlier.config)) {
    const auto before = Json::parse(earlier.config.to_json());
    const auto after = Json::parse(same.to_json());
    for (const auto& [key, value] : before.items()) {
      if (after.at(key) == value) continue;
      return differs(fmt::format("the run to resume has another {}", key), value.dump(), after.at(key).dump(),
                     Error::Kind::Usage);
    }
  }
  if (config.epochs <= earlier.training->epoch) {
    return refuse({.what = "the run is complete",
                   .where = options.output.path,
                   .expected = fmt::format("--epochs above {}", earlier.training->epoch),
                   .found = fmt::format("{}", config.epochs)});
  }
  return {};
}

PlanRequest plan_request(const Options& options) {
  PlanRequest request = options.plan;
  if (options.preset != "auto") request.preset = options.preset;
  return request;
}

/// The spectra as the run sees them: through steps that are fitted on its own rows, or those of the run to
/// resume.
Result<PreprocessedData> prepare(const Options& options, const Pipeline& pipeline, const DatasetPtr& data,
                                 const TrainConfig& config, const std::optional<ModelState>& earlier,
                                 Console& console, RunControl& control) {
  Progress progress(console);
  if (!earlier) {
    const PlanMaker plan = [&](const Dataset& seen) -> Result<TrainPlan> {
      auto chosen = choose_plan(seen, plan_request(options), config);
      if (!chosen) return fail(chosen.error());
      return std::move(chosen->run.plan);
    };
    return preprocess_for(data, pipeline, plan, &control, progress.callback());
  }
  auto prepared = earlier->preprocessing
                      ? preprocess_with(data, *earlier->preprocessing, &control, progress.callback())
                      : preprocess_for(data, Pipeline{}, Rows{});
  if (!prepared) return prepared;
  const Pipeline before = prepared->pipeline ? prepared->pipeline->pipeline() : Pipeline{};
  if (!options.preprocessing.says_nothing() && pipeline != before) {
    return refuse({.what = "the run to resume has other preprocessing",
                   .where = options.output.path,
                   .expected = fmt::format("{}", fmt::join(before.to_texts(), "; ")),
                   .found = fmt::format("{}", fmt::join(pipeline.to_texts(), "; ")),
                   .mend = "Leave it out to continue the run, or start anew with --force."});
  }
  return prepared;
}

/// What the run learns from, in words and for the JSON object.
struct Selections {
  TrainPlan plan;
  Json expressions;
};

Result<Selections> resolve_plan(const Options& options, const Dataset& data, const TrainConfig& config,
                                const std::optional<ModelState>& earlier, Console& console) {
  if (earlier && options.plan.says_nothing()) {
    console.remark(fmt::format("resuming at epoch {} of {}, with the rows and settings of the run",
                               earlier->training->epoch, config.epochs));
    return Selections{earlier->plan, nullptr};
  }
  auto chosen = choose_plan(data, plan_request(options), config);
  if (!chosen) return fail(about_file(chosen.error(), options.data));
  if (earlier && !same_plan(chosen->run.plan, earlier->plan)) {
    return refuse({.what = "the run to resume has other rows or unfeatured compositions",
                   .where = options.output.path,
                   .mend = "Leave the selections out to continue it, or start anew with --force."});
  }
  console.warn(english(chosen->run.warnings));
  const TrainPlan& plan = chosen->run.plan;
  if (!is_baseline(config.method)) console.warn(english(advise_before(data, plan)));
  std::string words = fmt::format("labelled: {} ({} rows), unlabelled: {} ({} rows), unfeatured: {} ({})",
                                  chosen->labelled, plan.labelled.size(), chosen->unlabelled,
                                  plan.unlabelled.size(), chosen->unfeatured, plan.unfeatured.rows());
  if (!chosen->holdout.empty()) words += fmt::format(", held out: {}", chosen->holdout);
  if (!chosen->reason.empty()) words += fmt::format(". {}", chosen->reason);
  console.remark(std::move(words));
  return Selections{plan,
                    {{"labelled", chosen->labelled},
                     {"unlabelled", chosen->unlabelled},
                     {"unfeatured", chosen->unfeatured},
                     {"holdout", chosen->holdout},
                     {"reason", chosen->reason}}};
}

/// Nobody who does not ask for equation (21) need hear of (22).
bool is_shown(Term term, double value) {
  return term != Term::Kz || !std::isnan(value);
}

Json report_json(const TrainReport& report, const TrainConfig& config, const Selections& selections,
                 const Console& console) {
  Json objective = {{"total", report.last.total}};
  for (const Term term : kTerms) {
    const double value = report.last.terms[static_cast<std::size_t>(term)];
    if (is_shown(term, value)) objective[std::string(name(term))] = value;
  }
  return {{"steps", report.steps},
          {"epochs", report.epochs},
          {"seconds", report.seconds},
          {"step_seconds_median", report.step_seconds_median},
          {"stopped_by", to_string(report.stopped_by)},
          {"objective", objective},
          {"seed", config.seed},
          {"labelled", selections.plan.labelled.size()},
          {"unlabelled", selections.plan.unlabelled.size()},
          {"unfeatured", selections.plan.unfeatured.rows()},
          {"selections", selections.expressions},
          {"warnings", console.warnings()}};
}

std::string report_words(const TrainReport& report, const Evaluation& evaluation) {
  std::string text =
      fmt::format("{} epochs, {} steps in {}", report.epochs, report.steps, duration_text(report.seconds));
  if (report.step_seconds_median > 0)
    text += fmt::format(" ({:.2f} ms each)", 1e3 * report.step_seconds_median);
  // A baseline has no objective of this kind.
  if (std::isnan(report.last.total)) return text + "\n\n" + evaluation.to_table();
  TextTable table({"objective", "last epoch"});
  table.add({"J, equation (15)", fmt::format("{:.4f}", report.last.total)});
  for (const Term term : kTerms) {
    const double value = report.last.terms[static_cast<std::size_t>(term)];
    if (!is_shown(term, value)) continue;
    table.add({fmt::format("{}, {}", name(term), description(term)),
               std::isnan(value) ? "off" : fmt::format("{:.4f}", value)});
  }
  return text + "\n\n" + table.text() + "\n" + evaluation.to_table();
}

/// A run that ended early: the checkpoint is kept and named.
Result<ExitCode> end_early(const Options& options, const TrainReport& report, const Trainer& trainer,
                           TrainingObserver& observer, const Selections& selections,
                           const TrainConfig& config, const Console& console) {
  observer.on_checkpoint(trainer.state());
  const std::string checkpoint = checkpoint_path(options).string();
  const std::string kept =
      observer.failure()
          ? "the checkpoint could not be written: " + about_file(*observer.failure(), checkpoint).message()
          : fmt::format("the state after epoch {} is kept in {}", observer.saved_epoch(), checkpoint);
  if (report.stopped_by == StopReason::Numeric) {
    return refuse({.kind = Error::Kind::Numeric,
                   .what = report.message,
                   .where = options.output.path,
                   .mend = (observer.failure() ? "But " + kept : "It is in " + checkpoint) +
                           "; a smaller rate may help (--set rate=…)."});
  }
  if (console.json()) {
    Json object = report_json(report, config, selections, console);
    if (!observer.failure()) object["checkpoint"] = checkpoint;
    if (const Status printed = print_json(object); !printed) return fail(printed.error());
  }
  Console::complain(fmt::format("{}: interrupted after epoch {} of {}; {}{}", options.output.path,
                                report.epochs, config.epochs, kept,
                                observer.failure() ? "" : "; continue with --resume"));
  return ExitCode::Interrupted;
}

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  // Cheap faults first: nobody waits for the data to learn that a setting is misspelt.
  auto settings = chosen_settings(options);
  if (!settings) return fail(settings.error());
  if (const Status ready = check_destination(options); !ready) return fail(ready.error());
  const auto steps = options.preprocessing.read(console, control);
  if (!steps) return fail(steps.error());
  std::optional<ModelState> earlier;
  if (options.resume) {
    auto state = read_earlier_run(options);
    if (!state) return fail(state.error());
    earlier = std::move(*state);
  }

  const auto imported = load_data(options.data, options.known, console, control);
  if (!imported) return fail(imported.error());
  const DatasetPtr& data = imported->data;
  const auto pipeline = steps->on(data->wavelength());
  if (!pipeline) return fail(about_file(pipeline.error(), options.data));
  settings = chosen_settings(options, data.get());
  if (!settings) return fail(settings.error());
  TrainConfig config = *std::move(settings);
  if (earlier) {
    if (const Status continued = continue_settings(options, *earlier, *data, config); !continued) {
      return fail(continued.error());
    }
  }
  if (!earlier) {
    if (const auto note = adapt_link(config, *pipeline)) console.remark(note->english());
  }
  const auto prepared = prepare(options, *pipeline, data, config, earlier, console, control);
  if (!prepared) return fail(about_file(prepared.error(), options.data));
  console.warn(english(prepared->warnings));
  if (prepared->pipeline)
    for (const Message& step : prepared->pipeline->describe())
      console.remark("preprocessing: " + step.english());
  const auto selections = resolve_plan(options, *prepared->seen, config, earlier, console);
  if (!selections) return fail(selections.error());
  // Nobody looks at snapshots here, and each is a prediction of every row.
  TrainConfig headless = config;
  headless.snapshot_seconds = kNoSnapshots;
  auto trainer = make_trainer(*prepared, selections->plan, headless, earlier ? &*earlier : nullptr, &control);
  if (!trainer) return fail(about_file(trainer.error(), options.data));
  if (control.stop_requested()) return fail(Error::cancel());

  console.flush();
  std::error_code ignored;
  // The checkpoint of a run that --force gives up must not be there to be resumed in place of this one.
  if (!options.resume) fs::remove(checkpoint_path(options), ignored);
  TrainingObserver observer(console, checkpoint_path(options), config);
  const auto report = (*trainer)->run(control, observer);
  observer.clear_progress();
  if (!report) return fail(about_file(report.error(), options.output.path));
  // A baseline has no state between its beginning and its end.
  if (report->stopped_by == StopReason::Stopped && is_baseline(config.method)) return fail(Error::cancel());
  if (report->stopped_by != StopReason::Completed) {
    return end_early(options, *report, **trainer, observer, *selections, config, console);
  }

  ModelState finished = (*trainer)->state();
  finished.config.snapshot_seconds = config.snapshot_seconds;
  auto model = (*trainer)->model();
  std::string kept = "last";
  if (options.keep == "best") {
    if (auto best = best_of(finished)) {
      kept = best_words(finished);
      finished = *std::move(best);
      auto made = make_model(finished);
      if (!made) return fail(about_file(made.error(), options.output.path));
      model = *std::move(made);
      console.remark("kept: " + kept);
    } else {
      console.warn(fmt::format(
          "There is no best state to keep: it takes {} epochs to tell. The last one is kept.", kBestSpan));
    }
  }
  const Status written = write_model(finished, options.output.path, options.output.force || options.resume);
  if (!written) return fail(about_file(written.error(), options.output.path));
  fs::remove(checkpoint_path(options), ignored);

  const auto evaluation = evaluate_model(*model, *data, console, control);
  if (!evaluation) return fail(about_file(evaluation.error(), options.data));
  Status printed;
  if (console.json()) {
    Json object = Json::parse(evaluation->to_json());
    object.update(report_json(*report, config, *selections, console));
    object["model"] = options.output.path;
    object["kept"] = kept;
    if (prepared->pipeline) object["preprocessing"] = prepared->pipeline->pipeline().to_texts();
    printed = print_json(object);
  } else {
    printed = Console::print(fmt::format("{}: {}", options.output.path, report_words(*report, *evaluation)));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

std::string settings_help() {
  std::string text = "\n\nKeys of --set:\n";
  for (const std::string& key : TrainConfig::keys()) {
    text += fmt::format("  {:<20} {}\n", key, TrainConfig::describe(key));
  }
  return text;
}

/// Options that every method has; returns --output.
CLI::Option* add_run_options(CLI::App& app, Options& options) {
  CLI::Option* output = app.add_option("-o,--output", options.output.path, "Model file to write")
                            ->required()
                            ->type_name("MODEL.h5");
  app.add_flag("--force", options.output.force, "Replace an existing model, and give up its checkpoint");
  add_attach_options(app, options.known);
  app.add_option("--labelled", options.plan.labelled, "Rows that are used with their composition")
      ->type_name("SEL");
  app.add_option("--unlabelled", options.plan.unlabelled, "Rows of which the spectrum alone is used")
      ->type_name("SEL");
  app.add_option("--holdout", options.plan.holdout, "Rows that training must not see, whatever else is said")
      ->type_name("SEL");
  options.preprocessing.add_to(app);
  app.add_option("--seed", options.named[3], "Seed of every random draw")->type_name("S");
  app.add_option("--set", options.set, "Any setting; may be repeated")->type_name("KEY=VALUE");
  return output;
}

}  // namespace

void add_train(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("train", "Learn compositions and endmembers from spectra");
  app->footer(std::string(kFooter) + settings_help());
  const auto options = std::make_shared<Options>();
  app->add_option("DATA", options->data, "Spectra in any readable format")->required();
  add_run_options(*app, *options);
  app->add_option(
         "--preset", options->preset,
         "crism, libs or mnist: settings and selections of the paper; guided; auto: what suits the data, or "
         "the paper's settings for the paper's methods, and selections that suit the data")
      ->capture_default_str()
      ->type_name("NAME");
  app->add_option("--settings", options->settings,
                  "Settings from a JSON file, as the desktop program saves them; other options change them")
      ->excludes("--preset")
      ->type_name("FILE");
  app->add_option(
         "--method", options->named[kMethod],
         "guided (default), untapped, m2 (no reverse model), m2-plain, or a baseline (see `baseline`)")
      ->type_name("NAME");
  app->add_option("--unfeatured", options->plan.unfeatured, "Compositions without a spectrum")
      ->type_name("SPEC");
  app->add_option("--epochs", options->named[1], "Epochs")->type_name("N");
  app->add_option("--members", options->named[2], "Models trained at once, for spreads")->type_name("M");
  app->add_option("--device", options->named[4], "auto, cpu or cuda")->type_name("NAME");
  app->add_option("--threads", options->named[5], "Threads of the numerical engine")->type_name("N");
  app->add_option("--checkpoint-seconds", options->named[6], "Seconds between checkpoints")->type_name("T");
  app->add_option("--keep", options->keep,
                  "last: the weights of the last epoch; best: those of the epoch where the objective J, mean "
                  "over 20 epochs, was highest; held-out rows have no say in it")
      ->capture_default_str()
      ->check(CLI::IsMember({"last", "best"}))
      ->type_name("STATE");
  app->add_flag("--resume", options->resume,
                "Continue the run in MODEL.h5.checkpoint, or a finished MODEL.h5");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

void add_baseline(Commands& commands) {
  CLI::App* app =
      commands.root().add_subcommand("baseline", "Fit a classical method, as a model like any other");
  app->footer(fmt::format(kBaselineFooter, fmt::join(baseline_methods(), ", ")));
  const auto options = std::make_shared<Options>();
  const auto method = std::make_shared<std::string>();
  app->add_option("METHOD", *method, fmt::format("One of {}", fmt::join(baseline_methods(), ", ")))
      ->required()
      ->type_name("NAME");
  app->add_option("DATA", options->data, "Spectra in any readable format")->required();
  CLI::Option* output = add_run_options(*app, *options);
  // pca can do with its table alone.
  output->required(false);
  const auto pca = std::make_shared<PcaRequest>();
  app->add_option("--components", pca->components, "pca: how many")->capture_default_str()->type_name("N");
  app->add_option("--loadings", pca->loadings, "pca: table of mean and loadings by channel")
      ->type_name("OUT.csv");
  commands.add(*app, [options, method, pca](Console& console, RunControl& control) -> Result<ExitCode> {
    if (*method == "pca") {
      if (!options->known.empty())
        return refuse({.what = "principal components are of the spectra alone",
                       .where = "--compositions, --endmembers, --rest",
                       .expected = "none of them with pca"});
      pca->data = options->data;
      pca->output = options->output.path;
      pca->force = options->output.force;
      return run_pca(*pca, console, control);
    }
    if (options->output.path.empty())
      return refuse({.what = "is required", .where = "--output", .expected = "a model file to write"});
    if (*method == "n-findr") *method = "nfindr";
    for (const auto& [name, unmixing] : kUnmixingNames) {
      if (*method != name) continue;
      *method = "library";
      // In front: what the user sets wins.
      options->set.insert(options->set.begin(), fmt::format("unmixing={}", unmixing));
    }
    if (!is_baseline(*method)) {
      return refuse({.what = "is not a baseline",
                     .where = *method,
                     .expected = fmt::format("one of {}", fmt::join(baseline_methods(), ", "))});
    }
    options->named[kMethod] = *method;
    return run(*options, console, control);
  });
}

}  // namespace assayer::cli
