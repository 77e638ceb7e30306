// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "text_fixture.h"

namespace assayer {
namespace {

using test::axis_of;
using test::row_of;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Tables = test::TextTables;

TEST_F(Tables, TwoColumnsAreOneSpectrum) {
  const auto imported = load("wavelength_nm,reflectance\n400,0.1\n500,0.2\n600,0.25\n700,0.3\n");
  const Dataset& data = *imported.data;
  EXPECT_THAT(axis_of(data), ElementsAre(400, 500, 600, 700));
  EXPECT_EQ(data.wavelength().unit(), WavelengthUnit::Nanometre);
  ASSERT_EQ(data.rows(), 1u);
  EXPECT_THAT(row_of(data, 0), ElementsAre(0.1F, 0.2F, 0.25F, 0.3F));
  EXPECT_THAT(imported.warnings, IsEmpty());
  EXPECT_EQ(imported.format, "Text table");
}

TEST_F(Tables, WithoutAHeaderTheAxisIsTheColumnThatRises) {
  const auto imported = load("0.4 1.5 2\n0.5 1.25 3\n0.6 1 4\n0.7 2 5\n", {}, "table.txt");
  EXPECT_THAT(axis_of(*imported.data), ElementsAre(0.4, 0.5, 0.6, 0.7));
  EXPECT_EQ(imported.data->wavelength().unit(), WavelengthUnit::Micrometre);
  EXPECT_THAT(row_of(*imported.data, 1), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("um is assumed")));
}

TEST_F(Tables, RowsAsSpectraUnderAHeaderOfWavelengths) {
  const auto imported =
      load("sample,grain,400.5 nm,500.5 nm,600.5 nm\nolivine,45,0.5,0.25,0.125\n\"a, b\",90,1e-3,+2,.5\n");
  const Dataset& data = *imported.data;
  EXPECT_THAT(axis_of(data), ElementsAre(400.5, 500.5, 600.5));
  EXPECT_EQ(data.wavelength().unit(), WavelengthUnit::Nanometre);
  EXPECT_THAT(row_of(data, 0), ElementsAre(0.5F, 0.25F, 0.125F));
  EXPECT_THAT(row_of(data, 1), ElementsAre(1e-3F, 2.0F, 0.5F));
  ASSERT_NE(data.find_metadata("sample"), nullptr);
  EXPECT_EQ(data.find_metadata("sample")->text(1), "a, b");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(data.find_metadata("grain")->values),
            (std::vector<std::int64_t>{45, 90}));
  EXPECT_THAT(imported.warnings, IsEmpty());
}

TEST_F(Tables, WavelengthsInAngstromsAreConvertedInBothOrientations) {
  for (const char* text : {"wavelength (\xC3\x85),a\n4005,1\n5000,2\n6000,4\n",
                           "id,4005 \xC3\x85,5000 \xC3\x85,6000 \xC3\x85\nx,1,2,4\ny,3,5,4\n"}) {
    const auto imported = load(text);
    EXPECT_THAT(axis_of(*imported.data), ElementsAre(400.5, 500, 600)) << text;
    EXPECT_EQ(imported.data->wavelength().unit(), WavelengthUnit::Nanometre);
    EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 2, 4));
    EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("are read as 400.5 to 600 nm"))) << text;
  }
}

TEST_F(Tables, HeadersOfNumbersAlone) {
  const auto plain = load("400,450,500,550\n0.1,0.3,0.2,0.4\n0.2,0.1,0.6,0.5\n0.9,0.1,0.3,0.2\n");
  EXPECT_THAT(axis_of(*plain.data), ElementsAre(400, 450, 500, 550));
  EXPECT_EQ(plain.data->rows(), 3u);
  const auto corner = load(",400,450,500,550\na,0.1,0.3,0.2,0.4\nb,0.2,0.1,0.6,0.5\n");
  EXPECT_THAT(axis_of(*corner.data), ElementsAre(400, 450, 500, 550));
  EXPECT_EQ(corner.data->rows(), 2u);
}

TEST_F(Tables, DecimalCommasAndSemicolons) {
  const auto imported =
      load("Wellenl\xE4nge (nm);Probe 1;Probe 2\r\n400,5;0,5;1\r\n401,5;0,25;2,5\r\n402,5;0;-1e3\r\n");
  EXPECT_THAT(axis_of(*imported.data), ElementsAre(400.5, 401.5, 402.5));
  EXPECT_THAT(row_of(*imported.data, 1), ElementsAre(1.0F, 2.5F, -1000.0F));
  EXPECT_EQ(imported.data->find_metadata("name")->text(1), "Probe 2");
  const auto blanks = load("400,5  0,5\n401,5\t0,25\n402,5  0\n", {}, "table.txt");
  EXPECT_THAT(row_of(*blanks.data, 0), ElementsAre(0.5F, 0.25F, 0.0F));
  const auto quoted = load("nm,x\n\"400,5\",\"0,5\"\n\"401,5\",\"0,25\"\n\"402,5\",\"0\"\n");
  EXPECT_THAT(row_of(*quoted.data, 0), ElementsAre(0.5F, 0.25F, 0.0F));
}

