// SPDX-License-Identifier: GPL-3.0-or-later
// Preprocessing from outside: as a command, and as part of a model.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli_fixture.h"
#include "core/io/dataset_writer.h"
#include "core/io/envi_header.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using PreprocessCommand = CliTest;

std::string content_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

DatasetPtr load(const std::string& path) {
  RunControl control;
  auto imported = ImporterRegistry::standard().load(path, control);
  if (!imported) {
    ADD_FAILURE() << imported.error().message();
    return nullptr;
  }
  return imported->data;
}

TEST_F(PreprocessCommand, WritesTheSpectraAfterTheSteps) {
  const std::string lab = make_lab();
  const Json made =
      cli_json({"preprocess", lab, file("out.h5"), "--step", "mask:keep=2-20", "--step", "snv", "--json"});
  EXPECT_EQ(made["channels"], 19);
  EXPECT_THAT(made["steps"].get<std::vector<std::string>>(), ElementsAre("mask:keep=2-20", "snv"));
  const DatasetPtr before = load(lab);
  const DatasetPtr after = load(file("out.h5"));
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->channels(), 19U);
  EXPECT_EQ(after->wavelength()[0], before->wavelength()[2]);
  EXPECT_EQ(after->endmembers()->cols(), 19U);
  EXPECT_EQ(after->provenance().attributes.at("preprocessing"), "mask:keep=2-20; snv");
  double sum = 0;
  for (const float value : after->spectra().row(7)) sum += value;
  EXPECT_NEAR(sum, 0, 1e-5);
}

TEST_F(PreprocessCommand, AModelRepeatsItsStepsAndSaysInWhichSpaceItSpeaks) {
  const std::string lab = make_lab();
  const Json trained =
      cli_json({"baseline", "pls", lab, "-o", file("pls.h5"), "--labelled", "interior:0.7", "--step",
                "savgol:window=5,derivative=1", "--step", "standardise", "--json"});
  EXPECT_THAT(trained["preprocessing"].get<std::vector<std::string>>(),
              ElementsAre("savgol:window=5,derivative=1", "standardise"));
  const Json judged = cli_json({"evaluate", file("pls.h5"), lab, "--json"});
  EXPECT_EQ(judged["kl"], trained["kl"]);
  EXPECT_EQ(judged["endmembers"], trained["endmembers"]);
  EXPECT_THAT(cli({"info", file("pls.h5")}).out, HasSubstr("savgol:window=5,derivative=1; standardise"));
  const Json ends = cli_json({"endmembers", file("pls.h5"), "-o", file("ends.h5"), "--json"});
  EXPECT_EQ(ends["after"], "savgol, standardise");
  EXPECT_THAT(load(file("ends.h5"))->provenance().attributes.at("quantity"), HasSubstr("after savgol"));

  // Predicting one spectrum alone gives what predicting all gave: nothing is fitted again.
  const Json alone = cli_json({"preprocess", lab, file("same.h5"), "--step", "crop", "--json"});
  EXPECT_EQ(cli({"predict", file("pls.h5"), lab, "-o", file("a.csv")}).exit_code, 0);
  EXPECT_EQ(cli({"predict", file("pls.h5"), file("same.h5"), "-o", file("b.csv")}).exit_code, 0);
  EXPECT_EQ(content_of(file("a.csv")), content_of(file("b.csv")));

  // Steps that can be undone: endmembers in the unit of the data, on all of its channels.
  cli_json({"baseline", "pls", lab, "-o", file("log.h5"), "--labelled", "interior:0.7", "--step",
            "absorbance", "--json"});
  const Json back = cli_json({"endmembers", file("log.h5"), "-o", file("log-ends.h5"), "--json"});
  EXPECT_EQ(back["after"], "");
  const DatasetPtr ends_of_log = load(file("log-ends.h5"));
  for (const float value : ends_of_log->spectra().row(0)) {
    EXPECT_GT(value, 0);
    EXPECT_LT(value, 1.5);
  }
}

