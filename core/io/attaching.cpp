// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/attaching.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/attaching_detail.h"
#include "core/io/file_head.h"
#include "core/io/text.h"
#include "core/io/text_importer.h"

namespace assayer {

namespace fs = std::filesystem;

namespace attaching {

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back(fmt::format("component {}", k + 1));
  return names;
}

std::string some_of(std::span<const std::string> names) {
  constexpr std::size_t shown = 6;
  constexpr std::size_t longest = 40;
  if (names.empty()) return "none";
  std::vector<std::string> few;
  for (const std::string& name : names.first(std::min(shown, names.size())))
    few.push_back(fmt::format("\"{}\"", to_utf8(name.substr(0, longest))));
  if (names.size() > shown) return fmt::format("{} and {} more", fmt::join(few, ", "), names.size() - shown);
  return fmt::format("{}", fmt::join(few, ", "));
}

std::optional<Order> order_of(std::span<const std::string> names, std::span<const std::string> components) {
  Order result;
  std::vector<std::string> plain;
  for (const std::string& name : names) plain.push_back(lower(name));
  std::size_t elsewhere = 0;
  for (std::size_t k = 0; k < components.size(); ++k) {
    // Cobalt is not carbon monoxide: Co, CO.
    auto at = static_cast<std::size_t>(std::ranges::find(names, components[k]) - names.begin());
    if (at == names.size())
      at = static_cast<std::size_t>(std::ranges::find(plain, lower(components[k])) - plain.begin());
    if (at == names.size()) continue;
    result.order.push_back(at);
    if (at != k) ++elsewhere;
  }
  const std::set<std::size_t> distinct(result.order.begin(), result.order.end());
  if (result.order.size() == components.size() && distinct.size() == components.size()) {
    result.by_name = true;
    return result;
  }
  if (names.size() != components.size() || elsewhere > 0) return std::nullopt;
  result.order.resize(components.size());
  std::iota(result.order.begin(), result.order.end(), std::size_t{0});
  return result;
}

}  // namespace attaching

namespace {

using attaching::some_of;

template <class T>
Matrix<T> picked(const Matrix<T>& matrix, const std::vector<std::size_t>& rows) {
  Matrix<T> result(rows.size(), matrix.cols());
  for (std::size_t k = 0; k < rows.size(); ++k) std::ranges::copy(matrix.row(rows[k]), result.row(k).begin());
  return result;
}

/// What the components are called where the file does not say: as the data call theirs, if there are as many.
void name_components(std::vector<std::string>& components, const Dataset& data,
                     std::vector<std::string>& warnings) {
  const std::vector<std::string>& known = data.component_names();
  if (known.size() == components.size()) {
    components = known;
    warnings.push_back(fmt::format(
        "The file does not name its components: they are taken for those of the data, {}, in this order.",
        some_of(known)));
  } else {
    warnings.emplace_back("The components have no names in the file: they are numbered.");
  }
}

/// Reference endmembers follow the components, or go.
void keep_endmembers(DatasetParts& parts, std::vector<std::string>& warnings) {
  if (!parts.endmembers) {
    if (!parts.endmembers_by_group.empty())
      warnings.emplace_back(
          "The data's endmembers by group are left out: without reference endmembers they have no names.");
    parts.endmember_names.clear();
    parts.endmembers_by_group.clear();
    return;
  }
  const auto order = attaching::order_of(parts.endmember_names, parts.abundances->names());
  if (!order) {
    warnings.push_back(
        fmt::format("The data's reference endmembers, {}, are not those of the components, {}: "
                    "they are left out.",
                    some_of(parts.endmember_names), some_of(parts.abundances->names())));
    parts.endmembers.reset();
    parts.endmember_names.clear();
    parts.endmembers_by_group.clear();
    return;
  }
  if (!order->by_name)
    warnings.push_back(fmt::format(
        "The data's reference endmembers, {}, are taken for those of the components in this order.",
        some_of(parts.endmember_names)));
  std::vector<std::string> names;
  for (const std::size_t k : order->order) names.push_back(parts.endmember_names[k]);
  parts.endmember_names = std::move(names);
  parts.endmembers = picked(*parts.endmembers, order->order);
  for (Matrix<float>& group : parts.endmembers_by_group) group = picked(group, order->order);
}

Result<Imported> make(const Imported& before, DatasetParts parts, std::vector<std::string> warnings) {
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(data.error());
  Imported result{*std::move(data), before.format, before.warnings};
  std::ranges::move(warnings, std::back_inserter(result.warnings));
  return result;
}

Result<FoundCompositions> find_checked(const Dataset& data, const fs::path& file, RunControl& control,
                                       const ProgressFn& progress) {
  const auto head = read_head(file);
  if (!head) return fail(head.error());
  if (attaching::holds_arrays(file, *head))
    return attaching::look_at_arrays(file, *head, control,
                                     [&](const ArrayContainer& container, RunControl& own) {
                                       return attaching::compositions_of_arrays(container, data, own);
                                     });
  if (TextImporter().sniff(file, *head))
    return attaching::compositions_of_table(file, data, control, progress);
  return fail({Error::Kind::NotThisFormat, "the file cannot hold compositions", "",
               "a table of text, or arrays of MATLAB, NumPy or HDF5", describe_bytes(*head),
               "Write the compositions as CSV, a row for each spectrum or sample."});
}

}  // namespace

