// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <random>

#include "core/io/dataset_writer.h"
#include "core/simulate/crism_lab.h"
#include "tests/core/io/compare_datasets.h"
#include "tests/core/io/temporary_folder.h"

namespace assayer {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

DatasetPtr laboratory() {
  CrismLabOptions options;
  options.spectra = 132;
  options.channels = 20;
  options.outliers = 3;
  RunControl control;
  auto data = simulate_crism_lab(options, control);
  if (!data) throw std::runtime_error(data.error().message());
  return *data;
}

ModelState state_of(const Dataset& data) {
  ModelState state;
  state.config.method = "m2";
  state.config.seed = 7;
  state.plan.labelled = {1, 2, 5};
  state.plan.unlabelled = {1, 2, 5, 8};
  state.plan.unfeatured = Matrix<double>({0.9, 0.05, 0.05}, 1, 3);
  state.data_fingerprint = data.fingerprint();
  state.components = data.component_names();
  state.wavelength = data.wavelength();
  state.channel_used.assign(data.channels(), 1);
  state.channel_mean.assign(data.channels(), 0.25F);
  state.mean_z = {0.5F};
  state.weights = {{"q_y/hidden0/weight", {1, 2, 2}, {1, 2, 3, 4}}};
  TrainingState training;
  training.epoch = 2;
  training.step = 20;
  training.seconds = 0.5;
  training.moments = {{"adam/first", {1, 2}, {0.1F, 0.2F}}};
  training.generators = {{1, 2, 3}};
  training.history = {{1, -3, {1, 2, 3, 4, 5, 6, NAN}}, {2, -2, {1, 1, 1, 1, 1, 1, NAN}}};
  state.training = training;
  return state;
}

Snapshot results_of(const Dataset& data) {
  const std::size_t n = data.rows();
  Snapshot snapshot;
  snapshot.epoch = 2;
  snapshot.epochs = 50;
  snapshot.steps = 20;
  snapshot.seconds = 0.5;
  snapshot.prediction.composition = Matrix<double>(n, 3, 1.0 / 3);
  snapshot.prediction.composition_sd = Matrix<double>(n, 3, 0.01);
  snapshot.prediction.z = Matrix<double>(n, 1, -0.75);
  snapshot.prediction.z_sd = Matrix<double>(n, 1, 0.125);
  snapshot.prediction.misfit.assign(n, 1.5);
  snapshot.endmembers.mean = Matrix<float>(3, data.channels(), 0.375F);
  snapshot.endmembers.sd = Matrix<float>(3, data.channels(), 0.0625F);
  return snapshot;
}

Project example(const DatasetPtr& data) {
  auto session = Session::start(data);
  if (!session) throw std::runtime_error(session.error().message());
  session->set_role({0, 3}, Role::Excluded);
  session->add_unfeatured(std::vector<double>{0.2, 0.3, 0.5});
  session->set_pipeline(*Pipeline::recipe("libs-norm3"));
  TrainConfig config = session->config();
  config.seed = 18446744073709551615U;
  session->set_config(config);

  Project project;
  project.session = *std::move(session);
  project.format = "crism-lab simulation";
  project.warnings = {"There are no names. They were made up."};
  project.selection = {0, 4, 131};
  project.layout = {0, 255, 7};
  RunRecord first;
  first.id = 4;
  first.name = "The first, µ";
  first.end = RunEnd::Stopped;
  first.began = "2026-02-03T04:05:06+00:00";
  first.seconds = 12.5;
  first.shown = false;
  first.setup = std::make_shared<const RunSetup>(
      RunSetup{project.session.roles(), project.session.unfeatured(), project.session.pipeline(), config});
  first.state = std::make_shared<const ModelState>(state_of(*data));
  first.snapshot = std::make_shared<const Snapshot>(results_of(*data));
  RunRecord second;
  second.id = 2;
  second.name = "failed";
  second.end = RunEnd::Failed;
  second.message = "no labelled rows";
  second.history = std::make_shared<const std::vector<ObjectiveRecord>>(
      std::vector<ObjectiveRecord>{{1, -9, {9, 8, 7, 6, 5, 4, 3}}});
  project.runs = {first, second};
  project.next_run = 9;
  project.active_run = 4;
  return project;
}

class ProjectTest : public ::testing::Test {
 protected:
  fs::path path(const char* name = "p.assayer") { return folder_.path() / name; }
  Status write(const Project& project, const fs::path& to, ProjectOptions options = {}) {
    options.overwrite = true;
    return write_project(project, to, options, control_);
  }
  Result<Project> read(const fs::path& from) { return read_project(from, control_); }
  /// The message of a file that must not open.
  std::string refused(const fs::path& from) {
    const auto project = read(from);
    if (project) {
      ADD_FAILURE() << "it opened";
      return {};
    }
    const std::string message = project.error().message();
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_THAT(message, HasSubstr(from.filename().string()));
    return message;
  }