TEST_F(Tables, TabsAndBars) {
  for (const char sign : {'\t', '|'}) {
    std::string text = "wavelength (um),a b,c\n0.4,1,2\n0.5,3,4\n0.6,5,6\n";
    std::ranges::replace(text, ',', sign);
    const auto imported = load(text, {}, "table.txt");
    EXPECT_EQ(imported.data->wavelength().unit(), WavelengthUnit::Micrometre);
    EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 3, 5));
    EXPECT_EQ(imported.data->find_metadata("name")->text(0), "a b");
  }
}

TEST_F(Tables, ByteOrderMarkCommentsAndEmptyLines) {
  const auto imported = load(
      "\xEF\xBB\xBF# instrument: FieldSpec\n\n# measured at noon\nnm,a\n400,1\n\n# lamp "
      "changed\n500,2\n600,3\n\n");
  EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 2, 3));
  const auto& notes = imported.data->provenance().attributes;
  EXPECT_EQ(notes.at("instrument"), "FieldSpec");
  EXPECT_THAT(notes.at("comment"), HasSubstr("measured at noon"));
}

TEST_F(Tables, LineEndsOfOldMacintoshes) {
  const auto imported = load("nm,a\r400,1\r500,2\r600,3\r");
  EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 2, 3));
}

TEST_F(Tables, HeadersInComments) {
  const auto imported = load("# 400 450 500\n1 2 3\n4 0 6\n7 2 9\n", {}, "numpy.txt");
  // Without knowing better, the numbers of a comment are a header as NumPy writes it.
  EXPECT_THAT(axis_of(*imported.data), ElementsAre(400, 450, 500));
  EXPECT_EQ(imported.data->rows(), 3u);
}

TEST_F(Tables, LinesAboveTheHeaderAreNotes) {
  const auto imported =
      load("Instrument: Spectralon X\nOperator: somebody\nWavelength,R\n400,1\n500,2\n600,3\n");
  EXPECT_EQ(imported.data->provenance().attributes.at("Operator"), "somebody");
  EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 2, 3));
}

TEST_F(Tables, RLeavesOutTheNameOfTheRowNames) {
  const auto imported =
      load("\"X400\" \"X500\" \"X600\" \"X700\" \"X800\"\n\"1\" 1 2 3 4 9\n\"2\" 3 1 2 5 7\n", {}, "r.txt");
  EXPECT_THAT(axis_of(*imported.data), ElementsAre(400, 500, 600, 700, 800));
  EXPECT_THAT(row_of(*imported.data, 1), ElementsAre(3, 1, 2, 5, 7));
}

TEST_F(Tables, MissingNumbersAreNaN) {
  const auto imported =
      load("id,400,500,600\na,1,NA,3\nb,4,,6\nc,7,-9999,NaN\nd,1,2,3\n", {{}, {{"missing", "-9999"}}, {}});
  const auto& spectra = imported.data->spectra();
  for (std::size_t r = 0; r < 3; ++r) EXPECT_TRUE(std::isnan(spectra(r, 1))) << r;
  EXPECT_TRUE(std::isnan(spectra(2, 2)));
  EXPECT_EQ(spectra(2, 0), 7);
}

TEST_F(Tables, NumbersAtTheEdges) {
  const auto imported =
      load("nm,a,b\n400,1e39,1\n500,1e-60,1\n600,1.0D+03,1\n700,-inf,1\n800,3.4028235e38,1\n900,1e-40,1\n");
  const auto row = row_of(*imported.data, 0);
  EXPECT_TRUE(std::isnan(row[0]));
  EXPECT_EQ(row[1], 0.0F);
  EXPECT_EQ(row[2], 1000.0F);
  EXPECT_TRUE(std::isnan(row[3]));
  EXPECT_EQ(row[4], 3.4028235e38F);
  EXPECT_EQ(row[5], 1e-40F);
  EXPECT_THAT(imported.warnings, Contains(HasSubstr("2 values are infinite")));
}

