// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/data/dataset.h"

namespace assayer {

/// The table beside a spectral library in which the EnMAP-Box keeps what is known of its spectra: NAME.csv
/// beside NAME.hdr, whose first line is "spectra names" and the names of the columns, and whose other lines
/// are a spectrum's name and its entries. (EnMAP-Box 3, "Labelled spectral library".)

/// Whether a file that begins like this is such a table and the library stands beside it.
bool is_library_table(const std::filesystem::path& path, std::string_view head);
/// The header of the library that a table belongs to, and the other way round.
std::filesystem::path library_of_table(const std::filesystem::path& table);
std::filesystem::path table_of_library(const std::filesystem::path& header);

struct LibraryTable {
  std::vector<MetadataColumn> columns;  ///< one value for each spectrum; empty text where the table has none
  std::vector<std::string> warnings;
};

/// Reads the table for spectra of these names, in their order. Lines go by the name; equal names go in turn.
Result<LibraryTable> read_library_table(const std::filesystem::path& table,
                                        const std::vector<std::string>& names);

}  // namespace assayer