  TemporaryFolder folder_;
  RunControl control_;
  DatasetPtr data_ = laboratory();
};

TEST_F(ProjectTest, ReadsBackAllThatWasSaved) {
  const Project saved = example(data_);
  ASSERT_TRUE(write(saved, path()));
  const auto again = read(path());
  ASSERT_TRUE(again) << again.error().message();
  test::expect_equal(*again->session.data(), *data_);
  EXPECT_EQ(again->session.data()->fingerprint(), data_->fingerprint());
  EXPECT_EQ(again->session.data()->provenance().format, data_->provenance().format);
  EXPECT_EQ(again->session.roles(), saved.session.roles());
  EXPECT_EQ(again->session.unfeatured(), saved.session.unfeatured());
  EXPECT_EQ(again->session.pipeline(), saved.session.pipeline());
  EXPECT_EQ(again->session.config(), saved.session.config());
  EXPECT_EQ(again->session.suggestion().english(), saved.session.suggestion().english());
  EXPECT_EQ(again->format, saved.format);
  EXPECT_EQ(again->warnings, saved.warnings);
  EXPECT_EQ(again->selection, saved.selection);
  EXPECT_EQ(again->layout, saved.layout);
  EXPECT_EQ(again->next_run, 9U);
  EXPECT_EQ(again->active_run, 4U);

  ASSERT_EQ(again->runs.size(), 2U);
  const RunRecord& first = again->runs[0];
  EXPECT_EQ(first.id, 4U);
  EXPECT_EQ(first.name, "The first, µ");
  EXPECT_EQ(first.end, RunEnd::Stopped);
  EXPECT_EQ(first.began, saved.runs[0].began);
  EXPECT_EQ(first.seconds, 12.5);
  EXPECT_FALSE(first.shown);
  ASSERT_TRUE(first.setup);
  EXPECT_EQ(*first.setup, *saved.runs[0].setup);
  ASSERT_TRUE(first.state);
  EXPECT_EQ(first.state->weights, saved.runs[0].state->weights);
  EXPECT_EQ(first.state->config, saved.runs[0].state->config);
  EXPECT_EQ(first.state->plan.labelled, saved.runs[0].state->plan.labelled);
  ASSERT_TRUE(first.state->training);
  EXPECT_EQ(first.state->training->moments, saved.runs[0].state->training->moments);
  ASSERT_EQ(first.objective().size(), 2U);
  EXPECT_EQ(first.objective()[1].total, -2);
  ASSERT_TRUE(first.snapshot);
  const Snapshot& was = *saved.runs[0].snapshot;
  EXPECT_EQ(first.snapshot->prediction.composition, was.prediction.composition);
  EXPECT_EQ(first.snapshot->prediction.composition_sd, was.prediction.composition_sd);
  EXPECT_EQ(first.snapshot->prediction.z, was.prediction.z);
  EXPECT_EQ(first.snapshot->prediction.z_sd, was.prediction.z_sd);
  EXPECT_EQ(first.snapshot->prediction.misfit, was.prediction.misfit);
  EXPECT_TRUE(first.snapshot->prediction.extrapolation.empty());
  EXPECT_EQ(first.snapshot->endmembers.mean, was.endmembers.mean);
  EXPECT_EQ(first.snapshot->endmembers.sd, was.endmembers.sd);
  EXPECT_EQ(first.snapshot->epochs, 50);
  EXPECT_EQ(first.snapshot->steps, 20);

  const RunRecord& second = again->runs[1];
  EXPECT_EQ(second.id, 2U);
  EXPECT_EQ(second.end, RunEnd::Failed);
  EXPECT_EQ(second.message, "no labelled rows");
  EXPECT_FALSE(second.state);
  EXPECT_FALSE(second.snapshot);
  ASSERT_EQ(second.objective().size(), 1U);
  EXPECT_EQ(second.objective()[0].total, -9);
}

TEST_F(ProjectTest, WhichStateOfARunIsShownIsKept) {
  Project project = example(data_);
  auto state = std::make_shared<ModelState>(*project.runs[0].state);
  state->training->best = BestState{3, -1.5, state->weights, state->mean_z};
  for (NamedArray& array : state->training->best->weights)
    for (float& value : array.values) value += 1;
  project.runs[0].state = state;
  project.runs[0].best = true;
  ASSERT_TRUE(write(project, path()));
  const auto again = read(path());
  ASSERT_TRUE(again) << again.error().message();
  const RunRecord& run = again->runs[0];
  EXPECT_TRUE(run.best);
  EXPECT_FALSE(again->runs[1].best);
  EXPECT_EQ(run.shown_epoch(), 3);
  EXPECT_EQ(run.state->weights, state->weights) << "the last state is what the run is continued from";
  EXPECT_EQ(run.shown_state()->weights, state->training->best->weights);
  EXPECT_FALSE(run.shown_state()->training);
}

TEST_F(ProjectTest, DataMayStayInTheirFileAndAreFoundBesideTheProject) {
  fs::create_directory(path("a"));
  ASSERT_TRUE(write_dataset(*data_, path("a/lab.h5"), false));
  ASSERT_TRUE(write(example(data_), path("a/p.assayer"), {.data_file = path("a/lab.h5")}));
  EXPECT_LT(fs::file_size(path("a/p.assayer")), 200000U);
  ASSERT_TRUE(read(path("a/p.assayer")));
  // The folder moves as a whole.
  fs::rename(path("a"), path("b"));
  const auto moved = read(path("b/p.assayer"));
  ASSERT_TRUE(moved) << moved.error().message();
  EXPECT_EQ(moved->session.data()->fingerprint(), data_->fingerprint());
  // The project alone, and the data where they were before.
  fs::create_directory(path("a"));
  fs::rename(path("b/lab.h5"), path("a/lab.h5"));
  EXPECT_TRUE(read(path("b/p.assayer")));
  fs::remove(path("a/lab.h5"));
  EXPECT_THAT(refused(path("b/p.assayer")), HasSubstr("missing"));
}

/// Spectra that claim to be too large for the memory.
class Elsewhere final : public SpectraSource {
 public:
  explicit Elsewhere(DatasetPtr data) : data_(std::move(data)) {}
  [[nodiscard]] std::size_t rows() const override { return data_->rows(); }
  [[nodiscard]] std::size_t channels() const override { return data_->channels(); }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    for (std::size_t r = 0; r < count; ++r)
      std::ranges::copy(data_->spectra().row(first + r),
                        out.begin() + static_cast<std::ptrdiff_t>(r * channels()));
    return {};
  }
  [[nodiscard]] std::size_t block_rows() const override { return 50; }
  [[nodiscard]] std::size_t few_rows() const override { return 1; }

