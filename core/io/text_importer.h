// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// Tables of text: comma, semicolon, tab, bar or blanks between fields, decimal point or comma, quoted
/// fields, comments, a byte order mark; spectra in rows or in columns, a single spectrum in two columns,
/// PyHAT's two header rows ("wvl", "comp", "meta" above the names). What the layout is, is guessed from the
/// first lines; every guess is an ImportSetting or the role of an ImportField.
///
/// Rows as spectra: columns named by a position are channels, others metadata; columns that sum to 1 or 100
/// are a composition (percent become parts of one), a column "group" or "class" is the group. Columns as
/// spectra: the column of positions, spectra, masks ("bbl") and reference endmembers.
///
/// The file is read twice, in blocks: the first time to count. Memory: the spectra, the columns' texts, and
/// one block or line.
class TextImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "Text table"; }
  [[nodiscard]] std::string patterns() const override { return "*.csv *.tsv *.txt *.dat *.asc *.tab *.xy"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