TEST_F(PreprocessCommand, GoesToTheBandsOfAGenuineSensor) {
  const auto genuine = std::filesystem::path(ASSAYER_SHARED_DIR) /
                       "data/import/envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.hdr";
  if (!std::filesystem::exists(genuine)) GTEST_SKIP() << genuine << " is not here";
  // The header alone, in nm; spectra in um, five times as fine as its bands.
  std::filesystem::copy_file(genuine, file("sensor.hdr"));
  constexpr std::size_t channels = 2101;
  DatasetParts parts;
  parts.spectra = Matrix<float>(2, channels);
  std::vector<double> nm(channels);
  std::vector<double> um(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    nm[c] = 400 + static_cast<double>(c);
    um[c] = nm[c] / 1000;
    for (std::size_t r = 0; r < 2; ++r)
      parts.spectra(r, c) =
          static_cast<float>(0.5 + 0.3 * std::sin(nm[c] / (7.0 + 40.0 * static_cast<double>(r))));
  }
  parts.wavelength = *WavelengthAxis::create(um, WavelengthUnit::Micrometre);
  const auto fine = Dataset::create(std::move(parts));
  ASSERT_TRUE(fine) << fine.error().message();
  ASSERT_TRUE(write_dataset(**fine, file("fine.h5"), false));

  const Json made = cli_json({"preprocess", file("fine.h5"), file("seen.h5"), "--step",
                              "resample:method=gaussian,like=" + file("sensor.hdr"), "--json"});
  EXPECT_EQ(made["channels"], 432);
  const auto step = made["steps"][0].get<std::string>();
  EXPECT_THAT(step, testing::StartsWith("resample:method=gaussian,positions=0.3462995778+0.3513082478+"));
  EXPECT_THAT(step, HasSubstr(",fwhm=0.00555165+0.00555524+"));
  EXPECT_THAT(step, testing::EndsWith("+0.00602852,unit=um"));
  const DatasetPtr seen = load(file("seen.h5"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->wavelength().unit(), WavelengthUnit::Micrometre);

  // Band by band from the header's own numbers, by the definition, in nm.
  const auto header = EnviHeader::read(genuine);
  ASSERT_TRUE(header);
  const auto centres = *header->numbers("wavelength");
  const auto widths = *header->numbers("fwhm");
  std::size_t outside = 0;
  for (std::size_t j = 0; j < 432; ++j) {
    EXPECT_NEAR(seen->wavelength()[j], centres[j] / 1000, 1e-12);
    const bool covered = centres[j] >= 400 && centres[j] <= 2500;
    EXPECT_EQ(seen->bad_channels()[j] == 0, covered) << centres[j];
    if (!covered) {
      ++outside;
      continue;
    }
    for (std::size_t r = 0; r < 2; ++r) {
      double sum = 0;
      double weights = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        const double weight = std::exp2(-4 * std::pow((nm[c] - centres[j]) / widths[j], 2));
        weights += weight;
        sum += weight * (*fine)->spectra()(r, c);
      }
      EXPECT_NEAR(seen->spectra()(r, j), sum / weights, 1e-6) << centres[j];
    }
  }
  EXPECT_THAT(made["described"][0].get<std::string>(),
              HasSubstr(std::to_string(outside) + " of 432 positions are bad channels"));
  // What comes out is a sensor again.
  EXPECT_THAT(seen->provenance().attributes.at("fwhm"), testing::StartsWith("0.00555165, 0.00555524, "));
  const Json again = cli_json({"preprocess", file("fine.h5"), file("again.h5"), "--step",
                               "resample:method=gaussian,like=" + file("seen.h5"), "--json"});
  EXPECT_EQ(again["steps"], made["steps"]);
}

TEST_F(PreprocessCommand, AModelKeepsTheBandsAndNeedsTheirFileNoLonger) {
  const std::string lab = make_lab();  // 24 channels from 0.9 to 2.5 um
  const std::string sensor = file("sensor.hdr");
  std::ofstream(sensor) << "ENVI\nbands = 6\nwavelength units = Nanometers\n"
                           "wavelength = {1000, 1200, 1450, 1700, 2000, 2300}\n"
                           "fwhm = {150, 150, 200, 200, 250, 250}\n";
  const std::string step = "resample:method=gaussian,like=" + sensor;
  const Json trained = cli_json({"baseline", "pls", lab, "-o", file("pls.h5"), "--labelled", "interior:0.7",
                                 "--step", step, "--step", "snv", "--json"});
  EXPECT_THAT(trained["preprocessing"].get<std::vector<std::string>>(),
              ElementsAre("resample:method=gaussian,positions=1+1.2+1.45+1.7+2+2.3,"
                          "fwhm=0.15+0.15+0.2+0.2+0.25+0.25,unit=um",
                          "snv"));
  const Json validated =
      cli_json({"validate", lab, "--methods", "pls", "--by", "kfold:3", "--step", step, "--json"});
  EXPECT_GT(validated["methods"]["pls"]["kl"]["mean"].get<double>(), 0);
  std::filesystem::remove(sensor);
  EXPECT_EQ(cli_json({"evaluate", file("pls.h5"), lab, "--json"})["kl"], trained["kl"]);
  EXPECT_THAT(cli({"info", file("pls.h5")}).out, HasSubstr("positions=1+1.2+…+2.3 (6 numbers)"));
}