 private:
  DatasetPtr data_;
};

TEST_F(ProjectTest, LargeDataStayInTheirFileWithTheUsersMask) {
  ASSERT_TRUE(write_dataset(*data_, path("large.h5"), false));
  DatasetParts parts;
  parts.shared_spectra = *Spectra::in_file(std::make_shared<Elsewhere>(data_));
  parts.wavelength = data_->wavelength();
  parts.abundances = data_->abundances();
  parts.bad_channels.assign(data_->channels(), 0);
  parts.bad_channels[3] = 1;
  parts.provenance.path = path("large.h5").string();
  const auto large = Dataset::create(std::move(parts));
  ASSERT_TRUE(large);
  Project project = example(*large);
  project.data_reopen = true;
  ASSERT_TRUE(write(project, path()));
  const auto again = read(path());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->session.data()->fingerprint(), data_->fingerprint());
  EXPECT_EQ(again->session.data()->bad_channels(), (*large)->bad_channels());
  fs::remove(path("large.h5"));
  EXPECT_THAT(refused(path()), HasSubstr("missing"));
  // A file that would not open to the same data is none to refer to.
  project.data_reopen = false;
  ASSERT_TRUE(write(project, path()));
  EXPECT_TRUE(read(path()));
}

TEST_F(ProjectTest, OtherDataUnderTheSameNameAreRefused) {
  ASSERT_TRUE(write_dataset(*data_, path("lab.h5"), false));
  ASSERT_TRUE(write(example(data_), path(), {.data_file = path("lab.h5")}));
  // The same data written again are the same data.
  ASSERT_TRUE(write_dataset(*data_, path("lab.h5"), true));
  EXPECT_TRUE(read(path()));
  CrismLabOptions other;
  other.spectra = 132;
  other.channels = 20;
  other.outliers = 3;
  other.seed = 99;
  const auto changed = simulate_crism_lab(other, control_);
  ASSERT_TRUE(changed);
  ASSERT_TRUE(write_dataset(**changed, path("lab.h5"), true));
  EXPECT_THAT(refused(path()), HasSubstr("not those"));
}