Result<FoundCompositions> find_compositions(const Dataset& data, const fs::path& file, RunControl& control,
                                            const ProgressFn& progress) {
  try {
    auto found = find_checked(data, file, control, progress);
    if (!found) {
      const Error& error = found.error();
      // What read_head says, names the file already.
      return fail(error.cancelled() || error.where.starts_with(file.string()) ? error
                                                                              : error.in(file.string()));
    }
    found->file = file;
    const auto known = [&](std::size_t r) { return !std::isnan(found->values(r, 0)); };
    std::size_t rows = 0;
    for (std::size_t r = 0; r < found->values.rows(); ++r) rows += known(r) ? 1 : 0;
    if (rows == 0) {
      return fail({Error::Kind::Data, "the file has no composition for any spectrum", file.string(),
                   "numbers for some of them", "nothing but missing values", ""});
    }
    return found;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the compositions do not fit into the memory", file.string(), "", "",
                 "Take a file with less beside them."});
  }
}

Result<Imported> with_compositions(const Imported& data, const FoundCompositions& found,
                                   const AttachOptions& options) {
  Matrix<double> values = found.values;
  std::vector<std::string> components = found.components;
  std::vector<std::string> warnings = found.warnings;
  const std::string file = found.file.string();
  if (!options.rest.empty()) {
    auto sentences = add_rest(values, components, options.rest);
    if (!sentences) return fail(sentences.error().in(file));
    std::ranges::move(*sentences, std::back_inserter(warnings));
    if (!found.named) warnings.emplace_back("The components have no names in the file: they are numbered.");
  } else {
    if (!found.named) name_components(components, *data.data, warnings);
    if (auto percent = percent_to_fractions(values); !percent.empty()) warnings.push_back(std::move(percent));
  }
  auto read = read_compositions(std::move(values), std::move(components), "composition");
  const std::string mend =
      "Complete them by a component for the rest (--rest NAME on the command line), or divide each row by "
      "its "
      "sum.";
  if (!read) {
    Error error = read.error().in(file);
    if (options.rest.empty() && found.incomplete()) error.mend = mend;
    return fail(std::move(error));
  }
  if (!read->abundances) {
    const auto sums = found.incomplete().value_or(SumRange{});
    return fail({Error::Kind::Data, "the compositions leave a part out", file, "rows that sum to one",
                 fmt::format("sums from {:.4g} to {:.4g}", sums.low, sums.high), mend});
  }

  DatasetParts parts = data.data->parts();
  if (parts.abundances) warnings.emplace_back("The compositions that the data had are replaced.");
  const bool same_components = parts.abundances && parts.abundances->names() == read->abundances->names();
  if (parts.true_abundances && !same_components) {
    parts.true_abundances.reset();
    warnings.emplace_back("The data's true compositions are left out: they are of other components.");
  }
  parts.abundances = *std::move(read->abundances);
  keep_endmembers(parts, warnings);
  parts.provenance.attributes["compositions_from"] = file;
  auto made = make(data, std::move(parts), std::move(warnings));
  if (!made) return fail(made.error().in(file));
  return made;
}

Result<Imported> attach_compositions(const Imported& data, const fs::path& file, const AttachOptions& options,
                                     RunControl& control, const ProgressFn& progress) {
  const auto found = find_compositions(*data.data, file, control, progress);
  if (!found) return fail(found.error());
  if (control.stop_requested()) return fail(Error::cancel());
  return with_compositions(data, *found, options);
}

}  // namespace assayer