TEST_F(PreprocessCommand, ASensorThatDoesNotFitIsRefusedWithOneLine) {
  const std::string lab = make_lab();
  std::ofstream(file("table.csv")) << "sample,1000,1500,2000\na,0.1,0.2,0.3\nb,0.2,0.3,0.1\n";
  const auto refused = [&](const std::string& step, int code, const std::string& part) {
    SCOPED_TRACE(step);
    expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--step", step}), code, part);
  };
  refused("resample:like=" + file("absent.hdr"), 1, "absent.hdr");
  refused("resample:like=", 2, "names no file");
  refused("resample:positions=1+2,like=" + file("table.csv"), 2, "no positions, step, from or to");
  refused("snv:like=" + file("table.csv"), 2, "no such setting");
  // Width that is given counts, and that there is none is told.
  const Json given = cli_json({"preprocess", lab, file("a.h5"), "--step",
                               "resample:method=gaussian,fwhm=0.2,like=" + file("table.csv"), "--json"});
  EXPECT_EQ(given["steps"][0], "resample:method=gaussian,positions=1+1.5+2,fwhm=0.2,unit=um");
  const Outcome none = cli({"preprocess", lab, file("b.h5"), "--step",
                            "snv; resample : method=gaussian, like = " + file("table.csv"), "--quiet"});
  EXPECT_EQ(none.exit_code, 0) << none.err;
  EXPECT_THAT(none.err, HasSubstr("tells no fwhm of its bands"));
  // In the unit that the step asks for, which is then the new axis'.
  cli_json(
      {"preprocess", lab, file("c.h5"), "--step", "resample:unit=nm,like=" + file("table.csv"), "--json"});
  EXPECT_EQ(load(file("c.h5"))->wavelength(),
            *WavelengthAxis::create({1000, 1500, 2000}, WavelengthUnit::Nanometre));

  DatasetParts parts;
  parts.spectra = Matrix<float>(2, 5, 0.5F);
  const auto plain = Dataset::create(std::move(parts));
  ASSERT_TRUE(plain && write_dataset(**plain, file("plain.h5"), false));
  expect_one_line_error(
      cli({"preprocess", file("plain.h5"), file("x.h5"), "--step", "resample:like=" + file("table.csv")}), 1,
      "does not convert");
}

TEST_F(PreprocessCommand, EverySplitOfAValidationFitsItsOwnSteps) {
  const std::string lab = make_lab();
  const Json result = cli_json({"validate", lab, "--methods", "pls", "--by", "kfold:3", "--step", "msc",
                                "--step", "standardise", "--json"});
  EXPECT_LT(result["methods"]["pls"]["kl"]["mean"].get<double>(), 0.2);
}

TEST_F(PreprocessCommand, WarnsInWordsAndRefusesWithOneLine) {
  const std::string lab = make_lab();
  const Outcome warned =
      cli({"preprocess", lab, file("out.h5"), "--step", "centre", "--step", "log", "--quiet"});
  EXPECT_EQ(warned.exit_code, 0) << warned.err;
  EXPECT_THAT(warned.err, HasSubstr("log after centre: about half of the values are negative"));
  expect_one_line_error(cli({"preprocess", lab, file("x.h5")}), 2, "--step");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--step", "snvv"}), 2, "snv");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--recipe", "libs"}), 2, "libs-norm3");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--recipe", "libs-norm3"}), 2, "6144");
  expect_one_line_error(cli({"preprocess", lab, lab, "--step", "snv"}), 1, "another output");
  expect_one_line_error(cli({"preprocess", lab, file("out.h5"), "--step", "snv"}), 1, "--force");
  const Outcome help = cli({"preprocess", "--help"});
  EXPECT_THAT(help.out, HasSubstr("10.1366/0003702894202201"));
  EXPECT_THAT(help.out, HasSubstr("libs-norm3"));
}

}  // namespace
}  // namespace assayer::test
