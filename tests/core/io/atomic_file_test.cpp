// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "core/io/dataset_writer.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(AtomicFile, AppearsOnCommitOnly) {
  const TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "a", false);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->aside().parent_path(), folder.path());
  std::ofstream(file->aside()) << "new";
  EXPECT_FALSE(fs::exists(folder / "a"));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(test::content_of(folder / "a"), "new");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a") << "old";
  {
    auto file = AtomicFile::create(folder / "a", true);
    ASSERT_TRUE(file);
    std::ofstream(file->aside()) << "half";
  }
  EXPECT_EQ(test::content_of(folder / "a"), "old");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, DoesNotReplaceAFileThatAppearedMeanwhile) {
  const TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "a", false);
  ASSERT_TRUE(file);
  std::ofstream(folder / "a") << "somebody else's";
  EXPECT_FALSE(file->commit());
  EXPECT_EQ(test::content_of(folder / "a"), "somebody else's");
}

TEST(AtomicFile, KeepsThePermissionsOfWhatItReplaces) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a") << "old";
  fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  auto file = AtomicFile::create(folder / "a", true);
  ASSERT_TRUE(file && file->commit());
  EXPECT_EQ(fs::status(folder / "a").permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST(AtomicFile, FollowsASymbolicLink) {
  const TemporaryFolder folder;
  std::ofstream(folder / "target") << "old";
  fs::create_symlink("target", folder / "link");
  auto file = AtomicFile::create(folder / "link", true);
  ASSERT_TRUE(file);
  std::ofstream(file->aside()) << "new";
  ASSERT_TRUE(file->commit());
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(test::content_of(folder / "target"), "new");
}

/// Files of this process may not grow beyond a size: what a full disk looks like to a writer.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  sighandler_t handler_;
};

TEST(AtomicFile, AWriterThatRunsOutOfSpaceKeepsTheOldFile) {
  const TemporaryFolder folder;
  const auto dataset = [](float value) {
    DatasetParts parts;
    parts.spectra = Matrix<float>(300, 500, value);
    return *Dataset::create(std::move(parts));
  };
  ASSERT_TRUE(write_dataset(*dataset(1), folder / "a.h5", false));
  const std::string before = test::content_of(folder / "a.h5");
  Status status;
  {
    const SizeLimit limit(100000);
    status = write_dataset(*dataset(2), folder / "a.h5", true);
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, Error::Kind::File);
  EXPECT_TRUE(test::content_of(folder / "a.h5") == before);
  EXPECT_EQ(entries_in(folder.path()), 1U);
  // The library must be usable afterwards.
  ASSERT_TRUE(write_dataset(*dataset(3), folder / "a.h5", true));
  RunControl control;
  const auto again = ImporterRegistry::standard().load(folder / "a.h5", control);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->data->spectra()(0, 0), 3);
}

}  // namespace
}  // namespace assayer
