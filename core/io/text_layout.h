// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"

/// How a table of text is laid out, settled from its first lines. Internal to core/io.
namespace assayer::text {

enum class SpectraIn { Rows, Columns };

struct Column {
  std::string name;  ///< unique in the file
  ImportRole role = ImportRole::Ignore;
  bool numeric = false;
  std::optional<double> position;  ///< rows as spectra: the wavelength in the column's name
  /// A run of columns that share one ImportField ("400..2500"), or empty.
  std::string run;
};

/// Keys and values as comments and the lines above a table give them.
using Notes = std::map<std::string, std::string>;

struct Layout {
  char delimiter = ',';  ///< ' ': any run of blanks
  char decimal = '.';
  std::string comment = "#%!";  ///< characters that begin a comment at the start of a line
  std::string missing;          ///< a further text for a missing number: "-9999"
  std::size_t skip_lines = 0;   ///< in front of the header, without comments and empty lines
  std::size_t header_rows = 0;
  SpectraIn spectra_in = SpectraIn::Rows;
  std::vector<Column> columns;
  std::vector<std::string> kinds;  ///< first of several header rows; PyHAT's: "wvl", "comp", "meta"
  std::string unit_text;           ///< what the header says of the wavelengths' unit
  bool positions = true;           ///< rows as spectra: whether the columns' positions are wavelengths
  Notes notes;
  std::string annotation;  ///< the JSON of a table that Assayer wrote, or empty
  std::vector<std::string> warnings;

  [[nodiscard]] std::vector<std::size_t> with_role(ImportRole role) const;
};

/// Reads the first lines, at most 64 of them, and settles what `options` leaves open. NotThisFormat where no
/// table of numbers is found.
Result<Layout> find_layout(const std::filesystem::path& path, const ImportOptions& options,
                           RunControl& control);

/// The same for a table that need not hold spectra: no column has a role or a position, and numbers are no
/// header.
Result<Layout> find_columns(const std::filesystem::path& path, RunControl& control);

/// Fields and settings as the import dialog shows them.
ImportContents contents_of(const Layout& layout, std::string format);

/// Whether the line is a comment, and the line without its mark.
std::optional<std::string_view> comment_text(std::string_view line, std::string_view marks);

/// "wave", "Wavelength (nm)", "lambda", "cm-1" …: whether a column of this name holds positions.
bool names_positions(std::string_view name);

/// Strictly monotonic, with steps of similar size, as grids of wavelengths have.
bool looks_like_axis(const std::vector<double>& values);

/// Columns whose values sum to 1 or to 100 in every row: the longest run that starts at `first` and ends
/// before `last`. `rows` are numbers, NaN where missing. Returns the end of the run, or `first`.
std::size_t composition_run(const std::vector<std::vector<double>>& rows, std::size_t first, std::size_t last,
                            double tolerance);

/// What prefix and unit leave of a column's name: "X400.5", "400.5 nm", "band 12".
struct NamedPosition {
  double value = 0;
  std::string prefix;
  std::string unit;
};
std::optional<NamedPosition> position_in(std::string_view name);

/// Notes from a comment or a line above the table: "key = value", "key: value", or text without a key.
void add_note(Notes& notes, std::string_view text);

}  // namespace assayer::text
