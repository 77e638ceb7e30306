// SPDX-License-Identifier: GPL-3.0-or-later
// From every format that is written into every other one: what both can hold comes through as it was, and
// what is missing behind was named.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "core/base/letters.h"
#include "core/base/random.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

/// One for every form that an exporter has.
constexpr std::array<const char*, 7> kForms = {"h5", "csv", "img", "sli", "mat", "npz", "npy"};
constexpr std::size_t kRows = 12;
constexpr std::size_t kChannels = 7;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Every part, with names that formats stumble over. An image with missing values on a rising axis, or a list
/// of spectra without any on a falling one.
DatasetPtr everything(bool image) {
  Random random(7);
  const auto matrix = [&random](std::size_t rows) {
    Matrix<float> result(rows, kChannels);
    for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = static_cast<float>(random.normal());
    return result;
  };
  DatasetParts parts;
  parts.spectra = matrix(kRows);
  std::ranges::copy(std::array{-0.0F, 1e-42F, 3.3e38F}, parts.spectra.row(0).begin());
  if (image) {
    parts.spectra(3, 2) = kNan;
    std::ranges::fill(parts.spectra.row(7), kNan);
    parts.image_shape = ImageShape{3, 4};
  }
  std::vector<double> axis(kChannels);
  for (std::size_t c = 0; c < kChannels; ++c)
    axis[c] = image ? 400.1 + 33.3 * static_cast<double>(c) : 1000.0 - 100.1 * static_cast<double>(c);
  parts.wavelength =
      *WavelengthAxis::create(axis, image ? WavelengthUnit::Nanometre : WavelengthUnit::InverseCentimetre);
  Matrix<double> mixed(kRows, 3);
  for (std::size_t r = 0; r < kRows; ++r) {
    mixed(r, 0) = random.uniform(0, 0.5);
    mixed(r, 1) = random.uniform(0, 0.5);
    mixed(r, 2) = 1 - mixed(r, 0) - mixed(r, 1);
  }
  parts.true_abundances = mixed;
  std::ranges::fill(mixed.row(4), std::nan(""));
  parts.abundances =
      *Abundances::create(std::move(mixed), {"olivine, fayalite", "µ-pyroxène \"aug\"", "rest 🪨"});
  parts.endmembers = matrix(3);
  parts.endmember_names = {"em one", "em, \"two\"", "ém 🪨"};
  parts.endmembers_by_group = {matrix(3), matrix(3), matrix(3)};
  parts.groups =
      Groups{{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}, {"low, left", "mid \"x\"", "hé 🛰"}, {10, -5, 30}};
  std::vector<double> reals(kRows);
  std::vector<std::int64_t> wholes(kRows);
  Texts texts(kRows);
  for (std::size_t r = 0; r < kRows; ++r) {
    reals[r] = r == 2 ? std::nan("") : random.normal();
    wholes[r] = static_cast<std::int64_t>(r) - 4;
    texts[r] = r == 5 ? "" : fmt::format("site {}, \"é\" 🪨", r);
  }
  parts.metadata = {{"temperature, K", reals}, {"shot \"n\"", wholes}, {"sité 🪨", texts}};
  parts.bad_channels = {0, 0, 1, 0, 0, 0, 0};
  parts.provenance.attributes = {{"note", "a {note}, \"é\" 🪨"},
                                 {"Owner=me", "x"},
                                 {"samples", "99"},
                                 {"fwhm", image ? "1, 2, 3" : "1, 2, 3, 4, 5, 6, 7"}};
  return *Dataset::create(std::move(parts));
}

Texts write(const Dataset& data, const std::filesystem::path& path) {
  RunControl control;
  auto said = ExporterRegistry::standard().write(data, path, {}, control);
  if (!said) throw std::runtime_error(said.error().message());
  return *std::move(said);
}

Imported read(const std::filesystem::path& path) {
  RunControl control;
  auto imported = ImporterRegistry::standard().load(path, control);
  if (!imported) throw std::runtime_error(imported.error().message());
  return *std::move(imported);
}

/// A data set behind a file, and what was said on the way.
struct Passed {
  DatasetPtr data;
  Texts said;
};

Passed pass(const Dataset& data, const std::string& form) {
  const test::TemporaryFolder folder;
  const auto path = folder / ("data." + form);
  Passed result;
  result.said = write(data, path);
  Imported imported = read(path);
  result.data = std::move(imported.data);
  std::ranges::move(imported.warnings, std::back_inserter(result.said));
  return result;
}

