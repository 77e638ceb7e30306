// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/io/hdf5_file.h"
#include "core/io/hdf5_importer.h"
#include "core/io/history_file.h"
#include "core/io/importer.h"
#include "core/io/model_file.h"
#include "core/io/native_form.h"
#include "core/io/text.h"
#include "core/io/trial.h"
#include "core/session/project.h"
#include "core/session/project_form_detail.h"

namespace assayer {

namespace {

namespace fs = std::filesystem;
namespace form = project_form;
using Json = nlohmann::json;

std::unexpected<Error> broken(std::string where, std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), std::move(where), std::move(expected), std::move(found),
               "The project's file is damaged: take another copy, or what was saved automatically."});
}

Result<std::string> read_text(const hdf5::File& file, const std::string& object, const char* name) {
  auto texts = file.read_attribute_texts(object, name);
  if (!texts) return fail(texts.error());
  if (texts->size() != 1)
    return broken("attribute " + std::string(name), "one text was expected", "1",
                  std::to_string(texts->size()));
  return std::move(texts->front());
}

template <class T>
Result<T> read_number(const hdf5::File& file, const std::string& object, const char* name) {
  const auto values = file.read_attribute<T>(object, name);
  if (!values) return fail(values.error());
  if (values->size() != 1)
    return broken("attribute " + std::string(name), "one number was expected", "1",
                  std::to_string(values->size()));
  return values->front();
}

template <class T>
Result<Matrix<T>> read_matrix(const hdf5::File& file, const std::string& name) {
  const auto info = file.info(name);
  if (!info) return fail(info.error());
  if (info->null || info->rank() != 2)
    return broken("/" + name, "the table has no two dimensions", "[rows, columns]", info->shape_text());
  auto values = file.read<T>(name);
  if (!values) return fail(values.error());
  return Matrix<T>(*std::move(values), info->shape[0], info->shape[1]);
}

Status check_version(const hdf5::File& file) {
  const bool marked = file.has_attribute("/", model_form::kFormat);
  const auto format = marked ? read_text(file, "/", model_form::kFormat) : Result<std::string>("");
  if (!format || *format != form::kFormatName) {
    std::string found = "no such attribute";
    if (marked && format) found = "\"" + *format + "\"";
    if ((!marked && file.has_dataset(native::kSpectra)) || (format && *format == native::kFormatName))
      found = "a data set with /spectra";
    return fail({Error::Kind::Format, "this HDF5 file is no project", "",
                 "the attribute format = \"" + std::string(form::kFormatName) + "\"", found,
                 "Open data with File > Open, models with File > Open Model."});
  }
  const auto version = read_number<std::int64_t>(file, "/", model_form::kFormatVersion);
  if (!version) return fail(version.error());
  const std::string where = std::string("attribute ") + model_form::kFormatVersion;
  if (*version > form::kVersion)
    return fail({Error::Kind::Format, "the project was saved by a newer version of this program", where,
                 "at most " + std::to_string(form::kVersion), std::to_string(*version),
                 "Update this program to open it."});
  if (*version < 1)
    return broken(where, "the version is impossible", "1 to " + std::to_string(form::kVersion),
                  std::to_string(*version));
  return {};
}

/// How the data came, and where they are.
struct Source {
  bool embedded = true;
  std::string path;
  std::string format;
  std::vector<std::string> warnings;
  bool reopen = false;
  std::string file;
  std::string relative;
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;
  std::string fingerprint;
};

Result<Source> read_source(const hdf5::File& file) {
  const auto text = read_text(file, "/", form::kSource);
  if (!text) return fail(text.error());
  try {
    const Json json = Json::parse(*text);
    Source source;
    json.at("embedded").get_to(source.embedded);
    json.at("path").get_to(source.path);
    json.at("format").get_to(source.format);
    json.at("warnings").get_to(source.warnings);
    json.at("reopen").get_to(source.reopen);
    if (source.embedded) return source;
    json.at("file").get_to(source.file);
    json.at("relative").get_to(source.relative);
    json.at("bytes").get_to(source.bytes);
    json.at("modified").get_to(source.modified);
    json.at("fingerprint").get_to(source.fingerprint);
    return source;
  } catch (const Json::exception& error) {
    return broken("attribute source", "what it says of the data cannot be read", "a JSON object",
                  error.what());
  }
}

