// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/io/atomic_file.h"
#include "core/io/dataset_writer.h"
#include "core/io/hdf5_file.h"
#include "core/io/history_file.h"
#include "core/io/model_file.h"
#include "core/io/native_form.h"
#include "core/session/project.h"
#include "core/session/project_form_detail.h"

namespace assayer {

namespace {

namespace fs = std::filesystem;
namespace form = project_form;
using Json = nlohmann::json;
using Shape = std::vector<std::uint64_t>;

/// Texts that are no UTF-8 (paths may be anything) must not end the writing.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status write_number(hdf5::File& file, const std::string& object, const char* name, std::int64_t value) {
  return file.write_attribute(object, name, std::span<const std::int64_t>(&value, 1));
}

Status write_real(hdf5::File& file, const std::string& object, const char* name, double value) {
  return file.write_attribute(object, name, std::span<const double>(&value, 1));
}

template <class T>
Status write_matrix(hdf5::File& file, const char* name, const Matrix<T>& matrix) {
  return file.write<T>(name, Shape{matrix.rows(), matrix.cols()}, matrix.values(), true);
}

/// Runs the steps in order until one fails.
Status in_order(std::initializer_list<std::function<Status()>> steps) {
  for (const auto& step : steps)
    if (Status status = step(); !status) return status;
  return {};
}

/// The file that the project refers to instead of holding the data; empty: they are embedded.
fs::path referred_file(const Project& project, const ProjectOptions& options) {
  if (options.data_file) return *options.data_file;
  const Dataset& data = *project.session.data();
  if (!data.spectra().stays_in_file() || !project.data_reopen) return {};
  return data.provenance().path;
}

Status write_source(hdf5::File& file, const Project& project, const fs::path& referred,
                    const fs::path& target) {
  const Dataset& data = *project.session.data();
  Json source = {{"embedded", referred.empty()},
                 {"path", data.provenance().path},
                 {"format", project.format},
                 {"warnings", project.warnings},
                 {"reopen", project.data_reopen}};
  if (!referred.empty()) {
    std::error_code code;
    const fs::path absolute = fs::absolute(referred, code);
    const auto bytes = fs::file_size(absolute, code);
    if (code)
      return fail({Error::Kind::File, "the file that the project refers to cannot be found",
                   absolute.string(), "", code.message(), "Save the data in a file first."});
    const auto modified = fs::last_write_time(absolute, code).time_since_epoch().count();
    source["file"] = absolute.string();
    source["relative"] = fs::relative(absolute, fs::absolute(target, code).parent_path(), code).string();
    source["bytes"] = bytes;
    source["modified"] = static_cast<std::int64_t>(modified);
    source["fingerprint"] = data.fingerprint();
  }
  return file.write_attribute("/", form::kSource, dump(source));
}

/// In the group that `file` shows.
Status write_setup(hdf5::File& file, const Roles& roles, const Matrix<double>& unfeatured,
                   const Pipeline& pipeline, const TrainConfig& config) {
  static const std::array<std::string, 4> names = {"held out", "unlabelled", "labelled", "excluded"};
  std::vector<std::uint8_t> codes;
  codes.reserve(roles.size());
  for (const Role role : roles) codes.push_back(static_cast<std::uint8_t>(role));
  return in_order({[&] { return file.write<std::uint8_t>(form::kRoles, Shape{codes.size()}, codes, true); },
                   [&] {
                     return file.write_attribute(form::kRoles, form::kRoleNames,
                                                 std::span<const std::string>(names));
                   },
                   [&] { return write_matrix(file, form::kUnfeatured, unfeatured); },
                   [&] { return file.write_attribute("/", form::kConfig, config.to_json()); },
                   [&] { return file.write_attribute("/", form::kPipeline, pipeline.to_json()); }});
}

Status write_results(hdf5::File& file, const Snapshot& snapshot) {
  const Prediction& p = snapshot.prediction;
  const auto list = [&](const char* name, const std::vector<double>& values) -> Status {
    return values.empty() ? Status{} : file.write<double>(name, Shape{values.size()}, values, true);
  };
  return in_order({[&] { return write_matrix(file, form::kComposition, p.composition); },
                   [&] { return write_matrix(file, form::kCompositionSd, p.composition_sd); },
                   [&] { return write_matrix(file, form::kZ, p.z); },
                   [&] { return write_matrix(file, form::kZSd, p.z_sd); },
                   [&] { return list(form::kExtrapolation, p.extrapolation); },
                   [&] { return list(form::kMisfit, p.misfit); },
                   [&] { return list(form::kHiddenMisfit, p.hidden_misfit); },
                   [&] { return write_matrix(file, form::kEndmembers, snapshot.endmembers.mean); },
                   [&] { return write_matrix(file, form::kEndmembersSd, snapshot.endmembers.sd); },
                   [&] { return write_number(file, form::kResults, form::kEpoch, snapshot.epoch); },
                   [&] { return write_number(file, form::kResults, form::kEpochs, snapshot.epochs); },
                   [&] { return write_number(file, form::kResults, form::kSteps, snapshot.steps); },
                   [&] { return write_real(file, form::kResults, form::kSeconds, snapshot.seconds); }});
}

Status write_run(hdf5::File& file, const RunRecord& run, std::size_t order) {
  const auto below = [&file](const char* name, const std::function<Status(hdf5::File&)>& write) -> Status {
    if (Status made = file.create_group(name); !made) return made;
    auto group = file.group(name);
    if (!group) return fail(group.error());
    return write(*group);
  };
  const bool has_own_history = run.history && (!run.state || !run.state->training);
  return in_order(
      {[&] { return file.write_attribute("/", form::kName, run.name); },
       [&] { return file.write_attribute("/", form::kEnd, std::string(to_string(run.end))); },
       [&] { return file.write_attribute("/", form::kMessage, run.message); },
       [&] { return file.write_attribute("/", form::kBegan, run.began); },
       [&] { return write_real(file, "/", form::kSeconds, run.seconds); },
       [&] { return write_number(file, "/", form::kShown, run.shown ? 1 : 0); },
       [&] { return run.best ? write_number(file, "/", form::kShowsBest, 1) : Status{}; },
       [&] { return write_number(file, "/", form::kOrder, static_cast<std::int64_t>(order)); },
       [&] {
         return run.evaluation ? file.write_attribute("/", form::kMeasures, run.evaluation->to_json())
                               : Status{};
       },
       [&] {
         return run.setup ? below(form::kSetup,
                                  [&](hdf5::File& group) {
                                    return write_setup(group, run.setup->roles, run.setup->unfeatured,
                                                       run.setup->pipeline, run.setup->config);
                                  })
                          : Status{};
       },
       [&] {
         return run.state
                    ? below(form::kModel, [&](hdf5::File& group) { return write_model(*run.state, group); })
                    : Status{};
       },
       [&] { return has_own_history ? write_history(file, form::kHistory, *run.history) : Status{}; },
       [&] { return run.state && run.snapshot ? write_results(file, *run.snapshot) : Status{}; }});
}

Status write_runs(hdf5::File& file, const Project& project, RunControl& control, const ProgressFn& progress) {
  if (Status made = file.create_group(form::kRuns); !made) return made;
  for (std::size_t i = 0; i < project.runs.size(); ++i) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress)
      progress(0.7 + 0.3 * static_cast<double>(i) / static_cast<double>(project.runs.size()), "writing runs");
    const std::string name = std::string(form::kRuns) + "/" + std::to_string(project.runs[i].id);
    if (Status made = file.create_group(name); !made) return made;
    auto group = file.group(name);
    if (!group) return fail(group.error());
    if (Status written = write_run(*group, project.runs[i], i); !written)
      return fail(written.error().in("/" + name));
  }
  return {};
}

