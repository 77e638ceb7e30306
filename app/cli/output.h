// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/io/atomic_file.h"

namespace assayer::cli {

/// Columns of text for people: the first column left-aligned, the others right-aligned, two spaces between.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "name:   value" lines with the values aligned.
std::string aligned_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

/// Comma-separated values (RFC 4180, line ends "\n"): numbers in the shortest form that reads back to the
/// same bits, "nan" where there is none, texts quoted where they must be.
class CsvWriter {
 public:
  CsvWriter& field(std::string_view text);
  CsvWriter& field(double value);
  CsvWriter& field(float value);
  CsvWriter& field(std::size_t value);
  void end_row();
  [[nodiscard]] const std::string& text() const { return text_; }
  /// What has been written so far may be forgotten: it stands in the output.
  void forget() { text_.clear(); }

 private:
  void separate();
  std::string text_;
  bool row_begun_ = false;
};

/// Where a command writes to: the `-o` of the command line.
struct OutputPath {
  std::string path;
  bool force = false;  ///< an existing file may be replaced
  [[nodiscard]] bool is_stdout() const { return path == "-"; }
  [[nodiscard]] bool is_hdf5() const;
};

/// Whether the file can be made: not there or `force`d, not one of the `inputs`, a folder to be in. Asked
/// before the work, so that an hour's result does not end in "no such directory".
Status check_output(const OutputPath& output, const std::vector<std::filesystem::path>& inputs);
/// The same for outputs that may be CSV or HDF5: ".csv", ".txt", ".h5", ".hdf5", or "-" for CSV on standard
/// output.
Status check_table_output(const OutputPath& output, const std::vector<std::filesystem::path>& inputs,
                          bool json);
/// Standard output for "-"; else written aside, fsynced and renamed.
Status write_text(const OutputPath& output, std::string_view text);

/// The same of a text that is too long to be in memory as a whole.
class TextOutput {
 public:
  static Result<TextOutput> create(const OutputPath& output);
  Status add(std::string_view text);
  /// Puts the file in place; without it nothing is left behind.
  Status finish();

 private:
  struct Closer {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  TextOutput() = default;
  [[nodiscard]] Status check(bool written) const;

  std::string path_;
  std::optional<AtomicFile> file_;  ///< absent for standard output
  std::unique_ptr<std::FILE, Closer> stream_;
};

/// The object and a line end on standard output; bytes that are not UTF-8 (names from old files) are
/// replaced.
Status print_json(const nlohmann::ordered_json& object);

/// `error` with the file's name in front, unless it names it already.
Error about_file(const Error& error, const std::filesystem::path& path);

}  // namespace assayer::cli