TEST_F(ProjectTest, OtherFilesAreNoProjects) {
  EXPECT_THAT(refused(path("nowhere.assayer")), HasSubstr("no such file"));
  std::ofstream(path("text.assayer")) << "not a project";
  EXPECT_THAT(refused(path("text.assayer")), HasSubstr("no project"));
  ASSERT_TRUE(write_dataset(*data_, path("lab.h5"), false));
  EXPECT_THAT(refused(path("lab.h5")), HasSubstr("a data set"));
}

/// Changes a file through HDF5 itself.
template <class Change>
void edit(const fs::path& path, Change change) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  change(file);
  H5Fclose(file);
}

TEST_F(ProjectTest, ANewerVersionIsRefusedByName) {
  ASSERT_TRUE(write(example(data_), path()));
  edit(path(), [](hid_t file) {
    const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    const std::int64_t version = 1000;
    EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_INT64, &version), 0);
    H5Aclose(attribute);
  });
  const std::string message = refused(path());
  EXPECT_THAT(message, HasSubstr("newer version"));
  EXPECT_THAT(message, HasSubstr("1000"));
}

TEST_F(ProjectTest, EveryMissingPartIsNamed) {
  const Project project = example(data_);
  for (const char* name :
       {"data", "data/spectra", "session", "session/roles", "session/unfeatured", "session/selection",
        "view/layout", "runs", "runs/4/model/components", "runs/4/model/q_y/hidden0/weight",
        "runs/4/setup/roles", "runs/4/results/composition", "runs/4/results/z", "runs/4/results/endmembers",
        "runs/2/history/total"}) {
    ASSERT_TRUE(write(project, path()));
    edit(path(), [&](hid_t file) { EXPECT_GE(H5Ldelete(file, name, H5P_DEFAULT), 0) << name; });
    refused(path());
  }
  for (const auto& [object, name] :
       {std::pair("/", "source"), std::pair("/", "active_run"), std::pair("session", "config"),
        std::pair("session", "pipeline"), std::pair("runs/4", "name"), std::pair("runs/4", "end"),
        std::pair("runs/4", "order"), std::pair("runs/4/results", "epoch")}) {
    ASSERT_TRUE(write(project, path()));
    edit(path(), [&, object = object, name = name](hid_t file) {
      EXPECT_GE(H5Adelete_by_name(file, object, name, H5P_DEFAULT), 0) << object << " " << name;
    });
    EXPECT_THAT(refused(path()), HasSubstr(name));
  }
}