template <class T>
bool same_number(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

template <class T>
bool same(const Matrix<T>& a, const Matrix<T>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::ranges::equal(a.values(), b.values(), same_number<T>);
}

std::string in_first_plane(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // Of a character of four bytes the first becomes the mark; those behind it are below 0xC0.
    const bool behind = byte >= 0x80 && byte < 0xC0 && result.ends_with('?');
    if (byte >= 0xF0)
      result += '?';
    else if (!behind)
      result += c;
  }
  return result;
}

/// As ENVI's headers take it.
std::string without_braces(std::string text) {
  std::ranges::replace(text, '{', '(');
  std::ranges::replace(text, '}', ')');
  return text;
}

class Comparison {
 public:
  Comparison(const Dataset& before, const Passed& after)
      : before_(before), after_(*after.data), said_(after.said), marks_(about("question marks")) {}

  void run() const {
    spectra();
    expect_said("the wavelengths are left out", true, before_.wavelength() == after_.wavelength());
    expect_said("the compositions are left out", before_.abundances().has_value(), same_compositions());
    expect_said("the true compositions are left out", before_.true_abundances().has_value(),
                !before_.true_abundances() || (after_.true_abundances() &&
                                               same(*before_.true_abundances(), *after_.true_abundances())));
    expect_said("the groups are left out", before_.groups().has_value(), same_groups());
    expect_said("the metadata columns are left out", !before_.metadata().empty(), same_columns());
    const auto& shape = before_.image_shape();
    expect_said("the shape of the image is left out", shape.has_value(),
                !shape || (after_.image_shape() && after_.image_shape()->rows == shape->rows &&
                           after_.image_shape()->cols == shape->cols));
    const bool endmembers = before_.endmembers().has_value();
    expect_said("the reference endmembers are left out", endmembers,
                !endmembers || (after_.endmembers() && same(*before_.endmembers(), *after_.endmembers())));
    expect_said("the reference endmembers of each group are left out", !before_.endmembers_by_group().empty(),
                std::ranges::equal(before_.endmembers_by_group(), after_.endmembers_by_group(), same<float>));
    expect_said("the mask of bad channels is left out", !before_.bad_channels().empty(),
                before_.bad_channels() == after_.bad_channels());
    endmember_names();
    attributes();
  }

 private:
  [[nodiscard]] bool about(std::string_view phrase) const {
    return std::ranges::any_of(said_, [phrase](const std::string& s) { return s.contains(phrase); });
  }
  /// What is there is the same or said to be left out, and not both.
  void expect_said(const char* phrase, bool there, bool same) const {
    EXPECT_EQ(about(phrase), there && !same) << phrase << "\nsaid: " << testing::PrintToString(said_);
  }
  [[nodiscard]] std::string text(const std::string& before) const {
    return marks_ ? in_first_plane(before) : before;
  }
  [[nodiscard]] bool same_texts(const Texts& before, const Texts& after) const {
    return std::ranges::equal(before, after, {}, [this](const std::string& each) { return text(each); });
  }

  void spectra() const {
    ASSERT_EQ(before_.rows(), after_.rows());
    ASSERT_EQ(before_.channels(), after_.channels());
    EXPECT_TRUE(
        std::ranges::equal(before_.spectra().values(), after_.spectra().values(), same_number<float>));
  }

  [[nodiscard]] bool same_compositions() const {
    const auto& a = before_.abundances();
    const auto& b = after_.abundances();
    return !a || (b && same_texts(a->names(), b->names()) && same(a->values(), b->values()));
  }

  /// Their order in the list of groups says nothing.
  [[nodiscard]] bool same_groups() const {
    const auto& a = before_.groups();
    const auto& b = after_.groups();
    if (!a || !b) return !a;
    if (a->names.size() != b->names.size()) return false;
    for (std::size_t r = 0; r < before_.rows(); ++r) {
      const auto i = static_cast<std::size_t>(a->of_row[r]);
      const auto k = static_cast<std::size_t>(b->of_row[r]);
      if (a->codes[i] != b->codes[k] || text(a->names[i]) != b->names[k]) return false;
    }
    return true;
  }

