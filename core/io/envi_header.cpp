// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/envi_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <system_error>

#include "core/base/letters.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "ENVI";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// Names and wavelengths of 100,000 library spectra take a few MiB.
constexpr std::uintmax_t kLargestHeader = std::uintmax_t{64} << 20;
constexpr std::size_t kShown = 60;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// "  Data   Type " → "data type".
std::string plain_key(std::string_view text) {
  std::string result;
  for (const char c : lower(trimmed(text))) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank)
      result += c;
    else if (result.back() != ' ')
      result += ' ';
  }
  return result;
}

std::string shown(std::string_view text) {
  return fmt::format("\"{}{}\"", to_utf8(text.substr(0, kShown)), text.size() > kShown ? "…" : "");
}

std::unexpected<Error> broken(std::string_view key, std::string what, std::string expected, std::string found,
                              std::string mend) {
  return fail({Error::Kind::Format, std::move(what), fmt::format("key \"{}\"", key), std::move(expected),
               std::move(found), std::move(mend)});
}

bool starts_as_header(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!text.starts_with(kMagic)) return false;
  text.remove_prefix(kMagic.size());
  return text.empty() || text.front() == '\n' || text.front() == '\r' || text.front() == ' ' ||
         text.front() == '\t';
}

bool is_envi_header(const fs::path& path) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return false;
  std::array<char, 8> head{};
  std::ifstream stream(path, std::ios::binary);
  stream.read(head.data(), head.size());
  return starts_as_header({head.data(), static_cast<std::size_t>(stream.gcount())});
}

/// Where the data of a header may be, the likeliest first: "a.img.hdr" belongs to "a.img", "a.hdr" to "a" or
/// "a.img".
std::vector<fs::path> data_candidates(const fs::path& header) {
  std::vector<fs::path> candidates;
  const fs::path stem = fs::path(header).replace_extension();
  if (lower_extension(header) == ".hdr") candidates.push_back(stem);
  for (const auto* extension :
       {".img", ".dat", ".raw", ".bsq", ".bil", ".bip", ".sli", ".bin", ".esl", ".cub", ".lib"}) {
    candidates.push_back(fs::path(stem) += extension);
    std::string upper = extension;
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c == '.' ? c : static_cast<char>(c - 'a' + 'A'); });
    candidates.push_back(fs::path(stem) += upper);
  }
  return candidates;
}

std::optional<fs::path> data_of(const fs::path& header) {
  for (const auto& candidate : data_candidates(header)) {
    std::error_code code;
    if (candidate != header && fs::is_regular_file(candidate, code)) return candidate;
  }
  return std::nullopt;
}

}  // namespace

Result<EnviHeader> EnviHeader::parse(std::string_view text) {
  if (!starts_as_header(text)) {
    return fail({Error::Kind::NotThisFormat, "this is no ENVI header", "", "ENVI as the first line",
                 describe_bytes(text.substr(0, kShown)), ""});
  }
  text.remove_prefix(std::min(text.find('\n'), text.size()));

  EnviHeader header;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line).starts_with(';')) {
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      continue;
    }
    const std::string key = plain_key(line.substr(0, equals));
    std::string_view value = trimmed(line.substr(equals + 1));
    std::size_t taken = line.size();
    if (value.starts_with('{')) {
      const auto open = text.find('{');
      const auto close = text.find('}', open);
      if (close == std::string_view::npos) {
        return broken(key, "a brace is not closed", "a closing brace", "the end of the header",
                      "Copy the header again: it may have been cut.");
      }
      value = trimmed(text.substr(open + 1, close - open - 1));
      taken = std::min(text.find('\n', close), text.size());
    }
    // The first of two wins, as in ENVI.
    if (!key.empty()) header.keys_.emplace(to_utf8(key), to_utf8(value));
    text.remove_prefix(std::min(taken + 1, text.size()));
  }
  if (header.keys_.empty()) {
    return fail({Error::Kind::Format, "the ENVI header is empty", "", "lines KEY = VALUE", "none",
                 "Copy the header again: it may have been cut."});
  }
  return header;
}

