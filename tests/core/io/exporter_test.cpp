// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare_datasets.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

DatasetPtr small_data() {
  DatasetParts parts;
  parts.spectra = Matrix<float>({1, 2, 3, 4, 5, 6}, 2, 3);
  parts.wavelength = *WavelengthAxis::create({400, 500, 600}, WavelengthUnit::Nanometre);
  parts.groups = Groups{{0, 1}, {"a", "b"}, {0, 1}};
  parts.metadata = {{"sample", std::vector<std::string>{"x", "y"}}};
  return *Dataset::create(std::move(parts));
}

TEST(Exporter, TheExtensionChoosesTheFormat) {
  const auto registry = ExporterRegistry::standard();
  for (const char* name : {"a.h5", "b.HDF5"}) EXPECT_EQ((*registry.find(name))->name(), "Assayer HDF5");
  for (const char* name : {"a.doc", "a"}) {
    const auto none = registry.find(name);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, Error::Kind::Usage);
    EXPECT_THAT(none.error().message(), HasSubstr(".h5 (Assayer HDF5)"));
  }
}

TEST(Exporter, NativeFilesAreReadBackAsTheyWere) {
  const TemporaryFolder folder;
  const auto data = small_data();
  RunControl control;
  const auto warnings = ExporterRegistry::standard().write(*data, folder / "a.h5", {}, control);
  ASSERT_TRUE(warnings) << warnings.error().message();
  EXPECT_THAT(*warnings, IsEmpty());
  const auto again = ImporterRegistry::standard().load(folder / "a.h5", control);
  ASSERT_TRUE(again) << again.error().message();
  test::expect_equal(*data, *again->data);
}

TEST(Exporter, AFileThatExistsStaysUnlessItMayBeReplaced) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.h5") << "precious";
  RunControl control;
  const auto registry = ExporterRegistry::standard();
  EXPECT_FALSE(registry.write(*small_data(), folder / "a.h5", {}, control));
  EXPECT_EQ(test::content_of(folder / "a.h5"), "precious");
  EXPECT_TRUE(registry.write(*small_data(), folder / "a.h5", {true, {}}, control));
}

TEST(Exporter, UnknownSettingsAreRefused) {
  const TemporaryFolder folder;
  RunControl control;
  const auto refused = ExporterRegistry::standard().write(*small_data(), folder / "a.h5",
                                                          {true, {{"colour", "red"}}}, control);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::Usage);
  EXPECT_THAT(refused.error().message(), HasSubstr("colour"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.h5"));
}

TEST(Exporter, AStopWritesNothing) {
  const TemporaryFolder folder;
  RunControl control;
  control.request_stop();
  const auto stopped = ExporterRegistry::standard().write(*small_data(), folder / "a.h5", {}, control);
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Exporter, WhatAFormatCannotHoldIsSaid) {
  ExportCapacity everything_but_groups;
  everything_but_groups.metadata = true;
  EXPECT_THAT(parts_left_out(*small_data(), everything_but_groups, "X"),
              UnorderedElementsAre(HasSubstr("the groups")));
  EXPECT_EQ(parts_left_out(*small_data(), {}, "X").size(), 2u);
}

}  // namespace
}  // namespace assayer
