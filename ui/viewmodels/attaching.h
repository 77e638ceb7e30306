// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/io/attaching.h"
#include "ui/viewmodels/loading.h"

/// What workers do when a file's compositions or endmembers are given to the open data.
namespace assayer::ui {

/// Compositions matched to the open spectra.
struct MatchedCompositions {
  std::shared_ptr<const FoundCompositions> found;
  std::optional<SumRange> incomplete;  ///< their sums, where the user has to name a component for the rest
};

Result<MatchedCompositions> matchCompositions(const std::filesystem::path& file, const Dataset& data,
                                              RunControl& control, const ProgressFn& progress);

/// The data with the compositions, and a session on them. `rest`: see AttachOptions.
Result<Loaded> withCompositions(const Imported& data, const FoundCompositions& found, const std::string& rest,
                                RunControl& control);
/// The data with the endmembers of a file, and a session on them.
Result<Loaded> withEndmembers(const Imported& data, const std::filesystem::path& file, RunControl& control,
                              const ProgressFn& progress);

/// What the user chose in the session before, and the new data leave sound: always the steps and which rows
/// are excluded; all roles, points and settings where `same_compositions`; else which rows are held out, if
/// there were no compositions that could have suggested it.
void carryOver(const Session& before, Session& after, bool same_compositions);

}  // namespace assayer::ui
