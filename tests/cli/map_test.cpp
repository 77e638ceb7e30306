// SPDX-License-Identifier: GPL-3.0-or-later
// `map` on an image made of the small laboratory, against `predict` on the same spectra.
#include <cmath>
#include <csignal>
#include <fstream>

#include "cli_fixture.h"
#include "core/io/envi_exporter.h"
#include "core/io/hdf5_file.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Map : public CliTest {
 protected:
  /// The laboratory's 396 spectra as 18 lines of 22 pixels, one of them without values, `times` below each
  /// other.
  std::string make_image(const std::string& lab, const std::string& name, std::size_t times = 1) const {
    RunControl control;
    const auto data = ImporterRegistry::standard().load(lab, control)->data;
    DatasetParts parts;
    parts.spectra = Matrix<float>(data->rows() * times, data->channels());
    for (std::size_t t = 0; t < times; ++t)
      std::ranges::copy(data->spectra().values(), parts.spectra.row(t * data->rows()).data());
    std::ranges::fill(parts.spectra.row(5), std::nanf(""));
    parts.wavelength = data->wavelength();
    parts.image_shape = ImageShape{18 * times, 22};
    parts.provenance.attributes = {{"map info", "UTM, 1, 1, 500000"}, {"fwhm", "1, 2"}};
    const auto said = EnviExporter().write(**Dataset::create(std::move(parts)), file(name), {}, control, {});
    if (!said) throw std::runtime_error(said.error().message());
    return file(name);
  }
};

TEST_F(Map, HoldsWhatPredictSays) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab);
  const std::string image = make_image(lab, "image.img");
  ASSERT_EQ(cli({"predict", model, image, "-o", file("out.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("out.csv")));

  const Json json = cli_json({"map", model, file("image.hdr"), "-o", file("map.img"), "--json"});
  EXPECT_EQ(json["image_shape"], Json({18, 22}));
  const std::vector<std::string> bands = json["bands"];
  EXPECT_EQ(bands, (std::vector<std::string>{"olivine", "diopside", "bytownite", "olivine sd", "diopside sd",
                                             "bytownite sd", "z1", "z1 sd"}));
  RunControl control;
  const auto map = ImporterRegistry::standard().load(file("map.img"), control);
  ASSERT_TRUE(map) << map.error().message();
  EXPECT_EQ(map->data->image_shape()->rows, 18U);
  EXPECT_EQ(map->data->provenance().attributes.at("map info"), "UTM, 1, 1, 500000");
  EXPECT_THAT(map->data->provenance().attributes.at("band names"), HasSubstr("olivine, diopside"));
  for (std::size_t r = 0; r < 396; ++r) {
    for (std::size_t b = 0; b < bands.size(); ++b) {
      const float value = map->data->spectra()(r, b);
      if (r == 5)
        EXPECT_TRUE(std::isnan(value));
      else
        EXPECT_EQ(value, static_cast<float>(csv.number(r, bands[b]))) << r << ' ' << bands[b];
    }
  }

  ASSERT_EQ(cli({"map", model, image, "-o", file("map.h5")}).exit_code, 0);
  const auto h5 = hdf5::File::open(file("map.h5"));
  ASSERT_TRUE(h5);
  EXPECT_EQ(h5->info("composition")->shape, (std::vector<std::uint64_t>{18, 22, 3}));
  EXPECT_EQ(*h5->read_attribute_texts("composition", "columns"),
            (std::vector<std::string>{"olivine", "diopside", "bytownite"}));
  const auto composition = h5->read<float>("composition");
  const auto z = h5->read<float>("z");
  ASSERT_TRUE(composition && z);
  for (std::size_t r = 0; r < 396; ++r) {
    if (r == 5) continue;
    EXPECT_EQ((*composition)[3 * r + 1], map->data->spectra()(r, 1));
    EXPECT_EQ((*z)[r], map->data->spectra()(r, 6));
  }
}

TEST_F(Map, RefusesWhatIsNoImageAndOtherNames) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab);
  expect_one_line_error(cli({"map", model, lab, "-o", file("map.img")}), 1, "form no image");
  expect_one_line_error(cli({"map", model, lab, "-o", file("map.csv")}), 2, "Change the extension");
  const std::string image = make_image(lab, "image.img");
  ASSERT_EQ(cli({"map", model, image, "-o", file("map.img")}).exit_code, 0);
  expect_one_line_error(cli({"map", model, image, "-o", file("map.img")}), 1, "exists already");
  EXPECT_EQ(cli({"map", model, image, "-o", file("map.img"), "--force"}).exit_code, 0);
  std::ofstream(file("image.img"), std::ios::binary) << "short";
  expect_one_line_error(cli({"map", model, image, "-o", file("other.img")}), 1, "shorter than its header");
  EXPECT_FALSE(fs::exists(file("other.img")));
}

TEST_F(Map, AnInterruptLeavesNothingBehind) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab);
  const std::string image = make_image(lab, "image.img", 3000);
  const auto files = [this] { return std::distance(fs::directory_iterator(folder()), {}); };
  const auto before = files();
  Process process(ASSAYER_CLI, {"map", model, image, "-o", file("map.img")}, folder());
  // Two for its output and error, two aside for image and header.
  ASSERT_TRUE(wait_until([&] { return files() >= before + 4 || !process.running(); }));
  process.send(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  for (const auto& entry : fs::directory_iterator(folder()))
    EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("map"))) << entry.path();
}

}  // namespace
}  // namespace assayer::test