TEST_F(Tables, CompositionsInPartsOrPercent) {
  const char* const header = "id,olivine,diopside,400,500,600\n";
  const auto parts = load(std::string(header) + "a,0.25,0.75,1,2,3\nb,1,0,3,2,1\nc,,,3,3,3\n");
  ASSERT_TRUE(parts.data->abundances());
  EXPECT_THAT(parts.data->abundances()->names(), ElementsAre("olivine", "diopside"));
  EXPECT_DOUBLE_EQ(parts.data->abundances()->row(0)[1], 0.75);
  EXPECT_FALSE(parts.data->labelled(2));
  const auto percent = load(std::string(header) + "a,25,75,1,2,3\nb,60,40,3,2,1\n");
  EXPECT_DOUBLE_EQ(percent.data->abundances()->row(0)[1], 0.75);
  EXPECT_THAT(percent.warnings, Contains(HasSubstr("percent")));
  // What sums to a whole in the first lines only is no composition, and no error either.
  std::string text = header;
  for (int i = 0; i < 200; ++i) text += i < 150 ? "a,25,75,1,2,3\n" : "a,25,99,1,2,3\n";
  const auto neither = load(text);
  EXPECT_FALSE(neither.data->abundances());
  EXPECT_NE(neither.data->find_metadata("olivine"), nullptr);
  EXPECT_THAT(neither.warnings, Contains(HasSubstr("kept as metadata")));
}

