// SPDX-License-Identifier: GPL-3.0-or-later
// What the program says about inputs that are wrong: one line, the right exit status, nothing written.
#include <hdf5.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "cli_fixture.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A dataset of a file to be made: the shape's product is the number of values.
struct Array {
  std::string name;
  std::vector<hsize_t> shape;
  std::vector<double> values;
};

void write_h5(const std::string& path, const std::vector<Array>& arrays) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  for (const Array& array : arrays) {
    const hid_t space = H5Screate_simple(static_cast<int>(array.shape.size()), array.shape.data(), nullptr);
    const hid_t set =
        H5Dcreate2(file, array.name.c_str(), H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!array.values.empty()) {
      H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data());
    }
    H5Dclose(set);
    H5Sclose(space);
  }
  H5Fclose(file);
}

/// 12 spectra of 6 channels, three components: a file without fault, to be spoiled.
struct Good {
  Array spectra{"spectra", {12, 6}, {}};
  Array wavelength{"wavelength", {6}, {900, 1200, 1500, 1800, 2100, 2400}};
  Array abundance{"abundance", {12, 3}, {}};
  Good() {
    for (std::size_t r = 0; r < 12; ++r) {
      for (std::size_t c = 0; c < 6; ++c) {
        spectra.values.push_back(0.3 +
                                 0.02 * std::sin(static_cast<double>(r + 1) * static_cast<double>(c + 1)));
      }
      const double a = 0.3 + 0.005 * static_cast<double>(r);
      abundance.values.insert(abundance.values.end(), {a, 0.4, 0.6 - a});
    }
  }
  void write(const std::string& path) const { write_h5(path, {spectra, wavelength, abundance}); }
};

class BadInput : public CliTest {
 protected:
  /// `info` and `train` both refuse the file with one line that names it, and leave an existing output alone.
  void expect_refused(const std::string& path, const std::string& part = {}) const {
    SCOPED_TRACE(path);
    for (const Outcome& outcome : {cli({"info", path}), cli({"info", path, "--json"})}) {
      expect_one_line_error(outcome, 1, part);
      EXPECT_THAT(outcome.err, HasSubstr(fs::path(path).filename().string()));
    }
    write_file(file("before.h5"), "what was here before");
    const Outcome trained = cli({"train", path, "-o", file("before.h5"), "--force", "--epochs", "1"});
    expect_one_line_error(trained, 1, part);
    EXPECT_THAT(trained.err, HasSubstr(fs::path(path).filename().string()));
    EXPECT_EQ(read_file(file("before.h5")), "what was here before");
    expect_one_line_error(cli({"train", path, "-o", file("new.h5"), "--epochs", "1"}), 1, part);
    EXPECT_FALSE(fs::exists(file("new.h5")));
    EXPECT_FALSE(fs::exists(file("new.h5.checkpoint")));
  }
};

TEST_F(BadInput, AGoodFileIsTaken) {
  Good().write(file("good.h5"));
  EXPECT_EQ(cli({"info", file("good.h5")}).exit_code, 0);
  const Outcome trained = cli({"train", file("good.h5"), "-o", file("model.h5"), "--epochs", "2"});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
}

TEST_F(BadInput, MissingFile) {
  expect_refused(file("missing.h5"));
}

TEST_F(BadInput, Folder) {
  fs::create_directory(folder() / "folder.h5");
  expect_refused(file("folder.h5"));
}

TEST_F(BadInput, TextNamedH5) {
  write_file(file("text.h5"), "wavelength, reflectance\n900, 0.3\n");
  expect_refused(file("text.h5"));
}

TEST_F(BadInput, EmptyFile) {
  write_file(file("empty.h5"), "");
  expect_refused(file("empty.h5"));
}