Status write_session(hdf5::File& file, const Project& project) {
  const Session& session = project.session;
  if (Status made = file.create_group(form::kSession); !made) return made;
  {
    auto group = file.group(form::kSession);
    if (!group) return fail(group.error());
    if (Status written =
            write_setup(*group, session.roles(), session.unfeatured(), session.pipeline(), session.config());
        !written)
      return written;
  }
  return in_order(
      {[&] {
         return file.write_attribute(form::kSession, form::kSuggestion, session.suggestion().english());
       },
       [&] {
         return file.write<std::uint32_t>(form::kSelection, Shape{project.selection.size()},
                                          project.selection);
       },
       [&] {
         return file.write<std::uint8_t>(form::kLayout, Shape{project.layout.size()}, project.layout);
       }});
}

Status write_data(hdf5::File& file, const Project& project, const fs::path& referred, RunControl& control,
                  const ProgressFn& progress) {
  const Dataset& data = *project.session.data();
  if (!referred.empty()) {
    // Masks are the user's, and not those of the file.
    const auto& bad = data.bad_channels();
    return file.write<std::uint8_t>(form::kBadChannel, Shape{bad.size()}, bad);
  }
  if (Status made = file.create_group(form::kData); !made) return made;
  auto group = file.group(form::kData);
  if (!group) return fail(group.error());
  const ProgressFn part = [&progress](double fraction, std::string_view what) {
    if (progress) progress(0.7 * fraction, what);
  };
  return write_dataset(data, *group, control, part);
}

Status write_all(hdf5::File& file, const Project& project, const ProjectOptions& options,
                 const fs::path& target, RunControl& control, const ProgressFn& progress) {
  const fs::path referred = referred_file(project, options);
  return in_order(
      {[&] { return file.write_attribute("/", model_form::kFormat, form::kFormatName); },
       [&] { return write_number(file, "/", model_form::kFormatVersion, form::kVersion); },
       [&] { return write_source(file, project, referred, target); },
       [&] {
         return write_number(file, "/", form::kActiveRun, static_cast<std::int64_t>(project.active_run));
       },
       [&] { return write_number(file, "/", form::kNextRun, static_cast<std::int64_t>(project.next_run)); },
       [&] { return write_session(file, project); },
       [&] { return write_data(file, project, referred, control, progress); },
       [&] { return write_runs(file, project, control, progress); }});
}

}  // namespace

Status write_project(const Project& project, const fs::path& path, const ProjectOptions& options,
                     RunControl& control, const ProgressFn& progress) {
  if (!project.session.data())
    return fail(
        {Error::Kind::Usage, "there are no data to save", path.string(), "", "", "Open a data set first."});
  auto target = AtomicFile::create(path, options.overwrite);
  if (!target) return fail(target.error());
  auto file = hdf5::File::create(target->aside(), hdf5::File::Texts::Padded);
  if (!file) return fail(file.error().in(path.string()));
  if (Status status = write_all(*file, project, options, path, control, progress); !status)
    return status.error().cancelled() ? status : fail(status.error().in(path.string()));
  if (Status status = file->close(); !status) return fail(status.error().in(path.string()));
  if (control.stop_requested()) return fail(Error::cancel());
  Status done = target->commit();
  if (done && progress) progress(1, "writing");
  return done;
}

}  // namespace assayer
