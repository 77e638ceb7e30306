// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "app/cli/console.h"
#include "app/cli/fault.h"

namespace assayer::cli {

namespace fs = std::filesystem;

namespace {

/// Characters of UTF-8 text, for alignment: bytes that continue a character do not count.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string lower_extension(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

template <class T>
std::string shortest(T value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

}  // namespace

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - display_width(row[c]), ' ');
      if (c == 0)
        line += row[c] + padding;
      else
        line += "  " + padding + row[c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string aligned_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs) width = std::max(width, display_width(name));
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += fmt::format("{}:{}{}\n", name, std::string(width - display_width(name) + 2, ' '), value);
  }
  return text;
}

void CsvWriter::separate() {
  if (row_begun_) text_ += ',';
  row_begun_ = true;
}

CsvWriter& CsvWriter::field(std::string_view text) {
  separate();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return *this;
  }
  text_ += '"';
  for (const char c : text) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

CsvWriter& CsvWriter::field(double value) {
  separate();
  text_ += shortest(value);
  return *this;
}

CsvWriter& CsvWriter::field(float value) {
  separate();
  text_ += shortest(value);
  return *this;
}

CsvWriter& CsvWriter::field(std::size_t value) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", value);
  return *this;
}

void CsvWriter::end_row() {
  text_ += '\n';
  row_begun_ = false;
}

bool OutputPath::is_hdf5() const {
  const std::string extension = lower_extension(path);
  return extension == ".h5" || extension == ".hdf5";
}

Status check_output(const OutputPath& output, const std::vector<fs::path>& inputs) {
  if (output.is_stdout()) return {};
  const fs::path path = output.path;
  const auto refuse_path = [&](std::string what, std::string mend) {
    return refuse(
        {.kind = Error::Kind::File, .what = std::move(what), .where = output.path, .mend = std::move(mend)});
  };
  if (path.empty()) {
    return refuse({.what = "the output's name is empty", .where = "-o"});
  }
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) return refuse_path("is a folder", "Name a file in it.");
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) return refuse_path("is not a regular file", "Write to a new file.");
    for (const fs::path& input : inputs) {
      if (fs::equivalent(path, input, ignored)) {
        return refuse_path("is the file that is read", "Name another output.");
      }
    }
    if (!output.force) return refuse_path("exists already", "Use --force to replace it.");
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) {
    return refuse_path(fmt::format("the folder {} does not exist", folder.string()), "Create it first.");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return refuse_path(fmt::format("the folder {} cannot be written to", folder.string()),
                       "Choose another one.");
  }
  return {};
}

Status check_table_output(const OutputPath& output, const std::vector<fs::path>& inputs, bool json) {
  if (output.is_stdout()) {
    if (!json) return {};
    return refuse({.what = "standard output cannot take both the table and --json",
                   .where = "-o -",
                   .mend = "Name a file, or leave --json out."});
  }
  const std::string extension = lower_extension(output.path);
  if (!output.is_hdf5() && extension != ".csv" && extension != ".txt") {
    return refuse({.what = "the output's format is not clear from its name",
                   .where = output.path,
                   .expected = ".csv, .txt, .h5, .hdf5, or - for CSV on standard output",
                   .found = extension.empty() ? "no extension" : extension});
  }
  return check_output(output, inputs);
}

Status write_text(const OutputPath& output, std::string_view text) {
  if (output.is_stdout()) return Console::print(text);
  auto file = AtomicFile::create(output.path, output.force);
  if (!file) return fail(about_file(file.error(), output.path));
  if (const int code = file->fill(text); code != 0) {
    return refuse({.kind = Error::Kind::File,
                   .what = "cannot be written",
                   .where = output.path,
                   .found = std::strerror(code)});
  }
  if (const Status placed = file->commit(); !placed) return fail(about_file(placed.error(), output.path));
  return {};
}

Result<TextOutput> TextOutput::create(const OutputPath& output) {
  TextOutput made;
  made.path_ = output.path;
  if (output.is_stdout()) return made;
  auto file = AtomicFile::create(output.path, output.force);
  if (!file) return fail(about_file(file.error(), output.path));
  made.file_ = *std::move(file);
  errno = 0;
  made.stream_.reset(std::fopen(made.file_->aside().c_str(), "wb"));
  if (const Status opened = made.check(made.stream_ != nullptr); !opened) return fail(opened.error());
  return made;
}

Status TextOutput::check(bool written) const {
  if (written) return {};
  return refuse({.kind = Error::Kind::File,
                 .what = "cannot be written",
                 .where = path_,
                 .found = errno != 0 ? std::strerror(errno) : "an error"});
}

Status TextOutput::add(std::string_view text) {
  if (!file_) return Console::print(text);
  errno = 0;
  return check(std::fwrite(text.data(), 1, text.size(), stream_.get()) == text.size());
}

Status TextOutput::finish() {
  if (!file_) return {};
  errno = 0;
  if (const Status closed = check(std::fclose(stream_.release()) == 0); !closed) return closed;
  if (const Status placed = file_->commit(); !placed) return fail(about_file(placed.error(), path_));
  return {};
}

Status print_json(const nlohmann::ordered_json& object) {
  return Console::print(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

Error about_file(const Error& error, const fs::path& path) {
  if (error.cancelled() || error.where.find(path.string()) != std::string::npos) return error;
  return error.in(path.string());
}

}  // namespace assayer::cli