TEST_F(BadInput, TruncatedFile) {
  const std::string whole = read_file(make_lab());
  for (const std::size_t size : {std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    write_file(file("cut.h5"), whole.substr(0, size));
    expect_refused(file("cut.h5"));
  }
}

TEST_F(BadInput, WrongShapes) {
  Good flat;
  flat.spectra.shape = {72};
  flat.write(file("flat.h5"));
  expect_refused(file("flat.h5"), "spectra");
  Good cube;
  cube.spectra.shape = {3, 4, 6};
  cube.write(file("cube.h5"));
  expect_refused(file("cube.h5"), "spectra");
  Good axis;
  axis.wavelength = {"wavelength", {5}, {900, 1200, 1500, 1800, 2100}};
  axis.write(file("axis.h5"));
  expect_refused(file("axis.h5"), "wavelength");
  Good rows;
  rows.abundance.shape = {11, 3};
  rows.abundance.values.resize(33);
  rows.write(file("rows.h5"));
  expect_refused(file("rows.h5"), "abundance");
  write_h5(file("none.h5"), {rows.wavelength});
  expect_refused(file("none.h5"), "spectra");
}

TEST_F(BadInput, NaNEverywhere) {
  Good good;
  for (double& value : good.spectra.values) value = std::numeric_limits<double>::quiet_NaN();
  good.write(file("nan.h5"));
  expect_refused(file("nan.h5"));
}

TEST_F(BadInput, OneChannel) {
  Good good;
  good.spectra = {"spectra", {12, 1}, std::vector<double>(12, 0.3)};
  good.wavelength = {"wavelength", {1}, {900}};
  good.write(file("one.h5"));
  expect_refused(file("one.h5"));
}

TEST_F(BadInput, ZeroRows) {
  Good good;
  good.spectra = {"spectra", {0, 6}, {}};
  good.abundance = {"abundance", {0, 3}, {}};
  good.write(file("zero.h5"));
  expect_refused(file("zero.h5"));
}

TEST_F(BadInput, WavelengthsThatTurnBack) {
  Good good;
  good.wavelength.values = {900, 1200, 1100, 1800, 2100, 2400};
  good.write(file("turn.h5"));
  expect_refused(file("turn.h5"), "wavelength");
  good.wavelength.values = {900, 1200, 1200, 1800, 2100, 2400};
  good.write(file("equal.h5"));
  expect_refused(file("equal.h5"), "wavelength");
}

TEST_F(BadInput, CompositionsThatDoNotSumToOne) {
  Good good;
  good.abundance.values[9] += 0.2;
  good.write(file("sum.h5"));
  expect_refused(file("sum.h5"), "abundance");
}

TEST_F(BadInput, OneComponent) {
  Good good;
  good.abundance = {"abundance", {12, 1}, std::vector<double>(12, 1)};
  good.write(file("one.h5"));
  expect_refused(file("one.h5"), "abundance");
}

TEST_F(BadInput, DataWithoutCompositionsCannotTrain) {
  const Good good;
  write_h5(file("plain.h5"), {good.spectra, good.wavelength});
  EXPECT_EQ(cli({"info", file("plain.h5")}).exit_code, 0);
  expect_one_line_error(cli({"train", file("plain.h5"), "-o", file("model.h5")}), 1, "compositions");
}

TEST_F(BadInput, ModelOfOtherChannelsOrNoModelAtAll) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 2);
  Good().write(file("good.h5"));
  expect_one_line_error(cli({"predict", model, file("good.h5"), "-o", file("out.csv")}), 1, "24 channels");
  expect_one_line_error(cli({"evaluate", model, file("good.h5")}), 1, "24 channels");
  EXPECT_FALSE(fs::exists(file("out.csv")));
  // The same number of channels elsewhere in the spectrum.
  ASSERT_EQ(cli({"simulate", "crism-lab", "-o", file("shift.h5"), "--spectra", "198", "--channels", "24",
                 "--first", "1.0"})
                .exit_code,
            0);
  expect_one_line_error(cli({"predict", model, file("shift.h5"), "-o", file("out.csv")}), 1, "wavelength");
  expect_one_line_error(cli({"evaluate", model, file("shift.h5")}), 1, "wavelength");
  for (const std::string& bad : {lab, file("missing.h5"), file("good.h5")}) {
    expect_one_line_error(cli({"predict", bad, lab, "-o", file("out.csv")}), 1, bad);
    expect_one_line_error(cli({"evaluate", bad, lab}), 1, bad);
    expect_one_line_error(cli({"endmembers", bad, "-o", file("out.csv")}), 1, bad);
    expect_one_line_error(cli({"generate", bad, "--composition", "1,0,0", "-o", file("out.csv")}), 1, bad);
  }
  write_file(file("cut-model.h5"), read_file(model).substr(0, 3000));
  expect_one_line_error(cli({"endmembers", file("cut-model.h5"), "-o", file("out.csv")}), 1, "cut-model.h5");
  EXPECT_FALSE(fs::exists(file("out.csv")));
}