/// The user's mask instead of the file's, and the origin that the session knew.
Result<DatasetPtr> as_it_was(const DatasetPtr& data, const Source& source, std::vector<std::uint8_t> bad) {
  if (data->bad_channels() == bad && data->provenance().path == source.path) return data;
  DatasetParts parts = data->parts();
  parts.bad_channels = std::move(bad);
  parts.provenance.path = source.path;
  parts.provenance.format = source.format;
  return Dataset::create(std::move(parts));
}

Result<DatasetPtr> read_referred(const hdf5::File& file, const Source& source, const fs::path& project,
                                 RunControl& control, const ProgressFn& progress) {
  std::error_code code;
  fs::path found = fs::absolute(project, code).parent_path() / source.relative;
  if (source.relative.empty() || !fs::is_regular_file(found, code)) found = source.file;
  if (!fs::is_regular_file(found, code))
    return fail({Error::Kind::File, "the spectra are in another file, which is missing", found.string(),
                 "the file of the data", "nothing",
                 "Put it back, or into the folder of the project under the same name."});
  auto loaded = ImporterRegistry::standard().load(found, control, progress);
  if (!loaded) return fail(loaded.error());
  // A file of gigabytes that nobody has touched need not be read to know that it is the same.
  const bool untouched = fs::file_size(found, code) == source.bytes &&
                         fs::last_write_time(found, code).time_since_epoch().count() == source.modified &&
                         !code;
  if (!untouched && loaded->data->fingerprint() != source.fingerprint)
    return fail({Error::Kind::Data, "the data are not those that the project was made with", found.string(),
                 "the checksum " + source.fingerprint, loaded->data->fingerprint(),
                 "Put the former file back, or open the data and start a new project."});
  auto bad = file.read<std::uint8_t>(form::kBadChannel);
  if (!bad) return fail(bad.error());
  return as_it_was(loaded->data, source, *std::move(bad));
}

Result<DatasetPtr> read_data(const hdf5::File& file, const Source& source, const fs::path& project,
                             RunControl& control, const ProgressFn& progress) {
  if (!source.embedded) return read_referred(file, source, project, control, progress);
  const auto group = file.group(form::kData);
  if (!group) return fail(group.error());
  auto read = read_native(*group, source.path, source.format, control, progress);
  if (!read) return read.error().cancelled() ? fail(read.error()) : fail(read.error().in("/data"));
  return std::move(read->data);
}

/// From the group that `file` shows.
Result<RunSetup> read_setup(const hdf5::File& file) {
  RunSetup setup;
  const auto roles = file.read<std::uint8_t>(form::kRoles);
  if (!roles) return fail(roles.error());
  for (const std::uint8_t code : *roles) {
    if (code > static_cast<std::uint8_t>(Role::Excluded))
      return broken("/roles", "a role is not known", "0 to 3", std::to_string(code));
    setup.roles.push_back(static_cast<Role>(code));
  }
  auto unfeatured = read_matrix<double>(file, form::kUnfeatured);
  if (!unfeatured) return fail(unfeatured.error());
  setup.unfeatured = *std::move(unfeatured);
  const auto config = read_text(file, "/", form::kConfig);
  if (!config) return fail(config.error());
  auto settings = TrainConfig::from_json(*config);
  if (!settings) return fail(settings.error().in("attribute config"));
  setup.config = *std::move(settings);
  const auto steps = read_text(file, "/", form::kPipeline);
  if (!steps) return fail(steps.error());
  auto pipeline = Pipeline::from_json(*steps);
  if (!pipeline) return fail(pipeline.error().in("attribute pipeline"));
  setup.pipeline = *std::move(pipeline);
  return setup;
}

