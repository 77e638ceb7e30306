// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/io/text_layout.h"
#include "core/io/text_scanning.h"

/// Reads a table of text whose layout is settled. Internal to core/io.
namespace assayer::text {

struct ReadTable {
  DatasetParts parts;
  std::vector<std::string> warnings;
};

Result<ReadTable> read_rows(const std::filesystem::path& path, const Layout& layout,
                            const ImportOptions& options, RunControl& control, const ProgressFn& progress);
Result<ReadTable> read_columns(const std::filesystem::path& path, const Layout& layout,
                               const ImportOptions& options, RunControl& control, const ProgressFn& progress);

/// The lines of the table: comments, empty lines, what stands above the header, and the header are left out.
class TableLines {
 public:
  static Result<TableLines> open(const std::filesystem::path& path, const Layout& layout,
                                 RunControl& control);
  Result<bool> next(std::string_view& line);
  [[nodiscard]] const LineReader& reader() const { return reader_; }
  [[nodiscard]] double fraction() const;

 private:
  TableLines(LineReader reader, const Layout& layout, RunControl& control)
      : reader_(std::move(reader)),
        layout_(&layout),
        control_(&control),
        to_skip_(layout.skip_lines + layout.header_rows) {}
  LineReader reader_;
  const Layout* layout_;
  RunControl* control_;
  std::size_t to_skip_;
};

/// The texts of one column, compact.
class TextCells {
 public:
  void add(std::string_view text) {
    characters_ += text;
    ends_.push_back(characters_.size());
  }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    const std::size_t from = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(characters_).substr(from, ends_[i] - from);
  }

 private:
  std::string characters_;
  std::vector<std::size_t> ends_;
};

/// Integers where all are, else numbers, else texts; `type` ("integer", "real", "text") overrules.
MetadataColumn make_column(std::string name, const TextCells& cells, char decimal,
                           std::string_view type = {});

/// Compositions in parts of one or in percent; percentages are divided by their sum where it is 100 within
/// 3 %. What is no composition becomes metadata columns, with a warning, unless `mapped` by the user: then it
/// is an error that names the first row.
Status add_compositions(DatasetParts& parts, Matrix<double> values, std::vector<std::string> names,
                        bool mapped, std::vector<std::string>& warnings);

}  // namespace assayer::text
