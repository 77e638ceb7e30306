// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/io/array_container.h"
#include "core/io/attaching.h"
#include "core/io/hdf5_file.h"
#include "core/io/trial.h"

/// Parts of what gives spectra the compositions and endmembers of other files.
namespace assayer::attaching {

/// What has more parts than that is no composition.
inline constexpr std::size_t kMostComponents = 64;

/// "component 1" …
std::vector<std::string> numbered(std::size_t count);

/// The first few in quotes: `"a", "b" and 7 more`; "none" of none.
std::string some_of(std::span<const std::string> names);

Result<FoundCompositions> compositions_of_table(const std::filesystem::path& file, const Dataset& data,
                                                RunControl& control, const ProgressFn& progress);
Result<FoundCompositions> compositions_of_arrays(const ArrayContainer& container, const Dataset& data,
                                                 RunControl& control);

/// The texts of a container that can name `count` parts of the array, else none.
Result<std::vector<std::string>> names_beside(const ArrayContainer& container, std::size_t array,
                                              std::size_t count);

/// Of the arrays `fitting` the one that goes by the role's names, or the only one. Usage error where that is
/// not one: `wanted` says what was expected of its size. Of several a warning says which is taken.
Result<std::size_t> likeliest(const ArrayContainer& container, const std::vector<std::size_t>& fitting,
                              ImportRole role, const std::string& wanted, std::vector<std::string>& warnings);

/// Whether a file that begins like this is of MATLAB, NumPy or HDF5.
bool holds_arrays(const std::filesystem::path& file, std::string_view head);
/// Such a file.
Result<std::unique_ptr<ArrayContainer>> open_arrays(const std::filesystem::path& file, std::string_view head);

/// What `look(container, control)` finds in such a file. What libhdf5 reads is looked at by a copy of the
/// process first.
template <class Look>
std::invoke_result_t<Look, const ArrayContainer&, RunControl&> look_at_arrays(
    const std::filesystem::path& file, std::string_view head, RunControl& control, const Look& look) {
  using Found = std::invoke_result_t<Look, const ArrayContainer&, RunControl&>;
  const auto attempt = [&](RunControl& own) -> Found {
    const auto container = open_arrays(file, head);
    if (!container) return fail(container.error());
    return look(**container, own);
  };
  if (!hdf5::has_signature(head)) return attempt(control);
  return read_after_trial("libhdf5", bytes_of(file), control, attempt, [&] { return attempt(control); });
}

/// names[order[k]] goes to component k.
struct Order {
  std::vector<std::size_t> order;
  bool by_name = false;
};
/// By name where all `components` are among the `names`, whatever their case; else in their order, where
/// there are as many and none of them is elsewhere. Else nullopt.
std::optional<Order> order_of(std::span<const std::string> names, std::span<const std::string> components);

}  // namespace assayer::attaching
