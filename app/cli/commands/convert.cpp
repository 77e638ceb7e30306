// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/import_options.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/exporter.h"

namespace assayer::cli {

namespace {

constexpr auto kFooter = R"(
Several inputs with the same channels become one data set, with their names in the column "file". A table of
--compositions goes to the spectra by a column that it shares with them, such as "file", or by their order.

Examples:
  assayer-cli convert spectra.csv spectra.h5
  assayer-cli convert CL5_*CCS*.csv shots.h5 --set take=mean
  assayer-cli convert table.txt lab.h5 --map 'SiO2=composition' --map 'rest=composition' --unit um
  assayer-cli convert image.hdr image.h5 --compositions A_true.mat --endmembers E.mat
  assayer-cli convert lab.h5 lab.csv --write delimiter=semicolon)";

struct Options {
  std::vector<std::string> files;
  ImportArguments import;
  std::vector<std::string> write;
  bool force = false;
};

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  const OutputPath output{options.files.back(), options.force};
  const std::vector<std::filesystem::path> inputs(options.files.begin(), options.files.end() - 1);
  std::vector<std::filesystem::path> read = inputs;
  read.insert(read.end(), {options.import.attach.compositions, options.import.attach.endmembers});
  if (auto status = check_output(output, read); !status) return fail(status.error());
  const auto exporters = ExporterRegistry::standard();
  const auto exporter = exporters.find(output.path);
  if (!exporter) return fail(exporter.error());
  const auto reading = import_options(options.import);
  if (!reading) return fail(reading.error());
  auto settings = key_values(options.write, "--write");
  if (!settings) return fail(settings.error());

  // Half of the way is reading, as far as one can say before.
  Progress progress(console);
  const auto part = [callback = progress.callback()](double from) {
    return [callback, from](double fraction, std::string_view what) {
      if (callback) callback(from + fraction / 2, what);
    };
  };
  auto imported = ImporterRegistry::standard().load_many(inputs, *reading, control, part(0));
  if (!imported)
    return fail(inputs.size() == 1 ? about_file(imported.error(), inputs.front()) : imported.error());
  imported = attach(*std::move(imported), options.import.attach, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  const auto lost =
      exporters.write(data, output.path, {options.force, *std::move(settings)}, control, part(0.5));
  if (!lost) return fail(about_file(lost.error(), output.path));
  progress.clear();
  console.warn(imported->warnings);
  console.warn(*lost);

  Status printed;
  if (console.json()) {
    nlohmann::ordered_json from = nlohmann::ordered_json::array();
    for (const auto& input : inputs) from.push_back(input.string());
    printed = print_json({{"from", from},
                          {"from_format", imported->format},
                          {"to", output.path},
                          {"to_format", (*exporter)->name()},
                          {"rows", data.rows()},
                          {"channels", data.channels()},
                          {"components", data.component_names()},
                          {"warnings", console.warnings()}});
  } else {
    printed = Console::print(fmt::format(
        "{}: {} spectra of {} channels, {:g} to {:g} {} ({}, from {})\n", output.path, data.rows(),
        data.channels(), data.wavelength().values().front(), data.wavelength().values().back(),
        to_string(data.wavelength().unit()), (*exporter)->name(), imported->format));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_convert(Commands& commands) {
  CLI::App* app =
      commands.root().add_subcommand("convert", "Write a data set in another format, or several as one");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("FILES", options->files,
                  "Files to read, and last the one to write; its extension is the format")
      ->required()
      ->expected(2, -1);
  add_import_options(*app, options->import);
  app->add_option("--write", options->write, "A setting of the written format: KEY=VALUE")
      ->allow_extra_args(false);
  app->add_flag("--force", options->force, "Replace the output if it exists");
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
