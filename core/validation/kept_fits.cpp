// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/kept_fits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/io/atomic_file.h"
#include "core/io/model_file.h"
#include "core/validation/scores_json_detail.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDescription = "run.json";
constexpr const char* kFits = "fits";
constexpr std::string_view kRecord = ".json";
constexpr std::string_view kCheckpoint = ".checkpoint.h5";

std::unexpected<Error> file_error(const fs::path& path, std::string what, std::string found,
                                  std::string mend) {
  return fail({Error::Kind::File, std::move(what), path.string(), "", std::move(found), std::move(mend)});
}

std::optional<std::string> read_text(const fs::path& path) {
  // A folder can be opened, too, and throws when it is read.
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Status write_text(const fs::path& path, const std::string& text) {
  auto target = AtomicFile::create(path, true);
  if (!target) return fail(target.error());
  if (const int code = target->fill(text); code != 0)
    return file_error(path, "the file cannot be written", std::strerror(code), "Is the disk full?");
  return target->commit();
}

/// Long lists are told apart by more than a line can show.
std::string shortened(const Json& value) {
  constexpr std::size_t kMost = 80;
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

Status compare(const fs::path& folder, const std::string& before, const std::string& now) {
  const auto old = Json::parse(before, nullptr, false);
  const auto fresh = Json::parse(now);
  if (!old.is_object())
    return file_error(folder / kDescription, "is no description of a validation", "",
                      "Choose another folder, or start anew with --force.");
  for (const auto& [key, value] : fresh.items()) {
    if (old.contains(key) && old.at(key) == value) continue;
    return fail(
        {.kind = Error::Kind::Usage,
         .what = fmt::format("the folder holds a validation with another {}", key),
         .where = folder.string(),
         .expected = old.contains(key) ? shortened(old.at(key)) : "none",
         .found = shortened(value),
         .mend = "Say the same again to continue it, choose another folder, or start anew with --force."});
  }
  return {};
}

std::size_t count(const fs::path& folder, std::string_view ending) {
  std::error_code code;
  std::size_t found = 0;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && name.ends_with(ending)) ++found;
  }
  return found;
}

}  // namespace

Status KeptFits::prepare(const fs::path& folder, const std::string& description, bool afresh) {
  std::error_code code;
  const auto before = read_text(folder / kDescription);
  if (before && !afresh) {
    if (auto same = compare(folder, *before, description); !same) return same;
  } else if (!before && fs::exists(folder, code) &&
             !(fs::is_directory(folder, code) && fs::is_empty(folder, code))) {
    // Nothing of somebody else's is removed, --force or not.
    return file_error(folder, "is there, but not the folder of a validation", "", "Choose another name.");
  }
  if (afresh) {
    fs::remove_all(folder / kFits, code);
    fs::remove(folder / kDescription, code);
  }
  fs::create_directories(folder / kFits, code);
  if (code)
    return file_error(folder, "the folder cannot be made", code.message(),
                      "Choose a place that you may write to.");
  return before && !afresh ? Status{} : write_text(folder / kDescription, description);
}

Result<KeptFits> KeptFits::open(const fs::path& folder, const std::string& description) {
  const auto before = read_text(folder / kDescription);
  if (!before)
    return file_error(folder, "the folder that the first process made is not seen", "",
                      "All processes need the same file system: choose a folder that every machine sees.");
  if (auto same = compare(folder, *before, description); !same) return fail(same.error());
  KeptFits kept;
  kept.folder_ = folder;
  return kept;
}

fs::path KeptFits::record_of(const std::string& name) const {
  return folder_ / kFits / (name + std::string(kRecord));
}

fs::path KeptFits::checkpoint_of(const std::string& name) const {
  return folder_ / kFits / (name + std::string(kCheckpoint));
}

std::size_t KeptFits::finished() const {
  return keeps() ? count(folder_ / kFits, kRecord) : 0;
}

std::size_t KeptFits::unfinished() const {
  return keeps() ? count(folder_ / kFits, kCheckpoint) : 0;
}

std::optional<SplitScores> KeptFits::scores(const std::string& name) const {
  if (!keeps()) return std::nullopt;
  const auto text = read_text(record_of(name));
  if (!text) return std::nullopt;
  try {
    return scores_from(Json::parse(*text));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Status KeptFits::finish(const std::string& name, const SplitScores& scores) const {
  if (!keeps()) return {};
  if (auto written = write_text(record_of(name), scores_to_json(scores).dump() + "\n"); !written)
    return written;
  forget(name);
  return {};
}

std::optional<ModelState> KeptFits::checkpoint(const std::string& name) const {
  std::error_code code;
  if (!keeps() || !fs::exists(checkpoint_of(name), code)) return std::nullopt;
  auto state = read_model(checkpoint_of(name));
  return state && state->training ? std::optional(*std::move(state)) : std::nullopt;
}

Status KeptFits::keep(const std::string& name, const ModelState& state) const {
  return keeps() ? write_model(state, checkpoint_of(name), true) : Status{};
}

void KeptFits::forget(const std::string& name) const {
  std::error_code code;
  if (keeps()) fs::remove(checkpoint_of(name), code);
}

}  // namespace assayer
