// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "process.h"

namespace assayer::test {

/// By how much what is to be interrupted is made shorter: the thread sanitizer slows it down that much.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSlowdown = 10;
#else
inline constexpr int kSlowdown = 1;
#endif

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

/// A test of the program in a folder of its own.
class CliTest : public testing::Test {
 protected:
  /// Runs it to its end.
  Outcome cli(const Arguments& arguments, const std::string& stdout_path = {}) const {
    return Process(ASSAYER_CLI, arguments, folder_.path(), stdout_path).wait();
  }
  /// Standard output as JSON; the test fails where the program does.
  Json cli_json(const Arguments& arguments) const;
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  /// A laboratory of 396 spectra × 24 channels: 66 compositions, 3 geometries, 3 outliers.
  std::string make_lab(const std::string& name = "lab.h5", int seed = 1) const;
  /// `train` arguments for a run of one step per epoch on `lab`.
  static Arguments small_training(const std::string& lab, const std::string& model, int epochs);
  /// A model of so few epochs that it is poor: the numbers' plumbing is what these tests look at.
  std::string make_model(const std::string& lab, const std::string& name = "model.h5", int epochs = 60,
                         const Arguments& more = {}) const;

 private:
  TemporaryFolder folder_;
};

/// Exit status `code` with one line on standard error that begins with "assayer-cli: " and nothing on
/// standard output.
void expect_one_line_error(const Outcome& outcome, int code, const std::string& part = {});

/// A table of numbers with names on top.
struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  [[nodiscard]] double number(std::size_t row, const std::string& column) const;
};
/// No quoted fields.
Csv parse_csv(const std::string& text);

}  // namespace assayer::test