/// Shapes are held against the data and the model: views and measures index by them.
Status check_results(const Snapshot& snapshot, std::size_t rows, std::size_t components) {
  const auto table = [&](const char* name, const auto& matrix, std::size_t wanted_rows,
                         std::optional<std::size_t> wanted_cols) -> Status {
    if (matrix.rows() == wanted_rows && (!wanted_cols || matrix.cols() == *wanted_cols)) return {};
    return broken("/" + std::string(name), "the results do not match the data",
                  std::to_string(wanted_rows) + " rows" +
                      (wanted_cols ? ", " + std::to_string(*wanted_cols) + " columns" : ""),
                  std::to_string(matrix.rows()) + " and " + std::to_string(matrix.cols()));
  };
  const auto optional = [&](const char* name, const auto& matrix, std::size_t wanted_rows,
                            std::size_t wanted_cols) {
    return matrix.empty() ? Status{} : table(name, matrix, wanted_rows, wanted_cols);
  };
  const Prediction& p = snapshot.prediction;
  const EndmemberEstimate& e = snapshot.endmembers;
  for (const Status& status :
       {table(form::kComposition, p.composition, rows, components),
        optional(form::kCompositionSd, p.composition_sd, rows, components),
        optional(form::kZ, p.z, rows, p.z.cols()), optional(form::kZSd, p.z_sd, rows, p.z.cols()),
        table(form::kEndmembers, e.mean, components, std::nullopt),
        optional(form::kEndmembersSd, e.sd, components, e.mean.cols())})
    if (!status) return status;
  for (const auto& [name, values] : p.trust())
    if (values->size() != rows)
      return broken("/results", "the results do not match the data",
                    std::to_string(rows) + " values of " + name, std::to_string(values->size()));
  return {};
}

Result<Snapshot> read_results(const hdf5::File& file, std::size_t rows, std::size_t components) {
  Snapshot snapshot;
  Prediction& p = snapshot.prediction;
  for (const auto& [name, into] :
       {std::pair(form::kComposition, &p.composition), std::pair(form::kCompositionSd, &p.composition_sd),
        std::pair(form::kZ, &p.z), std::pair(form::kZSd, &p.z_sd)}) {
    auto matrix = read_matrix<double>(file, name);
    if (!matrix) return fail(matrix.error());
    *into = *std::move(matrix);
  }
  for (const auto& [name, into] :
       {std::pair(form::kExtrapolation, &p.extrapolation), std::pair(form::kMisfit, &p.misfit),
        std::pair(form::kHiddenMisfit, &p.hidden_misfit)}) {
    if (!file.has_dataset(name)) continue;
    auto values = file.read<double>(name);
    if (!values) return fail(values.error());
    *into = *std::move(values);
  }
  for (const auto& [name, into] : {std::pair(form::kEndmembers, &snapshot.endmembers.mean),
                                   std::pair(form::kEndmembersSd, &snapshot.endmembers.sd)}) {
    auto matrix = read_matrix<float>(file, name);
    if (!matrix) return fail(matrix.error());
    *into = *std::move(matrix);
  }
  for (const auto& [name, into] :
       {std::pair(form::kEpoch, &snapshot.epoch), std::pair(form::kEpochs, &snapshot.epochs),
        std::pair(form::kSteps, &snapshot.steps)}) {
    const auto number = read_number<std::int64_t>(file, form::kResults, name);
    if (!number) return fail(number.error());
    *into = *number;
  }
  const auto seconds = read_number<double>(file, form::kResults, form::kSeconds);
  if (!seconds) return fail(seconds.error());
  snapshot.seconds = *seconds;
  if (Status good = check_results(snapshot, rows, components); !good) return fail(good.error());
  return snapshot;
}

struct OrderedRun {
  std::int64_t order = 0;
  RunRecord run;
};