TEST_F(Tables, RolesAndSettingsOverruleTheGuess) {
  const std::string text = "site,iron,rest,400,500,600\n3,10,90,1,2,3\n1,30,70,3,2,1\n3,20,80,1,1,2\n";
  ImportOptions options;
  options.roles = {{"site", ImportRole::Group}, {"iron", ImportRole::Metadata}, {"rest", ImportRole::Ignore}};
  options.unit = WavelengthUnit::InverseCentimetre;
  options.max_rows = 2;
  const auto imported = load(text, options);
  const Dataset& data = *imported.data;
  EXPECT_EQ(data.rows(), 2u);
  EXPECT_EQ(data.wavelength().unit(), WavelengthUnit::InverseCentimetre);
  EXPECT_FALSE(data.abundances());
  ASSERT_TRUE(data.groups());
  EXPECT_EQ(data.groups()->codes, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(data.groups()->of_row, (std::vector<std::int32_t>{1, 0}));
  EXPECT_THAT(data.metadata(), SizeIs(1));
}

TEST_F(Tables, OrientationCanBeForced) {
  const std::string text = "nm,1,2\n400,1,2\n500,3,4\n600,5,7\n";
  EXPECT_EQ(load(text).data->rows(), 2u);
  const auto forced = load(text, {{}, {{"spectra_in", "rows"}}, {}});
  EXPECT_EQ(forced.data->rows(), 3u);
  EXPECT_THAT(row_of(*forced.data, 2), ElementsAre(5, 7));
}

TEST_F(Tables, ReferencesAndMasksInColumns) {
  ImportOptions options;
  options.roles = {{"olivine", ImportRole::Endmembers}, {"pyroxene", ImportRole::Endmembers}};
  const auto imported = load("nm,bbl,s1,olivine,pyroxene\n400,0,1,2,3\n500,1,4,5,6\n600,0,7,8,9\n", options);
  EXPECT_THAT(imported.data->bad_channels(), ElementsAre(0, 1, 0));
  ASSERT_TRUE(imported.data->endmembers());
  EXPECT_EQ((*imported.data->endmembers())(1, 2), 9);
  EXPECT_THAT(imported.data->endmember_names(), ElementsAre("olivine", "pyroxene"));
}

TEST_F(Tables, AnAxisOutOfOrderIsSortedInBothOrientations) {
  const auto columns = load("nm,a\n400,1\n600,3\n500,2\n700,4\n700,9\n");
  EXPECT_THAT(axis_of(*columns.data), ElementsAre(400, 500, 600, 700));
  EXPECT_THAT(row_of(*columns.data, 0), ElementsAre(1, 2, 3, 4));
  const auto rows = load("id,400,600,500,700\na,1,3,2,4\nb,5,7,6,8\n");
  EXPECT_THAT(axis_of(*rows.data), ElementsAre(400, 500, 600, 700));
  EXPECT_THAT(row_of(*rows.data, 1), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(rows.warnings, Contains(HasSubstr("sorted")));
}

TEST_F(Tables, ContentsShowFieldsAndSettings) {
  const auto contents = inspect("sample,olivine,diopside,400,500,600\na,25,75,1,2,3\nb,60,40,3,2,1\n");
  ASSERT_THAT(contents.fields, SizeIs(4));
  EXPECT_EQ(contents.fields[0].name, "sample");
  EXPECT_EQ(contents.fields[0].role, ImportRole::Metadata);
  EXPECT_EQ(contents.fields[1].role, ImportRole::Composition);
  EXPECT_EQ(contents.fields[3].name, "400..600");
  EXPECT_EQ(contents.fields[3].form, "3 columns of numbers");
  EXPECT_EQ(contents.fields[3].role, ImportRole::Spectra);
  const auto value = [&](const char* key) {
    return std::ranges::find(contents.settings, key, &ImportSetting::key)->value;
  };
  EXPECT_EQ(value("spectra_in"), "rows");
  EXPECT_EQ(value("delimiter"), "comma");
  EXPECT_EQ(value("header_rows"), "1");
}

TEST_F(Tables, WhatContentsShowGivesTheSameData) {
  const std::string text = "sample,olivine,diopside,400,500,600\na,25,75,1,2,3\nb,60,40,3,2,1\n";
  const auto contents = inspect(text);
  ImportOptions options;
  for (const auto& field : contents.fields) options.roles[field.name] = field.role;
  for (const auto& setting : contents.settings) options.settings[setting.key] = setting.value;
  EXPECT_EQ(load(text, options).data->fingerprint(), load(text).data->fingerprint());
}

TEST_F(Tables, EveryFaultSaysWhereAndWhatToDo) {
  EXPECT_THAT(message("id,400,500,600\na,1,2,3\nb,4,x5,6\nc,1,2,3\nd,4,5,6\n"),
              testing::AllOf(HasSubstr("line 3, column \"500\""), HasSubstr("x5")));
  EXPECT_THAT(message("id,400,500,600\na,1,2,3\nb,4,5,6,7\n"),
              testing::AllOf(HasSubstr("line 3"), HasSubstr("4 fields"), HasSubstr("found 5")));
  EXPECT_THAT(message("id,400,500,600\na,1,2,3\nb,4,5,6\nc,1"), HasSubstr("truncated"));
  EXPECT_THAT(message("only,words\nin,here\n"), HasSubstr("no table of numbers"));
  EXPECT_THAT(message(std::string("\xFF\xFE"
                                  "a\0",
                                  4),
                      {}, "utf16.csv"),
              HasSubstr("UTF-16"));
  EXPECT_THAT(message("nm,a\n400,1\n", {{{"b", ImportRole::Spectra}}, {}, {}}),
              testing::AllOf(HasSubstr("no field of that name"), HasSubstr("nm, a")));
  EXPECT_THAT(message("nm,a\n400,1\n500,2\n", {{{"a", ImportRole::Composition}}, {}, {}}),
              HasSubstr("cannot be that"));
  EXPECT_THAT(message("nm,a\n400,1\n500,2\n", {{{"a", ImportRole::Ignore}}, {}, {}}),
              HasSubstr("no column holds spectra"));
  EXPECT_THAT(message("nm,a\n400,1\n", {{}, {{"colour", "red"}}, {}}), HasSubstr("spectra_in, delimiter"));
  EXPECT_THAT(message("nm,a\n400,1\n", {{}, {{"decimal", "dot"}}, {}}), HasSubstr("point, comma"));
  EXPECT_THAT(message("nm,a\n400,1\n", {{}, {{"header_rows", "-1"}}, {}}), HasSubstr("a whole number"));
  EXPECT_THAT(message("nm,a\n400,1\n", {{}, {{"header_rows", "2"}}, {}}), HasSubstr("no rows"));
  ImportOptions mapped;
  mapped.roles = {{"x", ImportRole::Composition}, {"y", ImportRole::Composition}};
  EXPECT_THAT(message("x,y,400,500,600\n0.5,0.9,1,2,3\n0.5,0.7,1,2,3\n", mapped), HasSubstr("row 0"));
  EXPECT_THAT(message("nm,a\n400,1\n500,nan\n"), Not(HasSubstr("loaded")));
}

TEST_F(Tables, TextsThatAreNoTablesAreLeftToOthers) {
  const auto refused = try_load("Dear reader,\nthis is a letter of 2026.\n", {}, "letter.txt");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::NotThisFormat);
}

TEST_F(Tables, AStopEndsTheReading) {
  std::string text = "id,400,500,600\n";
  for (int i = 0; i < 5000; ++i) text += "a,1,2,3\n";
  std::ofstream(folder_ / "table.csv") << text;
  RunControl control;
  int calls = 0;
  const auto stopped =
      ImporterRegistry::standard().load(folder_ / "table.csv", control, [&](double, std::string_view) {
        if (++calls == 8) control.request_stop();
      });
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
}

TEST_F(Tables, QuotesThatNeverCloseAreCharacters) {
  const auto imported = load("5\" disk\nnm,a\n400,1\n500,2\n600,3\n");
  EXPECT_THAT(row_of(*imported.data, 0), ElementsAre(1, 2, 3));
  const auto lines = load("id,400,500,600\n\"two\nlines\",1,2,3\nb,4,5,6\n");
  EXPECT_EQ(lines.data->find_metadata("id")->text(0), "two\nlines");
}

}  // namespace
}  // namespace assayer