Result<EnviHeader> EnviHeader::read(const fs::path& path) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  std::ifstream stream(path, std::ios::binary);
  if (code || !stream) {
    return fail({Error::Kind::File, "the header cannot be opened", path.string(), "",
                 code ? code.message() : "", "Check its permissions."});
  }
  if (size > kLargestHeader) {
    return fail({Error::Kind::Format, "the file is too large for an ENVI header", path.string(),
                 "at most " + byte_size(static_cast<double>(kLargestHeader)),
                 byte_size(static_cast<double>(size)), "Choose the header, a short text."});
  }
  std::string text(size, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  auto header = parse(text);
  if (!header) return fail(header.error().in(path.string()));
  return header;
}

const std::string* EnviHeader::find(std::string_view key) const {
  const auto found = keys_.find(std::string(key));
  return found == keys_.end() ? nullptr : &found->second;
}

Result<std::uint64_t> EnviHeader::whole(std::string_view key, std::uint64_t low, std::uint64_t high,
                                        std::optional<std::uint64_t> otherwise) const {
  const std::string* text = find(key);
  if (text == nullptr && otherwise) return *otherwise;
  const std::string expected = high == UINT64_MAX ? fmt::format("a whole number of at least {}", low)
                                                  : fmt::format("a whole number from {} to {}", low, high);
  if (text == nullptr) {
    return broken(key, "the header lacks a key", fmt::format("{} = {}", key, expected), "none",
                  "Add the line as the image's documentation tells it.");
  }
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, code] = std::from_chars(text->data(), end, value);
  if (code != std::errc{} || stop != end || value < low || value > high)
    return broken(key, "the header's value makes no sense", expected, shown(*text), "Correct the header.");
  return value;
}

std::vector<std::string> EnviHeader::list(std::string_view key) const {
  const std::string* text = find(key);
  std::vector<std::string> entries;
  if (text == nullptr || text->empty()) return entries;
  std::string_view rest = *text;
  while (true) {
    const auto comma = rest.find(',');
    entries.emplace_back(trimmed(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  // A comma before the closing brace ends the last entry and begins none.
  if (entries.back().empty()) entries.pop_back();
  return entries;
}

Result<std::vector<double>> EnviHeader::numbers(std::string_view key) const {
  std::vector<double> values;
  const auto entries = list(key);
  values.reserve(entries.size());
  for (const auto& entry : entries) {
    double value = 0;
    const char* first = entry.data();
    const char* const end = first + entry.size();
    if (first != end && *first == '+') ++first;
    const auto [stop, code] = std::from_chars(first, end, value);
    if (code != std::errc{} || stop != end) {
      return broken(key, "an entry of the list is no number",
                    fmt::format("a number as entry {} of {}", values.size() + 1, entries.size()),
                    shown(entry), "Correct the header.");
    }
    values.push_back(value);
  }
  return values;
}

Result<EnviFiles> find_envi_files(const fs::path& path) {
  if (is_envi_header(path)) {
    if (auto data = data_of(path)) return EnviFiles{path, *std::move(data)};
    std::vector<std::string> names;
    for (const auto& candidate : data_candidates(path)) {
      const std::string name = candidate.filename().string();
      if (names.empty() || lower(names.back()) != lower(name)) names.push_back(name);
    }
    return fail({Error::Kind::File, "the data of this ENVI header are not beside it", path.string(),
                 fmt::format("one of {}", fmt::join(names, ", ")), "none of them",
                 "Put the data file into the folder of its header."});
  }
  for (const auto* extension : {".hdr", ".HDR"}) {
    const fs::path appended = fs::path(path) += extension;
    if (is_envi_header(appended)) return EnviFiles{appended, path};
    // A table beside an image may share its name: only the file that the header would choose is the image.
    const fs::path replaced = fs::path(path).replace_extension(extension);
    if (replaced != path && is_envi_header(replaced) && data_of(replaced) == path)
      return EnviFiles{replaced, path};
  }
  return fail({Error::Kind::NotThisFormat, "there is no ENVI header beside this file", path.string(),
               path.filename().string() + ".hdr", "none", ""});
}

}  // namespace assayer