Result<OrderedRun> read_run(const hdf5::File& file, const std::set<std::string>& parts, std::size_t rows) {
  OrderedRun ordered;
  RunRecord& run = ordered.run;
  std::string end;
  for (const auto& [name, into] :
       {std::pair(form::kName, &run.name), std::pair(form::kEnd, &end),
        std::pair(form::kMessage, &run.message), std::pair(form::kBegan, &run.began)}) {
    auto text = read_text(file, "/", name);
    if (!text) return fail(text.error());
    *into = *std::move(text);
  }
  const auto known = parse_run_end(end);
  if (!known) return broken("attribute end", "the run's end is not known", "completed, stopped …", end);
  run.end = *known;
  const auto seconds = read_number<double>(file, "/", form::kSeconds);
  if (!seconds) return fail(seconds.error());
  run.seconds = *seconds;
  const auto shown = read_number<std::int64_t>(file, "/", form::kShown);
  if (!shown) return fail(shown.error());
  run.shown = *shown != 0;
  run.best = file.has_attribute("/", form::kShowsBest);
  const auto order = read_number<std::int64_t>(file, "/", form::kOrder);
  if (!order) return fail(order.error());
  ordered.order = *order;

  if (parts.contains(form::kSetup)) {
    const auto group = file.group(form::kSetup);
    if (!group) return fail(group.error());
    auto setup = read_setup(*group);
    if (!setup) return fail(setup.error().in("/setup"));
    if (setup->roles.size() != rows)
      return broken("/setup/roles", "the roles do not match the data", std::to_string(rows),
                    std::to_string(setup->roles.size()));
    run.setup = std::make_shared<const RunSetup>(*std::move(setup));
  }
  if (parts.contains(form::kModel)) {
    const auto group = file.group(form::kModel);
    if (!group) return fail(group.error());
    auto state = read_model(*group);
    if (!state) return fail(state.error().in("/model"));
    run.state = std::make_shared<const ModelState>(*std::move(state));
  }
  if (parts.contains(form::kHistory)) {
    auto history = read_history(file, form::kHistory);
    if (!history) return fail(history.error());
    run.history = std::make_shared<const std::vector<ObjectiveRecord>>(*std::move(history));
  }
  if (parts.contains(form::kResults) && run.state) {
    auto snapshot = read_results(file, rows, run.state->components.size());
    if (!snapshot) return fail(snapshot.error());
    run.snapshot = std::make_shared<const Snapshot>(*std::move(snapshot));
  }
  return ordered;
}

Status read_runs(const hdf5::File& file, Project& project, RunControl& control, const ProgressFn& progress) {
  const auto entries = file.entries(form::kRuns);
  if (!entries) return fail(entries.error());
  std::vector<OrderedRun> runs;
  std::uint64_t highest = 0;
  for (const hdf5::Entry& entry : *entries) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress)
      progress(static_cast<double>(runs.size()) / static_cast<double>(entries->size()), "reading runs");
    std::uint64_t id = 0;
    const char* last = entry.name.data() + entry.name.size();
    const auto [stop, code] = std::from_chars(entry.name.data(), last, id);
    const std::string where = "/" + std::string(form::kRuns) + "/" + entry.name;
    if (entry.type != hdf5::Entry::Type::Group || code != std::errc() || stop != last || id == 0 ||
        std::to_string(id) != entry.name)
      return broken(where, "this is no run", "a group with a number from 1 as its name", "something else");
    const auto group = file.group(std::string(form::kRuns) + "/" + entry.name);
    if (!group) return fail(group.error());
    const auto inside = group->entries();
    if (!inside) return fail(inside.error());
    std::set<std::string> parts;
    for (const hdf5::Entry& part : *inside) parts.insert(part.name);
    auto run = read_run(*group, parts, project.session.data()->rows());
    if (!run) return fail(run.error().in(where));
    run->run.id = id;
    highest = std::max(highest, id);
    runs.push_back(*std::move(run));
  }
  std::ranges::stable_sort(runs, {}, &OrderedRun::order);
  for (OrderedRun& run : runs) project.runs.push_back(std::move(run.run));
  project.next_run = std::max(project.next_run, highest + 1);
  if (std::ranges::find(project.runs, project.active_run, &RunRecord::id) == project.runs.end())
    project.active_run = 0;
  return {};
}

