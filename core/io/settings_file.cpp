// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/settings_file.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "core/io/atomic_file.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 1 << 20;  // a thousand times what all settings take

Result<std::string> read_text(const std::filesystem::path& path) {
  const auto unreadable = [&](std::string found) {
    return fail({.kind = Error::Kind::File,
                 .what = "cannot be read",
                 .where = path.string(),
                 .expected = "a file of settings",
                 .found = std::move(found),
                 .mend = {}});
  };
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return unreadable(code ? code.message() : "nothing");
  // A pipe would be waited for.
  if (!std::filesystem::is_regular_file(status)) return unreadable("a folder, pipe or device");
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return unreadable(std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostBytes)
    return fail({.kind = Error::Kind::Format,
                 .what = "is no file of settings",
                 .where = path.string(),
                 .expected = "JSON of a few kilobytes",
                 .found = "more than a megabyte",
                 .mend = {}});
  return text;
}

}  // namespace

Status write_settings(const TrainConfig& config, const std::filesystem::path& path) {
  auto file = AtomicFile::create(path, true);
  if (!file) return fail(file.error());
  const std::string text = Json::parse(config.to_json()).dump(2) + "\n";
  if (const int number = file->fill(text); number != 0)
    return fail({.kind = Error::Kind::File,
                 .what = "cannot be written",
                 .where = path.string(),
                 .expected = {},
                 .found = std::generic_category().message(number),
                 .mend = "Choose another folder or free some space"});
  return file->commit();
}

Result<TrainConfig> read_settings(const std::filesystem::path& path) {
  auto text = read_text(path);
  if (!text) return fail(text.error());
  if (Json given = Json::parse(*text, nullptr, false); given.is_object()) {
    const auto preset = given.find("preset");
    if (preset != given.end() && preset->is_string()) {
      const auto start = TrainConfig::from_preset(preset->get<std::string>());
      if (!start) return fail(start.error().in(path.string()));
      Json whole = Json::parse(start->to_json());
      whole.update(given);
      *text = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }
  auto config = TrainConfig::from_json(*text);
  if (!config) return fail(config.error().in(path.string()));
  if (const Status valid = config->validate(); !valid) return fail(valid.error().in(path.string()));
  return config;
}

}  // namespace assayer