TEST_F(ProjectTest, WrongShapesAreRefused) {
  const Project good = example(data_);
  const auto spoilt = [&](const std::function<void(Snapshot&)>& spoil) {
    Project project = good;
    auto snapshot = std::make_shared<Snapshot>(*good.runs[0].snapshot);
    spoil(*snapshot);
    project.runs[0].snapshot = std::move(snapshot);
    EXPECT_TRUE(write(project, path()));
    return refused(path());
  };
  const std::size_t n = data_->rows();
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.prediction.composition = Matrix<double>(n - 1, 3); }),
              HasSubstr("composition"));
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.prediction.composition = Matrix<double>(n, 4); }),
              HasSubstr("composition"));
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.prediction.z = Matrix<double>(3, 1); }), HasSubstr("results/z"));
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.prediction.misfit.pop_back(); }), HasSubstr("misfit"));
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.endmembers.mean = Matrix<float>(2, 20); }),
              HasSubstr("endmembers"));
  EXPECT_THAT(spoilt([&](Snapshot& s) { s.endmembers.sd = Matrix<float>(3, 19); }), HasSubstr("endmembers"));

  Project project = good;
  project.selection = {static_cast<std::uint32_t>(n)};
  ASSERT_TRUE(write(project, path()));
  EXPECT_THAT(refused(path()), HasSubstr("selection"));
  project = good;
  auto setup = std::make_shared<RunSetup>(*good.runs[0].setup);
  setup->roles.pop_back();
  project.runs[0].setup = std::move(setup);
  ASSERT_TRUE(write(project, path()));
  EXPECT_THAT(refused(path()), HasSubstr("roles"));
}

TEST_F(ProjectTest, TruncatedFilesCostOneMessage) {
  ASSERT_TRUE(write(example(data_), path()));
  std::ifstream stream(path(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  const std::size_t step = std::max<std::size_t>(bytes.size() / 150, 1);
  for (std::size_t length = 0; length < bytes.size(); length += step) {
    std::ofstream(path("cut.assayer"), std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(length));
    EXPECT_FALSE(refused(path("cut.assayer")).empty()) << length;
  }
}

TEST_F(ProjectTest, DamagedBytesAreFoundOrHarmless) {
  ASSERT_TRUE(write(example(data_), path()));
  std::ifstream stream(path(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  std::mt19937 random(5);
  int opened = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string damaged = bytes;
    for (int flips = 1 + i % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    std::ofstream(path("bad.assayer"), std::ios::binary | std::ios::trunc) << damaged;
    const auto project = read(path("bad.assayer"));
    if (project) {
      // What opens keeps the invariants that views rely on.
      ++opened;
      EXPECT_EQ(project->session.roles().size(), project->session.data()->rows());
      continue;
    }
    EXPECT_FALSE(project.error().message().empty());
  }
  EXPECT_LT(opened, 1000);
}

TEST_F(ProjectTest, AStopOrAFaultLeavesTheFormerFile) {
  Project project = example(data_);
  ASSERT_TRUE(write(project, path()));
  const auto before = fs::file_size(path());
  RunControl stopped;
  stopped.request_stop();
  const Status status = write_project(project, path(), {.overwrite = true}, stopped);
  ASSERT_FALSE(status);
  EXPECT_TRUE(status.error().cancelled());
  // A weight that contradicts its shape cannot be written.
  auto state = std::make_shared<ModelState>(*project.runs[0].state);
  state->weights[0].values.pop_back();
  project.runs[0].state = state;
  EXPECT_FALSE(write(project, path()));
  EXPECT_EQ(fs::file_size(path()), before);
  EXPECT_TRUE(read(path()));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1)
      << "nothing is left aside";
  // Without permission nothing is replaced.
  EXPECT_FALSE(write_project(example(data_), path(), {}, control_));
}

TEST(SessionRestore, RefusesPartsThatDoNotFit) {
  const DatasetPtr data = laboratory();
  const auto session = Session::start(data);
  ASSERT_TRUE(session);
  const auto parts = [&] {
    return Session::Parts{data, session->roles(), session->unfeatured(), session->config(), {}, {}};
  };
  EXPECT_TRUE(Session::restore(parts()));
  auto wrong = parts();
  wrong.roles.pop_back();
  EXPECT_FALSE(Session::restore(wrong));
  wrong = parts();
  wrong.unfeatured = Matrix<double>({0.5, 0.4, 0.2}, 1, 3);
  EXPECT_FALSE(Session::restore(wrong));
  wrong = parts();
  wrong.unfeatured = Matrix<double>({NAN, 0.5, 0.5}, 1, 3);
  EXPECT_FALSE(Session::restore(wrong));
  wrong = parts();
  wrong.unfeatured = Matrix<double>({0.5, 0.5}, 1, 2);
  EXPECT_FALSE(Session::restore(wrong));
  wrong = parts();
  wrong.data = nullptr;
  EXPECT_FALSE(Session::restore(wrong));
}

}  // namespace
}  // namespace assayer
