// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/history_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace assayer {

namespace {

using Shape = std::vector<std::uint64_t>;

std::unexpected<Error> broken(std::string where, std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), std::move(where), std::move(expected), std::move(found),
               "The file is damaged: take another copy or a checkpoint, or train again."});
}

}  // namespace

Status write_history(hdf5::File& file, const std::string& group,
                     const std::vector<ObjectiveRecord>& history) {
  std::vector<std::int64_t> epochs;
  std::vector<double> totals;
  std::vector<double> terms;
  for (const auto& record : history) {
    epochs.push_back(record.epoch);
    totals.push_back(record.total);
    terms.insert(terms.end(), record.terms.begin(), record.terms.end());
  }
  std::vector<std::string> names;
  names.reserve(kTermCount);
  for (const Term term : kTerms) names.emplace_back(name(term));
  const std::string table = group + "/terms";
  if (auto status = file.write<std::int64_t>(group + "/epoch", Shape{epochs.size()}, epochs); !status)
    return status;
  if (auto status = file.write<double>(group + "/total", Shape{totals.size()}, totals); !status)
    return status;
  if (auto status = file.write<double>(table, Shape{history.size(), kTermCount}, terms); !status)
    return status;
  return file.write_attribute(table, "names", std::span<const std::string>(names));
}

Result<std::vector<ObjectiveRecord>> read_history(const hdf5::File& file, const std::string& group) {
  const std::string table = group + "/terms";
  const auto epochs = file.read<std::int64_t>(group + "/epoch");
  if (!epochs) return fail(epochs.error());
  const auto totals = file.read<double>(group + "/total");
  if (!totals) return fail(totals.error());
  const auto terms = file.read<double>(table);
  if (!terms) return fail(terms.error());
  const auto names = file.read_attribute_texts(table, "names");
  if (!names) return fail(names.error());
  // By name: a version with fewer terms wrote fewer columns.
  std::vector<std::size_t> columns;
  for (const std::string& text : *names) {
    const auto term = std::ranges::find(kTerms, text, [](Term t) { return name(t); });
    if (term == kTerms.end())
      return broken("/" + table, "the objective has a term that this version does not know",
                    "terms of equation (15)", text);
    columns.push_back(static_cast<std::size_t>(term - kTerms.begin()));
  }
  if (totals->size() != epochs->size() || terms->size() != epochs->size() * columns.size())
    return broken("/" + group, "the history does not match itself",
                  fmt::format("{} epochs with {} terms each", epochs->size(), columns.size()),
                  fmt::format("{} totals and {} terms", totals->size(), terms->size()));
  std::vector<ObjectiveRecord> history;
  history.reserve(epochs->size());
  for (std::size_t i = 0; i < epochs->size(); ++i) {
    ObjectiveRecord record;
    record.epoch = (*epochs)[i];
    record.total = (*totals)[i];
    record.terms.fill(std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < columns.size(); ++c)
      record.terms[columns[c]] = (*terms)[i * columns.size() + c];
    history.push_back(record);
  }
  return history;
}

}  // namespace assayer
