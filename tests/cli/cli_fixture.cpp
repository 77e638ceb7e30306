// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli_fixture.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace assayer::test {

Json CliTest::cli_json(const Arguments& arguments) const {
  const Outcome outcome = cli(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  Json parsed = Json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << outcome.out;
  EXPECT_EQ(lines(outcome.out).size(), 1U) << "one object and nothing else";
  return parsed;
}

std::string CliTest::make_lab(const std::string& name, int seed) const {
  const Outcome outcome = cli({"simulate", "crism-lab", "-o", file(name), "--spectra", "396", "--channels",
                               "24", "--outliers", "3", "--seed", std::to_string(seed)});
  if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
  return file(name);
}

Arguments CliTest::small_training(const std::string& lab, const std::string& model, int epochs) {
  return {"train",        lab,
          "--method",     "untapped",
          "-o",           model,
          "--labelled",   "interior:0.7",
          "--unfeatured", "corners:60:0.05",
          "--threads",    "1",
          "--device",     "cpu",
          "--epochs",     std::to_string(epochs)};
}

std::string CliTest::make_model(const std::string& lab, const std::string& name, int epochs,
                                const Arguments& more) const {
  Arguments arguments = small_training(lab, file(name), epochs);
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = cli(arguments);
  if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
  return file(name);
}

void expect_one_line_error(const Outcome& outcome, int code, const std::string& part) {
  EXPECT_EQ(outcome.signal, 0) << outcome.err;
  EXPECT_EQ(outcome.exit_code, code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
  EXPECT_THAT(outcome.err, testing::StartsWith("assayer-cli: "));
  EXPECT_THAT(outcome.err, testing::HasSubstr(part));
}

double Csv::number(std::size_t row, const std::string& column) const {
  const auto found = std::find(header.begin(), header.end(), column);
  if (found == header.end()) throw std::runtime_error("no column " + column);
  return std::stod(rows.at(row).at(static_cast<std::size_t>(found - header.begin())));
}

Csv parse_csv(const std::string& text) {
  Csv csv;
  for (const std::string& line : lines(text)) {
    std::istringstream stream(line);
    std::vector<std::string> fields;
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    if (csv.header.empty())
      csv.header = fields;
    else
      csv.rows.push_back(fields);
  }
  return csv;
}

}  // namespace assayer::test