/// Whether data of another file are read as well: its importer tries that file by itself, in a time of its
/// own.
enum class Whence { Here, Anywhere };

Result<Project> read_all(const hdf5::File& file, const fs::path& path, RunControl& control,
                         const ProgressFn& progress, Whence whence) {
  if (Status good = check_version(file); !good) return fail(good.error());
  Project project;
  auto source = read_source(file);
  if (!source) return fail(source.error());
  for (const auto& [name, into] :
       {std::pair(form::kActiveRun, &project.active_run), std::pair(form::kNextRun, &project.next_run)}) {
    const auto number = read_number<std::int64_t>(file, "/", name);
    if (!number) return fail(number.error());
    *into = static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0));
  }
  // What is left of the project is of the data's rows.
  if (!source->embedded && whence == Whence::Here) return fail(Error::cancel());
  auto data = read_data(file, *source, path, control, progress);
  if (!data) return fail(data.error());
  const std::size_t rows = (*data)->rows();
  {
    const auto group = file.group(form::kSession);
    if (!group) return fail(group.error());
    auto setup = read_setup(*group);
    if (!setup) return fail(setup.error().in("/session"));
    auto suggestion = read_text(file, form::kSession, form::kSuggestion);
    if (!suggestion) return fail(suggestion.error());
    auto session = Session::restore({*std::move(data), std::move(setup->roles), std::move(setup->unfeatured),
                                     std::move(setup->config), std::move(setup->pipeline),
                                     Message::verbatim(*std::move(suggestion))});
    if (!session) return fail(session.error().in("/session"));
    project.session = *std::move(session);
  }
  auto selection = file.read<std::uint32_t>(form::kSelection);
  if (!selection) return fail(selection.error());
  if (std::ranges::any_of(*selection, [rows](std::uint32_t row) { return row >= rows; }))
    return broken("/session/selection", "a row that there is not is selected",
                  "rows below " + std::to_string(rows), "more");
  project.selection = *std::move(selection);
  auto layout = file.read<std::uint8_t>(form::kLayout);
  if (!layout) return fail(layout.error());
  project.layout = *std::move(layout);
  project.format = source->format;
  project.warnings = source->warnings;
  project.data_reopen = source->reopen;
  if (Status good = read_runs(file, project, control, progress); !good) return fail(good.error());
  return project;
}

Result<Project> read_checked(const fs::path& path, RunControl& control, const ProgressFn& progress,
                             Whence whence) {
  std::error_code code;
  const auto status = fs::status(path, code);
  const auto file_error = [](std::string what, std::string mend) {
    return fail({Error::Kind::File, std::move(what), "", "", "", std::move(mend)});
  };
  if (status.type() == fs::file_type::not_found)
    return file_error("there is no such file", "Check the name and the folder.");
  if (!fs::is_regular_file(status))
    return file_error("this is no ordinary file", "Give the name of a project's file.");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return file_error("the file cannot be opened", "Check its permissions.");
  std::string head(16 * 1024, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (!hdf5::has_signature(head))
    return fail({Error::Kind::Format, "this is no project", "", "an HDF5 file that this program has saved",
                 describe_bytes(head), "Give a file that was saved as a project."});
  const auto file = hdf5::File::open(path);
  if (!file) return fail(file.error());
  return read_all(*file, path, control, progress, whence);
}

}  // namespace

Result<Project> read_project(const fs::path& path, RunControl& control, const ProgressFn& progress) {
  try {
    const auto read = [&] { return read_checked(path, control, progress, Whence::Anywhere); };
    const auto attempt = [&path](RunControl& own) { return read_checked(path, own, {}, Whence::Here); };
    const std::uintmax_t bytes = bytes_of(path);
    auto project =
        is_tried_whole(bytes) ? read_after_trial("libhdf5", bytes, control, attempt, read) : read();
    if (!project && !project.error().cancelled()) return fail(project.error().in(path.string()));
    return project;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the project does not fit into the memory", path.string(), "", "", ""});
  }
}

}  // namespace assayer