TEST_F(BadInput, ExistingOutputsNeedForce) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 2);
  const std::vector<std::pair<std::string, Arguments>> commands = {
      {file("s.h5"), {"simulate", "crism-lab", "--spectra", "198", "--channels", "8"}},
      {file("m.h5"), {"train", lab, "--epochs", "2"}},
      {file("p.csv"), {"predict", model, lab}},
      {file("p.h5"), {"predict", model, lab}},
      {file("e.csv"), {"endmembers", model}},
      {file("e.h5"), {"endmembers", model}},
      {file("g.csv"), {"generate", model, "--composition", "1,0,0"}},
      {file("g.h5"), {"generate", model, "--composition", "1,0,0"}}};
  for (const auto& [output, words] : commands) {
    SCOPED_TRACE(output);
    write_file(output, "kept");
    Arguments arguments = words;
    arguments.insert(arguments.end(), {"-o", output});
    expect_one_line_error(cli(arguments), 1, "--force");
    EXPECT_EQ(read_file(output), "kept");
    arguments.emplace_back("--force");
    const Outcome replaced = cli(arguments);
    EXPECT_EQ(replaced.exit_code, 0) << replaced.err;
    EXPECT_NE(read_file(output), "kept");
  }
  // No files aside are left behind.
  for (const auto& entry : fs::directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    EXPECT_THAT(name, testing::MatchesRegex("(std(out|err)-[0-9]+|[a-z]+\\.(h5|csv))"));
  }
}

TEST_F(BadInput, OutputsThatCannotBe) {
  const std::string lab = make_lab();
  const std::string bytes = read_file(lab);
  expect_one_line_error(cli({"train", lab, "-o", file("no/model.h5")}), 1, "does not exist");
  expect_one_line_error(cli({"train", lab, "-o", lab, "--force"}), 1, "is read");
  EXPECT_EQ(read_file(lab), bytes);
  fs::create_directory(folder() / "d.h5");
  expect_one_line_error(cli({"train", lab, "-o", file("d.h5"), "--force"}), 1, "folder");
  expect_one_line_error(cli({"info", lab}, "/dev/full"), 1, "standard output");
  expect_one_line_error(cli({"info", lab, "--json"}, "/dev/full"), 1, "standard output");
}

TEST_F(BadInput, UsageErrorsExitWithTwo) {
  const std::string lab = make_lab();
  const std::string out = file("model.h5");
  const std::vector<Arguments> wrong = {
      {},
      {"frobnicate"},
      {"--frobnicate"},
      {"info"},
      {"info", lab, "another"},
      {"info", lab, "--frobnicate"},
      {"simulate"},
      {"simulate", "mars"},
      {"simulate", "crism-lab"},
      {"simulate", "crism-lab", "-o", file("s.h5"), "--spectra", "many"},
      {"simulate", "crism-lab", "-o", file("s.h5"), "--spectra", "-3"},
      {"simulate", "crism-lab", "-o", file("s.csv")},
      {"train", lab},
      {"train", lab, "-o", file("model.csv")},
      {"train", lab, "-o", out, "--epochs", "many"},
      {"train", lab, "-o", out, "--epochs", "-1"},
      {"train", lab, "-o", out, "--method", "magic"},
      {"train", lab, "-o", out, "--preset", "magic"},
      {"train", lab, "-o", out, "--device", "abacus"},
      {"train", lab, "-o", out, "--set", "rate"},
      {"train", lab, "-o", out, "--set", "speed=3"},
      {"train", lab, "-o", out, "--labelled", "interior"},
      {"train", lab, "-o", out, "--labelled", "group=17"},
      {"train", lab, "-o", out, "--unfeatured", "corners"},
      {"train", lab, "-o", out, "--holdout", "nonsense"},
      {"train", lab, "-o", out, "--holdout", "all"},
      {"evaluate", lab},
      {"predict", lab, lab, "-o", file("out.png")},
      {"predict", lab, lab, "-o", "-", "--json"},
      {"endmembers", lab},
      {"generate", lab, "-o", "-"},
  };
  for (const Arguments& arguments : wrong) {
    std::string trace;
    for (const std::string& word : arguments) trace += word + " ";
    SCOPED_TRACE(trace);
    expect_one_line_error(cli(arguments), 2);
  }
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(BadInput, CompositionsOfGenerateMustBeCompositions) {
  const std::string model = make_model(make_lab(), "model.h5", 2);
  const std::vector<Arguments> wrong = {{"--composition", "0.5,0.5"},
                                        {"--composition", "0.5,0.5,0.5"},
                                        {"--composition", "1.5,-0.5,0"},
                                        {"--composition", "a,b,c"},
                                        {"--composition", "1,0,0,"},
                                        {"--composition", "nan,0,1"},
                                        {"--composition", "1,0,0", "--z", "0,0"},
                                        {"--composition", "1,0,0", "--z", "0", "--z", "1"},
                                        {"--composition", "1,0,0", "--samples", "0"}};
  for (const Arguments& more : wrong) {
    Arguments arguments = {"generate", model, "-o", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    SCOPED_TRACE(more.back());
    expect_one_line_error(cli(arguments), 2);
  }
}

}  // namespace
}  // namespace assayer::test