  /// The name behind, where another one was announced.
  [[nodiscard]] std::string name_of(const MetadataColumn& column) const {
    const std::string start = fmt::format("\"{}\" is written as ", column.name);
    for (const std::string& sentence : said_)
      if (sentence.starts_with(start))
        return sentence.substr(start.size(), sentence.find(',', start.size()) - start.size());
    return column.name;
  }
  [[nodiscard]] bool same_columns() const {
    return std::ranges::all_of(before_.metadata(), [this](const MetadataColumn& a) {
      const MetadataColumn* b = after_.find_metadata(name_of(a));
      if (b == nullptr || a.values.index() != b->values.index()) return false;
      if (const auto* texts = std::get_if<Texts>(&a.values))
        return same_texts(*texts, std::get<Texts>(b->values));
      if (const auto* reals = std::get_if<std::vector<double>>(&a.values))
        return std::ranges::equal(*reals, std::get<std::vector<double>>(b->values), same_number<double>);
      return a.values == b->values;
    });
  }

  void endmember_names() const {
    const Texts& names = before_.endmember_names();
    const bool held = names.empty() || same_texts(names, after_.endmember_names());
    // An array with a name for every spectrum is a column to its reader, and the endmembers are numbered.
    EXPECT_TRUE(held || about("the endmembers' own names are left out") ||
                about("the reference endmembers are left out") || about("The components have no names"))
        << testing::PrintToString(said_);
  }

  void attributes() const {
    const auto& after = after_.provenance().attributes;
    for (const auto& [key, value] : before_.provenance().attributes) {
      if (const auto found = after.find(key); found != after.end() && found->second == value) continue;
      if (about("the notes about the data are left out")) continue;
      if (about(fmt::format("The note \"{}\" is left out", key))) continue;
      EXPECT_TRUE(about("were replaced")) << key << "\nsaid: " << testing::PrintToString(said_);
      std::string plain = lower(key);
      std::ranges::replace(plain, '=', '-');
      ASSERT_TRUE(after.contains(plain)) << key;
      EXPECT_EQ(after.at(plain), without_braces(value)) << key;
    }
  }

  const Dataset& before_;
  const Dataset& after_;
  const Texts& said_;
  bool marks_;  ///< for characters that MATLAB's files have no single code for
};

class ExportPairs : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(ExportPairs, WhatIsMissingBehindWasNamed) {
  const auto& [from, image] = GetParam();
  const auto data = everything(image);
  const Passed first = pass(*data, from);
  Comparison(*data, first).run();
  for (const char* to : kForms) {
    SCOPED_TRACE(std::string("to ") + to);
    const Passed second = pass(*first.data, to);
    Comparison(*first.data, second).run();
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, ExportPairs, testing::Combine(testing::ValuesIn(kForms), testing::Bool()),
                         [](const auto& instance) {
                           return std::string(std::get<0>(instance.param)) +
                                  (std::get<1>(instance.param) ? "_image" : "_list");
                         });

TEST(ExportForms, CoverEveryExporter) {
  const ExporterRegistry registry = ExporterRegistry::standard();
  for (const auto& exporter : registry.exporters()) {
    const Texts extensions = exporter->extensions();
    const auto is_here = [](const std::string& extension) {
      return std::ranges::find(kForms, extension.substr(1)) != kForms.end();
    };
    EXPECT_TRUE(std::ranges::any_of(extensions, is_here)) << exporter->name();
  }
}

// An empty list, a list for other bands, a key of the header's own, and two that differ by capitals alone.
TEST(ExportNotes, ThoseThatAnEnviHeaderHasNoPlaceForAreNamed) {
  const test::TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(4, 3, 1.0F);
  parts.image_shape = ImageShape{2, 2};
  parts.provenance.attributes = {{"Band Names", "a, b"},
                                 {"data  ignore value", "1"},
                                 {"fwhm", "1, 2"},
                                 {"none", " "},
                                 {"remark", "kept"},
                                 {"Remark", "first in the alphabet"},
                                 {"reflectance scale factor", "10"}};
  const auto data = *Dataset::create(std::move(parts));
  const auto said = write(*data, folder / "a.img");
  for (const char* key :
       {"Band Names", "data  ignore value", "fwhm", "none", "remark", "reflectance scale factor"})
    EXPECT_THAT(said, Contains(HasSubstr(fmt::format("The note \"{}\" is left out", key))));
  EXPECT_THAT(said, Contains(HasSubstr("it has 2 values for 3 bands")));
  const auto again = read(folder / "a.img").data;
  EXPECT_EQ(again->spectra(), data->spectra());
  EXPECT_EQ(again->provenance().attributes,
            (std::map<std::string, std::string>{{"remark", "first in the alphabet"}}));
}

TEST(ExportNotes, ALibraryTakesItsNamesFromWhereTheyAre) {
  const test::TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>({1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3);
  parts.endmembers = parts.spectra;
  parts.endmember_names = {"clay", "ice", "salt"};
  DatasetParts named = parts;
  const auto data = *Dataset::create(std::move(parts));
  EXPECT_THAT(write(*data, folder / "a.sli"), IsEmpty());
  EXPECT_EQ(read(folder / "a.sli").data->endmember_names(), data->endmember_names());

  // The last one empty, and not those of the endmembers.
  named.metadata = {{"site", Texts{"x", "y", ""}}};
  EXPECT_THAT(write(**Dataset::create(std::move(named)), folder / "b.sli"),
              ElementsAre(HasSubstr("the endmembers' own names are left out"),
                          HasSubstr("The column \"site\" is written as the names of the spectra.")));
  const auto again = read(folder / "b.sli").data;
  EXPECT_THAT(std::get<Texts>(again->find_metadata("name")->values), ElementsAre("x", "y", ""));
}

// A column and the groups, another one and a component.
TEST(ExportNotes, ColumnsOfATableThatGetAnotherNameAreNamed) {
  const test::TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(2, 3, 1.0F);
  parts.abundances = *Abundances::create(Matrix<double>({0.25, 0.75, 1, 0}, 2, 2), {"q", "r"});
  parts.groups = Groups{{0, 1}, {"a", "b"}, {0, 1}};
  parts.metadata = {{"q", Texts{"x", "y"}}, {"group", Texts{"v", "w"}}};
  const auto data = *Dataset::create(std::move(parts));
  EXPECT_THAT(write(*data, folder / "a.csv"),
              ElementsAre(HasSubstr("\"group\" is written as group (2), because another column"),
                          HasSubstr("\"q\" is written as q (2), because another column")));
  EXPECT_THAT(read(folder / "a.csv").data->component_names(), ElementsAre("q (2)", "r"));
  RunControl control;
  const auto plain = ExporterRegistry::standard().write(
      *data, folder / "b.csv", {.overwrite = false, .settings = {{"notes", "no"}}}, control);
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_THAT(*plain, Contains(HasSubstr("\"q\" is written as q (2)")));
}

// Kept without endmembers, they are left out by name; with them, the endmembers are.
TEST(ExportNotes, NamesOfEndmembersGoWithTheComment) {
  const test::TemporaryFolder folder;
  const auto said = [&folder](bool endmembers, bool components) {
    DatasetParts parts;
    parts.spectra = Matrix<float>(2, 3, 1.0F);
    if (components)
      parts.abundances = *Abundances::create(Matrix<double>({0.25, 0.75, 1, 0}, 2, 2), {"one", "two"});
    if (endmembers) parts.endmembers = Matrix<float>(2, 3, 2.0F);
    parts.endmember_names = {"one", "two"};
    RunControl control;
    const ExportOptions options{.overwrite = true, .settings = {{"notes", "no"}}};
    return ExporterRegistry::standard()
        .write(**Dataset::create(std::move(parts)), folder / "a.csv", options, control)
        .value();
  };
  EXPECT_THAT(said(false, false), ElementsAre(HasSubstr("the endmembers' own names are left out")));
  EXPECT_THAT(said(true, false), ElementsAre(HasSubstr("the reference endmembers are left out")));
  EXPECT_THAT(said(false, true), IsEmpty());
}

TEST(ExportNotes, ArraysThatGetAnotherNameOrLoseTheirPositionsAreNamed) {
  const test::TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(4, 3, 1.0F);
  parts.wavelength = *WavelengthAxis::create({5, 6, 7}, WavelengthUnit::Channel);
  parts.metadata = {{"wavelength", Texts{"a", "b", "c", "d 🪨"}}};
  const auto data = *Dataset::create(std::move(parts));
  EXPECT_THAT(write(*data, folder / "a.npz"),
              ElementsAre(HasSubstr("\"wavelength\" is written as wavelength (2)")));
  EXPECT_THAT(write(*data, folder / "a.npy"), Contains(HasSubstr("the wavelengths are left out")));
  EXPECT_THAT(
      write(*data, folder / "a.mat"),
      ElementsAre(HasSubstr("\"wavelength\" is written as wavelength_2"), HasSubstr("question marks")));
}

}  // namespace
}  // namespace assayer
